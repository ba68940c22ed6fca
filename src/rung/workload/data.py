"""From rows to items: which column is what, and what makes a row unusable."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from rung.errors import BadData
from rung.types import Item, TaskKind
from rung.workload.suggest import close_match
from rung.workload.tables import Record, RowProblem, Table, read_table

_INPUTS = ("input", "prompt")
_OUTPUTS = ("output", "references", "referenceResponse", "answers")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Names of the columns; None: the usual names."""

    input: str | None = None
    output: str | None = None
    id: str | None = None
    slice: str | None = None
    source: str | None = None
    group_by: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An item, with where it stands and what it must stay together with."""

    item: Item
    place: int
    group: str | None


@dataclass(frozen=True, slots=True)
class ItemSet:
    """The items of a file, in order."""

    path: Path
    unit: Literal["line", "row"]
    rows: tuple[Row, ...] = field(repr=False)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items alone."""
        return tuple(row.item for row in self.rows)

    def kept(self, rows: Sequence[Row]) -> ItemSet:
        """The same file with some of its rows."""
        return replace(self, rows=tuple(rows))

    def error(self, problems: list[RowProblem]) -> BadData:
        """One error for the rows that cannot be used."""
        return Table(self.path, self.unit, ()).error(problems)


def read_items(
    path: Path, task: TaskKind, *, columns: ColumnMap | None = None, keep: Mapping[str, Any] | None = None
) -> ItemSet:
    """Read the items of a data file.

    Args:
        path: JSONL, CSV or Parquet, also gzipped.
        task: what the references must be.
        columns: names of the columns.
        keep: column -> the value (or list of values) that a row must have to be taken.

    Raises:
        BadData: the file, a column or rows cannot be used; rows, column and mend are named.
        MissingExtra: Parquet without pyarrow.
    """
    table = _filtered(read_table(path), keep or {})
    names = _Names.of(table, columns or ColumnMap())
    problems: list[RowProblem] = []
    drafts: list[Row] = []
    for record in table.records:
        row = _row(record, names, task, problems)
        if row is not None:
            drafts.append(row)
    problems += _repeated_ids(drafts)
    if problems:
        raise table.error(sorted(problems, key=lambda p: p.place))
    return ItemSet(path, table.unit, tuple(_with_ids(drafts)))


@dataclass(frozen=True, slots=True)
class _Names:
    """The columns of one file, resolved: every name is there."""

    input: str
    outputs: tuple[str, ...]
    id: str | None
    slice: str | None
    source: str | None
    group: str | None

    @classmethod
    def of(cls, table: Table, wanted: ColumnMap) -> _Names:
        have = table.columns
        asked = {
            "data.columns.input": wanted.input,
            "data.columns.output": wanted.output,
            "data.columns.id": wanted.id,
            "data.columns.slice": wanted.slice,
            "data.columns.source": wanted.source,
            "data.group_by": wanted.group_by,
        }
        for role, name in asked.items():
            if name is not None and name not in have:
                raise _no_column(table, name, role)
        source = wanted.input or next((name for name in _INPUTS if name in have), None)
        outputs = (wanted.output,) if wanted.output else tuple(name for name in _OUTPUTS if name in have)
        if source is None:
            raise _no_column(table, "input", "data.columns.input", map_it=True)
        if not outputs:
            raise _no_column(table, "output", "data.columns.output", map_it=True)
        bedrock = source == "prompt" and wanted.input is None
        slices = ("slice", "category") if bedrock else ("slice",)
        return cls(
            input=source,
            outputs=outputs,
            id=wanted.id or ("id" if "id" in have else None),
            slice=wanted.slice or next((name for name in slices if name in have), None),
            source=wanted.source or ("source" if "source" in have else None),
            group=wanted.group_by,
        )


def _no_column(table: Table, name: str, role: str, *, map_it: bool = False) -> BadData:
    have = table.columns
    near = close_match(name, have)
    listed = ", ".join(have[:20])
    mend = f"name the column that holds it in `{role}`" if map_it else f"correct `{role}`"
    return BadData(f"{table.path}: no column {name!r}; it has {listed}", mend=f"{near} {mend}" if near else mend)


def _filtered(table: Table, keep: Mapping[str, Any]) -> Table:
    if not keep:
        return table
    for name in keep:
        if name not in table.columns:
            raise _no_column(table, name, "data.filter")
    allowed = {
        name: {plain(v) for v in (cast("list[Any]", value) if isinstance(value, list) else [value])}
        for name, value in keep.items()
    }
    records = tuple(
        record
        for record in table.records
        if all(plain(record.cells.get(name)) in values for name, values in allowed.items())
    )
    if not records:
        what = f"{table.path}: `data.filter` leaves none of {len(table.records)} rows"
        seen = {n: list(dict.fromkeys(plain(r.cells.get(n)) for r in table.records))[:5] for n in keep}
        values = "; ".join(f"{name} has {', '.join(found)}" for name, found in seen.items())
        raise BadData(what, mend=f"correct the values ({values})")
    return replace(table, records=records)


def plain(value: Any) -> str:
    """A cell as text, so that `false` in YAML equals `false` in JSON and in CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


class _Unusable(Exception):
    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


def _row(record: Record, names: _Names, task: TaskKind, problems: list[RowProblem]) -> Row | None:
    try:
        item = Item(
            id=_label(record, names.id) or "",
            input=_text(record.cells.get(names.input), names.input, mend="fill it in, or remove the row"),
            references=_references(record, names.outputs, task),
            slice=_label(record, names.slice),
            source=_label(record, names.source),
        )
        if names.id is not None and not item.id:
            raise _Unusable(f"column {names.id!r} is empty", "give every row an id, or none")
        group = _label(record, names.group) if names.group is not None else item.source
    except _Unusable as error:
        problems.append(RowProblem(record.place, error.problem, error.mend))
        return None
    return Row(item, record.place, group)


def _text(value: Any, column: str, *, mend: str) -> str:
    """Text of a cell that must not be empty, without the space around it."""
    if value is None:
        raise _Unusable(f"column {column!r} is empty", mend)
    if isinstance(value, float) and not math.isfinite(value):
        raise _Unusable(f"column {column!r} is {str(value).replace('nan', 'NaN')}", mend)
    if isinstance(value, dict | list):
        raise _Unusable(f"column {column!r} holds a {'list' if isinstance(value, list) else 'mapping'}, not text", mend)
    text = (value if isinstance(value, str) else plain(value)).strip()
    if not text:
        raise _Unusable(f"column {column!r} is empty", mend)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Unusable(f"column {column!r} holds half of a surrogate pair", "write it as whole UTF-8 text") from None
    return text


def _label(record: Record, column: str | None) -> str | None:
    """Text of a cell that may be empty."""
    value = record.cells.get(column) if column is not None else None
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _text(value, str(column), mend="write it as text")


def _references(record: Record, columns: tuple[str, ...], task: TaskKind) -> tuple[str, ...]:
    """The acceptable outputs, each once; the first is the one to train on."""
    mend = "fill it in, or leave such rows out with `data.filter`"
    found: dict[str, None] = {}
    for column in columns:
        value = record.cells.get(column)
        if value is None and len(columns) > 1:
            continue
        many: list[Any] = [value]
        if isinstance(value, list):
            many = cast("list[Any]", value)
        elif task != "extract" and isinstance(value, dict) and isinstance(value.get("text"), list):  # pyright: ignore
            many = cast("list[Any]", value["text"])  # SQuAD as the Hugging Face hub stores it
        for one in many:
            if task == "extract":
                found[_json_object(one, column)] = None
            else:
                found[_text(one, column, mend=mend)] = None
    if not found:
        raise _Unusable(f"column {' and '.join(map(repr, columns))} holds no reference", mend)
    return tuple(found)


def _json_object(value: Any, column: str) -> str:
    mend = 'write a JSON object, e.g. {"name": "Ada"}, for task extract'
    if isinstance(value, str):
        text = _text(value, column, mend=mend)
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise _Unusable(f"column {column!r} is not a JSON object", mend) from None
    else:
        text = ""
    if not isinstance(value, dict):
        raise _Unusable(f"column {column!r} is not a JSON object", mend)
    if not value:
        raise _Unusable(f"column {column!r} is an empty JSON object", mend)
    try:
        return text or json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise _Unusable(f"column {column!r} holds NaN or infinity", "write null, or leave the field out") from None
    except TypeError:  # a date or bytes from Parquet
        raise _Unusable(f"column {column!r} holds what JSON cannot", "store text and numbers only") from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _repeated_ids(rows: list[Row]) -> list[RowProblem]:
    first: dict[str, int] = {}
    problems: list[RowProblem] = []
    for row in rows:
        if row.item.id and first.setdefault(row.item.id, row.place) != row.place:
            what = f"the id {row.item.id!r} stands already at {first[row.item.id]}"
            problems.append(RowProblem(row.place, what, "make the ids unique, or leave the column out"))
    return problems


def _with_ids(rows: list[Row]) -> list[Row]:
    """Ids from the content, where the file has none: they do not change when rows are moved or added."""
    seen: Counter[str] = Counter()
    result: list[Row] = []
    for row in rows:
        item = row.item
        if not item.id:
            digest = hashlib.sha256("\x1f".join((item.input, *item.references)).encode()).hexdigest()[:16]
            seen[digest] += 1
            item = replace(item, id=digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
        result.append(replace(row, item=item))
    return result
