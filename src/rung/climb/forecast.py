"""What a climb would take, before anything is spent: expected, and at the worst. The worst case is then a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rung.climb.costing import Costing
from rung.climb.probes import CONTROL_ITEMS, SINGLE_REQUESTS, probe_items
from rung.climb.spending import Limits
from rung.climb.standing import Standing
from rung.climb.worth import expected_calls
from rung.types import Control, Effort, Footprint, Origin, Quantity, sum_footprints
from rung.workload import Workload

PASS_CHANCE = 0.5
"""Assumed chance that a candidate passes when it is tried; for the expected figures only."""

OWN_S_PER_CALL = 0.02
"""The climb's own CPU time for a call at the worst: scoring, the ledger, the referee's intervals [s]; assumed."""

OWN_S_PER_CANDIDATE = 30.0
"""The climb's own CPU time for a candidate at the worst: imports, loading a model, closing it [s]; assumed."""


@dataclass(frozen=True, slots=True)
class CandidateForecast:
    """One candidate before the climb.

    Args:
        name: the candidate.
        rung: the ladder step.
        expected_items: until a verdict, if it is tried.
        known_items: trials that the ledger has already.
        build: predicted.
        per_request: predicted.
        lifetime: predicted.
    """

    name: str
    rung: str
    expected_items: float
    known_items: int
    build: Footprint
    per_request: Footprint
    lifetime: Footprint


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a climb would take.

    Args:
        candidates: in the order in which they would be tried.
        expected_calls: under the assumption that each candidate passes with even chance.
        expected: the same as a footprint.
        worst_calls: at most this many calls; never exceeded.
        worst: at most this; the climb stops before it would pass the high end of its energy or cost.
        assumption: in a sentence.
    """

    candidates: tuple[CandidateForecast, ...]
    expected_calls: float
    expected: Footprint
    worst_calls: int
    worst: Footprint
    assumption: str

    def limits(self) -> Limits:
        """The worst case as limits. Unknown energies are not limited; calls always are."""
        energy, cost = self.worst.energy, self.worst.cost
        return Limits(
            energy_j=None if energy is None else energy.high,
            usd=None if cost is None else cost.high,
            calls=self.worst_calls,
        )

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "candidates": [
                {
                    "name": c.name,
                    "rung": c.rung,
                    "expected_items": c.expected_items,
                    "known_items": c.known_items,
                    "build": c.build.to_json(),
                    "per_request": c.per_request.to_json(),
                    "lifetime": c.lifetime.to_json(),
                }
                for c in self.candidates
            ],
            "expected_calls": self.expected_calls,
            "expected": self.expected.to_json(),
            "worst_calls": self.worst_calls,
            "worst": self.worst.to_json(),
            "assumption": self.assumption,
        }


def forecast(standings: Sequence[Standing], workload: Workload, costing: Costing) -> Forecast:
    """The forecast of a climb over these candidates."""
    items = len(workload.splits.evaluation)
    order = sorted(standings, key=lambda s: (s.rank(costing), s.candidate.rung.height, s.name))
    rows = tuple(_row(standing, workload, costing) for standing in order)
    chance, calls, expected = 1.0, 0.0, Footprint.zero()
    for row in rows:
        new = max(0.0, row.expected_items - row.known_items)
        calls += chance * new
        expected = expected + (row.build + row.per_request.scaled(new)).scaled(chance)
        chance *= 1 - PASS_CHANCE
    extra = _extra_calls(standings, workload)
    worst_calls = sum(items - row.known_items for row in rows) + sum(extra)
    trials = sum_footprints(row.build + row.per_request.scaled(items - row.known_items) for row in rows)
    probes = sum_footprints(row.per_request.scaled(count) for row, count in zip(rows, extra, strict=True))
    own_s = OWN_S_PER_CALL * worst_calls + OWN_S_PER_CANDIDATE * len(rows)
    own = Quantity.of(own_s, "s", Origin.ASSUMED)
    return Forecast(
        candidates=rows,
        expected_calls=calls,
        expected=expected,
        worst_calls=worst_calls,
        worst=trials + probes + costing.of_effort(Effort(cpu_s=own, wall_s=own)),
        assumption=(
            f"each candidate that is tried passes with chance {PASS_CHANCE:g} and lies 0.1 from the bar; "
            "the worst case is every candidate on every item"
        ),
    )


def _row(standing: Standing, workload: Workload, costing: Costing) -> CandidateForecast:
    known = sum(standing.book.known(item) is not None for item in workload.splits.evaluation)
    return CandidateForecast(
        name=standing.name,
        rung=standing.candidate.rung.value,
        expected_items=expected_calls(standing, workload),
        known_items=known,
        build=standing.predicted_build if standing.built is None else Footprint.zero(),
        per_request=standing.predicted_per_request,
        lifetime=standing.lifetime(costing),
    )


def _extra_calls(standings: Sequence[Standing], workload: Workload) -> list[int]:
    """Calls besides the trials, at most: single requests for the SLO, and control runs."""
    single = len(probe_items(workload, SINGLE_REQUESTS)) + 1 if workload.slo is not None else 0
    controls = len(probe_items(workload, CONTROL_ITEMS)) * len(Control) + 1 if workload.knowledge else 0
    return [single + (controls if s.candidate.model is not None else 0) for s in standings]
