"""A judge against people: the laws, and labels that fit nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadData
from rung.evaluation.judging import PairVerdict, Verdict, find_rubric, judge_quality, rubric_from
from rung.evaluation.judging.comparing import Rated, pair_quality_of, quality_of

SCALE = ("good", "fair", "bad")
RATED = st.lists(st.tuples(st.sampled_from(SCALE), st.sampled_from((*SCALE, None))), min_size=1, max_size=30)
CORRECTNESS = find_rubric("correctness")


@given(RATED)
def test_the_parts_are_the_whole(pairs: list[tuple[str, str | None]]) -> None:
    people, judge = [a for a, _ in pairs], [b for _, b in pairs]
    quality = judge_quality(people, judge, SCALE, ordered=True)
    assert sum(map(sum, quality.confusion)) == len(pairs)
    assert quality.agreement is not None
    assert quality.agreement.value == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    assert quality.unparsable == judge.count(None) == len(pairs) - sum(one.judge for one in quality.by_label.values())
    assert sum(one.people for one in quality.by_label.values()) == len(pairs)


def test_an_unreadable_verdict_agrees_with_nobody() -> None:
    whole = judge_quality(["good", "bad"] * 10, ["good", "bad"] * 10, SCALE, ordered=True)
    holed = judge_quality(["good", "bad"] * 10, ["good", "bad"] * 9 + ["good", None], SCALE, ordered=True)
    assert whole.kappa is not None
    assert holed.kappa is not None
    assert holed.agreement is not None
    assert whole.kappa.value == 1
    assert holed.agreement.value == 0.95
    assert holed.kappa.value < 1
    assert holed.labels[-1] == "unparsable"
    assert holed.linear is not None
    assert holed.linear.value == 1  # of those that have a place on the scale


def test_weights_need_an_order() -> None:
    quality = judge_quality(["good", "bad"], ["good", "bad"], SCALE, ordered=False)
    assert (quality.linear, quality.quadratic) == (None, None)


def test_nothing_rated_is_no_figure() -> None:
    quality = judge_quality([], [], SCALE, ordered=True)
    assert (quality.agreement, quality.kappa) == (None, None)


def verdict(item: str, label: str | None, **changes: object) -> Verdict:
    status = "judged" if label else "unparsable"
    return replace(Verdict(item, "s", "correctness", status, label, 0.0), **changes)  # pyright: ignore[reportArgumentType]


def test_people_may_write_names_or_numbers_in_any_case() -> None:
    verdicts = [verdict("a", "correct"), verdict("b", "incorrect"), verdict("c", None)]
    rated = [Rated("a", "CORRECT", None, "f:1"), Rated("b", "0", "s", "f:2"), Rated("c", "partly_correct", None, "f:3")]
    quality = quality_of(CORRECTNESS, verdicts, rated)
    assert quality.agreement is not None
    assert quality.agreement.value == pytest.approx(2 / 3)
    assert quality.unparsable == 1


def test_weights_follow_the_numbers_of_a_scale_and_not_its_listing() -> None:
    steps = {"good": 1, "fair": 0.5, "bad": 0}
    said = [("good", "fair"), ("bad", "bad"), ("fair", "fair"), ("good", "good"), ("bad", "fair"), ("good", "bad")]
    found = []
    for listed in (("good", "fair", "bad"), ("fair", "good", "bad"), ("bad", "good", "fair")):
        scale = {name: steps[name] for name in listed}
        rubric = rubric_from({"name": "correctness", "instructions": "{{prediction}}", "ratingScale": scale})
        verdicts = [verdict(f"q{n}", judge) for n, (_, judge) in enumerate(said)]
        rated = [Rated(f"q{n}", people, None, "f") for n, (people, _) in enumerate(said)]
        quality = quality_of(rubric, verdicts, rated)
        assert quality.linear is not None
        assert quality.quadratic is not None
        found.append((quality.labels, quality.linear.value, quality.quadratic.value))
    assert found[0][0] == ("good", "fair", "bad")
    assert found[0] == found[1] == found[2]


def test_what_the_judge_never_saw_is_left_out() -> None:
    verdicts = [
        verdict("a", "correct"),
        verdict("b", None, status="answer_error"),
        verdict("c", None, status="refused"),
    ]
    quality = quality_of(CORRECTNESS, verdicts, [Rated(item, "correct", None, "f") for item in "abc"])
    assert quality.agreement is not None
    assert (quality.agreement.of, quality.unparsable) == (2, 1)


@pytest.mark.parametrize(
    ("rated", "problem"),
    [
        (Rated("a", "superb", None, "f:2"), "f:2: the label 'superb'"),
        (Rated("z", "correct", None, "f:2"), "f:2: no verdict on the item 'z'"),
        (Rated("a", "correct", "other", "f:2"), "f:2: no verdict on the item 'a'"),
    ],
)
def test_labels_that_fit_nowhere_are_named(rated: Rated, problem: str) -> None:
    with pytest.raises(BadData, match=problem):
        quality_of(CORRECTNESS, [verdict("a", "correct")], [rated])


def test_winners_by_letter_or_by_name() -> None:
    pairs = [PairVerdict("a", "first", "second"), PairVerdict("b", "first", "first"), PairVerdict("c", None, "first")]
    rated = [Rated("a", "Big-Model", None, "f"), Rated("b", "tie", None, "f"), Rated("c", "b", None, "f")]
    quality = pair_quality_of(pairs, rated, ("big model", "small"))
    assert quality.agreement is not None
    assert quality.agreement.value == pytest.approx(2 / 3)
    assert quality.unparsable == 1
    for wrong, problem in (
        (Rated("a", "C", None, "f:9"), "names no winner"),
        (Rated("z", "A", None, "f:9"), "not judged"),
    ):
        with pytest.raises(BadData, match=problem):
            pair_quality_of(pairs, [wrong], ("big model", "small"))
