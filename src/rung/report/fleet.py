"""The page of `rung fleet`: figures first, then latencies, regions, and what a looser objective would save, drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rung.prediction.fleet import Curve, FleetRun
from rung.prediction.fleet.curve import Tried
from rung.prediction.fleet.outcome import QUANTILES
from rung.report.axes import axis_around, tick_label
from rung.report.fleet_words import (
    counts_words,
    headline,
    kept_words,
    percent,
    purposes,
    seconds,
    step_words,
    tiles,
    times,
)
from rung.report.labels import Label, Labeller
from rung.report.numbers import figure, interval, middle
from rung.report.page import render_page
from rung.report.scatter import Tick

_WIDE: Final = (920, 400)
_NARROW: Final = (350, 340)
_LEFT, _TOP, _BELOW = 64.0, 24.0, 42.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A fleet at its latency and energy [px]; `chosen` when none is both faster and leaner."""

    x: float
    y: float
    chosen: bool
    words: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Trade:
    """Everything that the drawing needs. `front` is the stairs of least energy, `bar` the limit that was asked for."""

    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    spots: tuple[Spot, ...]
    front: str
    bar: Tick | None


def render_fleet(run: FleetRun) -> str:
    """The simulation as one HTML page that asks the network for nothing; its texts are not trusted."""
    drawn = None if run.curve is None else [trade(run.curve, *size) for size in (_WIDE, _NARROW)]
    return render_page(
        "fleet",
        run=run,
        outcome=run.outcome,
        headline=headline(run),
        tiles=tiles(run),
        times=times(run.outcome),
        levels=[f"p{100 * level:g}" for level in QUANTILES],
        wide=None if drawn is None else drawn[0],
        narrow=None if drawn is None else drawn[1],
        counts_words=counts_words,
        kept_words=kept_words,
        step_words=step_words,
        purposes=purposes,
        seconds=seconds,
        percent=percent,
        figure=figure,
        interval=interval,
        middle=middle,
    )


def trade(curve: Curve, width: int, height: int) -> Trade | None:
    """The figure at one width, or None when fewer than two fleets have both figures."""
    rows = [row for one in curve.tried if (row := _row(one)) is not None]
    if len(rows) < 2:
        return None
    right, bottom = width - 28.0, height - _BELOW
    limit = curve.objective.limit_s
    x_axis = axis_around([*(x for x, _, _ in rows), limit], _LEFT + 8, right - 8)
    y_axis = axis_around([y for _, y, _ in rows], bottom, _TOP)
    front = _front(rows)
    labeller = Labeller(_LEFT - 8, 0, width, bottom)
    for x, y, _ in rows:
        labeller.keep_clear(x_axis.at(x), y_axis.at(y))
    spots: list[Spot] = []
    for x, y, one in sorted(rows, key=lambda row: row[2] not in front):
        at = (x_axis.at(x), y_axis.at(y))
        chosen = one in front
        label = labeller.place(*at, one.words, most_letters=24 if width > 500 else 14) if chosen else None
        words = f"{one.words}: {seconds(x)}, {middle(one.outcome.per_request(one.outcome.energy))} a request"
        spots.append(Spot(*at, chosen, words, label))
    stairs = sorted((s.x, s.y) for s in spots if s.chosen)
    return Trade(
        width=width,
        height=height,
        left=_LEFT,
        top=_TOP,
        right=right,
        bottom=bottom,
        x_ticks=tuple(Tick(x_axis.at(v), tick_label(v, "s")) for v in x_axis.ticks(max(3, width // 120))),
        y_ticks=tuple(Tick(y_axis.at(v), tick_label(v, "J")) for v in y_axis.ticks(6)),
        spots=tuple(spots),
        front=_stairs(stairs),
        bar=Tick(x_axis.at(limit), f"asked: {seconds(limit)}"),
    )


def _row(one: Tried) -> tuple[float, float, Tried] | None:
    each = one.outcome.per_request(one.outcome.energy)
    if one.value_s is None or each is None:
        return None
    return one.value_s, each.value, one


def _front(rows: list[tuple[float, float, Tried]]) -> list[Tried]:
    """Those that none other beats on both."""
    return [one for x, y, one in rows if not any(a <= x and b <= y and (a, b) != (x, y) for a, b, _ in rows)]


def _stairs(points: list[tuple[float, float]]) -> str:
    """Until a slower fleet saves something, the one before stands."""
    found: list[tuple[float, float]] = []
    for x, y in points:
        if found:
            found.append((x, found[-1][1]))
        found.append((x, y))
    return " ".join(f"{x},{y}" for x, y in found) if len(points) > 1 else ""
