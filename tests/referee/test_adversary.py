"""What an adversary, or bad luck, may try: the risks are kept, or it is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from rung.errors import BadInput, BadScore, BudgetExhausted
from rung.referee import AlphaAccount, Referee, Registration
from rung.referee.replays import search
from rung.referee.tables import ScoreTable
from rung.stats import Claim, first_stop
from rung.types import Item
from rung.workload.records import Bar

ALPHA = 0.05


def items(count: int) -> tuple[Item, ...]:
    return tuple(Item(f"i{n}", "q", ("a",)) for n in range(count))


def bar(at_least: float = 0.8, claim: Claim = "dataset") -> Bar:
    return Bar("score", at_least, claim=claim, alpha=ALPHA, beta=0.05)


def table(scores: np.ndarray) -> ScoreTable:
    k, n = scores.shape
    names = tuple(f"i{at}" for at in range(n))
    costs = np.outer(np.arange(1.0, k + 1), np.ones(n))
    return ScoreTable("made up", names, (None,) * n, tuple(f"s{at}" for at in range(k)), scores, costs, (), 0)


def wrong_choices(at: ScoreTable, at_least: float, runs: int, claim: Claim = "dataset") -> int:
    systems = range(len(at.systems))
    return sum(search(at, systems, at_least, claim=claim, seed=seed).choice is not None for seed in range(runs))


def upper(wrong: int, runs: int) -> float:
    return float(binomtest(wrong, runs).proportion_ci(0.95, method="exact").high)


@pytest.mark.capability("claims", verified="real")
@pytest.mark.long
def test_all_just_below_the_bar_ten_thousand_times() -> None:
    """Five systems, each one item below the bar: the upper bound of what passes is at most alpha."""
    chance = np.random.default_rng(1)
    right = np.repeat([[1.0] * 159 + [0.0] * 41], 5, axis=0)
    at = table(chance.permuted(right, axis=1))
    wrong = wrong_choices(at, 0.8, 10_000)
    assert upper(wrong, 10_000) <= ALPHA


@pytest.mark.slow
def test_one_just_below_the_bar_at_the_whole_of_alpha() -> None:
    """The sharpest case: one system alone, scores 0 or 1 and graded, 10,000 orders each."""
    chance = np.random.default_rng(2)
    for scores in (np.r_[np.ones(159), np.zeros(41)], np.linspace(0, 1, 200) ** 0.3):
        binary = bool(np.isin(scores, (0, 1)).all())
        level = float(scores.mean()) + 1 / 200
        passed = 0
        for _ in range(10_000):
            stop = first_stop(
                chance.permutation(scores),
                level,
                claim="dataset",
                size=200,
                log_pass_at=-np.log(ALPHA),
                log_fail_at=np.inf,
                binary=binary,
            )
            passed += stop.verdict == "passed"
        assert upper(passed, 10_000) <= ALPHA


def test_a_file_sorted_by_difficulty_changes_nothing() -> None:
    """The order follows from the seed and the ids: easy items first in the file do not come first."""
    easy_first = table(np.array([[1.0] * 150 + [0.0] * 50]))
    assert upper(wrong_choices(easy_first, 0.755, 400), 400) <= ALPHA + 0.03
    shuffled = np.random.default_rng(0).permutation(200)
    other = replace(
        easy_first, items=tuple(easy_first.items[at] for at in shuffled), scores=easy_first.scores[:, shuffled]
    )
    assert search(easy_first, [0], 0.7, seed=3).tried == search(other, [0], 0.7, seed=3).tried


def test_scores_in_the_order_of_completion_are_refused() -> None:
    referee = Referee(bar(), items=items(20), seed=1)
    hearing = referee.hearing(1.0)
    late = hearing.upcoming(2)[1]
    with pytest.raises(ValueError, match="seeded order"):
        hearing.observe({"score": 1.0}, late)
    assert hearing.seen == 0


def test_dropped_errors_are_refused() -> None:
    """An error scores 0; leaving its item out, or giving no number, commits nothing."""
    referee = Referee(bar(), items=items(20), seed=1)
    hearing = referee.hearing(1.0)
    first, second = hearing.upcoming(2)
    with pytest.raises(ValueError, match="seeded order"):
        hearing.observe({"score": 1.0}, second)
    for scores in ({}, {"score": float("nan")}):
        with pytest.raises(BadScore):
            hearing.observe(scores, first)
    assert hearing.seen == 0


def test_duplicate_items_are_refused() -> None:
    with pytest.raises(BadInput, match="two evaluation items"):
        Referee(bar(), items=(*items(3), *items(1)), seed=1)


def test_more_candidates_after_looking_are_refused() -> None:
    account = AlphaAccount(reserve=0.0)
    account.grant_initial(["a", "b", "c"], seed=1)
    with pytest.raises(BudgetExhausted, match="alpha is used up"):
        account.grant_late("d", seed=1)


def test_what_was_registered_is_held_to() -> None:
    referee = Referee(bar(), items=items(20), seed=1)
    then = Registration.of(referee, ["a", "b"])
    assert Registration.from_json(then.to_json()) == then
    then.require(Registration.of(Referee(bar(), items=items(20), seed=1), ["a", "b"]))
    changed = {
        "bar": Registration.of(Referee(bar(0.75), items=items(20), seed=1), ["a", "b"]),
        "candidates": Registration.of(referee, ["a", "b", "c"]),
        "claim": Registration.of(Referee(bar(claim="population"), items=items(20), seed=1), ["a", "b"]),
        "seed": Registration.of(Referee(bar(), items=items(20), seed=2), ["a", "b"]),
        "items": Registration.of(Referee(bar(), items=items(21), seed=1), ["a", "b"]),
    }
    for name, now in changed.items():
        with pytest.raises(BadInput, match=f"{name} was changed after looking"):
            then.require(now)
    with pytest.raises(BadInput, match="no registration"):
        Registration.from_json({"bar": "x"})


def test_a_bar_lowered_to_what_is_just_missed_does_not_pass() -> None:
    """Pass wealth falls as the level rises: who moves the bar below the mean gains, above it nobody does."""
    chance = np.random.default_rng(4)
    scores = np.r_[np.ones(150), np.zeros(50)]
    wrong = 0
    for _ in range(1000):
        shuffled = np.asarray(chance.permutation(scores), dtype=np.float64)
        # the adversary tries every level above the mean, after looking
        wrong += any(
            first_stop(
                shuffled, level, claim="dataset", size=200, log_pass_at=np.log(20), log_fail_at=np.inf, binary=True
            ).verdict
            == "passed"
            for level in (0.755, 0.76, 0.78, 0.8, 0.85)
        )
    assert upper(wrong, 1000) <= ALPHA + 0.015
