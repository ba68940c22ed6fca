"""Model cards of the Hugging Face hub: the YAML head of README.md, its results, and config.json beside it.

Source of the fields: the hub's documentation of model card metadata (license, license_name, language, base_model,
pipeline_tag, model-index).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rung.errors import BadData
from rung.json_file import read_json
from rung.workload.tables import decoded, read_bytes
from rung.workload.yamlfile import parse_yaml

_FIELDS: Final = ("language", "base_model", "pipeline_tag", "library_name", "tags", "datasets")
_CONTEXT: Final = ("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length")


def read_cards(folder: Path) -> list[dict[str, Any]]:
    """What each card below a folder says, by path.

    A card is a `README.md` in a folder named after its model, or, where there is none, any `NAME.md`. A card without
    a head says nothing but its name.

    Raises:
        BadData: there is no card, or one cannot be read.
        BadWorkload: a head is no YAML; with file and line.
    """
    found = sorted(folder.rglob("README.md")) or sorted(folder.rglob("*.md"))
    if not found:
        raise BadData(
            f"{folder}: holds no model cards", mend="give a folder with MODEL/README.md for each model, or a table"
        )
    return [{"model": _name(folder, path)} | _facts(path) for path in found]


def _name(folder: Path, path: Path) -> str:
    """`org/model`, from a plain folder or from the hub's cache (`models--org--model/snapshots/HASH/README.md`)."""
    parts = list(path.relative_to(folder).parts)
    cached = [part for part in (folder.resolve().name, *parts) if part.startswith("models--")]
    if cached:
        return cached[-1].removeprefix("models--").replace("--", "/")
    if path.name != "README.md":
        return "/".join([*parts[:-1], path.stem])
    return "/".join(parts[:-1]) or folder.resolve().name


def _facts(path: Path) -> dict[str, Any]:
    head = _head(path)
    made = {name: head[name] for name in _FIELDS if name in head}
    if "license" in head:
        named = str(head["license"]).casefold() == "other" and head.get("license_name")
        made["license"] = named or head["license"]
    return made | _results(head.get("model-index")) | _config(path.with_name("config.json"))


def _head(path: Path) -> Mapping[str, Any]:
    """The YAML between two lines of `---` at the top; empty where there is none."""
    text = decoded(path, read_bytes(path)).replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return {}
    inner, end, _ = text[4:].partition("\n---")
    if not end or not inner.strip():
        return {}
    value = parse_yaml(f"\n{inner}\n", path).value  # the line break keeps the numbers of the lines
    if not isinstance(value, Mapping):
        raise BadData(f"{path}: its head is no YAML mapping", mend="write `license: apache-2.0` and the like")
    return cast("Mapping[str, Any]", value)


def _results(index: Any) -> dict[str, Any]:
    """Results of a `model-index` as columns `DATASET METRIC`; a second one of that name is `DATASET METRIC (2)`."""
    made: dict[str, Any] = {}
    for name, value in _figures(index):
        same = [known for known in made if known == name or known.startswith(f"{name} (")]
        made[f"{name} ({len(same) + 1})" if same else name] = value
    return made


def _figures(index: Any) -> Iterator[tuple[str, Any]]:
    for entry in _mappings(index):
        for result in _mappings(entry.get("results")):
            where = next((_label(one, "name", "type") for one in _mappings([result.get("dataset")])), "")
            for metric in _mappings(result.get("metrics")):
                what = _label(metric, "name", "type") or "score"
                yield f"{where} {what}".strip(), metric.get("value")


def _label(of: Mapping[str, Any], *fields: str) -> str:
    return next((str(of[name]).strip() for name in fields if of.get(name)), "")


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for one in cast("Sequence[Any]", value):
            if isinstance(one, Mapping):
                yield cast("Mapping[str, Any]", one)


def _config(path: Path) -> dict[str, Any]:
    """The longest input that config.json tells of [tokens], of a part for text too."""
    if not path.is_file():
        return {}
    held: Any = read_json(path, mend="give the config.json of a model, or remove it")
    whole = list(_mappings([held]))
    for part in _mappings([*whole, *(one.get("text_config") for one in whole)]):
        for name in _CONTEXT:
            if name in part:
                return {name: part[name]}
    return {}
