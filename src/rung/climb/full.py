"""Every candidate on every item: what a climb saves itself, and what its choice is held against."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rung.climb.costing import Costing
from rung.climb.run import Setting, open_workshop, prepare
from rung.climb.spending import Limits, Purse
from rung.climb.standing import Standing
from rung.climb.workshop import Workshop
from rung.ledger import Ledger, NewEvent
from rung.workload import Workload


@dataclass(frozen=True, slots=True)
class FullResult:
    """A candidate after all evaluation items.

    Args:
        name: the candidate.
        rung: the ladder step.
        mean: mean score on the bar's metric.
        lifetime: metered lifetime objective [its unit].
        meets: the mean is at least the bar (absolute bars).
    """

    name: str
    rung: str
    mean: float
    lifetime: float
    meets: bool


def evaluate_fully(workload: Workload, setting: Setting, run: str) -> tuple[FullResult, ...]:
    """Build every candidate and try it on every item, without a referee; cheapest first.

    Trials that the ledger has are not run again; what is run is written there as the run `run`.
    """
    with Ledger(setting.ledger_path) as ledger:
        prepared = prepare(workload, setting, ledger, run)
        purse = Purse(ledger, run, setting.meter, prepared.costing, Limits())
        workshop = open_workshop(workload, setting, ledger, run, prepared, purse)
        results: list[FullResult] = []
        try:
            for standing in prepared.standings:
                _try_everything(standing, workshop, purse)
                results.append(_result(standing, workload, prepared.costing))
        finally:
            workshop.close()
            purse.spend("overhead")
        ledger.append(run, [NewEvent("evaluated", {"candidates": len(results)})])
    return tuple(sorted(results, key=lambda r: r.lifetime))


def _try_everything(standing: Standing, workshop: Workshop, purse: Purse) -> None:
    workshop.build(standing)
    answerer = workshop.answerer(standing)
    size = max(1, answerer.batch_size)
    order = standing.hearing.upcoming(10**9)
    for start in range(0, len(order), size):
        for trial in standing.book.run(order[start : start + size], answerer, purse, part="full"):
            standing.take(trial)
    standing.decision = "inconclusive"


def _result(standing: Standing, workload: Workload, costing: Costing) -> FullResult:
    scores = [trial.scores[workload.bar.metric] for trial in standing.trials]
    mean = math.fsum(scores) / len(scores)
    goal = costing.goal(standing.lifetime(costing))
    return FullResult(
        name=standing.name,
        rung=standing.candidate.rung.value,
        mean=mean,
        lifetime=math.inf if goal is None else goal.value,
        meets=mean >= workload.bar.at_least - 1e-12,
    )
