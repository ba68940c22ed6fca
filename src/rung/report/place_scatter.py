"""One objective against another, an option a point: what is traded for what. No score weighs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rung.report.axes import Axis, Frame, Tick, axis_around, tick_label
from rung.report.labels import Label, Labeller
from rung.report.numbers import interval, part_of
from rung.report.place import named

if TYPE_CHECKING:
    from rung.placement.place_json import Outcome
    from rung.placement.place_records import Ranked
    from rung.types import Quantity

_LEFT, _TOP, _BELOW = 64.0, 24.0, 42.0
_LETTERS = 32


@dataclass(frozen=True, slots=True)
class Spot:
    """An option: its point and the ends of its two intervals [px]."""

    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    chosen: bool
    words: str
    label: Label | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Frame):
    """Everything that the drawing needs. `front` joins the front's points, empty where two axes do not show it."""

    across: str
    up: str
    spots: tuple[Spot, ...]
    front: str


@dataclass(frozen=True, slots=True)
class _Row:
    row: Ranked
    across: Quantity
    up: Quantity


def trade(outcome: Outcome, across: str, up: str, width: int, height: int) -> Trade | None:
    """The figure of one objective (upwards) against another, or None when no option has both."""
    rows = _rows(outcome, across, up)
    if not rows:
        return None
    right, bottom = width - 28.0, height - _BELOW
    x_axis = axis_around([v for r in rows for v in _ends(r.across)], _LEFT + 8, right - 8, base="data")
    y_axis = axis_around([v for r in rows for v in _ends(r.up)], bottom, _TOP, base="data")
    spots = _spots(rows, outcome.ranking.front, x_axis, y_axis, Labeller(_LEFT - 8, 0, width, bottom))
    return Trade(
        across=across,
        up=up,
        width=width,
        height=height,
        left=_LEFT,
        top=_TOP,
        right=right,
        bottom=bottom,
        x_ticks=tuple(
            Tick(x_axis.at(v), tick_label(v, rows[0].across.unit)) for v in x_axis.ticks(max(3, width // 110))
        ),
        y_ticks=tuple(Tick(y_axis.at(v), tick_label(v, rows[0].up.unit)) for v in y_axis.ticks(6)),
        spots=spots,
        front=_front(spots) if len(outcome.ranking.objectives) == 2 else "",
    )


def _rows(outcome: Outcome, across: str, up: str) -> list[_Row]:
    both = ((row, part_of(row.option.total, across), part_of(row.option.total, up)) for row in outcome.ranking.ranked)
    return [_Row(row, x, y) for row, x, y in both if x is not None and y is not None]


def _ends(quantity: Quantity) -> tuple[float, float, float]:
    return quantity.low, quantity.value, quantity.high


def _spots(
    rows: list[_Row], front: tuple[str, ...], x_axis: Axis, y_axis: Axis, labeller: Labeller
) -> tuple[Spot, ...]:
    """Labels go to the front, and to the first few after it in the ranking; all points stay free of them."""
    points = [(x_axis.at(r.across.value), y_axis.at(r.up.value)) for r in rows]
    for point in points:
        labeller.keep_clear(*point)
    named_others = 8 if x_axis.end > 500 else 3
    sites = [r.row.option.site.name for r in rows if r.row.option.name in front]
    spots: list[Spot] = []
    for at, (r, (x, y)) in enumerate(zip(rows, points, strict=True)):
        name, chosen = named(r.row), r.row.option.name in front
        top, bottom = y_axis.at(r.up.high), y_axis.at(r.up.low)
        label = None
        if chosen:
            alone = sites.count(r.row.option.site.name) == 1
            names = (name, r.row.option.site.name if alone else name)
            label = _label_of_front(labeller, names, x, (y, top, bottom))
        elif at < len(front) + named_others:
            label = labeller.place(x, y, name, most_letters=_LETTERS)
        words = f"{name}: {interval(r.up)}, {interval(r.across)}"
        spots.append(Spot(x, y, x_axis.at(r.across.low), x_axis.at(r.across.high), top, bottom, chosen, words, label))
    return tuple(spots)


def _label_of_front(labeller: Labeller, names: tuple[str, str], x: float, levels: tuple[float, ...]) -> Label | None:
    """At the point, else at an end of its upright interval, else the same with the shorter name."""
    tries = ((name, letters, y) for name, letters in zip(names, (_LETTERS, 18), strict=True) for y in levels)
    placed = (labeller.place(x, y, name, most_letters=letters) for name, letters, y in tries)
    return next((label for label in placed if label is not None), None)


def _front(spots: tuple[Spot, ...]) -> str:
    on_it = sorted((s.x, s.y) for s in spots if s.chosen)
    return " ".join(f"{x},{y}" for x, y in on_it) if len(on_it) > 1 else ""
