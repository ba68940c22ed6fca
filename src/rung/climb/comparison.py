"""Candidates against each other: the front, where the choice flips, break-even volumes, P(the choice is cheapest)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rung.climb.costing import Costing, part_of
from rung.climb.plan import BreakEven, CandidateEvidence, Flip
from rung.footprint import break_even_requests, p_cheapest
from rung.types import Footprint, Quantity
from rung.units import J_PER_KWH
from rung.workload import Objective


def still_in_the_race(candidates: Sequence[CandidateEvidence]) -> list[CandidateEvidence]:
    """Those that passed, and those set aside undecided: the ones that may meet the bar."""
    return [c for c in candidates if c.decision in {"passed", "skipped", "untried"}]


def chance_of_cheapest(
    choice: CandidateEvidence, candidates: Sequence[CandidateEvidence], objective: Objective
) -> float | None:
    """P(the choice has the least lifetime total) among those that may meet the bar, under common factors."""
    totals: dict[str, Quantity] = {}
    for candidate in still_in_the_race(candidates):
        goal = part_of(candidate.lifetime, objective)
        if goal is not None:
            totals[candidate.name] = goal
    return p_cheapest(choice.name, totals) if choice.name in totals else None


def front_of(candidates: Sequence[CandidateEvidence], objective: Objective) -> tuple[str, ...]:
    """Names of the tried candidates that no other beats on both mean score and lifetime total, cheapest first."""
    points = [
        (goal.value, -candidate.evidence[0].mean, candidate.name)
        for candidate in candidates
        if candidate.evidence
        and candidate.evidence[0].mean is not None
        and (goal := part_of(candidate.lifetime, objective)) is not None
    ]
    front: list[str] = []
    best = 1.0
    for _, negative_mean, name in sorted(points):
        if negative_mean < best:
            front.append(name)
            best = negative_mean
    return tuple(front)


def break_evens_of(candidates: Sequence[CandidateEvidence], objective: Objective) -> tuple[BreakEven, ...]:
    """Between neighbours in build cost, among those that passed."""
    known: list[tuple[float, float, str]] = []
    for candidate in candidates:
        build, per = part_of(candidate.build, objective), part_of(candidate.per_request, objective)
        if candidate.decision == "passed" and build is not None and per is not None:
            known.append((build.value, per.value, candidate.name))
    known.sort()
    return tuple(
        BreakEven(a_name, b_name, break_even_requests(a_build, a_per, b_build, b_per))
        for (a_build, a_per, a_name), (b_build, b_per, b_name) in pairwise(known)
    )


def flips_of(choice: CandidateEvidence, candidates: Sequence[CandidateEvidence], costing: Costing) -> tuple[Flip, ...]:
    """Where another candidate that may meet the bar becomes the cheapest, one driver at a time, others at mid.

    A total is linear in each driver: t(x) = fixed + slope * x. For the volume, fixed is the build; for the grid's
    intensity (carbon) it is the embodied part; for the electricity price (cost) it is what providers charge.
    """
    flips: list[Flip] = []
    for driver, unit, now in _drivers(costing):
        mine = _line(choice, driver, costing)
        for other in still_in_the_race(candidates):
            its = _line(other, driver, costing)
            if other.name == choice.name or mine is None or its is None:
                continue
            slope = mine[1] - its[1]
            if slope == 0 or (at := (its[0] - mine[0]) / slope) <= 0:
                continue
            flips.append(Flip(driver, at, unit, now, other.name, "above" if slope > 0 else "below"))
    return _nearest(flips)


def _drivers(costing: Costing) -> list[tuple[str, str, float]]:
    drivers = [("requests", "requests", costing.requests)]
    if costing.objective == "carbon":
        drivers.append(("grid intensity", "gCO2e/kWh", costing.factors.intensity.quantity.value))
    if costing.objective == "cost":
        drivers.append(("energy price", "USD/kWh", costing.factors.tariff.quantity.value))
    return drivers


def _line(candidate: CandidateEvidence, driver: str, costing: Costing) -> tuple[float, float] | None:
    """(fixed, slope) of the lifetime objective in one driver, or None when unknown."""
    if driver == "requests":
        build, per = (part_of(f, costing.objective) for f in (candidate.build, candidate.per_request))
        return None if build is None or per is None else (build.value, per.value)
    lifetime: Footprint = candidate.lifetime
    goal, energy = part_of(lifetime, costing.objective), lifetime.energy
    if goal is None or energy is None:
        return None
    now = (costing.factors.intensity if driver == "grid intensity" else costing.factors.tariff).quantity.value
    kwh = energy.value / J_PER_KWH
    return goal.value - kwh * now, kwh


def _nearest(flips: Sequence[Flip]) -> tuple[Flip, ...]:
    """The nearest flip on each side of where each driver stands now."""
    kept: dict[tuple[str, str], Flip] = {}
    for flip in flips:
        if (flip.direction == "above") != (flip.at > flip.now):
            continue
        key = (flip.driver, flip.direction)
        if key not in kept or abs(flip.at - flip.now) < abs(kept[key].at - kept[key].now):
            kept[key] = flip
    return tuple(kept.values())
