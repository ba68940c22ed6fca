"""The referee: order, guards, verdicts, and what it refuses."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.errors import BadInput, BadScore
from rung.referee import Hearing, Referee, relative_score
from rung.types import Item
from rung.workload.records import Bar, Claim, Guard


def make_items(count: int, slices: tuple[str | None, ...] = (None,)) -> list[Item]:
    return [Item(id=f"i{n}", input="q", references=("a",), slice=slices[n % len(slices)]) for n in range(count)]


def run(trial: Hearing, score: Callable[[Item], dict[str, float]]) -> Hearing:
    while trial.decision == "inconclusive" and (item := trial.next) is not None:
        trial.observe(score(item), item)
    return trial


def bar(at_least: float = 0.8, claim: Claim = "dataset", alpha: float = 0.05) -> Bar:
    return Bar(metric="exact_match", at_least=at_least, claim=claim, alpha=alpha)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=30), st.floats(0.05, 1), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_trial_on_a_whole_dataset_is_decided_and_certain_in_the_end(
    scores: list[float], at_least: float, seed: int
) -> None:
    """Committed to the end, whatever was decided on the way, the verdict is the truth about the data set."""
    items = make_items(len(scores))
    by_id = {item.id: score for item, score in zip(items, scores, strict=True)}
    trial = Referee(bar(at_least), items=items, seed=seed).hearing(0.5)
    while (item := trial.next) is not None:
        trial.observe({"exact_match": by_id[item.id]}, item)
    assert trial.exhausted
    assert trial.decision == ("passed" if sum(scores) >= at_least * len(scores) - 1e-9 else "failed")
    (state,) = trial.states
    assert state.low == pytest.approx(state.high, abs=1e-7)
    assert state.items == len(scores)
    assert math.isfinite(state.log_pass_wealth)
    assert math.isfinite(state.log_fail_wealth)


def test_a_verdict_takes_few_items() -> None:
    items = make_items(2000)
    trial = run(Referee(bar(), items=items, seed=1).hearing(0.2), lambda _: {"exact_match": 1.0})
    assert trial.decision == "passed"
    assert trial.seen < 60
    (state,) = trial.states
    assert state.log_pass_wealth >= state.log_pass_at == pytest.approx(math.log(1 / (0.05 * 0.2)))
    assert state.log_fail_at == pytest.approx(math.log(20))
    assert trial.progress == (1.0, 0.0)


@pytest.mark.capability("seeded-order", verified="real")
def test_all_see_one_order_and_no_other_is_taken() -> None:
    items = make_items(20)
    referee = Referee(bar(), items=items, seed=3)
    assert [i.id for i in Referee(bar(), items=items[::-1], seed=3).order] == [i.id for i in referee.order]
    assert [i.id for i in Referee(bar(), items=items, seed=4).order] != [i.id for i in referee.order]
    trial = referee.hearing(1.0)
    assert trial.upcoming(3) == referee.order[:3]
    with pytest.raises(ValueError, match="seeded order"):
        trial.observe({"exact_match": 1.0}, referee.order[1])
    trial.observe({"exact_match": 1.0}, referee.order[0])
    with pytest.raises(ValueError, match="seeded order"):
        trial.observe({"exact_match": 1.0}, referee.order[0])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1, 1.0001])
def test_a_bad_score_is_refused_and_nothing_is_committed(bad: float) -> None:
    referee = Referee(bar(), [Guard("token_f1", 0.5)], items=make_items(5), seed=1)
    trial = referee.hearing(1.0)
    with pytest.raises(BadScore, match="token_f1 of the candidate") as raised:
        trial.observe({"exact_match": 1.0, "token_f1": bad}, referee.order[0])
    assert raised.value.mend
    with pytest.raises(BadScore, match="missing"):
        trial.observe({"exact_match": 1.0}, referee.order[0])
    assert trial.seen == 0
    assert [state.items for state in trial.states] == [0, 0]
    trial.observe({"exact_match": 1.0, "token_f1": 1.0}, referee.order[0])
    assert [state.items for state in trial.states] == [1, 1]


def test_a_metric_declared_binary_must_be() -> None:
    referee = Referee(bar(), items=make_items(5), seed=1, binary=["exact_match"])
    with pytest.raises(BadScore, match="0 or 1"):
        referee.hearing(1.0).observe({"exact_match": 0.5}, referee.order[0])


@pytest.mark.capability("guards", verified="real")
def test_passing_needs_every_guard_and_failing_needs_one() -> None:
    items = make_items(900, ("de", "fr", "en"))
    guards = [Guard("token_f1", 0.7), Guard("exact_match", 0.6, slice="fr")]
    referee = Referee(bar(0.6), guards, items=items, seed=1)
    assert referee.metrics == ("exact_match", "token_f1")
    good = run(referee.hearing(0.5), lambda _: {"exact_match": 1.0, "token_f1": 1.0})
    assert good.decision == "passed"
    assert all(state.decision == "passed" for state in good.states)
    unfair = run(referee.hearing(0.5), lambda i: {"exact_match": float(i.slice != "fr"), "token_f1": 1.0})
    assert unfair.decision == "failed"
    by_name = {state.metric: state for state in unfair.states}
    assert by_name["exact_match[fr]"].decision == "failed"
    assert by_name["exact_match[fr]"].items < by_name["exact_match"].items
    assert by_name["exact_match"].role == "bar"
    # beta is split over the three questions
    assert by_name["token_f1"].log_fail_at == pytest.approx(math.log(3 / 0.05))


@pytest.mark.capability("guards", verified="real")
def test_a_guard_on_a_slice_counts_its_own_items() -> None:
    items = make_items(10, ("a", "b"))
    referee = Referee(bar(0.1), [Guard("exact_match", 0.4, slice="b")], items=items, seed=1)
    trial = referee.hearing(1.0)
    wrong = iter([0.0, 0.0, 0.0, 1.0, 1.0])
    while (item := trial.next) is not None:
        trial.observe({"exact_match": 1.0 if item.slice == "a" else next(wrong)}, item)
    assert [state.items for state in trial.states] == [10, 5]
    assert trial.decision == "passed"


def test_an_empty_slice_is_refused() -> None:
    with pytest.raises(BadInput, match="slice that no evaluation item") as raised:
        Referee(bar(), [Guard("exact_match", 0.5, slice="xx")], items=make_items(4, ("de", "fr")), seed=1)
    assert "de, fr" in raised.value.mend


def test_no_items_and_twin_ids_are_refused() -> None:
    with pytest.raises(BadInput, match="no evaluation items"):
        Referee(bar(), items=[], seed=1)
    with pytest.raises(BadInput, match="'i0'"):
        Referee(bar(), items=[*make_items(2), *make_items(1)], seed=1)
    with pytest.raises(BadInput, match="cannot be tested"):
        Referee(bar(0.0), items=make_items(2), seed=1)


@pytest.mark.parametrize("shares", [(0.0, 1.0), (1.5, 1.0), (0.5, 0.0)])
def test_shares_are_shares(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        Referee(bar(), items=make_items(2), seed=1).hearing(shares[0], beta_share=shares[1])


@pytest.mark.capability("relative-bar", verified="real")
def test_a_relative_bar_pairs_scores() -> None:
    relative = Bar(metric="exact_match", at_least=0.0, claim="dataset", reference="big", within=0.1)
    referee = Referee(relative, items=make_items(1000), seed=1)
    chance = random.Random(1)
    trial = referee.hearing(0.5)
    while trial.decision == "inconclusive" and (item := trial.next) is not None:
        hard = chance.random() < 0.4
        trial.observe({"exact_match": float(not hard)}, item, reference_scores={"exact_match": float(not hard)})
    assert trial.decision == "passed"
    (state,) = trial.states
    assert (state.metric, state.at_least, state.mean) == ("exact_match - big", -0.1, 0.0)
    assert state.low is not None
    assert state.high is not None
    assert -0.1 < state.low < 0 < state.high
    with pytest.raises(BadScore, match="of the reference"):
        referee.hearing(0.5).observe({"exact_match": 1.0}, referee.order[0])


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.99))
def test_a_relative_score_is_a_score_and_keeps_the_question(small: float, big: float, within: float) -> None:
    score = relative_score(small, big)
    assert 0 <= score <= 1
    if abs(small - big + within) > 1e-9:
        assert (score >= (1 - within) / 2) == (small - big >= -within)


@pytest.mark.capability("claims", verified="real")
def test_population_claim_has_one_exact_test_at_the_end() -> None:
    """22 of 30 at .5: the sequential test needs more, the binomial one (p = .008 <= .4 alpha) passes."""
    items = make_items(30)
    scores = iter([0.0, 1.0, 1.0] * 8 + [1.0] * 6)
    referee = Referee(bar(0.5, "population"), items=items, seed=1, binary=["exact_match"])
    trial = run(referee.hearing(1.0), lambda _: {"exact_match": next(scores)})
    assert trial.seen == 30
    assert trial.decision == "passed"
    (state,) = trial.states
    assert state.log_pass_wealth < state.log_pass_at == pytest.approx(math.log(1 / 0.03))


def test_population_claim_may_stay_open() -> None:
    items = make_items(30)
    trial = run(Referee(bar(0.5, "population"), items=items, seed=1).hearing(1.0), lambda i: {"exact_match": 0.5})
    assert (trial.decision, trial.exhausted, trial.next) == ("inconclusive", True, None)


def test_a_bar_out_of_reach_is_named() -> None:
    assert Referee(bar(0.95, "population"), items=make_items(20), seed=1).unreachable(0.2) == ("exact_match",)
    assert Referee(bar(0.95, "population"), items=make_items(400), seed=1).unreachable(0.2) == ()
    assert Referee(bar(0.95), items=make_items(20), seed=1).unreachable(0.2) == ()


def passes(claim: Claim, mean: float, at_least: float, seed: int) -> bool:
    """Whether a candidate of this mean passes: a shuffled set of exactly it, or fresh draws."""
    items, chance = make_items(150), random.Random(seed)
    ones = round(mean * 150)
    pool = {item.id: float(index < ones) for index, item in enumerate(items)}

    def score(item: Item) -> dict[str, float]:
        return {"exact_match": pool[item.id] if claim == "dataset" else float(chance.random() < mean)}

    referee = Referee(bar(at_least, claim, alpha=0.2), items=items, seed=seed, binary=["exact_match"])
    return run(referee.hearing(1.0), score).decision == "passed"


@pytest.mark.capability("betting-test", verified="real")
@pytest.mark.parametrize("claim", ["dataset", "population"])
def test_wrong_passes_keep_alpha(claim: Claim) -> None:
    """Alpha .2, the mean just below the bar, 400 runs, terminal test included."""
    at_least = 0.8 + (1 / 150 if claim == "dataset" else 1e-9)
    share = sum(passes(claim, 0.8, at_least, seed) for seed in range(400)) / 400
    assert 0.01 < share <= 0.2 + 4 * math.sqrt(0.16 / 400)


def test_importing_loads_neither_numpy_nor_scipy() -> None:
    code = "import rung.referee, rung.evaluation, sys; print({'numpy', 'scipy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
