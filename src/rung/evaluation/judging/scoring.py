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
