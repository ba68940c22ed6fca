from __future__ import annotations

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.stats import bootstrap_interval, bootstrap_means, holm, mean_estimate, mean_interval, paired_p


def test_the_sign_test_agrees_with_mcnemar_exact() -> None:
    """10 and 2 discordant pairs: 2 x P(Bin(12, 1/2) >= 10) = 2 x 79/4096."""
    assert paired_p([1.0] * 10 + [-1.0] * 2 + [0.0] * 50, seed=0) == pytest.approx(2 * 79 / 4096)


def test_flips_agree_with_all_flips() -> None:
    differences = [0.1, 0.4, -0.2, 0.5, 0.3, 0.6, 0.2, -0.1]
    reach = abs(sum(differences)) - 1e-12
    sums = [
        abs(sum(value if flips >> at & 1 else -value for at, value in enumerate(differences))) for flips in range(256)
    ]
    exact = sum(one >= reach for one in sums) / 256
    assert paired_p(differences, seed=1) == pytest.approx(exact, abs=0.01)


def test_under_no_difference_a_rejection_is_as_rare_as_it_says() -> None:
    rng = random.Random(0)
    rejected = 0
    for run in range(400):
        differences = [rng.choice((-1, 1)) * rng.random() for _ in range(30)]
        rejected += paired_p(differences, seed=run, flips=199) <= 0.05
    assert rejected <= 34  # 20 expected; a binomial exceeds 34 in one of a thousand


def test_no_difference_at_all() -> None:
    assert paired_p([0.0, 0.0], seed=0) == 1
    assert paired_p([], seed=0) == 1


def test_holm_on_its_textbook_example() -> None:
    """p = .01, .04, .03, .005: 4 x .005, 3 x .01, 2 x .03, and never below the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_raises_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    assert [a for _, a in sorted(zip(p_values, adjusted, strict=True))] == sorted(adjusted)


def test_the_bootstrap_covers_about_as_often_as_it_says() -> None:
    rng = random.Random(1)
    covered = 0
    for run in range(200):
        values = [float(rng.random() < 0.3) for _ in range(200)]
        low, high = bootstrap_interval(values, alpha=0.1, seed=run, resamples=300)
        covered += low <= 0.3 <= high
    assert 168 <= covered <= 193  # 180 expected


def test_the_bootstrap_repeats_by_its_seed_and_surrounds_the_mean() -> None:
    values = [0.0, 0.2, 0.9, 1.0, 0.4]
    assert bootstrap_means(values, seed=3, resamples=50) == bootstrap_means(values, seed=3, resamples=50)
    low, high = bootstrap_interval(values, alpha=0.05, seed=3)
    assert low < fmean(values) < high
    assert bootstrap_interval([0.5] * 4, alpha=0.05, seed=0) == (0.5, 0.5)


def test_values_that_are_all_alike_leave_room_for_others() -> None:
    """At 0 and 1 it is the interval of a mean of unknown spread; it shrinks with more values, and knows the range."""
    for value in (0.0, 1.0):
        low, high = mean_interval([value] * 40, alpha=0.05, seed=0)
        hoeffding = mean_estimate([value] * 40, alpha=0.05)
        assert hoeffding is not None
        assert (low, high) == (pytest.approx(hoeffding.low, abs=1e-9), pytest.approx(hoeffding.high, abs=1e-9))
    assert mean_interval([0.0] * 40, alpha=0.05, seed=0, lowest=-1)[0] == pytest.approx(-0.088, abs=1e-3)
    assert mean_interval([0.5] * 400, alpha=0.05, seed=0)[1] < mean_interval([0.5] * 4, alpha=0.05, seed=0)[1] < 1
    values = [0.0, 0.2, 0.9, 1.0, 0.4]
    assert mean_interval(values, alpha=0.05, seed=3) == bootstrap_interval(values, alpha=0.05, seed=3)


def test_a_rare_failure_is_seldom_outside_although_it_was_not_seen() -> None:
    """95% intervals of 40 scores with 5% failures: 13% of samples have none, where the bootstrap would say 1 to 1."""
    rng = random.Random(5)
    alike = missed = 0
    for run in range(400):
        values = [float(rng.random() < 0.95) for _ in range(40)]
        low, high = mean_interval(values, alpha=0.05, seed=run)
        alike += len(set(values)) == 1
        missed += len(set(values)) == 1 and not low <= 0.95 <= high
    assert alike > 30
    assert missed == 0
