"""When to run, drawn: the expected intensity of each hour with its range, and the hours that were chosen.

Figures come from the decision; here they are worded and scaled to pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rung.placement.when_records import When
from rung.report.axes import Axis, Frame, Tick, tick_label
from rung.report.labels import shorten
from rung.report.page import render_page
from rung.report.when_words import grams, headline, hours_words, when_tiles

MOST_LINES: Final = 6
"""As many line styles as the style sheet has; more regions stand in the table only."""

_WIDE, _NARROW = 920, 350
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A region's expected intensity as SVG points, and its range as a polygon's (empty when unknown)."""

    region: str
    style: int
    points: str
    band: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Chosen hours that touch: a rectangle."""

    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Frame):
    """Everything that the drawing needs."""

    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]


def render_when(found: When) -> str:
    """The decision as one HTML page that asks the network for nothing; its texts are not trusted."""
    return render_page(
        "when",
        found=found,
        headline=headline(found),
        tiles=when_tiles(found),
        wide=hours_figure(found, _WIDE, 380),
        narrow=hours_figure(found, _NARROW, 330),
        hours_words=hours_words,
        grams=grams,
        shorten=shorten,
    )


def hours_figure(found: When, width: int, height: int) -> Hours:
    """The figure at one width."""
    left, right, top, bottom = 64.0, width - 14.0, 24.0, height - 42.0
    hours = found.job.deadline_h
    x_axis = Axis(0, hours, left, right)
    # The band of a region that is not chosen would hide the line of the one that is.
    band = None if found.errors is None else found.errors[found.best]
    high = [v + e[1] for v, e in zip(found.expected[found.best], band or [], strict=False)]
    most = max([v for row in found.expected[:MOST_LINES] for v in row] + high)
    y_axis = Axis(0.0, most * 1.08 or 1.0, bottom, top)
    order = sorted(range(len(found.options)), key=lambda k: (k != found.best, k))[:MOST_LINES]
    return Hours(
        width=width,
        height=height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        x_ticks=tuple(
            Tick(x_axis.at(v), _clock(found.arrival + v * _HOUR)) for v in x_axis.ticks(max(3, width // 120))
        ),
        y_ticks=tuple(Tick(y_axis.at(v), tick_label(v, "").removesuffix(".00")) for v in y_axis.ticks(6)),
        lines=tuple(_line(found, k, style, x_axis, y_axis) for style, k in enumerate(order)),
        blocks=tuple(_blocks(found, x_axis)),
    )


def _line(found: When, index: int, style: int, x_axis: Axis, y_axis: Axis) -> Line:
    row = found.expected[index]
    points = _steps(list(row), x_axis, y_axis)
    band = ""
    if index == found.best and found.errors is not None:
        errors = found.errors[index]
        lows = _steps([max(0.0, v + e[0]) for v, e in zip(row, errors, strict=True)], x_axis, y_axis)
        highs = _steps([v + e[1] for v, e in zip(row, errors, strict=True)], x_axis, y_axis)
        band = " ".join([*lows, *reversed(highs)])
    return Line(found.options[index].region, style, " ".join(points), band, index == found.best)


def _steps(values: list[float], x_axis: Axis, y_axis: Axis) -> list[str]:
    """An hour is a level, so the line is stairs."""
    return [f"{x_axis.at(k + end)},{y_axis.at(v)}" for k, v in enumerate(values) for end in (0, 1)]


def _blocks(found: When, x_axis: Axis) -> list[Block]:
    offsets = [(hour - found.arrival) // _HOUR for hour in found.advised.hours]
    runs: list[list[int]] = []
    for offset in offsets:
        if runs and offset == runs[-1][-1] + 1:
            runs[-1].append(offset)
        else:
            runs.append([offset])
    return [
        Block(
            x_axis.at(run[0]),
            round(x_axis.at(run[-1] + 1) - x_axis.at(run[0]), 1),
            f"runs from {_clock(found.arrival + run[0] * _HOUR)} to {_clock(found.arrival + (run[-1] + 1) * _HOUR)}",
        )
        for run in runs
    ]


def _clock(moment: datetime) -> str:
    return f"{moment:%d %b}" if moment.hour == 0 else f"{moment:%H:%M}"
