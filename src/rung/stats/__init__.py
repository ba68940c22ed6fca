"""Pure statistics: betting tests of a mean, seeded orders, planning, agreement. Nothing here does input or output."""

from __future__ import annotations

from rung.stats.agreement import Agreement, Level, krippendorff_alpha, rater_agreement
from rung.stats.betting import LEAST_LEVEL, STAKES, TINY, BettingTest, Claim, Verdict
from rung.stats.intervals import (
    LEVEL,
    RESAMPLES,
    Figure,
    bootstrap,
    bootstrap_interval,
    bootstrap_means,
    mean_interval,
    wilson,
)
from rung.stats.kappa import Weights, cohen_kappa, confusion, kappa_interval
from rung.stats.means import Estimate, mean_estimate
from rung.stats.order import seeded_order
from rung.stats.pairs import holm, paired_p
from rung.stats.paths import Stop, anytime_interval, first_stop
from rung.stats.planning import expected_items, kl_bernoulli, least_items_to_pass
from rung.stats.ppi import Powered, prediction_powered_mean
from rung.stats.terminal import binomial_tail, bounded_mean_p, terminal_p

__all__ = [
    "LEAST_LEVEL",
    "LEVEL",
    "RESAMPLES",
    "STAKES",
    "TINY",
    "Agreement",
    "BettingTest",
    "Claim",
    "Estimate",
    "Figure",
    "Level",
    "Powered",
    "Stop",
    "Verdict",
    "Weights",
    "anytime_interval",
    "binomial_tail",
    "bootstrap",
    "bootstrap_interval",
    "bootstrap_means",
    "bounded_mean_p",
    "cohen_kappa",
    "confusion",
    "expected_items",
    "first_stop",
    "holm",
    "kappa_interval",
    "kl_bernoulli",
    "krippendorff_alpha",
    "least_items_to_pass",
    "mean_estimate",
    "mean_interval",
    "paired_p",
    "prediction_powered_mean",
    "rater_agreement",
    "seeded_order",
    "terminal_p",
    "wilson",
]
