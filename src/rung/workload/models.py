"""Models as a workload names them: what can be known to be wrong without loading or calling one."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rung.errors import BadModel, BadWorkload, MissingExtra, RungError
from rung.types import ModelRef
from rung.workload.load import model_ref
from rung.workload.schema import WAYS, Model
from rung.workload.yamlfile import YamlFile

_PACKAGES = {"transformers": (("torch", "transformers"), "local"), "bedrock": (("boto3",), "aws")}
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def check_model(
    file: YamlFile, index: int, model: Model, check_folder: Callable[[Path], object]
) -> tuple[list[RungError], list[str]]:
    """What is wrong with a model of a workload file, and what is worth knowing. Nothing is loaded or called.

    Args:
        file: the workload file.
        index: which model.
        model: its section.
        check_folder: raises a RungError for a folder that cannot be used.

    Returns:
        Problems and notes.
    """
    problems: list[RungError] = []
    notes: list[str] = []
    ref = model_ref(model, file.path.parent)
    way = next(way for way in WAYS if getattr(model, way) is not None)
    where = file.where(("models", index, way))
    packages, extra = _PACKAGES.get(ref.engine, ((), ""))
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        problems.append(MissingExtra(missing[0], extra=extra))
    try:
        if way == "path":
            check_folder(Path(ref.model))
        elif way == "command":
            _check_command(ref)
    except RungError as error:
        problems.append(BadModel(f"{where}: {error.problem}", mend=error.mend))
    if way == "hf":
        notes.append(f"model {model.name}: {ref.model} is fetched from the Hugging Face hub unless it is there")
    key = model.api_key_env
    if key is not None and not os.environ.get(key):
        key_where = file.where(("models", index, "api_key_env"))
        problem = f"the environment variable {key} is not set"
        problems.append(BadWorkload(problem, mend=f"run `export {key}=...`", where=key_where))
    if ref.engine in ("openai", "bedrock") and ref.price_output_usd_per_mtok is None:
        notes.append(f"model {model.name}: no price is given, so its cost is unknown")
    return problems, notes


def _check_command(ref: ModelRef) -> None:
    try:
        words = shlex.split(ref.model)
    except ValueError as error:
        raise BadModel(f"not a command line: {error}", mend="close the quotes") from error
    folder = Path(str(ref.options.get("cwd", ".")))
    program = words[0] if words else ""
    if shutil.which(program) is None and shutil.which(str(folder / program)) is None:
        raise BadModel(f"no program {program!r}", mend="install it, or give its path from the workload file's folder")


def check_model_folder(folder: Path) -> None:
    """See that a folder holds a config and safetensors, and asks for no code of its own.

    Raises:
        BadModel: it does not.
    """
    if not folder.is_dir():
        raise BadModel(f"no such folder: {folder}", mend="look at the path; it is relative to the workload file")
    for name in ("config.json", "tokenizer_config.json"):
        file = folder / name
        if not file.is_file():
            if name == "config.json":
                raise BadModel(f"{folder}: no config.json", mend="save the model with save_pretrained(folder)")
            continue
        try:
            config: Any = json.loads(file.read_bytes())
        except (ValueError, OSError, RecursionError) as error:
            raise BadModel(f"{file}: not JSON", mend="download or save the model again") from error
        if isinstance(config, dict) and "auto_map" in config:
            mend = "use an architecture that transformers knows; code that comes with a model is never run"
            raise BadModel(f"{file}: the model brings code of its own (auto_map)", mend=mend)
    if not any(folder.glob("*.safetensors")):
        pickles = sorted(file.name for file in folder.iterdir() if file.suffix in _PICKLES)
        what = f"the weights are a pickle only ({pickles[0]}), which can run code" if pickles else "no weights"
        mend = "convert to safetensors: load it where you trust it, then save_pretrained(folder)"
        raise BadModel(f"{folder}: {what}", mend=mend if pickles else "put model.safetensors there")
