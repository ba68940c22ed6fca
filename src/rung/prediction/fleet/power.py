"""Where a region's electricity comes from: an intensity for all hours, or one for each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rung.errors import BadInput
from rung.feeds import HourlySeries
from rung.feeds.series import HOUR, whole_hour
from rung.types import Origin, Quantity
from rung.units import J_PER_KWH

_LONGEST_BRIDGE_H = 3


@dataclass(frozen=True, slots=True)
class Power:
    """Where a region's electricity comes from.

    Args:
        name: of the region or file.
        pue: facility over IT energy.
        intensity: [gCO2e/kWh], for all hours; or None where `series` says it.
        series: by the hour.
        start: the moment at which the trace begins, with a series; None is its first hour.
    """

    name: str
    pue: Quantity
    intensity: Quantity | None = None
    series: HourlySeries | None = None
    start: datetime | None = None

    def carbon(self, by_hour: Mapping[int, float], scaled: Quantity) -> Quantity:
        """Operational carbon [gCO2e] of the joules that were drawn.

        Args:
            by_hour: hours since the one in which the trace begins -> joules.
            scaled: the same joules in all, as a quantity [J]; its ranges are kept.

        Raises:
            BadInput: the series does not cover the trace, or has an unknown hour in it.
        """
        facility = scaled.times(self.pue, "J").scaled(1 / J_PER_KWH, "kWh")
        if self.series is None:
            if self.intensity is None:
                raise ValueError("neither an intensity nor a series")
            return facility.times(self.intensity, "gCO2e")
        mean = _mean_intensity(self.series, self.start, by_hour)
        return facility.times(Quantity.of(mean, "gCO2e/kWh", Origin.QUOTED), "gCO2e")


def _mean_intensity(series: HourlySeries, start: datetime | None, by_hour: Mapping[int, float]) -> float:
    """The intensity of each hour, weighted by the joules drawn in it [gCO2e/kWh]."""
    bridged, _ = series.bridged(_LONGEST_BRIDGE_H)
    begin = series.start if start is None else whole_hour(start)
    grams: list[float] = []
    for hour, joules in by_hour.items():
        moment = begin + hour * HOUR
        at = bridged.index_of(moment)
        value = bridged.values[at] if 0 <= at < bridged.hours else None
        if value is None:
            why = "is unknown" if 0 <= at < bridged.hours else "lies outside of the series"
            raise BadInput(
                f"{series.zone}: the intensity at {moment:%Y-%m-%d %H:%M} UTC {why}, and the simulation needs it",
                mend="give a series that covers the trace from --start on, or --region for a yearly figure",
            )
        grams.append(joules * value)
    drawn = math.fsum(by_hour.values())
    return math.fsum(grams) / drawn if drawn else 0.0
