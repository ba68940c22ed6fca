"""Comparisons under common factors: what two candidates share does not decide between them."""

from __future__ import annotations

import random
from collections.abc import Mapping

from rung.types import Quantity

_TIE = 1e-12


def p_cheapest(name: str, totals: Mapping[str, Quantity], *, scenarios: int = 2000, seed: int = 0) -> float:
    """P(`name` has the least total) when every error source is drawn once per scenario, for all candidates alike.

    Positions are triangular on [-1, 1] around the mid. Candidates that are equal in a scenario share it.

    Args:
        name: one of `totals`.
        totals: lifetime totals by candidate, all of one unit.
        scenarios: draws; the standard error is at most 0.5 / sqrt(scenarios).
        seed: of the draws.
    """
    if name not in totals:
        raise KeyError(name)
    if len({quantity.unit for quantity in totals.values()}) > 1:
        raise ValueError("totals of several units cannot be compared")
    sources = sorted(frozenset[str]().union(*(quantity.sources for quantity in totals.values())))
    if not sources:
        return _share(name, {other: quantity.value for other, quantity in totals.items()})
    draw = random.Random(seed)
    won = 0.0
    for _ in range(scenarios):
        scenario = {source: draw.triangular(-1.0, 1.0, 0.0) for source in sources}
        won += _share(name, {other: quantity.at(scenario) for other, quantity in totals.items()})
    return won / scenarios


def break_even_requests(build_a: float, per_a: float, build_b: float, per_b: float) -> float | None:
    """The volume [requests] at which the dearer build has repaid itself; None when it never does, or always has.

    Figures of one unit: a total is build + requests x per request.
    """
    extra_build, saved = build_b - build_a, per_a - per_b
    if extra_build * saved <= 0:
        return None
    return extra_build / saved


def _share(name: str, values: Mapping[str, float]) -> float:
    least = min(values.values())
    winners = [other for other, value in values.items() if value <= least + _TIE * abs(least)]
    return 1 / len(winners) if name in winners else 0.0
