"""In which order models are listed, and which of them no other one beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rung.errors import BadInput
from rung.evaluation.shortlist.columns import SIZES, Column, find_column, words
from rung.evaluation.shortlist.tables import ModelRow, ModelTable

Direction = Literal["asc", "desc"]

_SPELT: Final[dict[str, Direction]] = {"asc": "asc", "desc": "desc", "min": "asc", "max": "desc"}
_LESS_IS_BETTER: Final = {
    *("price", "cost", "usd", "latency", "seconds", "ttft", "energy", "carbon", "co2", "wh", "kwh", "joules"),
    *("memory", "vram", "loss", "perplexity", "wer"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A column, and whether its smallest or its largest number comes first."""

    column: Column
    direction: Direction

    def key(self, row: ModelRow) -> float | None:
        """What is sorted by, the smallest first; None where it is unknown."""
        held = self.column.amount(row.cells.get(self.column.name))
        return None if held is None else held.low if self.direction == "asc" else -held.low

    def __str__(self) -> str:
        return f"{self.column.asked}, {'smallest' if self.direction == 'asc' else 'largest'} first"


def read_order(table: ModelTable, text: str) -> Order:
    """An order as a user writes it: `COLUMN`, `COLUMN:asc` or `COLUMN:desc`.

    Without a direction sizes, prices, times, energies and losses go from the smallest, all else from the largest.

    Raises:
        BadInput: no such column, an unknown direction, or a column without numbers.
    """
    asked, colon, said = text.strip().rpartition(":")
    direction = _SPELT.get(said.strip().casefold()) if colon else None
    if direction is None:
        if colon and text.strip() not in table.columns:
            raise BadInput(f"{text!r}: {said!r} is no direction", mend="write COLUMN:asc or COLUMN:desc")
        asked = text.strip()
    if not asked:
        raise BadInput(f"{text!r} names no column", mend="write COLUMN, COLUMN:asc or COLUMN:desc")
    column = find_column(table, asked)
    if all(column.amount(row.cells.get(column.name)) is None for row in table.rows):
        raise BadInput(f"{table.path}: {column.name!r} holds no numbers", mend="name a column of numbers")
    return Order(column, direction or _usual(column))


def ranked(rows: Sequence[ModelRow], order: Order | None) -> list[ModelRow]:
    """Rows in order; what is unknown comes last, and ties stay as the table has them."""
    if order is None:
        return list(rows)
    keys = {row.place: order.key(row) for row in rows}
    return sorted(rows, key=lambda row: (keys[row.place] is None, keys[row.place] or 0.0))


def dominators(rows: Sequence[ModelRow], orders: Sequence[Order]) -> dict[int, int | None]:
    """By place of each row that is not on the Pareto front: the place of one that is better; None where unknown.

    A row is beaten by one that is at least as good in every column and better in one; equals are both on the front.
    """
    keys: dict[int, tuple[float, ...]] = {}
    beaten: dict[int, int | None] = {}
    for row in rows:
        values = tuple(order.key(row) for order in orders)
        known = tuple(value for value in values if value is not None)
        if len(known) < len(values):
            beaten[row.place] = None
        else:
            keys[row.place] = known
    front: list[tuple[tuple[float, ...], int]] = []
    for place, key in sorted(keys.items(), key=lambda item: item[1]):
        better = _better(front, key)
        if better is None:
            front.append((key, place))
        else:
            beaten[place] = better
    return beaten


def _better(front: list[tuple[tuple[float, ...], int]], key: tuple[float, ...]) -> int | None:
    """One of the front that beats a key; with two columns the last one does, where any does."""
    if len(key) == 2:
        # Sorted by the first column, the front falls in the second: its last one is the least there.
        front = front[-1:]
    for other, place in front:
        if other != key and all(mine <= its for mine, its in zip(other, key, strict=True)):
            return place
    return None


def _usual(column: Column) -> Direction:
    small = column.concept in SIZES or _LESS_IS_BETTER & {*words(column.name), *words(column.asked)}
    return "asc" if small else "desc"
