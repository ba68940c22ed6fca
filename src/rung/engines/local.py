"""The maker of engines on local weights: describes without torch, and imports it when a model is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rung.engines.folder import check_adapter_folder, check_model_folder, folder_facts, has_tokenizer, precision_of
from rung.engines.hub import local_folder
from rung.engines.options import Options
from rung.errors import MissingExtra
from rung.types import Engine, ModelFacts, ModelRef, Prompt

DTYPES = ("auto", "float32", "bfloat16", "float16")


def describe(model: ModelRef) -> ModelFacts:
    """The facts of a local folder or a Hugging Face id; an id that is not in the local cache is downloaded.

    Raises:
        BadModel: it may not be loaded, or is not there.
        UpstreamFailed: the hub cannot be reached.
    """
    folder = _checked(model, None)
    return folder_facts(folder, precision=precision_of(folder, _dtype(model)))


def open_engine(model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> Engine:
    """The model in memory.

    Raises:
        BadModel: it may not be loaded, or is not there.
        MissingExtra: torch, transformers or peft is not installed.
    """
    folder = _checked(model, weights)
    if adapter is not None:
        check_adapter_folder(adapter)
    dtype = precision_of(folder, _dtype(model))
    facts = folder_facts(folder, precision=dtype, adapter=adapter)
    try:
        from rung.engines.transformers_engine import open_folder
    except ImportError as error:
        raise MissingExtra(error.name or "torch", extra="local") from error
    tokenizer = folder if has_tokenizer(folder) else _checked(model, None)
    return open_folder(model, facts, folder=folder, tokenizer_folder=tokenizer, adapter=adapter, dtype=dtype)


def token_counter(model: ModelRef) -> Callable[[Prompt], int]:
    """Counts the tokens of a prompt as the engine would encode it; only the tokenizer is loaded, at the first count.

    Raises:
        BadModel: it may not be loaded, or is not there.
        MissingExtra: at the first count, transformers is not installed.
    """
    folder = _checked(model, None)
    loaded: list[Any] = []

    def count(prompt: Prompt) -> int:
        try:
            from rung.engines.transformers_engine import encode, load_tokenizer
        except ImportError as error:
            raise MissingExtra(error.name or "torch", extra="local") from error
        if not loaded:
            loaded.append(load_tokenizer(folder))
        return len(encode(loaded[0], prompt))

    return count


def _checked(model: ModelRef, weights: Path | None) -> Path:
    revision = Options(model).take("revision", None, kind=str)
    if weights is not None:
        check_model_folder(weights, tokenizer=False)
        return weights
    folder = local_folder(model.model, revision=revision, endpoint=model.url)
    check_model_folder(folder)
    return folder


def _dtype(model: ModelRef) -> str:
    return Options(model).choice("dtype", DTYPES)
