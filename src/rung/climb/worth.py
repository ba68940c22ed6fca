"""Is it worth trying? A candidate is set aside when it cannot win, or when finding out costs more than it saves."""

from __future__ import annotations

from rung.climb.costing import Costing
from rung.climb.standing import Standing
from rung.climb.tally import sample_source
from rung.prediction import EFFORT_MODEL
from rung.stats import expected_items
from rung.types import Quantity, Rejection
from rung.workload import Workload

ASSUMED_GAP = 0.1
"""Assumed distance of an untried candidate's true score from the bar, for the expected number of items."""


def not_worth_trying(standing: Standing, best: Standing, workload: Workload, costing: Costing) -> Rejection | None:
    """Why an undecided candidate need not be tried now that `best` has passed; None when it is worth it.

    Both are compared under common factors. Only what is the candidate's own may differ: the error of its predicted
    effort, and of the sample its metered mean rests on, stand at their low ends.
    """
    mine, its = costing.goal(standing.lifetime(costing)), costing.goal(best.lifetime(costing))
    if mine is None or its is None:
        return None
    optimistic = mine.at({EFFORT_MODEL.name: -1.0, sample_source(standing.name): -1.0})
    goal, unit = workload.objective, mine.unit
    if optimistic >= its.value:
        needed = f"less than the {its.value:.3g} {unit} of {best.name}"
        got = f"{optimistic:.3g} {unit} at best" + ("" if standing.metered else " (predicted)")
        return Rejection(f"lifetime {goal}", needed, got)
    saving = its.value - optimistic
    search = expected_search(standing, workload, costing)
    if search is not None and search.value >= saving:
        needed = f"to save more than deciding it costs (about {search.value:.3g} {unit})"
        return Rejection("worth of searching", needed, f"{saving:.3g} {unit} at best")
    return None


def expected_search(standing: Standing, workload: Workload, costing: Costing) -> Quantity | None:
    """What deciding a candidate is expected to take from here [unit of the objective]; None is unknown."""
    items = max(0.0, expected_calls(standing, workload) - standing.hearing.seen)
    trials = standing.per_request(costing).scaled(items)
    footprint = trials if standing.built is not None else standing.predicted_build + trials
    return costing.goal(footprint)


def expected_calls(standing: Standing, workload: Workload) -> float:
    """Items until a verdict, if the candidate's true score lies `ASSUMED_GAP` from the bar on the harder side."""
    bar = workload.bar
    tau = bar.at_least if bar.reference is None else (1 - bar.within) / 2
    pass_at, fail_at = standing.hearing.thresholds
    size = len(workload.splits.evaluation)
    either = [
        expected_items(mu, tau, log_pass_at=pass_at, log_fail_at=fail_at, size=size)
        for mu in (tau - ASSUMED_GAP, tau + ASSUMED_GAP)
        if 0 <= mu <= 1
    ]
    return max(either, default=float(size))
