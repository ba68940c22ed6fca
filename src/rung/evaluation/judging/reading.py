"""Rubrics from files: those that ship, and custom metrics in YAML or JSON, Amazon Bedrock's shape included."""

from __future__ import annotations

import math
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from rung.errors import BadInput
from rung.evaluation.judging.rubric import Label, Rubric
from rung.json_file import read_json

_FOLDER: Final = Path(__file__).parent / "rubrics"
_FIELDS: Final = ("name", "asks", "instructions", "ratingScale", "direction", "needs", "pairwise")
_DIRECTIONS: Final = {"higher": True, "lower": False}
_EXAMPLE: Final = "give a `ratingScale` such as {good: 1, fair: 0.5, bad: 0}"


def rubric_names() -> tuple[str, ...]:
    """Names of the built-in rubrics, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def find_rubric(named: str) -> Rubric:
    """A built-in rubric by its name, or a custom metric by its file.

    Raises:
        BadInput: there is no such rubric, or the file is none.
    """
    if named in rubric_names():
        return _built_in(named)
    path = Path(named)
    if path.suffix.lower() in {".yaml", ".yml", ".json"}:
        return read_rubric(path)
    near = get_close_matches(named.lower().replace("-", "_").replace(" ", "_"), rubric_names(), n=3, cutoff=0.5)
    raise BadInput(
        f"there is no rubric {named!r}",
        mend=f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(rubric_names())}, or a file",
    )


@lru_cache(maxsize=64)
def _built_in(name: str) -> Rubric:
    return read_rubric(_FOLDER / f"{name}.yaml")


def read_rubric(path: Path) -> Rubric:
    """The rubric of a YAML or JSON file.

    Besides our own form (`name`, `instructions`, `ratingScale`, `direction`, and where wanted `asks`, `needs`,
    `pairwise`) it may be Amazon Bedrock's `{customMetricDefinition: {name, instructions, ratingScale: [{definition,
    value: {floatValue | stringValue}}]}}`; `direction` may stand beside it, and is `higher` otherwise.

    Raises:
        BadInput: the file cannot be read, or is no rubric; it says what is wrong.
    """
    try:
        return rubric_from(_content(path))
    except BadInput as error:
        named = error.problem if str(path) in error.problem else f"{path}: {error.problem}"
        raise BadInput(named, mend=error.mend) from error


def _content(path: Path) -> Any:
    if not path.exists():
        raise BadInput(
            f"{path}: there is no such file",
            mend=f"write a rubric there (name, instructions, ratingScale), or use one of {', '.join(rubric_names())}",
        )
    if path.suffix.lower() == ".json":
        return read_json(path, mend="write a JSON object with name, instructions and ratingScale")
    from rung.workload.yamlfile import read_yaml

    return read_yaml(path).value


def rubric_from(content: object) -> Rubric:
    """The rubric that a mapping describes.

    Raises:
        BadInput: it describes none.
    """
    given = _mapping(content, "a rubric")
    if "customMetricDefinition" in given:
        inner = _mapping(given["customMetricDefinition"], "customMetricDefinition")
        given = {**{name: value for name, value in given.items() if name != "customMetricDefinition"}, **inner}
    if unknown := [name for name in given if name not in _FIELDS]:
        raise BadInput(f"a rubric has no field {unknown[0]!r}", mend=f"use {', '.join(_FIELDS)}")
    for name in ("name", "instructions"):
        if not isinstance(given.get(name), str) or not given[name].strip():
            raise BadInput(f"a rubric without `{name}`", mend=f"give `{name}` as text")
    direction = given.get("direction", "higher")
    if direction not in _DIRECTIONS:
        raise BadInput(f"direction {direction!r}", mend="write `direction: higher` or `direction: lower`")
    needs: object = given.get("needs") or []
    pairwise = given.get("pairwise", False)
    if not isinstance(needs, list) or not isinstance(pairwise, bool):
        raise BadInput(
            "`needs` is no list, or `pairwise` is no truth value", mend="write `needs: [context]`, `pairwise: true`"
        )
    return Rubric(
        name=given["name"].strip(),
        asks=str(given.get("asks", "")).strip(),
        instructions=given["instructions"].strip(),
        labels=_labels(given.get("ratingScale")),
        higher_is_better=_DIRECTIONS[direction],
        needs=tuple(str(need) for need in needs),  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        pairwise=pairwise,
    )


def _mapping(content: object, what: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise BadInput(f"{what} is no mapping", mend="write name, instructions and ratingScale as fields")
    return content  # pyright: ignore[reportUnknownVariableType]


def _labels(scale: object) -> tuple[Label, ...]:
    """The steps of a scale: a mapping of label to value, or a list of {label | definition, value, means}."""
    if isinstance(scale, dict):
        steps: list[Any] = [{"label": name, "value": value} for name, value in scale.items()]  # pyright: ignore[reportUnknownVariableType]
    elif isinstance(scale, list):
        steps = scale  # pyright: ignore[reportUnknownVariableType]
    else:
        raise BadInput("a rubric without a rating scale", mend=_EXAMPLE)
    read = [_step(step) for step in steps]  # pyright: ignore[reportUnknownVariableType]
    numbers = [value for _, value, _ in read if isinstance(value, float)]
    if numbers and len(numbers) < len(read):
        raise BadInput("a rating scale of numbers and texts", mend="give every label a number, or every one a text")
    if len(numbers) > 1 and len(set(numbers)) < 2:
        raise BadInput("a rating scale whose labels all have the same number", mend=_EXAMPLE)
    if numbers and not math.isfinite(max(numbers) - min(numbers)):
        raise BadInput("a rating scale whose numbers are too far apart to compute with", mend=_EXAMPLE)
    return tuple(Label(name, _score(value, numbers), value, means) for name, value, means in read)


def _step(step: object) -> tuple[str, float | str, str]:
    given = _mapping(step, "a step of a rating scale")
    name = given.get("label", given.get("definition"))
    value = given.get("value")
    if isinstance(value, dict):  # Bedrock's
        inner = _mapping(value, "a value")  # pyright: ignore[reportUnknownArgumentType]
        value = inner.get("floatValue", inner.get("stringValue"))
    if isinstance(name, (int, float)) and not isinstance(name, bool):
        name = f"{name:g}"
    if not isinstance(name, str):
        raise BadInput("a step of a rating scale without a label", mend=_EXAMPLE)
    if isinstance(value, str):
        return name.strip(), value, str(given.get("means", ""))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadInput(f"the label {name!r} has no number or text", mend=_EXAMPLE)
    return name.strip(), float(value), str(given.get("means", ""))


def _score(value: float | str, numbers: list[float]) -> float | None:
    """Numbers within [0, 1] stay as they are; others are moved there, lowest to 0 and highest to 1."""
    if isinstance(value, str):
        return None
    low, high = min(numbers), max(numbers)
    return value if (low >= 0 and high <= 1) or low == high else (value - low) / (high - low)
