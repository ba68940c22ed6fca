"""The search for the cheapest system that meets a bar, on scores that are known: its decision, its cost, the truth.

Systems are tried in order of cost, all on one seeded order of the items; the first that passes is the choice. Each may
pass at alpha over their number, so that the choice is below the bar with probability at most alpha, and fail at beta.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rung.errors import BadInput
from rung.referee.metric import SEQUENTIAL_SHARE
from rung.referee.tables import ScoreTable
from rung.stats import LEAST_LEVEL, TINY, Claim, Stop, anytime_interval, first_stop, seeded_order, terminal_p

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tried:
    """A system that was tried.

    Args:
        system: its position in the table.
        items: how many it saw.
        verdict: `passed`, `failed`, or None: all items seen and still open (population claim).
        mean: over those items.
    """

    system: int
    items: int
    verdict: str | None
    mean: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave.

    Args:
        choice: position of the first that passed; None when none did.
        truth: position of the cheapest whose mean over all items meets the bar; None when none does.
        tried: in the order in which they were.
        calls: items observed, over all systems.
        full_calls: systems x items.
        spent: cost of those calls, as the table has costs.
        full: cost of every system on every item.
        choice_meets: whether the choice's mean over all items meets the bar.
    """

    choice: int | None
    truth: int | None
    tried: tuple[Tried, ...]
    calls: int
    full_calls: int
    spent: float
    full: float
    choice_meets: bool

    @property
    def exact(self) -> bool:
        """The choice is what evaluating everything would have given."""
        return self.choice == self.truth

    @property
    def false_pass(self) -> bool:
        """The choice is below the bar."""
        return self.choice is not None and not self.choice_meets

    @property
    def refused(self) -> bool:
        """The truth was tried and failed."""
        return any(one.system == self.truth and one.verdict == "failed" for one in self.tried)


def by_cost(table: ScoreTable, systems: Sequence[int]) -> list[int]:
    """Positions in order of mean cost, of equals by name."""
    return sorted(systems, key=lambda s: (float(table.costs[s].mean()), table.systems[s]))


def equal_costs(table: ScoreTable, systems: Sequence[int]) -> list[str]:
    """Names of those that cost the same as another one, sorted."""
    costs = {system: float(table.costs[system].mean()) for system in systems}
    counts = Counter(costs.values())
    return sorted(table.systems[system] for system, cost in costs.items() if counts[cost] > 1)


def meets(table: ScoreTable, system: int, at_least: float) -> bool:
    """Whether the mean over all items is at least that."""
    return float(table.scores[system].sum()) >= at_least * len(table.items) - TINY


def search(
    table: ScoreTable,
    systems: Sequence[int],
    at_least: float,
    *,
    claim: Claim = "dataset",
    alpha: float = 0.05,
    beta: float = 0.05,
    order: Sequence[int] | None = None,
    seed: int = 0,
) -> Found:
    """Search.

    Args:
        table: of scores.
        systems: positions of those in the race.
        at_least: the bar, in (0, 1].
        claim: what the decision is about.
        alpha: most for P(the choice is below the bar).
        beta: most for P(the cheapest that meets it is refused).
        order: of the items; None: the seeded one.
        seed: of that.

    Raises:
        BadInput: no system, a bar out of range, or risks that are none.
    """
    if not systems:
        raise BadInput("no system is in the race", mend="name one or more")
    if not LEAST_LEVEL <= at_least <= 1 or not 0 < alpha < 1 or not 0 < beta < 1:
        raise BadInput(
            f"a bar of {at_least:g} at alpha {alpha:g} and beta {beta:g} cannot be tested",
            mend="give a bar in (0, 1] and risks in (0, 1); a judge's x of 1 to 10 is (x - 1) / 9",
        )
    ranked = by_cost(table, systems)
    places = seeded_order(table.items, seed) if order is None else list(order)
    tried: list[Tried] = []
    spent, choice = 0.0, None
    for system, stop in zip(ranked, _stops(table, ranked, at_least, places, claim, alpha, beta), strict=False):
        seen = places[: stop.items]
        spent += float(table.costs[system][seen].sum())
        tried.append(Tried(system, stop.items, stop.verdict, float(table.scores[system][seen].mean())))
        if stop.verdict == "passed":
            choice = system
            break
    return Found(
        choice=choice,
        truth=next((system for system in ranked if meets(table, system, at_least)), None),
        tried=tuple(tried),
        calls=sum(one.items for one in tried),
        full_calls=len(places) * len(ranked),
        spent=spent,
        full=float(table.costs[ranked].sum()),
        choice_meets=choice is not None and meets(table, choice, at_least),
    )


def _stops(
    table: ScoreTable,
    ranked: Sequence[int],
    at_least: float,
    places: Sequence[int],
    claim: Claim,
    alpha: float,
    beta: float,
) -> Iterator[Stop]:
    # a hair less, as the account of alpha grants it
    share = alpha * math.nextafter(1 / len(ranked), 0.0)
    sequential = share if claim == "dataset" else SEQUENTIAL_SHARE * share
    size, binary = len(places), table.binary
    for system in ranked:
        scores = table.scores[system][places]
        stop = first_stop(
            scores,
            at_least,
            claim=claim,
            size=size,
            log_pass_at=-math.log(sequential),
            log_fail_at=-math.log(beta),
            binary=binary,
        )
        open_ = stop.verdict is None and claim == "population"
        if open_ and terminal_p(float(scores.sum()), size, at_least, binary=binary) <= share - sequential:
            stop = Stop(size, "passed")
        yield stop


def interval_of(table: ScoreTable, one: Tried, *, claim: Claim, alpha: float, seed: int) -> tuple[float, float]:
    """The anytime-valid interval of a tried system's mean, in the seeded order."""
    places = seeded_order(table.items, seed)[: one.items]
    return anytime_interval(table.scores[one.system][places], alpha=alpha, claim=claim, size=len(table.items))


def found_json(table: ScoreTable, found: Found, *, at_least: float) -> dict[str, Any]:
    """For programs."""

    def name(system: int | None) -> str | None:
        return None if system is None else table.systems[system]

    return {
        "at_least": at_least,
        "choice": name(found.choice),
        "truth": name(found.truth),
        "exact": found.exact,
        "false_pass": found.false_pass,
        "calls": found.calls,
        "full_calls": found.full_calls,
        "share_of_cost": found.spent / found.full,
        "share_of_calls": found.calls / found.full_calls,
        "tried": [
            {"system": name(one.system), "items": one.items, "verdict": one.verdict or "open", "mean": one.mean}
            for one in found.tried
        ],
    }
