"""What comes out of a study: agreement, means, win rates, exports, and people together with a judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rung.errors import BadInput
from rung.evaluation.people import (
    Plan,
    RatingStore,
    bedrock_lines,
    create_study,
    judged_means,
    make_study,
    own_lines,
    people_report,
)
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.report.people import people_json, people_text

# How good each system is at each item, as every rater of these studies sees it.
WORTH = {"big": [3, 3, 2, 3], "mid": [2, 1, 2, 1], "small": [1, 1, 1, 2]}


def items(count: int = 4) -> list[EvalItem]:
    return [EvalItem(f"q{n}", f"question {n}", ("yes",), "cat") for n in range(count)]


def rated(folder: Path, kind: str, systems: tuple[str, ...] = ("big", "small"), *, raters: int = 2) -> RatingStore:
    """Two raters rate each item, and both see it as `WORTH` says; the texts tell them which system it is."""
    every = items()
    answers = {i.id: {s: Response(i.id, s, f"{WORTH[s][n]}") for s in systems} for n, i in enumerate(every)}
    made = make_study("toy", Plan(kind, "help", "?", "Do it well.", raters, raters, 5), every, answers)
    create_study(folder / "r.db", made)
    store = RatingStore(folder / "r.db")
    for rater in range(1, raters + 1):
        for place in store.open_places(rater):
            shown = store.shown(rater, place)
            assert shown is not None
            store.rate(rater, place, answer(kind, [int(text or 0) for text in shown.texts]), "")
    return store


def answer(kind: str, worth: list[int]) -> dict[str, str]:
    if kind in ("comparison-choice", "comparison-likert"):
        sign = (worth[0] > worth[1]) - (worth[0] < worth[1])
        words = {1: "A", 0: "tie", -1: "B"} if kind == "comparison-choice" else {1: "1", 0: "3", -1: "5"}
        return {"choice": words[sign]}
    if kind == "ranking":
        return {
            letter: str(1 + sum(other > mine for other in worth)) for letter, mine in zip("ABC", worth, strict=False)
        }
    return {
        letter: str(int(mine > 1) if kind == "thumbs" else mine) for letter, mine in zip("ABC", worth, strict=False)
    }


@pytest.mark.parametrize("kind", ["comparison-choice", "comparison-likert"])
def test_comparisons_of_two(tmp_path: Path, kind: str):
    found = people_report(rated(tmp_path, kind))
    assert found.ratings == 8
    assert found.agreement.alpha is None, "every rating says that the big one is better"
    big, small = found.means
    assert big.mean is not None
    assert small.mean is not None
    assert (big.mean.value, small.mean.value) == (1.0, 0.0)
    (win,) = found.wins
    assert (win.system, win.other, win.wins, win.ties, win.losses) == ("big", "small", 8, 0, 0)
    assert win.rate is not None
    assert win.rate.n == 4, "four items, not eight ratings"
    assert win.rate.low < 1, "four of four is no certainty"


@pytest.mark.parametrize("kind", ["ranking", "comparison-choice"])
def test_three_systems_by_ranks_and_by_pairs_say_the_same(tmp_path: Path, kind: str):
    found = people_report(rated(tmp_path, kind, ("big", "mid", "small")))
    wins = {(w.system, w.other): (w.wins, w.ties, w.losses) for w in found.wins}
    assert wins == {("big", "mid"): (6, 2, 0), ("big", "small"): (8, 0, 0), ("mid", "small"): (4, 2, 2)}
    assert found.agreement.alpha == pytest.approx(1.0)
    means = {m.system: m.mean.value for m in found.means if m.mean is not None}
    by_hand = {"big": (1, 1, 0.75, 1), "mid": (0.5, 0.25, 0.75, 0), "small": (0, 0.25, 0, 0.5)}
    assert means == pytest.approx({system: sum(each) / 4 for system, each in by_hand.items()})


@pytest.mark.parametrize(("kind", "big"), [("thumbs", 1.0), ("likert", (0.5 + 0.5 + 0.25 + 0.5) / 4)])
def test_single_responses(tmp_path: Path, kind: str, big: float):
    found = people_report(rated(tmp_path, kind))
    assert found.means[0].mean is not None
    assert found.means[0].mean.value == pytest.approx(big)
    assert found.agreement.alpha == pytest.approx(1.0)
    assert found.agreement.units == 8


def test_raters_who_disagree_lower_alpha_whatever_letter_they_saw(tmp_path: Path):
    store = rated(tmp_path, "comparison-choice", ("big", "mid"))
    agreed = people_report(store).agreement.alpha
    assert agreed == pytest.approx(1.0)
    shown = store.shown(1, 1)
    assert shown is not None
    store.rate(1, 1, {"choice": "B" if shown.answer["choice"] != "B" else "A"}, "")
    after = people_report(store).agreement.alpha
    assert after is not None
    assert after < 1


def test_nothing_rated_yet_is_unknown_and_not_zero(tmp_path: Path):
    every = items()
    answers = {i.id: {s: Response(i.id, s, "x") for s in ("a", "b")} for i in every}
    create_study(tmp_path / "r.db", make_study("toy", Plan("ranking", "m", "?", "", 2, 1, 0), every, answers))
    found = people_report(RatingStore(tmp_path / "r.db"))
    assert found.means[0].mean is None
    assert "unknown" in people_text(found, None, None)
    assert json.loads(json.dumps(people_json(found, None, None)))["agreement"]["alpha"] is None


# -- exports -----------------------------------------------------------------------------------------------------------


@pytest.mark.capability("rate-export", verified="real")
@pytest.mark.parametrize("kind", ["thumbs", "likert", "comparison-choice", "comparison-likert", "ranking"])
def test_our_lines_unblind_by_themselves(tmp_path: Path, kind: str):
    lines = [json.loads(json.dumps(line)) for line in own_lines(rated(tmp_path, kind))]
    assert len(lines) == 8
    for line in lines:
        worth = [WORTH[system][int(line["item"][1:])] for system in line["shown"]]
        assert line["answer"] == answer(kind, worth), "A is the first of `shown`"
        assert line["scores"]["big"] >= line["scores"]["small"]
    assert {line["rater"] for line in lines} == {"rater-1", "rater-2"}


RESULTS: dict[str, tuple[str, Any]] = {
    "thumbs": ("thumbsUpDown", {"0": True, "1": False}),
    "likert": ("individualLikertScale", {"0": 3, "1": 1}),
    "ranking": ("comparisonRank", [{"0": 1, "1": 2}]),
    "comparison-choice": ("comparisonChoice", "0"),
    "comparison-likert": ("comparisonLikertScale", {("0", "1"): 1, ("1", "0"): 5}),
}


@pytest.mark.capability("rate-export", verified="stub")
@pytest.mark.parametrize("kind", RESULTS)
def test_bedrocks_shape(tmp_path: Path, kind: str):
    """Field names as in the public example of human evaluation results; no live job has read it."""
    (line,) = [x for x in map(dict, bedrock_lines(rated(tmp_path, kind))) if x["inputRecord"]["prompt"] == "question 0"]
    models = [{"modelIdentifier": "big", "response": "3"}, {"modelIdentifier": "small", "response": "1"}]
    record = {"prompt": "question 0", "referenceResponse": "yes", "category": "cat", "modelResponses": models}
    assert line["inputRecord"] == record
    assert line["modelResponses"] == models
    told = line["humanEvaluationResult"]
    assert told["modelResponseIdMap"] == {"0": "big", "1": "small"}
    assert len(told["humanAnswers"]) == 2
    name, expected = RESULTS[kind]
    assert told["inputContent"]["evaluationMetrics"] == [
        {"metricName": "help", "metricType": name[0].upper() + name[1:]}
    ]
    for human in told["humanAnswers"]:
        assert human["workerId"] in ("rater-1", "rater-2")
        results = human["answerContent"]["evaluationResults"][name]
        assert all(result["metricName"] == "help" for result in results)
        if kind in ("thumbs", "likert"):
            assert {r["modelResponseId"]: r["result"] for r in results} == expected
        elif kind == "ranking":
            assert [{r["modelResponseId"]: r["rank"] for r in one["result"]} for one in results] == expected
        elif kind == "comparison-choice":
            assert [r["result"]["modelResponseId"] for r in results] == [expected]
        else:
            (one,) = results
            assert one["result"] == expected[one["leftModelResponseId"], one["rightModelResponseId"]]


def test_a_tie_is_null_in_bedrocks_shape(tmp_path: Path):
    store = rated(tmp_path, "comparison-choice", ("big", "mid"))
    found = {x["inputRecord"]["prompt"]: x for x in bedrock_lines(store)}["question 2"]
    first = found["humanEvaluationResult"]["humanAnswers"][0]["answerContent"]["evaluationResults"]
    assert first["comparisonChoice"][0]["result"] == {"modelResponseId": None}


# -- with a judge ------------------------------------------------------------------------------------------------------


def judge_results(scores: dict[str, dict[str, float | None]]) -> EvalResults:
    every = tuple(EvalItem(i, "p") for i in next(iter(scores.values())))
    scored = {s: {i: Scored(Response(i, s, "t"), {"judge": x}) for i, x in mine.items()} for s, mine in scores.items()}
    return EvalResults("toy", 0, every, (MetricInfo("judge"),), scored)


def people_of(folder: Path, kind: str, sample: list[int], good: dict[str, np.ndarray[Any, Any]]) -> RatingStore:
    """One rater who sees which of the sampled responses are good."""
    every = [EvalItem(f"q{n}", "p") for n in sample]
    answers = {i.id: {s: Response(i.id, s, str(int(good[s][int(i.id[1:])]))) for s in good} for i in every}
    create_study(folder / "r.db", make_study("toy", Plan(kind, "m", "?", "", 1, 1, 0), every, answers))
    store = RatingStore(folder / "r.db")
    for place in store.open_places(1):
        shown = store.shown(1, place)
        assert shown is not None
        worth = [int(text or 0) for text in shown.texts]
        if kind == "thumbs":
            store.rate(1, place, {letter: str(w) for letter, w in zip("AB", worth, strict=True)}, "")
        else:
            sign = (worth[0] > worth[1]) - (worth[0] < worth[1])
            store.rate(1, place, {"choice": {1: "A", 0: "tie", -1: "B"}[sign]}, "")
    return store


@pytest.mark.capability("ppi", verified="real")
@pytest.mark.parametrize("kind", ["thumbs", "comparison-choice"])
def test_a_judge_with_a_bias_is_put_right_by_few_people(tmp_path: Path, kind: str):
    """The judge sees .9 of what is good and adds .2 for the big system; 60 of 1,000 items are rated."""
    random = np.random.default_rng(3)
    good = {"big": random.random(1000) < 0.6, "small": random.random(1000) < 0.5}
    judged: dict[str, dict[str, float | None]] = {
        s: {
            f"q{n}": float(np.clip(0.7 * g + 0.1 * random.random() + (0.2 if s == "big" else 0), 0, 1))
            for n, g in enumerate(it)
        }
        for s, it in good.items()
    }
    store = people_of(tmp_path, kind, random.choice(1000, 60, replace=False).tolist(), good)
    big, _ = judged_means(store, judge_results(judged), "judge")
    diff = float(good["big"].mean() - good["small"].mean())
    truth = float(good["big"].mean()) if kind == "thumbs" else (diff + 1) / 2
    assert (big.mean.labelled, big.mean.unlabelled, big.without) == (60, 940, 0)
    assert big.mean.low <= truth <= big.mean.high
    assert big.mean.high - big.mean.low < 0.5 * (big.mean.people_high - big.mean.people_low)
    assert abs(big.mean.judge - truth) > abs(big.mean.value - truth)


def test_items_without_a_score_are_counted(tmp_path: Path):
    store = rated(tmp_path, "thumbs")
    scores: dict[str, dict[str, float | None]] = {
        s: {"q0": None, "q1": 0.5, "q2": 0.2, "q3": 0.9, "x": 0.4, "y": None} for s in ("big", "small")
    }
    big, _ = judged_means(store, judge_results(scores), "judge")
    assert (big.mean.labelled, big.mean.unlabelled, big.without) == (3, 1, 1)
    text = people_text(people_report(store), [big], "judge")
    assert "1 rated items have no score" in text
    assert "3 labels are few" in text


@pytest.mark.parametrize(
    ("systems", "keep", "metric", "said"),
    [
        (("big", "small"), 4, "other", "no metric 'other'"),
        (("big", "else"), 4, "judge", "no system 'small'"),
        (("big", "small"), 1, "judge", "two are needed"),
    ],
)
def test_judges_that_do_not_fit_are_refused(
    tmp_path: Path, systems: tuple[str, ...], keep: int, metric: str, said: str
):
    scores: dict[str, dict[str, float | None]] = {s: {f"q{n}": 0.5 for n in range(keep)} for s in systems}
    with pytest.raises(BadInput, match=said):
        judged_means(rated(tmp_path, "thumbs"), judge_results(scores), metric)
