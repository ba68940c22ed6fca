"""Other ways to choose the cheapest system that meets a bar, for `bench/referee.py`; each on one order of the items.

- `fixed_n`: every system on n items, n such that a shortfall of 5 points at the bar is seen with probability 1 - beta
  by a one-sided z-test at alpha / k; the cheapest whose test passes is chosen (its mean, where n is all items).
- `fixed_n_ladder`: the same test, from the cheapest up, until one passes.
- `racing`: successive halving for this task. Each round doubles the items, from N / 2^rounds; of those alive, half is
  kept: those whose mean is at least the bar, cheapest first, then those nearest below. Chosen is the cheapest alive at
  the end whose mean is at least the bar.
- `naive_peeking`: from the cheapest up, a z-test at .05 after every tenth item, as if it were the only one; the mean
  decides where none ever does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from rung.stats import TINY

SHORTFALL = 0.05
PEEK_EVERY = 10
_Z = NormalDist().inv_cdf


@dataclass(frozen=True)
class Race:
    """Systems in order of cost: their scores and costs in the order of the items, shape (k, N) each."""

    scores: Any
    costs: Any
    at_least: float
    alpha: float
    beta: float

    @property
    def size(self) -> int:
        """Items in all."""
        return self.scores.shape[1]

    def mean_meets(self, system: int, items: int) -> bool:
        """Whether the mean of the first items is at least the bar."""
        return float(self.scores[system, :items].sum()) >= self.at_least * items - TINY

    def items_of_a_test(self) -> int:
        """N of `fixed_n`."""
        z = _Z(1 - self.alpha / len(self.scores)) + _Z(1 - self.beta)
        spread = max(self.at_least * (1 - self.at_least), 0.01)
        return min(self.size, math.ceil(z * z * spread / SHORTFALL**2))

    def test_passes(self, system: int, items: int) -> bool:
        """The one-sided z-test at alpha / k."""
        if items == self.size:
            return self.mean_meets(system, items)
        error = math.sqrt(max(float(self.scores[system, :items].var()), 1e-4) / items)
        return (
            float(self.scores[system, :items].mean()) - self.at_least >= _Z(1 - self.alpha / len(self.scores)) * error
        )


Chosen = tuple[int | None, float]
"""Place of the choice in order of cost, and what it cost."""


def fixed_n(race: Race) -> Chosen:
    """See above."""
    n = race.items_of_a_test()
    choice = next((system for system in range(len(race.scores)) if race.test_passes(system, n)), None)
    return choice, float(race.costs[:, :n].sum())


def fixed_n_ladder(race: Race) -> Chosen:
    """See above."""
    n, spent = race.items_of_a_test(), 0.0
    for system in range(len(race.scores)):
        spent += float(race.costs[system, :n].sum())
        if race.test_passes(system, n):
            return system, spent
    return None, spent


def racing(race: Race) -> Chosen:
    """See above."""
    alive: Sequence[int] = range(len(race.scores))
    rounds = max(1, math.ceil(math.log2(len(race.scores))))
    before, spent = 0, 0.0
    for number in range(rounds + 1):
        n = race.size >> (rounds - number)
        spent += float(race.costs[list(alive), before:n].sum())
        before = n
        if number < rounds and len(alive) > 1:
            means = {system: float(race.scores[system, :n].mean()) for system in alive}
            above = [system for system in alive if means[system] >= race.at_least]
            below = sorted((s for s in alive if means[s] < race.at_least), key=lambda s: -means[s])
            alive = sorted([*above, *below][: math.ceil(len(alive) / 2)])
    return next((system for system in alive if race.mean_meets(system, race.size)), None), spent


def naive_peeking(race: Race) -> Chosen:
    """See above."""
    looks = np.append(np.arange(PEEK_EVERY, race.size, PEEK_EVERY), race.size)
    spent = 0.0
    for system, scores in enumerate(race.scores):
        sums, squares = np.cumsum(scores)[looks - 1], np.cumsum(scores**2)[looks - 1]
        means = sums / looks
        errors = np.sqrt(np.maximum(squares / looks - means**2, 1e-4) / looks)
        z = (means - race.at_least) / errors
        decided = np.abs(z) >= _Z(0.95)
        decided[-1] = True
        first = int(decided.argmax())
        n = int(looks[first])
        spent += float(race.costs[system, :n].sum())
        if (race.mean_meets(system, n)) if n == race.size else z[first] > 0:
            return system, spent
    return None, spent


RIVALS = {"fixed_n": fixed_n, "fixed_n_ladder": fixed_n_ladder, "racing": racing, "naive_peeking": naive_peeking}
