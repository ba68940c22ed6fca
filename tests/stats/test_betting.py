"""Laws of the betting test: it is a fair game at the level, and what is certain is right."""

from __future__ import annotations

import math
import random
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.stats import BettingTest, Claim, first_stop
from rung.stats.betting import STAKES
from rung.stats.paths import growth, log_fail_path, log_pass_path, null_means

scores_01 = st.lists(st.floats(0, 1), min_size=1, max_size=40)
levels = st.floats(0.01, 1)


def stop_by_hand(
    scores: list[float], tau: float, claim: Claim, pass_at: float, fail_at: float
) -> tuple[int, str | None]:
    test = BettingTest(tau, claim=claim, size=len(scores))
    for t, score in enumerate(scores, 1):
        test.observe(score)
        if test.certain is not None:
            return t, test.certain
        if test.log_pass_wealth >= pass_at:
            return t, "passed"
        if test.log_fail_wealth >= fail_at:
            return t, "failed"
    return len(scores), None


@given(st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=1, max_size=7), st.floats(0.05, 0.95))
def test_wealth_is_a_fair_game_at_the_level(prefix: list[float], tau: float) -> None:
    """E[wealth after | wealth before] = wealth before, for a next score that is Bernoulli(m)."""
    test = BettingTest(tau, claim="population", size=100)
    for score in prefix:
        test.observe(score)
    after: dict[float, tuple[float, float]] = {}
    for score in (0.0, 1.0):
        branch = BettingTest(tau, claim="population", size=100)
        for before in (*prefix, score):
            branch.observe(before)
        after[score] = math.exp(branch.log_pass_wealth), math.exp(branch.log_fail_wealth)
    for side, now in enumerate((math.exp(test.log_pass_wealth), math.exp(test.log_fail_wealth))):
        assert tau * after[1.0][side] + (1 - tau) * after[0.0][side] == pytest.approx(now, rel=1e-9)


@pytest.mark.capability("claims", verified="real")
@given(scores_01, levels)
@settings(max_examples=200)
def test_dataset_claim_always_decides_and_is_right_when_certain(scores: list[float], tau: float) -> None:
    test = BettingTest(tau, claim="dataset", size=len(scores))
    for score in scores:
        test.observe(score)
        assert 0 <= test.expected <= 1 if test.count < test.size else True
        assert not math.isnan(test.log_pass_wealth)
        assert not math.isnan(test.log_fail_wealth)
    meets = sum(scores) >= tau * len(scores) - 1e-9
    assert test.certain == ("passed" if meets else "failed")


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=40), levels)
@settings(max_examples=200)
def test_whole_numbers_keep_what_is_certain(scores: list[float], tau: float) -> None:
    """Scores of 0 or 1: arrays and one by one give one stop, and nothing is certain that is not so."""
    test = BettingTest(tau, claim="dataset", size=len(scores), binary=True)
    for score in scores:
        test.observe(score)
        assert not math.isnan(test.log_pass_wealth + test.log_fail_wealth)
    assert test.certain == ("passed" if sum(scores) >= tau * len(scores) - 1e-9 else "failed")
    reach = math.log(8)
    rules = {"claim": "dataset", "size": len(scores), "log_pass_at": reach, "log_fail_at": reach, "binary": True}
    stop = first_stop(scores, tau, **rules)  # pyright: ignore[reportArgumentType]
    by_hand = BettingTest(tau, claim="dataset", size=len(scores), binary=True)
    for seen, score in enumerate(scores, 1):
        by_hand.observe(score)
        if by_hand.certain or by_hand.log_pass_wealth >= reach or by_hand.log_fail_wealth >= reach:
            passing = by_hand.log_pass_wealth >= reach
            assert (stop.items, stop.verdict) == (seen, by_hand.certain or ("passed" if passing else "failed"))
            break


def test_wealth_is_a_fair_game_without_replacement() -> None:
    """Over all orders of a set at the level (pass: just below it), the mean of the wealth after n scores is 1."""
    for scores, tau in (((1, 1, 1, 0, 0, 0, 0), 3 / 7), ((1, 0.5, 0.25, 0.25, 1), 0.6)):
        binary = all(score in (0, 1) for score in scores)
        for seen in range(1, len(scores)):
            wealths: list[tuple[float, float]] = []
            for order in permutations(scores):
                test = BettingTest(tau, claim="dataset", size=len(scores), binary=binary)
                higher = BettingTest(tau + binary / len(scores), claim="dataset", size=len(scores), binary=binary)
                for score in order[:seen]:
                    test.observe(score)
                    higher.observe(score)
                wealths.append((math.exp(higher.log_pass_wealth), math.exp(test.log_fail_wealth)))
            assert np.mean([w[0] for w in wealths]) <= 1 + 1e-9
            assert np.mean([w[1] for w in wealths]) <= 1 + 1e-9


@given(scores_01, levels, st.sampled_from(["population", "dataset"]))
@settings(max_examples=200)
def test_arrays_and_one_by_one_give_one_stop(scores: list[float], tau: float, claim: Claim) -> None:
    pass_at, fail_at = math.log(6), math.log(4)
    stop = first_stop(scores, tau, claim=claim, size=len(scores), log_pass_at=pass_at, log_fail_at=fail_at)
    assert (stop.items, stop.verdict) == stop_by_hand(scores, tau, claim, pass_at, fail_at)


def test_arrays_give_the_wealth_of_one_by_one() -> None:
    chance = random.Random(1)
    scores = [chance.random() for _ in range(200)]
    for claim in ("population", "dataset"):
        test = BettingTest(0.55, claim=claim, size=300)
        for score in scores:
            test.observe(score)
        means = null_means(scores, 0.55, claim=claim, size=300)
        passing, failing = growth(scores, 0.55, claim=claim, size=300)
        assert log_pass_path(scores, means, passing)[-1] == pytest.approx(test.log_pass_wealth)
        assert log_fail_path(scores, means, failing)[-1] == pytest.approx(test.log_fail_wealth)


def test_worked_example_of_the_formula() -> None:
    """Two scores 1, 0 at tau = .5: E = mean_j (1 + c)(1 - c) = F."""
    test = BettingTest(0.5, claim="population", size=10)
    test.observe(1.0)
    test.observe(0.0)
    expected = math.log(sum((1 + c) * (1 - c) for c in STAKES) / len(STAKES))
    assert test.log_pass_wealth == pytest.approx(expected)
    assert test.log_fail_wealth == pytest.approx(expected)


def test_a_bar_of_one() -> None:
    for claim in ("population", "dataset"):
        test = BettingTest(1.0, claim=claim, size=3)
        test.observe(1.0)
        assert test.certain is None
        assert (test.log_pass_wealth, test.log_fail_wealth) == (0.0, 0.0)
        test.observe(0.999)
        assert test.certain == "failed"
    perfect = BettingTest(1.0, claim="dataset", size=3)
    for _ in range(3):
        perfect.observe(1.0)
    assert perfect.certain == "passed"


def test_a_bar_of_nine_tenths_is_met_by_nine_of_ten() -> None:
    for size in (10, 70, 330, 7430):
        test = BettingTest(0.9, claim="dataset", size=size)
        for index in range(size):
            test.observe(float(index >= size // 10))
        assert test.certain == "passed"


def test_one_item() -> None:
    test = BettingTest(0.5, claim="dataset", size=1)
    test.observe(0.5)
    assert test.certain == "passed"
    with pytest.raises(ValueError, match="already observed"):
        test.observe(1.0)


@pytest.mark.parametrize(("tau", "size"), [(0.0, 5), (1.1, 5), (-1, 5), (math.nan, 5), (0.5, 0)])
def test_bad_arguments(tau: float, size: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        BettingTest(tau, claim="dataset", size=size)


def test_long_runs_stay_finite() -> None:
    for score in (0.0, 1.0):
        test = BettingTest(0.5, claim="population", size=10**6)
        for _ in range(20_000):
            test.observe(score)
        assert math.isfinite(test.log_pass_wealth)
        assert math.isfinite(test.log_fail_wealth)


def slack(p: float, runs: int) -> float:
    """Four standard errors of a binomial share."""
    return 4 * math.sqrt(p * (1 - p) / runs)


@pytest.mark.capability("betting-test", verified="real")
@pytest.mark.parametrize("kind", ["binary", "beta"])
@pytest.mark.parametrize("claim", ["population", "dataset"])
def test_ever_passing_below_and_ever_failing_at_the_level_are_rare(kind: str, claim: Claim) -> None:
    """Ville at alpha = .1, 2,000 seeded runs of 200 scores. Dataset: the set's mean is one item below or at the bar."""
    chance, runs, size, a = np.random.default_rng(5), 2000, 200, 0.1
    passed = failed = 0
    for _ in range(runs):
        if claim == "population":
            scores = chance.binomial(1, 0.7, size).astype(float) if kind == "binary" else chance.beta(1.4, 0.6, size)
            below = at = 0.7
        else:
            scores = np.r_[np.ones(140), np.zeros(60)] if kind == "binary" else np.linspace(0, 1, size) ** 0.4
            scores = chance.permutation(scores)
            at = float(scores.mean())
            below = at + 1 / size
        reach = math.log(1 / a)
        stop = first_stop(scores, below, claim=claim, size=size, log_pass_at=reach, log_fail_at=math.inf)
        passed += stop.verdict == "passed"
        stop = first_stop(scores, at, claim=claim, size=size, log_pass_at=math.inf, log_fail_at=reach)
        failed += stop.verdict == "failed"
    assert passed / runs <= a + slack(a, runs)
    assert failed / runs <= a + slack(a, runs)


def test_levels_too_near_0_are_refused() -> None:
    """A level below the tolerance of sums would be met by nothing at all."""
    with pytest.raises(ValueError, match="must be"):
        BettingTest(1e-11, claim="dataset", size=30)
    test = BettingTest(1e-6, claim="dataset", size=30)
    for _ in range(30):
        test.observe(0.0)
    assert test.certain == "failed"


@pytest.mark.parametrize("last", [1.0, 1 - 1e-10])
def test_scores_within_the_tolerance_of_1(last: float) -> None:
    """Arrays and one by one agree about scores that are as good as 1 at a bar of 1."""
    scores = [1 - 1e-10, last]
    stop = first_stop(scores, 1.0, claim="dataset", size=2, log_pass_at=math.inf, log_fail_at=math.inf)
    assert (stop.items, stop.verdict) == stop_by_hand(scores, 1.0, "dataset", math.inf, math.inf)
