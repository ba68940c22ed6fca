"""What a system reached by a metric: the mean, with intervals, and what was counted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rung.evaluation.failures import is_empty
from rung.evaluation.records import EvalResults, Scored
from rung.stats import anytime_interval, mean_interval


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A mean over items.

    Args:
        system: name.
        metric: name.
        higher_is_better: False where less is better.
        items: scored ones.
        not_applicable: items to which the metric does not apply, e.g. without a reference; not in the mean.
        errors: responses with an error among the scored; they scored the worst.
        empty: responses without a text, passage or error among the scored.
        mean: None when no item was scored.
        low: of the percentile bootstrap over items, at 1 - alpha; where all scores are alike, see `mean_interval`.
        high: likewise.
        anytime_low: of the interval that holds at every stopping time, population claim, at 1 - alpha.
        anytime_high: likewise.
        alpha: 1 - confidence.
    """

    system: str
    metric: str
    higher_is_better: bool
    items: int
    not_applicable: int
    errors: int
    empty: int
    mean: float | None
    low: float | None
    high: float | None
    anytime_low: float | None
    anytime_high: float | None
    alpha: float

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def summaries(results: EvalResults, *, alpha: float = 0.05) -> tuple[MetricSummary, ...]:
    """A summary for each system and metric, the scores in the order of the items.

    Args:
        results: of an evaluation.
        alpha: 1 - confidence, of each interval alone.
    """
    return tuple(
        _summary(system, mine, metric.name, metric.higher_is_better, results, alpha)
        for system, mine in results.scored.items()
        for metric in results.metrics
    )


def _summary(
    system: str, mine: Mapping[str, Scored], metric: str, higher: bool, results: EvalResults, alpha: float
) -> MetricSummary:
    in_order = [mine[item.id] for item in results.items]
    scored = [one for one in in_order if one.scores.get(metric) is not None]
    scores = [float(one.scores[metric] or 0.0) for one in scored]
    bootstrap: tuple[float | None, float | None] = (None, None)
    anytime: tuple[float | None, float | None] = (None, None)
    if scores:
        bootstrap = mean_interval(scores, alpha=alpha, seed=results.seed)
        anytime = anytime_interval(scores, alpha=alpha)
    return MetricSummary(
        system=system,
        metric=metric,
        higher_is_better=higher,
        items=len(scored),
        not_applicable=len(in_order) - len(scored),
        errors=sum(one.response.error is not None for one in scored),
        empty=sum(is_empty(one.response) for one in scored),
        mean=_mean(scores),
        low=bootstrap[0],
        high=bootstrap[1],
        anytime_low=anytime[0],
        anytime_high=anytime[1],
        alpha=alpha,
    )


def _mean(scores: Sequence[float]) -> float | None:
    return math.fsum(scores) / len(scores) if scores else None
