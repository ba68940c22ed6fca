"""Where regions lie, in pixels: longitude and latitude, cropped to the regions, no coastlines (none are bundled)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rung.report.axes import Axis, Tick
from rung.report.labels import Label, Labeller
from rung.report.numbers import figure, part_of

if TYPE_CHECKING:
    from rung.placement.place_json import Outcome
    from rung.placement.place_records import Ranked
    from rung.types import Quantity

_AIR: Final = 6.0
"""Degrees around the outermost regions."""

_LEAST: Final = 16.0
"""Fewest degrees from south to north: one region alone still lies somewhere."""

_SHAPES: Final = (0.3, 0.62)
_SLIM_SHAPES: Final = (0.6, 1.0)
"""The height of the drawing as a share of its width, at least and at most."""

_STEP_PX: Final = 38
"""Lines of equal longitude or latitude stand no closer."""

_WORD_PX: Final = 16

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Disc:
    """A region: its area is its figure."""

    x: float
    y: float
    radius: float
    chosen: bool
    words: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Map:
    """Everything that the drawing needs."""

    width: int
    height: int
    meridians: tuple[Tick, ...]
    parallels: tuple[Tick, ...]
    discs: tuple[Disc, ...]


@dataclass(frozen=True, slots=True)
class _Spot:
    """The first option of the ranking at a point."""

    region: str
    row: Ranked
    quantity: Quantity


def region_map(outcome: Outcome, width: int) -> Map | None:
    """The figure at one width, or None when no two points are there to see (a grid zone is none)."""
    spots = _spots(outcome)
    if len(spots) < 2:
        return None
    across, down, height = _view(list(spots), width)
    most = max(spot.quantity.value for spot in spots.values()) or 1.0
    largest = 15.0 if width > 500 else 10.0
    labeller = Labeller(0, 14, width, height)
    places = {at: (across.at(at[0]), down.at(at[1])) for at in spots}
    radii = {at: round(max(3.5, largest * (s.quantity.value / most) ** 0.5), 1) for at, s in spots.items()}
    for at, (x, y) in places.items():
        labeller.keep_clear(x, y, radii[at])
    front = outcome.ranking.front
    discs = [
        Disc(
            *places[at],
            radii[at],
            spot.row.option.name in front,
            f"{spot.region}, {spot.row.option.name}: {figure(spot.quantity)}",
            labeller.place(*places[at], spot.region, most_letters=22, away=radii[at] + 4),
        )
        for at, spot in spots.items()
    ]
    # The first are drawn last, so that they lie on top.
    return Map(width, height, _ticks(across, "WE"), _below_top(_ticks(down, "SN")), tuple(reversed(discs)))


def _spots(outcome: Outcome) -> dict[Point, _Spot]:
    """By (longitude, latitude), in the order of the ranking; the front stands first there."""
    found: dict[Point, _Spot] = {}
    for row in outcome.ranking.ranked:
        quantity = part_of(row.option.total, outcome.ranking.goal)
        for place, _ in row.option.site.parts:
            if quantity is not None and place.longitude is not None and place.latitude is not None:
                found.setdefault((place.longitude, place.latitude), _Spot(place.region, row, quantity))
    return found


def _view(points: Sequence[Point], width: int) -> tuple[Axis, Axis, int]:
    """The part of the world that holds the points with some air, a degree as long to the east as to the north."""
    east, west = max(p[0] for p in points), min(p[0] for p in points)
    north, south = max(p[1] for p in points), min(p[1] for p in points)
    middle = (north + south) / 2
    squeeze = math.cos(math.radians(middle))
    least, most = _SHAPES if width > 500 else _SLIM_SHAPES
    tall = max(north - south + 2 * _AIR, _LEAST)
    # Names stand beside the discs, so there is more air to the sides.
    broad = max((east - west) * squeeze + 5 * _AIR, tall / most)
    tall = max(tall, broad * least)
    height = round(width * tall / broad)
    half = broad / squeeze / 2
    centre = (east + west) / 2
    return Axis(centre - half, centre + half, 0, width), Axis(middle - tall / 2, middle + tall / 2, height, 0), height


def _ticks(axis: Axis, sides: str) -> tuple[Tick, ...]:
    """Lines of equal longitude or latitude at round degrees; those off the Earth are left out."""
    degree_px = abs(axis.end - axis.start) / (axis.high - axis.low)
    step = next((s for s in (2, 5, 10, 15, 30) if s * degree_px >= _STEP_PX), 60)
    first, last = math.ceil(axis.low / step), math.floor(axis.high / step)
    most = 180 if sides == "WE" else 90
    return tuple(Tick(axis.at(d), _degrees(d, sides)) for n in range(first, last + 1) if abs(d := n * step) <= most)


def _below_top(ticks: tuple[Tick, ...]) -> tuple[Tick, ...]:
    """Those whose word, which stands above the line, is on the drawing."""
    return tuple(tick for tick in ticks if tick.at >= _WORD_PX)


def _degrees(degrees: int, sides: str) -> str:
    return "0°" if degrees == 0 else f"{abs(degrees)}° {sides[degrees > 0]}"
