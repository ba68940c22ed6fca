"""How many items a decision is expected to take."""

from __future__ import annotations

import math

from rung.stats.betting import STAKES, log_mean_exp

OVERSHOOT = 1.2
"""What not knowing the best stake costs, in nats; found in a prototype."""


def kl_bernoulli(mu: float, tau: float) -> float:
    """KL(mu || tau) = mu ln(mu/tau) + (1-mu) ln((1-mu)/(1-tau)) [nats], the growth per item of the best bet."""
    if mu == tau:
        return 0.0
    if (tau <= 0 and mu > 0) or (tau >= 1 and mu < 1):
        return math.inf
    first = mu * math.log(mu / tau) if mu > 0 else 0.0
    second = (1 - mu) * math.log((1 - mu) / (1 - tau)) if mu < 1 else 0.0
    return max(0.0, first + second)


def expected_items(mu: float, tau: float, *, log_pass_at: float, log_fail_at: float, size: int | None = None) -> float:
    """Items until a verdict, n ~ (ln(threshold) + 1.2) / KL(mu || tau), if the true mean is mu; at most `size`.

    The threshold is that of passing (K/alpha) when mu is at least tau, else that of failing (1/beta). It holds for
    0/1 scores; scores that vary less decide sooner.
    """
    growth = kl_bernoulli(mu, tau)
    reach = (log_pass_at if mu >= tau else log_fail_at) + OVERSHOOT
    items = math.inf if growth == 0 else max(1.0, reach / growth)
    return items if size is None else min(items, float(size))


def least_items_to_pass(tau: float, log_pass_at: float, *, at_most: int = 1_000_000) -> int | None:
    """Items that even a perfect candidate needs under the population claim; None when `at_most` are too few."""
    rates = [math.log1p(c * (1 - tau) / tau) for c in STAKES]

    def wealth(n: int) -> float:
        return log_mean_exp([n * rate for rate in rates])

    if wealth(at_most) < log_pass_at:
        return None
    low, high = 0, at_most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wealth(middle) >= log_pass_at else (middle, high)
    return high
