"""Model folders, read without loading them: what may be loaded, its facts, its fingerprint."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from rung.engines.hashing import file_hash
from rung.errors import BadModel
from rung.types import ModelFacts, content_hash

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
)
SIDE_FILES = (
    *TOKENIZER_FILES,
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)
SMALL_PARAMETERS = 10_000_000
HEADER_LIMIT_BYTES = 100_000_000
"""The cap of the safetensors format itself."""


def check_model_folder(folder: Path, *, tokenizer: bool = True) -> None:
    """See that a folder holds a model that may be loaded: a config, safetensors, a tokenizer, no code.

    Raises:
        BadModel: something is missing, or only pickles are there, or code would be run.
    """
    if not folder.is_dir():
        raise BadModel(f"no model folder {folder}", mend="give an existing folder or a Hugging Face id")
    config = _json(folder, "config.json")
    if not config:
        raise BadModel(f"{folder} has no config.json", mend="save the model with save_pretrained(folder)")
    _refuse_pickle_only(folder)
    if tokenizer and not has_tokenizer(folder):
        raise BadModel(
            f"{folder} has no tokenizer ({', '.join(TOKENIZER_FILES[:3])}, ...)",
            mend="save the tokenizer beside the weights with tokenizer.save_pretrained(folder)",
        )
    for name in ("config.json", "tokenizer_config.json"):
        if "auto_map" in _json(folder, name):
            raise BadModel(
                f"{folder / name} asks to run code that came with the model (auto_map)",
                mend="use an architecture that transformers knows, or serve the model elsewhere and use the engine "
                "'openai'; rung runs no remote code",
            )


def check_adapter_folder(folder: Path) -> None:
    """See that a folder holds a PEFT adapter in safetensors.

    Raises:
        BadModel: it does not.
    """
    if not (folder / "adapter_config.json").is_file():
        raise BadModel(f"{folder} has no adapter_config.json", mend="give a folder that PEFT's save_pretrained wrote")
    if not (folder / "adapter_model.safetensors").is_file():
        raise BadModel(
            f"{folder} has no adapter_model.safetensors",
            mend="save the adapter with save_pretrained(folder, safe_serialization=True); pickles are not read",
        )


def has_tokenizer(folder: Path) -> bool:
    """Whether a tokenizer lies in the folder."""
    return any((folder / name).is_file() for name in TOKENIZER_FILES)


def folder_facts(folder: Path, *, precision: str, adapter: Path | None = None) -> ModelFacts:
    """The facts of a checked folder, from its config and the headers of its weights.

    Args:
        folder: the model.
        precision: the option that decides in which type it is computed; part of the fingerprint.
        adapter: a PEFT folder on top; part of the fingerprint.
    """
    config = _json(folder, "config.json")
    inner = config.get("text_config")
    if isinstance(inner, dict):
        config = {**config, **inner}
    headers = [safetensors_header(path) for path in weight_files(folder)]
    shapes = [entry["shape"] for header in headers for name, entry in header.items() if name != "__metadata__"]
    return ModelFacts(
        fingerprint=fingerprint(folder, precision=precision, adapter=adapter),
        local=True,
        parameters=sum(math.prod(shape) for shape in shapes),
        layers=_first(config, "num_hidden_layers", "n_layer", "num_layers"),
        hidden=_first(config, "hidden_size", "n_embd", "d_model"),
        vocabulary=_first(config, "vocab_size"),
        weight_bytes=sum(path.stat().st_size for path in weight_files(folder)),
        context_tokens=_first(config, "max_position_embeddings", "n_positions", "n_ctx"),
    )


def fingerprint(folder: Path, *, precision: str, adapter: Path | None = None) -> str:
    """Hash of the content of weights, config, tokenizer and adapter, and of the precision; not of where they lie."""
    parts = _content(folder)
    return content_hash([parts, precision, _content(adapter) if adapter is not None else None])


def precision_of(folder: Path, option: str) -> str:
    """The type a folder is computed in: what the option says, or by the rule behind `auto`.

    `auto` is bfloat16 when the weights are stored in it and there are 10 million of them or more, else float32.
    Measured with random Llamas, batches of 16 (134M: 8), 128 + 32 tokens, output tokens per CPU second, float32 against
    bfloat16: 1M 2,450 and 2,440 (one at a time 610 and 410), 4M 1,180 and 1,380 (400 and 400), 134M 32 and 85.
    """
    if option != "auto":
        return option
    count, kinds = 0, set[str]()
    for path in weight_files(folder):
        for name, entry in safetensors_header(path).items():
            if name != "__metadata__":
                count += math.prod(entry["shape"])
                kinds.add(str(entry["dtype"]))
    return "bfloat16" if kinds == {"BF16"} and count >= SMALL_PARAMETERS else "float32"


def weight_files(folder: Path) -> list[Path]:
    """The safetensors of a folder, by name."""
    return sorted(folder.glob("*.safetensors"))


def safetensors_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: name -> dtype, shape, offsets. The weights are not read.

    Raises:
        BadModel: it is no such file.
    """
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        text = stream.read(length) if 2 <= length <= HEADER_LIMIT_BYTES else b""
    try:
        header = json.loads(text)
        if not isinstance(header, dict):
            raise TypeError(type(header))
        for name, entry in header.items():
            if name != "__metadata__":
                [int(size) for size in entry["shape"]]
    except (ValueError, TypeError, KeyError) as error:
        raise BadModel(f"{path} is no safetensors file", mend="download or save the weights again") from error
    return header


def _content(folder: Path) -> list[tuple[str, str]]:
    named = {path.name: path for path in weight_files(folder)}
    for name in (*SIDE_FILES, "adapter_config.json"):
        if (folder / name).is_file():
            named[name] = folder / name
    return [(name, file_hash(path)) for name, path in sorted(named.items())]


def _refuse_pickle_only(folder: Path) -> None:
    if weight_files(folder):
        return
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    if pickles:
        raise BadModel(
            f"{folder} holds its weights only as a pickle ({pickles[0]}), which can run code when it is read",
            mend="convert it to safetensors: load it where you trust it and save_pretrained(folder)",
        )
    raise BadModel(f"{folder} holds no weights (*.safetensors)", mend="save the model with save_pretrained(folder)")


def _json(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadModel(f"{path} is not JSON: {error}", mend="download or save the model again") from error
    return value if isinstance(value, dict) else {}


def _first(config: dict[str, Any], *names: str) -> int | None:
    return next((config[name] for name in names if isinstance(config.get(name), int)), None)
