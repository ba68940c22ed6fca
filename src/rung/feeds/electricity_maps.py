"""Electricity Maps, API v3: `carbon-intensity/latest`, `/history` (the last 24 hours) and `/forecast`.

Written from the service's documentation (https://portal.electricitymaps.com/docs/api); nobody of us has recorded an
exchange with it yet. The intensity is average, life-cycle, and flow-traced (imports counted).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rung.errors import UpstreamFailed
from rung.feeds.cache import DiskCache
from rung.feeds.http import PATIENT, Service, secret
from rung.feeds.series import HourlySeries, by_the_hour, parse_time
from rung.retrying import Retry

URL: Final = "https://api.electricitymaps.com/v3"
KEY: Final = "ELECTRICITYMAPS_API_KEY"
_KEEP_S: Final = {"latest": 300.0, "history": 900.0, "forecast": 1800.0}


class ElectricityMaps:
    """A `Feed` over HTTP.

    Args:
        cache: folder for answers; None keeps none.
        base_url: of the API.
        patience: how often it is asked again.
    """

    def __init__(self, *, cache: Path | None, base_url: str = URL, patience: Retry | None = None) -> None:
        kept = None if cache is None else DiskCache(cache)
        self._service = Service("Electricity Maps", base_url, KEY, kept, patience or PATIENT)

    @property
    def name(self) -> str:
        """Name of the feed."""
        return "electricity-maps"

    def latest(self, zone: str) -> HourlySeries:
        """The hour that was published last: a series of one hour.

        Raises:
            BadInput: no key, a key that is refused, or a zone that is not known.
            UpstreamFailed: no usable answer, after the retries.
        """
        answer = self._ask("latest", zone)
        return self._series(zone, [answer], "latest")

    def history(self, zone: str) -> HourlySeries:
        """The last 24 hours, as the service gives them; raises as `latest`."""
        return self._series(zone, self._ask("history", zone).get("history"), "history")

    def forecast(self, zone: str, *, now: datetime) -> HourlySeries:
        """The hours from `now` on, as far as the plan of the key reaches; raises as `latest`."""
        series = self._series(zone, self._ask("forecast", zone).get("forecast"), "forecast")
        return from_now_on(series, now, self._service.name)

    def _ask(self, what: str, zone: str) -> Mapping[str, Any]:
        def key() -> Mapping[str, str]:
            return {"auth-token": secret(KEY, service="Electricity Maps", get_one_at="electricitymaps.com")}

        path, keep_s = f"/carbon-intensity/{what}", _KEEP_S[what]
        return self._service.get(path, {"zone": zone}, key, about=f"zone {zone!r}", keep_s=keep_s)

    def _series(self, zone: str, rows: Any, what: str) -> HourlySeries:
        points: list[tuple[datetime, float]] = []
        try:
            for row in rows:
                if row.get("zone", zone) != zone:
                    raise ValueError(f"an answer for zone {row['zone']!r}")
                if row["carbonIntensity"] is not None:
                    points.append((parse_time(row["datetime"]), intensity(row["carbonIntensity"])))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise garbled(self._service.name, what, zone, error) from error
        return by_the_hour(points, zone=zone, kind="average", source=f"Electricity Maps v3 {what}")


def intensity(value: Any) -> float:
    """A figure that can be an intensity.

    Raises:
        ValueError: it is negative, not finite, or no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r} as an intensity")
    return float(value)


def garbled(service: str, what: str, zone: str, error: Exception) -> UpstreamFailed:
    """The error for JSON that is not what the service's documentation says."""
    told = f"no field {error}" if isinstance(error, KeyError) else str(error)
    return UpstreamFailed(
        f"{service}: the {what} of {zone!r} is not as documented: {told}",
        mend="the service's API may have changed: report it, and give an hourly file with --series meanwhile",
    )


def from_now_on(series: HourlySeries, now: datetime, service: str) -> HourlySeries:
    """The hours of a forecast from the one that holds `now` on.

    Raises:
        UpstreamFailed: it ends before.
    """
    index = series.index_of(now)
    if index >= series.hours:
        raise UpstreamFailed(
            f"{service}: the forecast of {series.zone!r} ended at {series.end:%Y-%m-%d %H:%M}", mend="try again later"
        )
    first = max(0, index)
    return HourlySeries(series.zone, series.time_of(first), series.values[first:], series.kind, series.source)
