"""Verdicts written into results, and what they make of metrics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rung.errors import BadInput
from rung.evaluation.judging import Judged, JudgeSpending, Verdict, find_rubric, rubric_from, with_verdicts
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored

CORRECTNESS, REFUSAL = find_rubric("correctness"), find_rubric("refusal")
OLD = Scored(Response("q", "s", "so"), {"correctness": 0.25, "rouge_l": 0.5}, {"correctness": "old", "rouge_l": "kept"})
RESULTS = EvalResults(
    "data", 7, (EvalItem("q", "What?"),), (MetricInfo("correctness"), MetricInfo("rouge_l")), {"s": {"q": OLD}}
)
GOOD = Verdict("q", "s", "correctness", "judged", "correct", 1.0, "It is so.")
UNREAD = Verdict("q", "s", "refusal", "unparsable", None, 1.0, "hm", left_out=1200)


def judged(*verdicts: Verdict) -> Judged:
    return Judged(verdicts, JudgeSpending())


def test_scores_and_notes_are_added_and_replaced() -> None:
    new = with_verdicts(RESULTS, [CORRECTNESS, REFUSAL], judged(GOOD, UNREAD))
    one = new.scored["s"]["q"]
    assert one.scores == {"correctness": 1.0, "rouge_l": 0.5, "refusal": 1.0}
    assert one.notes == {
        "correctness": "correct: It is so.",
        "rouge_l": "kept",
        "refusal": "unparsable; 1,200 characters were not shown to the judge: hm",
    }
    assert one.failed == {"refusal": "unparsable"}
    assert with_verdicts(new, [REFUSAL], judged(replace(UNREAD, status="judged"))).scored["s"]["q"].failed == {}
    assert [metric.name for metric in new.metrics] == ["rouge_l", "correctness", "refusal"]
    assert dict(new.metrics[-1].counted) == {"unparsable": 1}
    assert not new.metrics[-1].higher_is_better
    assert (new.name, new.seed, new.items) == (RESULTS.name, RESULTS.seed, RESULTS.items)


def test_a_missing_verdict_is_no_score_of_nothing() -> None:
    with pytest.raises(BadInput, match="no verdict"):
        with_verdicts(RESULTS, [REFUSAL], judged(GOOD))


def test_a_scale_of_texts_has_no_score() -> None:
    texts = rubric_from({"name": "kind", "instructions": "{{prediction}}", "ratingScale": {"a": "warm", "b": "cold"}})
    verdict = replace(GOOD, rubric="kind", label="a", score=None)
    one = with_verdicts(RESULTS, [texts], judged(verdict)).scored["s"]["q"]
    assert one.scores["kind"] is None
    assert one.notes["kind"] == "a: It is so."


def test_yes_and_no_is_binary_and_steps_are_not() -> None:
    two = rubric_from({"name": "yes", "instructions": "{{prediction}}", "ratingScale": {"yes": 1, "no": 0}})
    new = with_verdicts(RESULTS, [two, CORRECTNESS], judged(replace(GOOD, rubric="yes"), GOOD))
    assert {metric.name: metric.binary for metric in new.metrics} == {
        "rouge_l": False,
        "yes": True,
        "correctness": False,
    }


def test_what_took_no_call_is_no_event() -> None:
    assert judged(GOOD, UNREAD).events("judge") == ([], [])
