"""Intervals of a mean at a sample size that was fixed beforehand, for a report; decisions go through the referee."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

from rung.stats.planning import kl_bernoulli


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean in [0, 1] with its interval; `n` is the count of independent units."""

    value: float
    low: float
    high: float
    n: int


def mean_estimate(values: Sequence[float], *, alpha: float = 0.05) -> Estimate | None:
    """Mean of independent values in [0, 1] with Student's interval (asymptotic); None without a value.

    Where all values are the same their spread says nothing. Then, and for a single value, the interval is
    Hoeffding's, which supposes no spread: all m with n KL(mean || m) <= ln(2 / alpha). Source: Hoeffding 1963.

    Args:
        values: one per independent unit, in [0, 1].
        alpha: 1 - confidence.
    """
    n = len(values)
    if n == 0:
        return None
    mean = fmean(values)
    spread = variance(values) if n > 1 else 0.0
    if spread <= 0:
        return Estimate(mean, *_hoeffding(mean, n, alpha), n)
    half = student_quantile(1 - alpha / 2, n - 1) * math.sqrt(spread / n)
    return Estimate(mean, max(0.0, mean - half), min(1.0, mean + half), n)


def student_quantile(p: float, freedom: int) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return float(stdtrit(freedom, p))


def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(p)


def _hoeffding(mean: float, n: int, alpha: float) -> tuple[float, float]:
    room = math.log(2 / alpha) / n
    return _edge(mean, 0.0, room), _edge(mean, 1.0, room)


def _edge(mean: float, end: float, room: float) -> float:
    """The level farthest from the mean towards `end` whose KL divergence is within `room`, by bisection."""
    inside, outside = mean, end
    for _ in range(60):
        middle = (inside + outside) / 2
        if 0 < middle < 1 and kl_bernoulli(mean, middle) <= room:
            inside = middle
        else:
            outside = middle
    return inside
