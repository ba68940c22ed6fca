"""The contract of a feed, and a deterministic one."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from rung.errors import BadInput
from rung.feeds import Feed, HourlySeries
from rung.feeds.series import HOUR, whole_hour

MORNING = datetime(2026, 3, 2, tzinfo=UTC)
"""When a `FakeFeed`'s history ends."""


class FakeFeed:
    """A feed of one zone whose intensity is a sine of the hour of the day.

    Args:
        zone: the only zone that it knows.
        mean: [gCO2e/kWh].
        swing: amplitude [gCO2e/kWh], at most `mean`.
        days: length of the history.
    """

    def __init__(self, zone: str = "ZZ", *, mean: float = 300.0, swing: float = 100.0, days: int = 28) -> None:
        self._zone, self._mean, self._swing, self._days = zone, mean, swing, days

    @property
    def name(self) -> str:
        """Name of the feed."""
        return "fake"

    def history(self, zone: str) -> HourlySeries:
        """The days before `MORNING`."""
        return self._series(zone, MORNING - timedelta(days=self._days), 24 * self._days)

    def forecast(self, zone: str, *, now: datetime) -> HourlySeries:
        """Three days from `now`, without error."""
        return self._series(zone, whole_hour(now), 72)

    def _series(self, zone: str, start: datetime, hours: int) -> HourlySeries:
        if zone != self._zone:
            raise BadInput(f"no zone {zone!r}", mend=f"ask for {self._zone!r}")
        phases = ((start + k * HOUR).hour / 24 * 2 * math.pi for k in range(hours))
        values = tuple(self._mean + self._swing * math.sin(phase) for phase in phases)
        return HourlySeries(zone, start, values, "average", self.name)


class FeedContract:
    """What every feed promises. Subclass it in a test file and give `make_feed`, `zone` and `now`."""

    zone = "ZZ"
    now = MORNING

    def make_feed(self) -> Feed:
        """A fresh feed."""
        raise NotImplementedError

    def test_it_satisfies_the_protocol(self) -> None:
        """It has the protocol's methods and a name."""
        feed = self.make_feed()
        assert isinstance(feed, Feed)
        assert feed.name.split() == [feed.name]

    def test_the_history_is_of_the_zone_and_holds_figures(self) -> None:
        """Whole UTC hours, figures that are finite and not negative, and a source."""
        series = self.make_feed().history(self.zone)
        assert series.zone == self.zone
        assert series.source
        assert series.start == whole_hour(series.start)
        known = [value for value in series.values if value is not None]
        assert known
        assert all(math.isfinite(value) and value >= 0 for value in known)

    def test_the_forecast_begins_no_earlier_than_asked(self) -> None:
        """It begins at the hour of `now` or later, and not in the past."""
        series = self.make_feed().forecast(self.zone, now=self.now)
        assert series.zone == self.zone
        assert whole_hour(self.now) <= series.start <= self.now + timedelta(days=1)
        assert series.hours > series.unknown

    def test_history_and_forecast_are_of_one_kind(self) -> None:
        """Average and marginal do not mix."""
        feed = self.make_feed()
        assert feed.history(self.zone).kind == feed.forecast(self.zone, now=self.now).kind

    def test_the_same_question_has_the_same_answer(self) -> None:
        """Asked twice for the same, it says the same."""
        feed = self.make_feed()
        assert feed.forecast(self.zone, now=self.now) == feed.forecast(self.zone, now=self.now)

    def test_an_unknown_zone_is_refused_with_a_mend(self) -> None:
        """No other zone, and no average, is put in its place."""
        with pytest.raises(BadInput) as caught:
            self.make_feed().history("no-such-zone")
        assert caught.value.mend
