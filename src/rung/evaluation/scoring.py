"""From answers to scores."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rung.errors import BadScore
from rung.evaluation.registry import scorer
from rung.types import Answer, Item, Scorer


def scorers(names: Iterable[str]) -> tuple[Scorer, ...]:
    """The scorers of some metrics, each once, in order.

    Raises:
        BadInput: a name is unknown.
    """
    return tuple(scorer(name) for name in dict.fromkeys(names))


def score_answer(answer: Answer, item: Item, by: Sequence[Scorer]) -> dict[str, float]:
    """Metric name -> score of an answer. An answer with an error scores 0 by every metric and is never dropped.

    Raises:
        BadScore: a scorer gave something outside [0, 1].
    """
    if answer.error is not None:
        return {one.name: 0.0 for one in by}
    return {one.name: _checked(one, answer.text, item) for one in by}


def _checked(one: Scorer, text: str, item: Item) -> float:
    given: object = one.score(text, item)
    try:
        score = float(given)  # pyright: ignore[reportArgumentType]  a plugin may give anything
    except (TypeError, ValueError):
        score = math.nan
    else:
        given = score
    if not 0 <= score <= 1:
        raise BadScore(
            f"the scorer {one.name!r} gave {given!r} on item {item.id!r}, not a number in [0, 1]",
            mend="rescale it, or map what it cannot judge to 0",
        )
    return score
