"""The seeded order, the planning formula and the exact tests at N."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from rung.stats import (
    binomial_tail,
    bounded_mean_p,
    expected_items,
    first_stop,
    kl_bernoulli,
    least_items_to_pass,
    seeded_order,
    terminal_p,
)


@pytest.mark.capability("seeded-order", verified="real")
@given(st.lists(st.text(), unique=True, max_size=30), st.integers())
def test_order_is_a_permutation_of_the_ids_whatever_the_order_of_the_file(ids: list[str], seed: int) -> None:
    ids = [name.encode("utf-8", "replace").decode() + str(i) for i, name in enumerate(ids)]
    ordered = [ids[i] for i in seeded_order(ids, seed)]
    assert sorted(ordered) == sorted(ids)
    back = ids[::-1]
    assert [back[i] for i in seeded_order(back, seed)] == ordered
    some = ids[::2]
    assert [some[i] for i in seeded_order(some, seed)] == [name for name in ordered if name in some]


@pytest.mark.capability("seeded-order", verified="real")
def test_order_is_pinned() -> None:
    """A change here would change every recorded decision."""
    assert seeded_order(list("abcdefgh"), 7) == [4, 5, 7, 6, 2, 1, 3, 0]


def test_order_is_uniform() -> None:
    places = np.array([seeded_order([f"item-{i}" for i in range(5)], seed) for seed in range(4000)])
    for place in range(5):
        counts = np.bincount(places[:, place], minlength=5)
        assert (np.abs(counts - 800) < 4 * math.sqrt(800)).all()


def test_planning_matches_what_happens() -> None:
    """Within a third of the mean of 300 seeded runs, for a candidate that passes and one that fails."""
    chance = np.random.default_rng(4)
    for mu, tau in ((0.85, 0.75), (0.6, 0.75), (0.95, 0.9)):
        pass_at, fail_at = math.log(100), math.log(20)
        runs = [
            first_stop(
                chance.binomial(1, mu, 6000).astype(float),
                tau,
                claim="population",
                size=6000,
                log_pass_at=pass_at,
                log_fail_at=fail_at,
            ).items
            for _ in range(150)
        ]
        planned = expected_items(mu, tau, log_pass_at=pass_at, log_fail_at=fail_at)
        assert planned == pytest.approx(np.mean(runs), rel=0.34)


def test_planning_edges() -> None:
    assert kl_bernoulli(0.5, 0.5) == 0
    assert kl_bernoulli(0.5, 1.0) == math.inf
    assert kl_bernoulli(1.0, 0.5) == pytest.approx(math.log(2))
    assert expected_items(0.5, 0.5, log_pass_at=5, log_fail_at=3) == math.inf
    assert expected_items(0.5, 0.5, log_pass_at=5, log_fail_at=3, size=40) == 40
    assert expected_items(0.5, 1.0, log_pass_at=5, log_fail_at=3) == 1


@given(st.floats(0.05, 0.99), st.floats(1, 8))
def test_least_items_is_where_a_perfect_run_passes(tau: float, pass_at: float) -> None:
    n = least_items_to_pass(tau, pass_at)
    assert n is not None
    stop = first_stop(np.ones(n + 3), tau, claim="population", size=n, log_pass_at=pass_at, log_fail_at=math.inf)
    assert abs(stop.items - n) <= 1
    assert least_items_to_pass(1.0, pass_at) is None


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0, 1))
def test_binomial_tail_is_scipys(successes: int, n: int, p: float) -> None:
    assert binomial_tail(successes, n, p) == pytest.approx(float(binom.sf(successes - 1, n, p)), abs=1e-9)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.01, 0.99))
def test_the_bounded_test_is_never_sharper_than_the_binomial(successes: int, n: int, tau: float) -> None:
    total = min(successes, n)
    assert bounded_mean_p(total, n, tau) >= binomial_tail(total, n, tau) - 1e-12
    assert 0 <= terminal_p(total, n, tau, binary=True) <= 1


@pytest.mark.parametrize("spread", [(1.4, 0.6), (14.0, 6.0)])
def test_the_bounded_test_keeps_its_level(spread: tuple[float, float]) -> None:
    chance = np.random.default_rng(6)
    hits = sum(bounded_mean_p(float(chance.beta(*spread, 80).sum()), 80, 0.7) <= 0.1 for _ in range(2000))
    assert hits / 2000 <= 0.1
