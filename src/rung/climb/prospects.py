"""Whether a climb can end in a choice at all, known before anything is spent."""

from __future__ import annotations

from rung.evaluation import binary_metrics
from rung.referee import AlphaAccount, Referee
from rung.workload import Workload

RESERVE = 0.5
"""Share of alpha that is kept for candidates that appear late and for repeats."""


def referee_of(workload: Workload) -> Referee:
    """The referee of a workload."""
    return Referee(
        workload.bar,
        workload.guards,
        items=workload.splits.evaluation,
        seed=workload.seed,
        binary=binary_metrics([workload.bar.metric, *(guard.metric for guard in workload.guards)]),
    )


def first_weight(candidates: int, *, reserve: float = RESERVE) -> float:
    """The share of alpha of each of so many candidates, in a first climb on these items."""
    names = [str(place) for place in range(max(1, candidates))]
    return AlphaAccount(reserve=reserve).grant_initial(names, 0)[0].weight


def too_few(workload: Workload, referee: Referee, weight: float) -> tuple[str, str] | None:
    """Why nothing can pass with so few evaluation items, and the mend; None when something can.

    Decided by the referee's planning formula: a candidate that is right on every one of the N items of a question of
    level t has a pass wealth of mean over stakes c of (1 + c (1 - t) / t)^N, and at the end an exact p-value of t^N.
    The formula asks whether one of them reaches what passing takes at the candidate's share of alpha: alpha times its
    weight, and of that .6 for the wealth and .4 for the exact test. A perfect candidate that cannot pass means that
    none can. Under `claim: dataset` the last item decides for certain, so that something always can.

    Args:
        workload: what is asked.
        referee: that of the workload.
        weight: the candidate's share of alpha.
    """
    unreachable = referee.unreachable(weight)
    if not unreachable:
        return None
    asked = len(workload.splits.evaluation)
    names = ", ".join(unreachable)
    problem = (
        f"with {asked} evaluation items even a perfect candidate cannot be shown to meet {names} for the population "
        f"at alpha {workload.bar.alpha:g}, shared among the candidates: nothing can pass"
    )
    needed = [f"{least:,} items for {name}" for name in unreachable if (least := referee.items_needed(name, weight))]
    more = f"give more evaluation items (at least {', '.join(needed)})" if needed else "ask for a lower level"
    return problem, f"{more}, fewer candidates (methods.only), a lower level, a larger alpha, or `claim: dataset`"
