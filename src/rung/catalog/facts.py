"""Reading the tables: rows become facts, once.

Every table of numbers has the columns low, value, high, unit, year, source and checked. `checked` says how far the
row can be trusted: `file` (compared with a published data file), `doc` (read in the publisher's document), `memory`
(common knowledge, not yet looked up).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

from rung.types import Origin, Quantity

Checked = Literal["file", "doc", "memory"]


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


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of `tables/NAME.csv`, as text."""
    text = resources.files("rung.catalog").joinpath("tables", f"{table}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def tables() -> tuple[str, ...]:
    """The names of all tables."""
    folder = resources.files("rung.catalog").joinpath("tables")
    return tuple(sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv")))


def fact(row: dict[str, str], *, name: str) -> Fact:
    """The number of a row, under the error source `name`; published figures are quoted."""
    low, value, high = float(row["low"]), float(row["value"]), float(row["high"])
    quantity = Quantity.between(low, value, high, row["unit"], source=name, origin=Origin.QUOTED)
    return Fact(name, quantity, row["source"], int(row["year"]), cast("Checked", row["checked"]))
