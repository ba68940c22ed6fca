"""From a YAML tree to a checked `WorkloadFile`: every problem at once, each with its line, field and mend."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rung.errors import BadWorkload
from rung.workload.schema import WorkloadFile
from rung.workload.suggest import close_match
from rung.workload.yamlfile import FieldPath, Problem, YamlFile

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_PATHS: tuple[FieldPath, ...] = (
    ("data", "items"),
    ("data", "train"),
    ("data", "tune"),
    ("data", "evaluation"),
    ("knowledge",),
)


def validate(file: YamlFile) -> WorkloadFile:
    """The checked content of a workload file, with `${NAME}` filled in where a path is meant.

    Raises:
        BadWorkload: all problems, in the order of their lines.
    """
    tree: Any = file.value
    if not isinstance(tree, dict):
        mend = "write fields, e.g. `task: classify`; `rung init DATA` drafts a file"
        raise BadWorkload("a workload is a mapping of fields", mend=mend, where=file.where(()))
    problems: list[Problem] = []
    value = _expanded(cast("dict[str, Any]", tree), problems)
    try:
        content = WorkloadFile.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise file.error([*problems, *_problems(file, details)]) from error
    if problems:
        raise file.error(problems)
    return content


def _expanded(tree: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The tree with the environment filled into its paths."""

    def inside(value: Any, field: FieldPath) -> Any:
        if isinstance(value, dict):
            return {key: inside(v, (*field, key)) for key, v in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [inside(v, (*field, i)) for i, v in enumerate(cast("list[Any]", value))]
        is_path = field in _PATHS or (len(field) == 3 and field[0] == "models" and field[2] == "path")
        return _filled_in(value, field, problems) if is_path and isinstance(value, str) else value

    return {key: inside(value, (key,)) for key, value in tree.items()}


def _filled_in(text: str, field: FieldPath, problems: list[Problem]) -> str:
    def look_up(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(2)
        found = os.environ.get(name) or default
        if found is None:
            mend = f"run `export {name}=...`, or write ${{{name}:-DEFAULT}}"
            problems.append(Problem(field, f"the environment variable {name} is not set", mend))
        return found or ""

    return _VARIABLE.sub(look_up, text) or text


@dataclass(frozen=True, slots=True)
class _Told:
    """What pydantic says of one field; several alternatives of a union speak of the same one."""

    kind: str
    text: str
    value: Any
    mend: str


def _problems(file: YamlFile, details: list[ErrorDetails]) -> list[Problem]:
    """One problem per field."""
    schema = WorkloadFile.model_json_schema()
    told: dict[FieldPath, list[_Told]] = {}
    for detail in details:
        field, what = _told(file, detail, schema)
        told.setdefault(field, []).append(what)
    problems: list[Problem] = []
    for field, same in told.items():
        deeper = any(other != field and other[: len(field)] == field for other in told)
        if deeper and all(t.kind.endswith("_type") for t in same):
            continue  # the alternative that was not meant
        problems.append(_joined(field, same))
    return problems


def _joined(field: FieldPath, same: list[_Told]) -> Problem:
    value = same[0].value
    if isinstance(value, dict | list):  # the alternatives of a union that this kind of value was meant for
        same = [told for told in same if not told.kind.endswith("_type")] or same
    texts = list(dict.fromkeys(told.text for told in same))
    text = texts[0] + "".join(f" or {t.removeprefix('should be ')}" for t in texts[1:])
    return Problem(field, f"{text}, not {_short(value)}" if text.startswith("should be") else text, same[0].mend)


def _told(file: YamlFile, detail: ErrorDetails, schema: Mapping[str, Any]) -> tuple[FieldPath, _Told]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    field = _located(file, detail["loc"])
    if kind == "rung":
        field = (*field, *(part for part in str(context["field"]).split(".") if part))
        return field, _Told(kind, str(context["problem"]), value, str(context["mend"]))
    if kind == "missing":
        name = detail["loc"][-1]
        about = _described(schema, (*field, name))
        wanted = _number(schema, (*field, name))
        example = "" if wanted is None else f" {wanted.example}"
        return (*field, name), _Told(
            kind, "is missing", value, f"add `{name}:{example}`" + (f" ({about})" if about else "")
        )
    if kind == "extra_forbidden":
        fields = _fields(schema, field[:-1])
        mend = close_match(str(field[-1]), fields) or f"the fields here are {', '.join(fields)}"
        return field, _Told(kind, f"unknown field {field[-1]!r}", value, mend)
    text = detail["msg"]
    if kind in ("model_type", "dict_type"):
        text = "should be a mapping"
    elif kind == "string_pattern_mismatch":
        text = "should be of another form"
    for subject in ("Input", "String", "List", "Dictionary"):
        text = text.replace(f"{subject} should", "should")
    about = _described(schema, field)
    wanted = _number(schema, field)
    if wanted is not None:
        mend = f"write {wanted.bounds}, e.g. `{wanted.name}: {wanted.example}`" + (f" ({about})" if about else "")
    else:
        mend = f"it is: {about}" if about else "correct the value"
    if kind == "literal_error":
        mend = close_match(str(value), re.findall(r"'([^']*)'", str(context.get("expected", "")))) or mend
    return field, _Told(kind, text, value, mend)


def _located(file: YamlFile, loc: FieldPath) -> FieldPath:
    """The parts of a pydantic location that stand in the file; it also names alternatives of unions, e.g. `float`."""
    field: FieldPath = ()
    for part in loc:
        if (*field, part) in file.lines:
            field = (*field, part)
    return field


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = "empty" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _node(schema: Mapping[str, Any], field: FieldPath) -> Mapping[str, Any]:
    """The part of a JSON Schema that speaks of a field; empty when none does."""
    node: Mapping[str, Any] = schema
    for part in field:
        options = [_resolved(schema, option) for option in (node, *node.get("anyOf", ()))]
        if isinstance(part, int):
            found = next((o["items"] for o in options if "items" in o), None)
        else:
            found = next((o["properties"][part] for o in options if part in o.get("properties", {})), None)
        if found is None:
            return {}
        node = {**_resolved(schema, found), **{k: v for k, v in found.items() if k == "description"}}
    return node


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    ref = node.get("$ref")
    return schema["$defs"][ref.rsplit("/", 1)[-1]] if isinstance(ref, str) else node


def _fields(schema: Mapping[str, Any], field: FieldPath) -> list[str]:
    node = _node(schema, field)
    options = [_resolved(schema, option) for option in (node, *node.get("anyOf", ()))]
    return [name for option in options for name in option.get("properties", {})]


@dataclass(frozen=True, slots=True)
class _Number:
    """What a numeric field takes: its name, its bounds in words, an example of its value."""

    name: str
    bounds: str
    example: str


_BOUNDS = {"exclusiveMinimum": "above", "minimum": "at least", "exclusiveMaximum": "below", "maximum": "at most"}


def _number(schema: Mapping[str, Any], field: FieldPath) -> _Number | None:
    """How to write a numeric field; None for a field of another kind. An entry of a list is shown as the list."""
    while field and isinstance(field[-1], int):
        field = field[:-1]
    node = _node(schema, field)
    options = [_resolved(schema, option) for option in (node, *node.get("anyOf", ()))]
    number = next((option for option in options if option.get("type") in ("number", "integer")), None)
    if number is None or "examples" not in node:
        return None
    bounds = " and ".join(f"{word} {_plain(number[key])}" for key, word in _BOUNDS.items() if key in number)
    kind = "a number" if number["type"] == "number" else "a whole number"
    shown = [str(example) for example in node["examples"]]
    return _Number(str(field[-1]), f"{kind} {bounds}".rstrip(), f"`, or `{field[-1]}: ".join(shown))


def _plain(bound: float) -> str:
    return str(bound) if isinstance(bound, int) else f"{bound:g}"


def _described(schema: Mapping[str, Any], field: FieldPath) -> str:
    text = " ".join(str(_node(schema, field).get("description", "")).split())
    return text.removesuffix(".")
