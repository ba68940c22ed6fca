"""Metrics of responses by name, and how a response is scored by them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rung.errors import BadInput, BadScore, RungError, Unexpected
from rung.evaluation.records import EvalItem, MetricInfo, Response, ResponseScorer
from rung.evaluation.registry import response_scorer, response_scorer_names
from rung.types import TextEmbedder

LONGEST: Final = 1_000_000
"""Characters of a response that are scored; a longer one counts as an error (some metrics take quadratic time)."""


def response_scorers(names: Iterable[str], *, embedder: TextEmbedder | None = None) -> tuple[ResponseScorer, ...]:
    """The scorers of some metrics, each once, in order.

    Args:
        names: of metrics.
        embedder: what `embedding_similarity` compares by.

    Raises:
        BadInput: a name is unknown, or there is none.
    """
    found = tuple(response_scorer(name, embedder=embedder) for name in dict.fromkeys(names))
    if not found:
        raise BadInput("no metric is named", mend=f"name one by --metric: {', '.join(response_scorer_names())}")
    return found


def metric_info(one: ResponseScorer) -> MetricInfo:
    """How a metric is shown."""
    return MetricInfo(one.name, one.higher_is_better, getattr(one, "binary", False) is True)


def score_response(response: Response, item: EvalItem, by: Sequence[ResponseScorer]) -> dict[str, float | None]:
    """Metric -> score; None where the metric does not apply.

    A response with an error scores the worst by every metric: 0, and 1 where lower is better. It is never dropped.

    Raises:
        BadScore: a scorer gave something outside [0, 1].
        Unexpected: a scorer broke.
    """
    return {one.name: _score(response, item, one) for one in by}


def too_long(text: str) -> str | None:
    """Why a text is not scored, or None."""
    return f"{len(text)} characters; at most {LONGEST} are scored" if len(text) > LONGEST else None


def _score(response: Response, item: EvalItem, by: ResponseScorer) -> float | None:
    if response.error is not None:
        applies: Callable[[EvalItem], bool] | None = getattr(by, "applies", None)
        unanswerable = applies is not None and not applies(item)
        return None if unanswerable else 0.0 if by.higher_is_better else 1.0
    try:
        given: object = by.score(response, item)
        score = None if given is None else float(given)  # pyright: ignore[reportArgumentType]  a plugin may give anything
    except RungError:
        raise
    except Exception as error:
        raise Unexpected(f"the scorer {by.name!r} broke on item {item.id!r}", error) from error
    if score is not None and not (math.isfinite(score) and 0 <= score <= 1):
        raise BadScore(
            f"the scorer {by.name!r} gave {given!r} on item {item.id!r}, not a number in [0, 1]",
            mend="rescale it, or give None where it does not apply",
        )
    return score
