"""Recorded judges of LLMBar and PandaLM against people: our figures are those of a plain count and of scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from rung.evaluation.judging import pair_figures
from rung.testing.judgements import (
    RecordedPair,
    load_llmbar,
    load_pandalm,
    quality_in_both_orders,
    quality_in_one_order,
    quality_of_people,
    verdicts_of,
)
from rung.testing.replay import shared_data


@pytest.fixture(scope="module")
def shared() -> Path:
    found = shared_data()
    if found is None:
        pytest.skip("the recorded data is not there; set RUNG_SHARED")
    return found


@pytest.fixture(scope="module")
def natural(shared: Path) -> list[RecordedPair]:
    return load_llmbar(shared, "natural")


@pytest.fixture(scope="module")
def neighbor(shared: Path) -> list[RecordedPair]:
    return load_llmbar(shared, "neighbor")


@pytest.fixture(scope="module")
def pandalm(shared: Path) -> list[RecordedPair]:
    return load_pandalm(shared)


@pytest.mark.capability("judge-quality", verified="real")
@pytest.mark.parametrize("judge", ["GPT-4/CoT", "ChatGPT/Vanilla", "Falcon/CoT"])
@pytest.mark.parametrize("order", ["forward", "backward"])
def test_one_order_is_a_plain_count(
    natural: list[RecordedPair], judge: str, order: Literal["forward", "backward"]
) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    people = [str(one.people) for one in natural]
    said = [str((one.forward if order == "forward" else one.backward)[judge]) for one in natural]
    quality = quality_in_one_order(natural, judge, order)
    assert quality.agreement is not None
    assert quality.agreement.value == sum(a == b for a, b in zip(people, said, strict=True)) / len(natural)
    assert quality.unparsable == said.count("None")
    if quality.kappa is not None:
        assert quality.kappa.value == pytest.approx(metrics.cohen_kappa_score(people, said))
        assert quality.kappa.low <= quality.kappa.value <= quality.kappa.high


def test_the_best_judge_is_good_on_plain_pairs_and_worse_on_adversarial_ones(
    natural: list[RecordedPair], neighbor: list[RecordedPair]
) -> None:
    plain, hard = (quality_in_one_order(pairs, "GPT-4/CoT", "forward") for pairs in (natural, neighbor))
    assert plain.kappa is not None
    assert hard.kappa is not None
    assert plain.kappa.value > 0.8
    assert hard.kappa.high < plain.kappa.low
    fooled = quality_in_one_order(neighbor, "ChatGPT-0301/CoT", "forward").kappa
    assert fooled is not None
    assert fooled.high < 0  # worse than chance: surface polish was taken for the better answer


@pytest.mark.capability("judge-pairs", verified="real")
def test_position_bias_of_recorded_judges(natural: list[RecordedPair]) -> None:
    for judge in natural[0].forward:
        pairs = verdicts_of(natural, judge)
        figures = pair_figures(pairs)
        decided = [place for one in pairs for place in (one.forward, one.backward) if place]
        assert figures.first_wins is not None
        # Every readable verdict prefers one, so that the mean over pairs is nearly the plain share of firsts.
        assert figures.first_wins.value == pytest.approx(decided.count("first") / len(decided), abs=0.01)
        same = sum(one.forward[judge] == one.backward[judge] is not None for one in natural)
        assert sum(figures.wins[:2]) == same
        assert figures.unreadable == sum(not one.readable for one in pairs)
    biased = pair_figures(verdicts_of(natural, "Falcon/Vanilla")).first_wins
    assert biased is not None
    assert not biased.low <= 0.5 <= biased.high


def test_asking_in_both_orders_never_adds_wins(natural: list[RecordedPair]) -> None:
    for judge in natural[0].forward:
        both = quality_in_both_orders(natural, judge)
        for order in ("forward", "backward"):
            one = quality_in_one_order(natural, judge, order)
            for label in ("A", "B"):
                assert both.by_label[label].judge <= one.by_label[label].judge


@pytest.mark.capability("judge-quality", verified="real")
@pytest.mark.parametrize("judge", ["gpt35", "pandalm7b"])
def test_judges_of_pandalm(pandalm: list[RecordedPair], judge: str) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    quality = quality_in_one_order(pandalm, judge, "forward")
    rated = [(str(one.people), one.forward[judge]) for one in pandalm if one.people is not None]
    assert quality.agreement is not None
    assert quality.agreement.of == len(rated) == 736
    assert quality.unparsable == (22 if judge == "gpt35" else 0)
    readable = [(a, b) for a, b in rated if b is not None]
    scale = {"A": 0, "tie": 1, "B": 2}
    for kappa, weights in ((quality.linear, "linear"), (quality.quadratic, "quadratic")):
        assert kappa is not None
        people, said = ([scale[str(pair[side])] for pair in readable] for side in (0, 1))
        assert kappa.value == pytest.approx(metrics.cohen_kappa_score(people, said, weights=weights))


def test_people_agree_more_with_each_other_than_with_the_judges(pandalm: list[RecordedPair]) -> None:
    among = [quality_of_people(pandalm, a, b).kappa for a, b in ((0, 1), (0, 2), (1, 2))]
    judges = [quality_in_one_order(pandalm, judge, "forward").kappa for judge in ("gpt35", "pandalm7b")]
    assert min(kappa.value for kappa in among if kappa) > max(kappa.value for kappa in judges if kappa)
