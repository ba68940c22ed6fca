"""Ratings as JSON lines: our own form, and the shape of Amazon Bedrock's human evaluation results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from rung.evaluation.people.kinds import LETTERS, WHOLE
from rung.evaluation.people.records import Rating
from rung.evaluation.people.store import RatingStore

Format = Literal["jsonl", "bedrock"]

FORM: Final = 1
"""Version of our own form, in each line as `rung_rating`."""


def own_lines(store: RatingStore) -> Iterator[dict[str, Any]]:
    """A line for each rating that stands; `shown` unblinds it: its first system was A."""
    plan = store.info.plan
    for rating in store.ratings():
        yield {
            "rung_rating": FORM,
            "study": store.info.name,
            "kind": plan.kind,
            "metric": plan.metric,
            "item": rating.item,
            "category": rating.category,
            "rater": f"rater-{rating.rater}",
            "shown": list(rating.shown),
            "answer": dict(rating.answer),
            "scores": dict(rating.scores),
            "comment": rating.comment,
            "at": rating.at,
            "seconds": rating.seconds,
            "earlier": [{"at": at, "answer": dict(answer)} for at, answer in rating.earlier],
        }


def bedrock_lines(store: RatingStore) -> Iterator[dict[str, Any]]:
    """A line for each item that has a rating, after the public description of human evaluation results.

    `modelResponseIdMap` says which system `"0"`, `"1"`, ... is. A tie has no place in that shape: its
    `modelResponseId` is null. Unverified against a live account.
    """
    ids = {system: str(place) for place, system in enumerate(store.info.systems)}
    by_item: dict[str, list[Rating]] = {}
    for rating in store.ratings():
        by_item.setdefault(rating.item, []).append(rating)
    texts, plan = store.texts(), store.info.plan
    metric = {"metricName": plan.metric, "metricType": store.kind.bedrock[0].upper() + store.kind.bedrock[1:]}
    for item, ratings in by_item.items():
        prompt, reference, responses = texts[item]
        record = {"prompt": prompt, "referenceResponse": reference, "category": ratings[0].category}
        models = [{"modelIdentifier": system, "response": text} for system, text in responses.items()]
        yield {
            "inputRecord": {
                **{name: value for name, value in record.items() if value is not None},
                "modelResponses": models,
            },
            "modelResponses": models,
            "humanEvaluationResult": {
                "humanAnswers": [_human_answer(store, rating, ids) for rating in ratings],
                "inputContent": {"evaluationMetrics": [metric], "instructions": plan.instructions},
                "modelResponseIdMap": {number: system for system, number in ids.items()},
            },
        }


def _human_answer(store: RatingStore, rating: Rating, ids: Mapping[str, str]) -> dict[str, Any]:
    name = store.info.plan.metric
    results = [{"metricName": name, **result} for result in _results(store.kind.name, rating, ids)]
    answer = {
        "answerContent": {"evaluationResults": {store.kind.bedrock: results}},
        "submissionTime": rating.at,
        "workerId": f"rater-{rating.rater}",
    }
    return answer if rating.seconds is None else {**answer, "timeSpentInSeconds": rating.seconds}


def _results(kind: str, rating: Rating, ids: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """Without the metric's name."""
    shown = [ids[system] for system in rating.shown]
    if kind == "comparison-likert":
        value = int(rating.answer[WHOLE])
        return [{"leftModelResponseId": shown[0], "rightModelResponseId": shown[1], "result": value}]
    if kind == "comparison-choice":
        chosen = {"A": shown[0], "B": shown[1], "tie": None}[rating.answer[WHOLE]]
        return [{"result": {"modelResponseId": chosen}}]
    values = [(number, int(rating.answer[letter])) for letter, number in zip(LETTERS, shown, strict=False)]
    if kind == "ranking":
        return [{"result": [{"modelResponseId": number, "rank": rank} for number, rank in values]}]
    said = [(number, bool(value) if kind == "thumbs" else value) for number, value in values]
    return [{"modelResponseId": number, "result": value} for number, value in said]
