"""The first options as dots with their intervals on one axis, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rung.report.axes import Tick, axis_around, tick_label
from rung.report.labels import shorten
from rung.report.numbers import figure, part_of
from rung.report.place import named

if TYPE_CHECKING:
    from rung.placement.place_json import Outcome

MOST: Final = 15
"""More options stand in the table only."""

_LETTERS: Final = 44
_LETTER_PX: Final = 7.2


@dataclass(frozen=True, slots=True)
class Bar:
    """An option: its name at a point, its dot and the ends of its interval [px]."""

    y: float
    name_y: float
    name: str
    low: float
    x: float
    high: float
    chosen: bool
    words: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Everything that the drawing needs; names end at `names` on a wide drawing, and stand above on a slim one."""

    objective: str
    width: int
    height: int
    names: float | None
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]


def bars(outcome: Outcome, objective: str, width: int) -> Bars | None:
    """The figure at one width, or None when the figure of no option is known."""
    shown = [(row, part_of(row.option.total, objective)) for row in outcome.ranking.ranked[:MOST]]
    known = [(row, quantity) for row, quantity in shown if quantity is not None]
    if not known:
        return None
    wide = width > 500
    longest = max(len(named(row)) for row, _ in known)
    left, step = (min(340.0, 24 + _LETTER_PX * longest), 26) if wide else (10.0, 40)
    axis = axis_around([v for _, q in known for v in (q.low, q.value, q.high)], left, width - 30)
    drawn: list[Bar] = []
    for at, (row, quantity) in enumerate(known):
        y = step * at + (18 if wide else 32)
        drawn.append(
            Bar(
                y, y + 4 if wide else y - 12, shorten(named(row), _LETTERS),
                axis.at(quantity.low), axis.at(quantity.value), axis.at(quantity.high),
                row.option.name in outcome.ranking.front, f"{named(row)}: {figure(quantity)}",
            )
        )  # fmt: skip
    ticks = tuple(Tick(axis.at(v), tick_label(v, known[0][1].unit)) for v in axis.ticks(7 if wide else 4))
    return Bars(objective, width, step * len(known) + 44, left - 10 if wide else None, ticks, tuple(drawn))
