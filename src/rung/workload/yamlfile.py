"""YAML with its line numbers: values for validation, and where each of them stands for the error messages.

The scalars follow the core schema of YAML 1.2: `NO` is the country and not `false`, `1e-3` is a number, and a date
is a string. Aliases are followed, but neither loops nor explosions of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from rung.errors import BadWorkload

FieldPath = tuple[str | int, ...]
MOST_NODES = 100_000
"""A file has at most so many values, each alias written out."""

_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file: at which field, what, and what to do about it."""

    field: FieldPath
    problem: str
    mend: str


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file that was read.

    Args:
        path: as the user named it.
        value: mappings, lists and scalars.
        lines: the 1-based line of every field.
    """

    path: Path
    value: Any
    lines: Mapping[FieldPath, int]

    def known(self, field: FieldPath) -> FieldPath:
        """The longest part of a field path that stands in the file."""
        while field and field not in self.lines:
            field = field[:-1]
        return field

    def where(self, field: FieldPath) -> str:
        """`file:line: field.path`, with the line of the nearest parent when the field itself is absent."""
        line = self.lines.get(self.known(field), 1)
        return f"{self.path}:{line}: {dotted(field)}" if field else f"{self.path}:{line}"

    def error(self, problems: Sequence[Problem]) -> BadWorkload:
        """One error for all problems, in the order of their lines."""
        ordered = sorted(problems, key=lambda p: self.lines.get(self.known(p.field), 1))
        if len(ordered) == 1:
            only = ordered[0]
            return BadWorkload(only.problem, mend=only.mend, where=self.where(only.field))
        listed = "".join(f"\n  {self.where(p.field)}: {p.problem}; {p.mend}" for p in ordered)
        return BadWorkload(f"{len(ordered)} problems{listed}", mend="correct the lines named", where=str(self.path))


def dotted(field: FieldPath) -> str:
    """`("models", 0, "path")` as `models[0].path`."""
    text = ""
    for part in field:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class _CoreLoader(yaml.SafeLoader):
    """Resolves plain scalars by the core schema of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own slot)


_RESOLVERS = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("float", r"^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$", "-+."),
)
# PyYAML's stubs leave these two untyped.
_add_resolver = cast("Callable[..., None]", _CoreLoader.add_implicit_resolver)  # pyright: ignore[reportUnknownMemberType]
_compose = cast("Callable[..., yaml.Node | None]", yaml.compose)  # pyright: ignore[reportUnknownMemberType]
for _tag, _pattern, _first in _RESOLVERS:
    _add_resolver(_TAG + _tag, re.compile(_pattern), list(_first))


def read_yaml(path: Path) -> YamlFile:
    """Read one YAML document.

    Raises:
        BadWorkload: no such file, not UTF-8, not YAML, a repeated key, a key that is not text.
    """
    return parse_yaml(_text(path), path)


def parse_yaml(text: str, path: Path) -> YamlFile:
    """The content of a YAML text that stands, or will stand, at `path`; raises like `read_yaml`."""
    try:
        node = _compose(text, Loader=_CoreLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        mend = "look at the indentation, the colons and the quotes of this line and the one above"
        what = str(error.problem or error.context)
        if error.context_mark and error.problem and error.context_mark.line != (mark.line if mark else 0):
            what += f" ({error.context} that starts on line {error.context_mark.line + 1})"
        raise BadWorkload(f"not YAML: {what}", mend=mend, where=where) from error
    except (yaml.YAMLError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise BadWorkload(f"not YAML: {what}", mend="write plain YAML text", where=str(path)) from error
    if node is None:
        raise BadWorkload("the file is empty", mend="write one with `rung init DATA`", where=str(path))
    reader = _NodeReader()
    try:
        value = reader.read(node, ())
    except RecursionError as error:
        raise BadWorkload("nested too deeply", mend="flatten it", where=str(path)) from error
    file = YamlFile(path, value, reader.lines)
    if reader.problems:
        raise file.error(reader.problems)
    return file


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadWorkload(
            "no such file", mend="look at the path, or write one with `rung init`", where=str(path)
        ) from error
    except OSError as error:
        what = (error.strerror or "cannot be read").lower()
        raise BadWorkload(what, mend="give a readable YAML file", where=str(path)) from error
    except ValueError as error:
        if not isinstance(error, UnicodeDecodeError):  # a NUL in the path
            raise BadWorkload("not a path", mend="give the path of a YAML file", where=repr(str(path))) from error
        line = error.object[: error.start].count(b"\n") + 1
        raise BadWorkload(
            f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}",
            mend="save the file as UTF-8",
            where=f"{path}:{line}",
        ) from error


class _NodeReader:
    """Turns the node tree into values, noting the line of each."""

    def __init__(self) -> None:
        self.lines: dict[FieldPath, int] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._count = 0

    def read(self, node: yaml.Node, field: FieldPath) -> Any:
        self.lines.setdefault(field, node.start_mark.line + 1)
        self._count += 1
        if id(node) in self._open or self._count > MOST_NODES:
            if not self.problems:
                self.problems.append(Problem(field, "an alias loops or grows without end", "write the value out"))
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, field)
            if isinstance(node, yaml.SequenceNode):
                return [self.read(child, (*field, i)) for i, child in enumerate(node.value)]
            return self._scalar(node, field)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, field: FieldPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(field, "a key that is not text", "write a plain name before the colon"))
                continue
            key = str(key_node.value)
            here = (*field, key)
            if key in result:
                first = self.lines[here]
                problem = f"the key stands twice (first on line {first})"
                self.problems.append(Problem(here, problem, "keep one of the two"))
                continue
            self.lines[here] = key_node.start_mark.line + 1
            result[key] = self.read(value_node, here)
        return result

    def _scalar(self, node: yaml.Node, field: FieldPath) -> Any:
        text = str(node.value)
        try:
            match node.tag.removeprefix(_TAG):
                case "str":
                    return text
                case "null":
                    return None
                case "bool":
                    return {"true": True, "false": False}[text.lower()]
                case "int":
                    return int(text)
                case "float":
                    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
                case tag:
                    self.problems.append(Problem(field, f"the tag {tag!r} is not allowed", "write a plain value"))
        except (ValueError, KeyError):
            self.problems.append(Problem(field, f"{text[:40]!r} is not a value of its tag", "write a plain value"))
        return None
