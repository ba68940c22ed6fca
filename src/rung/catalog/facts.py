"""Reading the tables: rows become facts, once.

Every table of numbers has the columns low, value, high, unit, year, source and checked. `checked` says how far the
row can be trusted: `file` (compared with, or computed from, a published data file), `doc` (read in the publisher's
document), `memory` (common knowledge, not yet looked up: read as assumed).

A project can put rows of its own before ours: `HOME/catalog/TABLE.csv`, the overlay that `rung.catalog.overlay`
writes. `use` says which project; without it that is `RUNG_HOME`, else `.rung` in the working folder.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal, ParamSpec, TypeVar, cast

from rung.catalog.schema import SPECS
from rung.catalog.validation import valid_rows
from rung.types import Origin, Quantity

Checked = Literal["file", "doc", "memory"]

P = ParamSpec("P")
T = TypeVar("T")

_clears: list[Callable[[], None]] = []
_chosen: list[Path | None] = []
"""Empty until `use` was called; then its argument."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with where it comes from.

    Args:
        name: the error source, e.g. `grid:FR`; facts of one name move together in comparisons.
        quantity: value and interval; its only error source is `name`.
        source: who published it.
        year: the year that it describes.
        checked: how far it can be trusted.
    """

    name: str
    quantity: Quantity
    source: str
    year: int
    checked: Checked


def cached(function: Callable[P, T]) -> Callable[P, T]:
    """Remember results until `use` changes the rows."""
    remembering = cache(function)
    _clears.append(remembering.cache_clear)
    return cast("Callable[P, T]", remembering)


def use(home: Path | None) -> None:
    """Read the overlays of the project folder `home` from now on; None reads the built-in tables alone."""
    _chosen[:] = [home]
    for clear in _clears:
        clear()


def overlay_folder() -> Path | None:
    """Where overlays are read from, or None when they are off."""
    home = _chosen[0] if _chosen else Path(os.environ.get("RUNG_HOME") or ".rung")
    return None if home is None else home / "catalog"


@cached
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of a table, as text: the overlay's first, then the built-in ones whose key it does not have.

    Raises:
        BadData: the overlay was changed by hand and has a bad row.
    """
    mine = overlay_rows(table)
    taken = {key(table, row) for row in mine}
    return (*mine, *(row for row in built_in(table) if key(table, row) not in taken))


@cached
def overlay_rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows that the project brings; none without an overlay."""
    folder = overlay_folder()
    path = None if folder is None else folder / f"{table}.csv"
    if path is None or not path.is_file():
        return ()
    text = path.read_text("utf-8")
    return valid_rows(table, text, where=str(path), columns=built_in_columns(table), known=first_keys)


@cache
def built_in(table: str) -> tuple[dict[str, str], ...]:
    """The rows of `tables/NAME.csv`, as text."""
    return tuple(csv.DictReader(_built_in_lines(table)))


def built_in_columns(table: str) -> tuple[str, ...]:
    """The columns of a table."""
    return tuple(next(csv.reader(_built_in_lines(table))))


def first_keys(table: str) -> set[str]:
    """What other tables may refer to."""
    return {row[SPECS[table].keys[0]] for row in rows(table)}


@cache
def _built_in_lines(table: str) -> tuple[str, ...]:
    text = resources.files("rung.catalog").joinpath("tables", f"{table}.csv").read_text("utf-8")
    return tuple(text.splitlines())


def tables() -> tuple[str, ...]:
    """The names of all tables."""
    return tuple(sorted(SPECS))


def key(table: str, row: dict[str, str]) -> tuple[str, ...]:
    """What tells a row of a table from the others."""
    return tuple(row[column] for column in SPECS[table].keys)


@cached
def _index(table: str) -> dict[tuple[str, ...], dict[str, str]]:
    return {key(table, row): row for row in rows(table)}


def find(table: str, *parts: str) -> dict[str, str] | None:
    """The row of a table with this key, or None."""
    return _index(table).get(parts)


@cached
def _grouped(table: str) -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows(table):
        groups.setdefault(row[SPECS[table].keys[0]], []).append(row)
    return groups


def group(table: str, first: str) -> Sequence[dict[str, str]]:
    """The rows of a table whose first key column is this."""
    return _grouped(table).get(first, ())


def fact(row: dict[str, str], *, name: str) -> Fact:
    """The number of a row, under the error source `name`.

    Published figures are quoted, unless the row's `origin` says that they are modelled; a row from memory is assumed.
    """
    low, value, high = float(row["low"]), float(row["value"]), float(row["high"])
    checked = cast("Checked", row["checked"])
    origin = Origin.ASSUMED if checked == "memory" else Origin[(row.get("origin") or "quoted").upper()]
    quantity = Quantity.between(low, value, high, row["unit"], source=name, origin=origin)
    return Fact(name, quantity, row["source"], int(row["year"]), checked)
