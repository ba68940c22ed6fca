"""Intervals at a fixed count: scipy's Wilson, and coverage of the bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from rung.stats import bootstrap, wilson


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95]))
def test_wilson_has_the_numbers_of_scipy(counts: tuple[int, int], level: float) -> None:
    successes, items = counts
    expected = binomtest(successes, items).proportion_ci(level, method="wilson")
    found = wilson(successes, items, level=level)
    assert (found.value, found.items) == (successes / items, items)
    assert (found.low, found.high) == (pytest.approx(expected.low, abs=1e-9), pytest.approx(expected.high, abs=1e-9))


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1))
def test_wilson_holds_the_mean(values: list[float]) -> None:
    found = wilson(sum(values), len(values))
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= sum(values) / len(values) <= found.high <= 1


def test_no_share_of_nothing() -> None:
    for successes, items in ((0.5, 0), (4, 3), (float("nan"), 3)):
        with pytest.raises(ValueError, match="share"):
            wilson(successes, items)


def test_the_bootstrap_covers_about_as_often_as_it_says() -> None:
    """500 samples of 60 skewed scores: 95% +- 3 of the intervals hold the true mean."""
    draw = np.random.default_rng(1)
    held = 0
    for seed in range(500):
        scores = draw.beta(0.5, 1.5, size=60)
        found = bootstrap(lambda at, scores=scores: float(scores[at].mean()), 60, resamples=300, seed=seed)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.25 <= found.high
    assert 0.91 <= held / 500 <= 0.98


def test_one_item_says_nothing_of_others() -> None:
    found = bootstrap(lambda at: float(len(at)), 1)
    assert (found.value, found.low, found.high) == (1.0, None, None)


def test_a_seed_gives_one_interval() -> None:
    scores = np.linspace(0, 1, 30)
    first, again, other = (bootstrap(lambda at: float(scores[at].mean()), 30, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
