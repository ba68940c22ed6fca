"""Exact tests at a sample size that was fixed beforehand: is the mean of N independent scores at least tau?"""

from __future__ import annotations

import math

from rung.stats.betting import TINY
from rung.stats.planning import kl_bernoulli


def binomial_tail(successes: int, n: int, p: float) -> float:
    """P(Bin(n, p) >= successes), summed term by term."""
    if successes <= 0:
        return 1.0
    if successes > n or p <= 0:
        return 0.0
    if p >= 1:
        return 1.0
    log_p, log_q, head = math.log(p), math.log1p(-p), math.lgamma(n + 1)
    logs = (
        head - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q
        for k in range(successes, n + 1)
    )
    return min(1.0, math.fsum(math.exp(value) for value in logs))


def bounded_mean_p(total: float, n: int, tau: float) -> float:
    """P-value against "the mean is at most tau", from the sum of n independent scores in [0, 1].

    The smaller of two bounds on the same tail P(S >= total): Hoeffding's exp(-n KL(total/n || tau)) and Bentkus'
    e P(Bin(n, tau) >= floor(total)). Source: Hoeffding 1963; Bentkus 2004; the pair as in Bates et al.,
    arXiv 2101.02703.
    """
    mean = total / n
    if mean <= tau:
        return 1.0
    hoeffding = math.exp(-n * kl_bernoulli(min(1.0, mean), tau))
    # between whole sums Bentkus interpolates; rounding down only makes the bound larger
    bentkus = math.e * binomial_tail(math.floor(total + TINY), n, tau)
    return min(1.0, hoeffding, bentkus)


def terminal_p(total: float, n: int, tau: float, *, binary: bool) -> float:
    """P-value at N against "the mean is below tau": binomial for scores that can only be 0 or 1, bounded else.

    `binary` is a property of the metric, known before any score: choosing the test by looking at the scores would
    void it.
    """
    return binomial_tail(round(total), n, tau) if binary else bounded_mean_p(total, n, tau)
