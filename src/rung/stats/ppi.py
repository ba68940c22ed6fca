"""PPI++: a few labels by people and many scores by a judge, in one interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rung.stats.means import mean_estimate, normal_quantile

FEW: Final = 30
"""With fewer labels than this the normal approximation is too narrow to be relied on."""

LEAST: Final = 10
"""With fewer labels than this lambda itself is noise, and people stand alone."""


@dataclass(frozen=True, slots=True)
class Powered:
    """A mean of people's labels, helped by a judge.

    Args:
        value: theta; low, high: its interval.
        judge_weight: lambda; 0 where the judge says nothing about the labels, below 0 where it says the reverse.
        labelled: n; unlabelled: N, without the n.
        people: mean of the labels alone, with its interval of the same kind (people_low, people_high).
        judge: mean of the judge's scores alone, over labelled and unlabelled items.
    """

    value: float
    low: float
    high: float
    judge_weight: float
    labelled: int
    unlabelled: int
    people: float
    people_low: float
    people_high: float
    judge: float

    @property
    def few(self) -> bool:
        """Whether the labels are too few for the interval to hold what it says."""
        return self.labelled < FEW


def prediction_powered_mean(
    labels: Sequence[float], judged: Sequence[float], unlabelled: Sequence[float], *, alpha: float = 0.05
) -> Powered:
    """Theta = lambda mean_N(f) + mean_n(Y - lambda f), with the lambda that makes its variance least.

    lambda = Cov(Y, f) / ((1 + n/N) Var f); Var(theta) = Var(Y - lambda f)/n + lambda^2 Var(f)/N. Variances have the
    divisor n - 1; Var f is over all n + N scores. The interval is asymptotic and for an n that was fixed beforehand:
    it is for reports and never feeds the referee. Labels that are all the same have no variance to go by: they get the
    interval of `mean_estimate`, without the judge; so do fewer than `LEAST` labels, and a theta outside [0, 1], where
    the labelled and the other items do not look alike. The labelled items must be a random sample of all items.
    Source: Angelopoulos, Duchi & Zrnic, PPI++, arXiv 2311.01453.

    Args:
        labels: Y in [0, 1], of n >= 2 items.
        judged: f of the same items, in the same order.
        unlabelled: f of the N other items; with none the judge adds nothing and lambda is 0.
        alpha: 1 - confidence.

    Raises:
        ValueError: fewer than two labels, or not as many scores as labels.
    """
    import numpy as np

    if len(labels) != len(judged) or len(labels) < 2:
        raise ValueError("two or more labels are needed, and a judge's score for each")
    y, f, more = (np.asarray(values, dtype=np.float64) for values in (labels, judged, unlabelled))
    n, size, every = len(y), len(more), np.concatenate([f, more])
    judge = float(every.mean())
    alone = mean_estimate(labels, alpha=alpha)
    assert alone is not None  # there are two labels or more
    same = (alone.value, alone.low, alone.high)
    without = Powered(*same, 0.0, n, size, *same, judge)
    if n < LEAST or float(y.std()) == 0:
        return without
    spread = float(every.var(ddof=1))
    helps = size > 1 and spread > 0
    weight = float(np.cov(y, f, ddof=1)[0, 1]) / ((1 + n / size) * spread) if helps else 0.0
    rest = y - weight * f
    value = (weight * float(more.mean()) if helps else 0.0) + float(rest.mean())
    if not 0 <= value <= 1:
        return without
    seen = float(rest.var(ddof=1)) / n + (weight**2 * float(more.var(ddof=1)) / size if helps else 0.0)
    z, people = normal_quantile(1 - alpha / 2), float(y.mean())
    half, wide = z * math.sqrt(seen), z * math.sqrt(float(y.var(ddof=1)) / n)
    theta, human = _within(value, half), _within(people, wide)
    return Powered(*theta, weight, n, size, *human, judge)


def _within(value: float, half: float) -> tuple[float, float, float]:
    """A value in [0, 1] and its interval, cut to it."""
    return value, max(0.0, value - half), min(1.0, value + half)
