"""Pure statistics: betting tests of a mean, seeded orders, planning. Nothing here does input or output."""

from __future__ import annotations

from rung.stats.agreement import Weights, cohen_kappa, confusion, kappa_interval
from rung.stats.betting import STAKES, TINY, BettingTest, Claim, Verdict
from rung.stats.intervals import Figure, bootstrap, wilson
from rung.stats.order import seeded_order
from rung.stats.paths import Stop, anytime_interval, first_stop
from rung.stats.planning import expected_items, kl_bernoulli, least_items_to_pass
from rung.stats.terminal import binomial_tail, bounded_mean_p, terminal_p

__all__ = [
    "STAKES",
    "TINY",
    "BettingTest",
    "Claim",
    "Figure",
    "Stop",
    "Verdict",
    "Weights",
    "anytime_interval",
    "binomial_tail",
    "bootstrap",
    "bounded_mean_p",
    "cohen_kappa",
    "confusion",
    "expected_items",
    "first_stop",
    "kappa_interval",
    "kl_bernoulli",
    "least_items_to_pass",
    "seeded_order",
    "terminal_p",
    "wilson",
]
