"""One order, many bars: asking the same candidate at several levels spends alpha once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rung.stats import Claim
from rung.stats.paths import log_fail_path, log_pass_path, null_means


@pytest.mark.capability("alpha-account", verified="real")
@pytest.mark.parametrize("claim", ["population", "dataset"])
def test_pass_wealth_falls_and_fail_wealth_rises_with_the_level(claim: Claim) -> None:
    scores = np.random.default_rng(8).beta(2, 1, 100)
    levels = [0.5, 0.6, 0.66, 0.7, 0.8]
    paths = [null_means(scores, level, claim=claim, size=400) for level in levels]
    for lower, higher in pairwise(paths):
        assert (log_pass_path(scores, lower) >= log_pass_path(scores, higher)).all()
        assert (log_fail_path(scores, lower) <= log_fail_path(scores, higher)).all()
