"""Rows that a user brings: every one is checked, and the first fault is named with file, line and mend."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Callable, Sequence

from rung.catalog.schema import COMMON_CHOICES, MEMBERS, SMALLEST, SPECS, YEARS, TableSpec
from rung.errors import BadData

Row = dict[str, str]
Known = Callable[[str], set[str]]
"""Table -> the first keys that it holds, for cells that refer to it."""


def valid_rows(table: str, text: str, *, where: str, columns: Sequence[str], known: Known) -> tuple[Row, ...]:
    """The rows of a CSV text, with every column of the table.

    Args:
        table: whose columns the text has.
        text: CSV with a header.
        where: the file, for messages.
        columns: of the table.
        known: what cells may refer to.

    Raises:
        BadData: a fault, with file and line.
    """
    reader = csv.DictReader(text.splitlines())
    _check_header(table, reader.fieldnames or [], columns, where)
    spec, found, lines = SPECS[table], list[Row](), dict[tuple[str, ...], int]()
    refers = {column: known(target) for column, target in spec.references.items()}
    for raw in reader:
        at = f"{where}:{reader.line_num}"
        row = _cells(raw, columns, at)
        _check_row(spec, row, refers, at)
        key = tuple(row[column] for column in spec.keys)
        if key in lines:
            raise BadData(f"{at}: {_named(spec, row)} stands in line {lines[key]} too", mend="keep one of the two rows")
        lines[key] = reader.line_num
        found.append(row)
    if not found:
        raise BadData(f"{where}: no rows", mend=f"a header ({','.join(columns)}) and at least one row")
    return tuple(found)


def _check_header(table: str, names: Sequence[str], columns: Sequence[str], where: str) -> None:
    for name in names:
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            mend = f"{hint}the table {table} has {', '.join(columns)}"
            raise BadData(f"{where}:1: unknown column {name!r}", mend=mend)
        if list(names).count(name) > 1:
            raise BadData(f"{where}:1: the column {name!r} stands there twice", mend="keep one")
    absent = [column for column in columns if column not in names and column not in SPECS[table].blank]
    if absent:
        mend = f"the table {table} has {', '.join(columns)}"
        raise BadData(f"{where}:1: no column {', '.join(map(repr, absent))}", mend=mend)


def _cells(raw: dict[str | None, str | list[str] | None], columns: Sequence[str], at: str) -> Row:
    """The cells of a row as text; more or fewer than the header has is a fault."""
    if None in raw:
        mend = 'a decimal comma? write 0.5, and put texts that hold a comma in "quotes"'
        raise BadData(f"{at}: more cells than columns", mend=mend)
    if short := [str(name) for name, cell in raw.items() if cell is None]:
        raise BadData(f"{at}: no cell for {', '.join(short)}", mend="write a cell, also an empty one, for each column")
    return {column: str(raw.get(column, "")).strip() for column in columns}


def _check_row(spec: TableSpec, row: Row, refers: dict[str, set[str]], at: str) -> None:
    for column, cell in row.items():
        if not cell and column not in spec.blank:
            raise BadData(f"{at}: {column} is empty", mend="fill the cell; a source says who published the figure")
    for column, choices in {**COMMON_CHOICES, **spec.choices}.items():
        if column in row and row[column] not in choices:
            words = ", ".join(word for word in choices if word)
            raise BadData(f"{at}: {column} {row[column]!r} is not known", mend=f"use one of: {words}")
    for column, known in refers.items():
        if row[column] and row[column] not in known:
            raise _unknown(spec, column, row[column], known, at)
    year = _number(row["year"], "year", at)
    if not (YEARS[0] <= year <= YEARS[1] and year == int(year)):
        raise BadData(f"{at}: year {row['year']} is not plausible", mend=f"a year from {YEARS[0]} to {YEARS[1]}")
    for column, (least, most) in spec.limits.items():
        if row[column]:
            value = _number(row[column], column, at)
            if not least <= value <= most:
                raise BadData(f"{at}: {column} {row[column]} is out of range", mend=f"from {least:g} to {most:g}")
            if column not in _FRACTIONS and value != int(value):
                raise BadData(f"{at}: {column} {row[column]} is not a whole number", mend="write it without a fraction")
    if spec.numeric:
        _check_figure(spec, row, at)


_FRACTIONS = {"latitude", "longitude", "memory_gb"}


def _check_figure(spec: TableSpec, row: Row, at: str) -> None:
    """Unit, and 0 <= low <= value <= high."""
    units = spec.units_of(row)
    if not units:
        names = ", ".join(spec.units)
        raise BadData(f"{at}: quantity {row.get('quantity', '')!r} is not known", mend=f"use one of: {names}")
    if row["unit"] not in units:
        mend = f"convert the figures to {' or '.join(units)}"
        raise BadData(f"{at}: the unit {row['unit']!r} of {_named(spec, row)} is not {' or '.join(units)}", mend=mend)
    low, value, high = (_number(row[member], member, at) for member in MEMBERS)
    if low < 0:
        raise BadData(f"{at}: low {row['low']} is negative", mend="figures are 0 or more")
    if not low <= value <= high:
        raise BadData(
            f"{at}: {row['low']}, {row['value']}, {row['high']} is not low <= value <= high", mend="order them"
        )
    if value == 0 and high > 0:
        raise BadData(f"{at}: a value of 0 has no interval around it", mend="give a value above 0, or high 0 too")
    least, most = spec.range_of(row["unit"])
    for member, figure in zip(MEMBERS, (low, value, high), strict=True):
        if not least <= figure <= most:
            mend = f"give {least:g} to {most:g} {row['unit']}"
            raise BadData(f"{at}: {member} {row[member]} of {_named(spec, row)} cannot be", mend=mend)
    if 0 < value < SMALLEST:
        raise BadData(f"{at}: a value of {row['value']} is too small", mend=f"give 0, or {SMALLEST:g} and more")


def _number(text: str, what: str, at: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        comma = "," in text
        problem = f"{at}: {what} {text!r} " + ("has a decimal comma" if comma else "is not a number")
        mend = f"write {text.replace(',', '.')}" if comma else "write a number, with a point for decimals"
        raise BadData(problem, mend=mend) from None
    if not math.isfinite(value):
        raise BadData(f"{at}: {what} is {text}", mend="give a finite number, or leave the row out")
    return value


def _named(spec: TableSpec, row: Row) -> str:
    return " ".join(row[column] for column in spec.keys)


def _unknown(spec: TableSpec, column: str, cell: str, known: set[str], at: str) -> BadData:
    near = difflib.get_close_matches(cell, sorted(known), n=3)
    hint = f"did you mean {', '.join(near)}? Else " if near else ""
    mend = f"{hint}add it to the table {spec.references[column]} first"
    return BadData(f"{at}: unknown {column.removesuffix('_key')} {cell!r}", mend=mend)
