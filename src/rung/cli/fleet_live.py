"""The live line of a simulation, on stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rung.cli.live_line import LiveLine

if TYPE_CHECKING:
    from rung.prediction.fleet import TraceFile


class Bar(LiveLine):
    """A progress bar where stderr is a terminal, and silence where it is not."""

    def __init__(self) -> None:
        super().__init__("simulating")

    def of_trace(self, trace: TraceFile) -> Callable[[int, float], None]:
        """Told how many requests have arrived; at most ten times a second it redraws."""

        def arrived(count: int, at_s: float) -> None:
            if self.due():
                self.draw(trace.share_read, f"{count:,} requests, {at_s / 3600:.1f} h")

        return arrived

    def of_fleets(self, words: str, number: int, of: int) -> None:
        """Told which fleet of the curve is run."""
        self.draw(number / of, words, words="relaxing")
