"""The account of alpha: who may pass at which share of it, so that the shares never exceed the whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rung.errors import BudgetExhausted

_LEAST = 1e-9
"""A smaller share than this could never pass anything."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A candidate, in one seeded order of the evaluation items, passes at `1 / (alpha weight)`.

    Args:
        candidate: its key.
        seed: of the order of the items.
        weight: its share of alpha, in (0, 1].
    """

    candidate: str
    seed: int
    weight: float

    def to_json(self) -> dict[str, Any]:
        """JSON values, for the ledger."""
        return {"candidate": self.candidate, "seed": self.seed, "weight": self.weight}


class AlphaAccount:
    """Shares of alpha on one set of evaluation items.

    P(anything below the bar ever passes on these items) <= alpha sum(weights) <= alpha, by the union bound; so a climb
    that is repeated on the same items, with another seed too, must be given what was granted before.

    - The candidates known at the start share `1 - reserve` equally: all of it when their list is closed.
    - One that appears later takes half of what is left.
    - On items that were used before, the candidates of a repeat share half of what is left.
    - A grant is kept: asking again for the same candidate and seed gives the same weight. That holds at another level
      of the same metric too, for free: pass wealth falls as the level rises, so that passing at any level above the
      mean implies as much wealth at the mean itself, which alpha already covers.

    Args:
        past: grants recorded for these items, oldest first.
        reserve: share kept for late candidates and repeats, in [0, 1).
    """

    def __init__(self, past: Iterable[Grant] = (), *, reserve: float = 0.5) -> None:
        if not 0 <= reserve < 1:
            raise ValueError(f"reserve must be in [0, 1), not {reserve}")
        self._reserve = reserve
        self._grants = {(grant.candidate, grant.seed): grant for grant in past}

    @property
    def grants(self) -> tuple[Grant, ...]:
        """All grants, oldest first; the ledger keeps them."""
        return tuple(self._grants.values())

    @property
    def left(self) -> float:
        """Share of alpha that is not granted."""
        return max(0.0, 1.0 - math.fsum(grant.weight for grant in self._grants.values()))

    def grant_initial(self, candidates: Sequence[str], seed: int) -> tuple[Grant, ...]:
        """Grants for the candidates known at the start, in order.

        Raises:
            BudgetExhausted: earlier climbs on these items have used alpha up.
        """
        new = [key for key in dict.fromkeys(candidates) if (key, seed) not in self._grants]
        share = self.left / 2 if self._grants else 1 - self._reserve
        for key in new:
            self._add(key, seed, share / len(new))
        return tuple(self._grants[key, seed] for key in candidates)

    def grant_late(self, candidate: str, seed: int) -> Grant:
        """The grant of a candidate that appears after the start: half of what is left.

        Raises:
            BudgetExhausted: alpha is used up.
        """
        if (candidate, seed) not in self._grants:
            self._add(candidate, seed, self.left / 2)
        return self._grants[candidate, seed]

    def _add(self, candidate: str, seed: int, weight: float) -> None:
        if weight < _LEAST:
            raise BudgetExhausted(
                "alpha is used up on these evaluation items: nothing can pass on them any more",
                mend="evaluate on fresh items; repeating a climb on the same ones cannot add evidence for free",
            )
        # a hair less, so that equal shares cannot sum to more than the whole in floating point
        self._grants[candidate, seed] = Grant(candidate, seed, math.nextafter(weight, 0.0))
