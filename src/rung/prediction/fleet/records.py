"""A simulation with everything that a reader has to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rung.prediction.fleet.curve import Curve
from rung.prediction.fleet.objectives import Kept
from rung.prediction.fleet.outcome import Outcome


@dataclass(frozen=True, slots=True)
class FleetRun:
    """What was simulated, and what came out.

    Args:
        trace: name of the file.
        service: name of the replica.
        fleet: how it scales, in words.
        routing: who takes the next request.
        settings: what else was asked: load, seed, chunk, deferral, spillover.
        outcome: latencies, joules, grams, dollars.
        kept: the objectives, each with how it came out.
        curve: what looser objectives would save; None when it was not asked for.
        skipped: rows of the trace that were left out.
        notes: what the figures do not hold, a sentence each.
    """

    trace: str
    service: str
    fleet: str
    routing: str
    settings: dict[str, Any]
    outcome: Outcome
    kept: tuple[Kept, ...]
    curve: Curve | None
    skipped: int
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every objective does."""
        return all(one.holds for one in self.kept)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "trace": self.trace,
            "service": self.service,
            "fleet": self.fleet,
            "routing": self.routing,
            "settings": self.settings,
            **self.outcome.to_json(),
            "objectives": [one.to_json() for one in self.kept],
            "holds": self.holds,
            "curve": None if self.curve is None else self.curve.to_json(),
            "skipped_rows": self.skipped,
            "notes": list(self.notes),
        }
