"""What a feed of grid intensity promises; the contract test is `rung.testing.feeds.FeedContract`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from rung.feeds.series import HourlySeries


@runtime_checkable
class Feed(Protocol):
    """A source of hourly grid intensity for the zones it knows.

    Hours are whole UTC hours. A feed never fills an hour that it has no figure for, and never answers for another
    zone than the one asked for.
    """

    @property
    def name(self) -> str:
        """Name of the feed, e.g. `electricity-maps`."""
        ...

    def history(self, zone: str) -> HourlySeries:
        """The hours that have passed, as far back as the feed gives them.

        Raises:
            BadInput: no such zone, or no right to ask for it.
            UpstreamFailed: the service did not answer, after the retries.
        """
        ...

    def forecast(self, zone: str, *, now: datetime) -> HourlySeries:
        """The hours from the one that holds `now` on, as expected by the source.

        Raises:
            BadInput: no such zone, no right to ask for it, or the feed forecasts nothing.
            UpstreamFailed: the service did not answer, after the retries.
        """
        ...
