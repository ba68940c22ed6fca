"""Betting on a mean: two mixture martingales, kept in logs.

Scores x_i lie in [0, 1]. For a level tau and a grid of stakes c_j with equal weights w,

    pass wealth  E_t = sum_j w prod_i (1 + c_ij (x_i - m_i) / m_i)
    fail wealth  F_t = sum_j w prod_i (1 - c_ij (x_i - m_i) / (1 - m_i))

where m_i is the mean that the next score would have if the truth were exactly tau. E is a non-negative
supermartingale when the mean is below tau, F when it is at least tau, so that each exceeds 1/a with probability at
most a, ever (Ville). Source: Waudby-Smith and Ramdas, arXiv 2010.09686, sections 4 and 5.

Without replacement two things are known, and used. A set whose total is above the level has a remainder that is ever
further above it, so stakes grow as what the level allows is used up: c_ij = c_j M / (M - misses so far) for passing,
M = N (1 - tau), and c_j T / (T - S) for failing, T = N tau, at most `MOST`. And where scores are 0 or 1, a total below
the level is at most the next whole number below it. Both keep E falling in the level and F rising.
"""

from __future__ import annotations

import math
from typing import Final, Literal

Claim = Literal["population", "dataset"]
Verdict = Literal["passed", "failed"]

STAKES: Final = (0.01, 0.02, 0.04, 0.07, 0.11, 0.17, 0.25, 0.36, 0.5, 0.7, 0.9)
MOST: Final = 0.95
"""A stake that has grown stays below 1: one score never takes everything."""

TINY: Final = 1e-9
"""Sums of scores are compared to this tolerance, so that a bar of 9/10 is met by nine of ten."""

LEAST_LEVEL: Final = 1e-6
"""A level must stand clear of `TINY`."""

ROOM: Final = 1e-12
"""An expected score this near to 1 is 1."""

_LOG_COUNT: Final = math.log(len(STAKES))


def log_mean_exp(logs: list[float]) -> float:
    """Logarithm of the mean of exp(logs), without overflow."""
    top = max(logs)
    if top == -math.inf:
        return top
    return top + math.log(math.fsum(math.exp(x - top) for x in logs)) - _LOG_COUNT


def sharp_levels(tau: float, *, claim: Claim, size: int, binary: bool) -> tuple[float, float]:
    """Levels to test passing and failing at: the greatest total that is too low, and the least that is enough.

    Both are tau, except for scores of 0 or 1 without replacement, whose totals are whole numbers.
    """
    if claim == "population" or not binary:
        return tau, tau
    enough = math.ceil(size * tau - TINY)
    return (enough - 1) / size, enough / size


def pace(at_first: float, left: float) -> float:
    """How much stakes have grown, when so much is left of what the level allows (misses) or needs (scores)."""
    return at_first / left if left * MOST > at_first * STAKES[0] else MOST / STAKES[0]


class BettingTest:
    """Both wealths for one level, one score at a time.

    Args:
        tau: the level, in [`LEAST_LEVEL`, 1].
        claim: `population`: scores are independent draws, m_i = tau. `dataset`: scores are drawn without
            replacement from `size` items, m_i = (size tau - S_{i-1}) / (size - i + 1).
        size: count of items in all; needed for `dataset`, and may not be exceeded there.
        binary: scores are 0 or 1.

    Raises:
        ValueError: tau or size are out of range.
    """

    __slots__ = ("_fail", "_levels", "_pass", "certain", "claim", "count", "size", "tau", "total")

    def __init__(self, tau: float, *, claim: Claim, size: int, binary: bool = False) -> None:
        if not LEAST_LEVEL <= tau <= 1:
            raise ValueError(f"tau must be in [{LEAST_LEVEL:g}, 1], not {tau}")
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        self.tau = tau
        self.claim: Claim = claim
        self.size = size
        self.count = 0
        self.total = 0.0
        self.certain: Verdict | None = None
        """Set when nothing that is still to come can change the verdict."""
        self._levels = sharp_levels(tau, claim=claim, size=size, binary=binary)
        self._pass = [0.0] * len(STAKES)
        self._fail = [0.0] * len(STAKES)

    @property
    def expected(self) -> float:
        """m: the mean of the next score if the truth were exactly tau; in [0, 1] while nothing is certain."""
        return self._mean_at(self.tau)

    def observe(self, score: float) -> None:
        """Bet on one score in [0, 1]. After a verdict is certain only the mean is kept up.

        Raises:
            ValueError: more scores than items (dataset claim).
        """
        if self.claim == "dataset" and self.count >= self.size:
            raise ValueError(f"all {self.size} items are already observed")
        if self.certain is None:
            self._bet(score)
        self.count += 1
        self.total += score
        if self.certain is None and self.claim == "dataset":
            self._settle()

    def _bet(self, score: float) -> None:
        """The mean for passing may be 0 (one score above makes it certain), that for failing 1 (one below does)."""
        log1p = math.log1p
        for_pass, for_fail = (self._mean_at(level) for level in self._levels)
        if for_pass > ROOM:
            gain, pace = (score - for_pass) / for_pass, self._pass_pace()
            self._pass = [held + log1p(min(MOST, c * pace) * gain) for held, c in zip(self._pass, STAKES, strict=True)]
        if 1 - for_fail > ROOM:
            gain, pace = (for_fail - score) / (1 - for_fail), self._fail_pace()
            self._fail = [held + log1p(min(MOST, c * pace) * gain) for held, c in zip(self._fail, STAKES, strict=True)]
        elif self.claim == "population" and score < 1 - ROOM:
            # every score would have to be 1; about a data set, what is certain is settled by sums
            self.certain = "failed"

    def _mean_at(self, level: float) -> float:
        if self.claim == "population":
            return level
        return min(1.0, max(0.0, (self.size * level - self.total) / (self.size - self.count)))

    def _pass_pace(self) -> float:
        if self.claim == "population":
            return 1.0
        allowed = self.size * (1 - self._levels[0])
        return pace(allowed, allowed - (self.count - self.total))

    def _fail_pace(self) -> float:
        if self.claim == "population":
            return 1.0
        needed = self.size * self._levels[1]
        return pace(needed, needed - self.total)

    def _settle(self) -> None:
        needed = self.size * self.tau - self.total
        if needed <= TINY:
            self.certain = "passed"
        elif needed > self.size - self.count + TINY:
            self.certain = "failed"

    @property
    def mean(self) -> float | None:
        """Mean score so far, or None."""
        return self.total / self.count if self.count else None

    @property
    def log_pass_wealth(self) -> float:
        """The pass wealth, ln E_t. Once a verdict is certain it stands still: ask `certain` first."""
        return log_mean_exp(self._pass)

    @property
    def log_fail_wealth(self) -> float:
        """The fail wealth, ln F_t. Once a verdict is certain it stands still: ask `certain` first."""
        return log_mean_exp(self._fail)
