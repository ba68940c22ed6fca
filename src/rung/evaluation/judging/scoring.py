"""Verdicts written into the results of an evaluation, beside the other metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rung.errors import BadInput
from rung.evaluation.failures import UNREAD
from rung.evaluation.judging.rubric import Rubric
from rung.evaluation.judging.verdicts import Judged, Verdict
from rung.evaluation.records import EvalResults, MetricInfo, Scored


def with_verdicts(results: EvalResults, rubrics: Sequence[Rubric], judged: Judged) -> EvalResults:
    """The results with a score and a note for each verdict; a metric of the same name is replaced.

    Args:
        results: what was judged.
        rubrics: by which.
        judged: a verdict for each rubric, system and item.

    Raises:
        BadInput: a verdict is missing.
    """
    found = {(one.rubric, one.system, one.item): one for one in judged.verdicts}
    names = {rubric.name for rubric in rubrics}
    kept = tuple(metric for metric in results.metrics if metric.name not in names)
    new = tuple(
        MetricInfo(
            rubric.name,
            higher_is_better=rubric.higher_is_better,
            binary=rubric.numeric and {label.score for label in rubric.labels} <= {0.0, 1.0},
            counted=judged.counted(rubric.name),
        )
        for rubric in rubrics
    )
    scored = {
        system: {item: _with(one, rubrics, found, system, item) for item, one in by_item.items()}
        for system, by_item in results.scored.items()
    }
    return replace(results, metrics=(*kept, *new), scored=scored)


def judged_before(results: EvalResults, name: str) -> bool:
    """Whether the scores of a metric are a judge's, each of which has a note, or there are none."""
    every = [one for by_item in results.scored.values() for one in by_item.values()]
    return all(one.notes.get(name) for one in every if one.scores.get(name) is not None)


def same_responses(one: EvalResults, other: EvalResults) -> bool:
    """Whether two results are of the same items and say the same on each; what they cost may differ."""
    return one.items == other.items and _said(one) == _said(other)


def merged(new: EvalResults, earlier: EvalResults) -> EvalResults:
    """New results, with the scores and notes of the metrics that only earlier ones of the same responses have."""
    names = {metric.name for metric in new.metrics}
    scored = {
        system: {item: _beside(one, earlier.scored[system][item]) for item, one in by_item.items()}
        for system, by_item in new.scored.items()
    }
    kept = tuple(metric for metric in earlier.metrics if metric.name not in names)
    return replace(new, metrics=(*kept, *new.metrics), scored=scored)


def _said(results: EvalResults) -> dict[str, dict[str, object]]:
    return {
        system: {
            item: (one.response.text, one.response.passages, one.response.citations, one.response.error)
            for item, one in by_item.items()
        }
        for system, by_item in results.scored.items()
    }


def _beside(one: Scored, earlier: Scored) -> Scored:
    kept = {name: score for name, score in earlier.scores.items() if name not in one.scores}
    notes = {name: note for name, note in earlier.notes.items() if name in kept}
    return replace(one, scores={**one.scores, **kept}, notes={**one.notes, **notes})


def _with(
    one: Scored, rubrics: Sequence[Rubric], found: dict[tuple[str, str, str], Verdict], system: str, item: str
) -> Scored:
    scores, notes, failed = dict(one.scores), dict(one.notes), dict(one.failed)
    for rubric in rubrics:
        verdict = found.get((rubric.name, system, item))
        if verdict is None:
            raise BadInput(f"no verdict on {item!r} of {system!r} by {rubric.name!r}", mend="judge every answer")
        scores[rubric.name] = verdict.score
        notes.pop(rubric.name, None)
        if verdict.note:
            notes[rubric.name] = verdict.note
        failed.pop(rubric.name, None)
        if verdict.status in UNREAD:
            failed[rubric.name] = verdict.status
    return replace(one, scores=scores, notes=notes, failed=failed)
