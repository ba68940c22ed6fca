"""WattTime, API v3: `/login` (a token for 30 minutes), `/forecast` and `/historical` of the marginal rate `co2_moer`.

Written from the service's documentation (https://docs.watttime.org); nobody of us has recorded an exchange with it yet.
The intensity is marginal: what one more kilowatt-hour causes. It is never mixed with averages.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rung.errors import BadInput, UpstreamFailed
from rung.feeds.cache import DiskCache
from rung.feeds.electricity_maps import from_now_on, garbled, intensity
from rung.feeds.http import PATIENT, Service, secret
from rung.feeds.series import HOUR, HourlySeries, by_the_hour, parse_time, whole_hour
from rung.retrying import Retry

URL: Final = "https://api.watttime.org"
USER, PASSWORD = "WATTTIME_USER", "WATTTIME_PASSWORD"
G_PER_LB: Final = 453.59237
"""Grams in a pound avoirdupois, by definition."""

_SIGNAL: Final = "co2_moer"
_UNITS: Final = "lbs_co2_per_mwh"
_TOKEN_S: Final = 25 * 60.0
_HISTORY: Final = timedelta(days=28)
_KEEP_S: Final = 300.0


def g_per_kwh(lbs_per_mwh: float) -> float:
    """Intensity [g/kWh] = lbs/MWh x 453.59237 / 1000."""
    return lbs_per_mwh * G_PER_LB / 1000


class WattTime:
    """A `Feed` over HTTP.

    Args:
        cache: folder for answers; None keeps none. The token is held in memory only.
        base_url: of the API.
        patience: how often it is asked again.
        clock: a steady clock [s], for the token's age.
        now: the time, for how far back the history goes.
    """

    def __init__(
        self,
        *,
        cache: Path | None,
        base_url: str = URL,
        patience: Retry | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        kept = None if cache is None else DiskCache(cache)
        self._service = Service("WattTime", base_url, f"{USER} and {PASSWORD}", kept, patience or PATIENT)
        self._clock, self._now = clock, now
        self._token: tuple[str, float] | None = None

    @property
    def name(self) -> str:
        """Name of the feed."""
        return "watttime"

    def history(self, zone: str) -> HourlySeries:
        """The last 28 days of the marginal rate, averaged to hours.

        Raises:
            BadInput: no user or password, refused, or a region that is not known.
            UpstreamFailed: no usable answer, after the retries.
        """
        end = whole_hour(self._now())
        span = {"start": (end - _HISTORY).isoformat(), "end": (end - timedelta(minutes=5)).isoformat()}
        return self._series(zone, self._ask("historical", zone, span), "historical")

    def forecast(self, zone: str, *, now: datetime) -> HourlySeries:
        """The next 72 hours of the marginal rate, averaged to hours; raises as `history`."""
        answer = self._ask("forecast", zone, {"horizon_hours": "72"})
        return from_now_on(self._series(zone, answer, "forecast"), now, self._service.name)

    def _ask(self, what: str, zone: str, more: Mapping[str, str]) -> Mapping[str, Any]:
        query = {"region": zone, "signal_type": _SIGNAL, **more}
        about = f"region {zone!r}"
        return self._service.get(f"/v3/{what}", query, self._bearer, about=about, keep_s=_KEEP_S)

    def _bearer(self) -> Mapping[str, str]:
        if self._token is None or self._clock() - self._token[1] > _TOKEN_S:
            self._token = (self._login(), self._clock())
        return {"Authorization": f"Bearer {self._token[0]}"}

    def _login(self) -> str:
        user, password = (secret(name, service="WattTime", get_one_at="docs.watttime.org") for name in (USER, PASSWORD))
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        answer = self._service.get("/login", {}, lambda: {"Authorization": f"Basic {pair}"}, about="login", keep_s=0)
        token = answer.get("token")
        if not isinstance(token, str) or not token:
            raise UpstreamFailed("WattTime: the login gave no token", mend="try again later")
        return token

    def _series(self, zone: str, answer: Mapping[str, Any], what: str) -> HourlySeries:
        try:
            meta = answer["meta"]
            if meta["units"] != _UNITS or meta.get("region", zone) != zone:
                raise ValueError(f"units {meta['units']!r} for {meta.get('region')!r}")
            step = timedelta(seconds=float(meta.get("data_point_period_seconds", 300)))
            if not timedelta(0) < step <= HOUR:
                raise ValueError(f"a period of {step}")
            points = [(parse_time(row["point_time"]), g_per_kwh(intensity(row["value"]))) for row in answer["data"]]
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise garbled(self._service.name, what, zone, error) from error
        if not points:
            raise BadInput(f"WattTime has no {what} for {zone!r}", mend="ask for another region, or give a file")
        return by_the_hour(points, zone=zone, kind="marginal", source=f"WattTime v3 {what} {_SIGNAL}", step=step)
