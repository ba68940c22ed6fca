"""The anytime-valid interval: it covers at all times at once, narrows, and agrees with the test."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.stats import Claim, anytime_interval, first_stop


@given(st.lists(st.floats(0, 1), max_size=25), st.sampled_from(["population", "dataset"]))
@settings(max_examples=60, deadline=None)
def test_it_lies_in_0_1_and_never_grows(scores: list[float], claim: Claim) -> None:
    before = (0.0, 1.0)
    for t in range(0, len(scores) + 1, 5):
        low, high = anytime_interval(scores[:t], alpha=0.05, claim=claim, size=25)
        assert 0 <= low <= high <= 1
        assert low >= before[0] - 1e-8
        assert high <= before[1] + 1e-8
        before = low, high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_a_whole_dataset_is_known_exactly(scores: list[float]) -> None:
    low, high = anytime_interval(scores, alpha=0.05, claim="dataset", size=len(scores))
    assert low == pytest.approx(np.mean(scores), abs=1e-8)
    assert high == pytest.approx(np.mean(scores), abs=1e-8)


@pytest.mark.parametrize("claim", ["population", "dataset"])
def test_the_ends_are_where_the_test_stops(claim: Claim) -> None:
    scores = np.random.default_rng(2).binomial(1, 0.8, 150).astype(float)
    low, high = anytime_interval(list(scores), alpha=0.1, claim=claim, size=400)
    reach = math.log(2 / 0.1)
    for level, verdict in ((low - 1e-6, "passed"), (low + 1e-6, None), (high - 1e-6, None), (high + 1e-6, "failed")):
        stop = first_stop(scores, level, claim=claim, size=400, log_pass_at=reach, log_fail_at=reach)
        assert stop.verdict == verdict


@pytest.mark.parametrize("value", [0.0, 1.0, 0.5])
def test_constant_scores(value: float) -> None:
    low, high = anytime_interval([value] * 300, alpha=0.05)
    assert low <= value <= high
    assert high - low < 0.11
    assert anytime_interval([], alpha=0.05) == (0.0, 1.0)


def test_it_covers_at_all_times_at_once() -> None:
    """The interval at the end is the intersection of all before, so covering there is covering always."""
    chance, runs, missed = np.random.default_rng(3), 300, 0
    for _ in range(runs):
        low, high = anytime_interval(list(chance.beta(2, 1, 120)), alpha=0.2)
        missed += not low <= 2 / 3 <= high
    assert missed / runs <= 0.2 + 4 * math.sqrt(0.16 / runs)


def test_the_dataset_claim_needs_a_size() -> None:
    with pytest.raises(ValueError, match="count of items"):
        anytime_interval([1.0], alpha=0.05, claim="dataset")
