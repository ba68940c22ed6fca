"""An hourly series of grid intensity, with the hours that nobody knows left unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from rung.errors import BadInput
from rung.feeds.generation import Generation

SignalKind = Literal["average", "marginal"]
"""Average: what all generation of the hour emitted. Marginal: what one more kilowatt-hour would."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours without a figure.

    Args:
        start: the first of them.
        hours: how many.
        bridged: whether they were filled on a straight line between their neighbours.
    """

    start: datetime
    hours: int
    bridged: bool


@dataclass(frozen=True, slots=True)
class HourlySeries:
    """Grid intensity by the hour.

    Args:
        zone: the grid zone or whatever the source calls it.
        start: the first hour, UTC.
        values: [gCO2e/kWh] of each hour from `start` on; None is unknown.
        kind: average or marginal; the two are never mixed.
        source: where it comes from, for readers.
        generation: of each fuel in the same hours, where the source says it; empty else.
    """

    zone: str
    start: datetime
    values: tuple[float | None, ...]
    kind: SignalKind
    source: str
    generation: tuple[Generation, ...] = ()

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.start.astimezone(UTC) != whole_hour(self.start):
            raise ValueError(f"{self.zone}: a series starts at a whole UTC hour, not {self.start}")
        for value in self.values:
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{self.zone}: an intensity is finite and not negative, got {value}")
        for one in self.generation:
            if len(one.mwh) != len(self.values):
                raise ValueError(f"{self.zone}: {len(one.mwh)} hours of {one.fuel} beside {len(self.values)}")

    @property
    def end(self) -> datetime:
        """The hour after the last."""
        return self.start + len(self.values) * HOUR

    @property
    def hours(self) -> int:
        """How many hours from the first to the last."""
        return len(self.values)

    @property
    def unknown(self) -> int:
        """How many hours have no figure."""
        return sum(value is None for value in self.values)

    def time_of(self, index: int) -> datetime:
        """The hour at an index."""
        return self.start + index * HOUR

    def index_of(self, moment: datetime) -> int:
        """The index of the hour that holds a moment; it may lie outside."""
        return (whole_hour(moment) - self.start) // HOUR

    def before(self, moment: datetime) -> HourlySeries:
        """The hours that were over at a moment: what could be known then."""
        return self.first(max(0, self.index_of(moment)))

    def first(self, hours: int) -> HourlySeries:
        """The first hours."""
        return replace(self, values=self.values[:hours], generation=tuple(g.first(hours) for g in self.generation))

    def gaps(self) -> tuple[Gap, ...]:
        """The runs of unknown hours."""
        found: list[Gap] = []
        run = 0
        for index, value in enumerate((*self.values, 0.0)):
            if value is None:
                run += 1
            elif run:
                found.append(Gap(self.time_of(index - run), run, bridged=False))
                run = 0
        return tuple(found)

    def bridged(self, longest_h: int) -> tuple[HourlySeries, tuple[Gap, ...]]:
        """Gaps of at most `longest_h` hours filled on a straight line between known neighbours; longer ones stay.

        Returns:
            The series, and every gap with whether it was bridged.
        """
        values = list(self.values)
        told: list[Gap] = []
        for gap in self.gaps():
            first = self.index_of(gap.start)
            left = values[first - 1] if first else None
            right = values[first + gap.hours] if first + gap.hours < len(values) else None
            done = gap.hours <= longest_h and left is not None and right is not None
            if done and left is not None and right is not None:
                step = (right - left) / (gap.hours + 1)
                for k in range(gap.hours):
                    values[first + k] = max(0.0, left + step * (k + 1))
            told.append(replace(gap, bridged=done))
        return replace(self, values=tuple(values)), tuple(told)

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back exactly."""
        return {
            "zone": self.zone,
            "start": self.start.isoformat(),
            "values": list(self.values),
            "kind": self.kind,
            "source": self.source,
            "generation": {one.fuel: list(one.mwh) for one in self.generation},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HourlySeries:
        """The series that `to_json` wrote."""
        start = datetime.fromisoformat(data["start"])
        generation = tuple(Generation(fuel, tuple(row)) for fuel, row in data.get("generation", {}).items())
        return cls(data["zone"], start, tuple(data["values"]), data["kind"], data["source"], generation)


def whole_hour(moment: datetime) -> datetime:
    """The UTC hour that holds a moment."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def parse_time(text: str) -> datetime:
    """A moment from ISO 8601, taken as UTC where it names no zone.

    Raises:
        ValueError: it is no ISO 8601 date.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def by_the_hour(
    points: Iterable[tuple[datetime, float]], *, zone: str, kind: SignalKind, source: str, step: timedelta = HOUR
) -> HourlySeries:
    """Points of a service as hours: an hour is the mean of its points, when at least half of them are there.

    Args:
        points: moments and intensities [gCO2e/kWh], in any order.
        zone: as in the series.
        kind: as in the series.
        source: as in the series.
        step: the time between points, at most an hour.

    Raises:
        BadInput: there is none.
    """
    by_hour: dict[datetime, list[float]] = {}
    for moment, value in points:
        by_hour.setdefault(whole_hour(moment), []).append(value)
    need = max(1, math.ceil(HOUR / step / 2))
    known = {hour: math.fsum(values) / len(values) for hour, values in by_hour.items() if len(values) >= need}
    if not known:
        raise BadInput(f"{source} has no figure for {zone}", mend="ask for another zone, or give a file")
    start, end = min(known), max(known)
    return HourlySeries(
        zone, start, tuple(known.get(start + k * HOUR) for k in range((end - start) // HOUR + 1)), kind, source
    )
