"""Control runs: does an answer come from the documents that were put before the model, or from somewhere else?

In a prototype the gold fact was always ranked first, and tuning learnt "copy the first value": a high score that
meant nothing. So an `answer` candidate is run on tune items as it is, without its documents (closed book) and with
documents of other questions (wrong context), and the place of the gold document is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from rung.evaluation.scoring import score_answer
from rung.types import Answer, Answerer, Control, Item, Scorer

SMALL = 0.05
"""Assumed: a loss of fewer score points than this, when the documents are taken away, is no loss."""

_ALWAYS, _FEW = 0.9, 10


class Warn(StrEnum):
    """What control runs can bring to light."""

    CONTEXT_UNUSED = "context-unused"
    CONTEXT_IGNORED = "context-ignored"
    GOLD_ALWAYS_FIRST = "gold-always-first"
    FIRST_FAVOURED = "first-favoured"

    @property
    def sentence(self) -> str:
        """In words."""
        return {
            Warn.CONTEXT_UNUSED: "without its documents it does as well: it does not need them",
            Warn.CONTEXT_IGNORED: "with the documents of other questions it does as well: it does not read them",
            Warn.GOLD_ALWAYS_FIRST: "the right document is always the first: shuffle them, or nothing is shown",
            Warn.FIRST_FAVOURED: "it does well only when the right document is the first: it copies from there",
        }[self]


@dataclass(frozen=True, slots=True)
class ControlState:
    """A control run: mean score under it and without it, on the same tune items."""

    control: Literal["closed-book", "wrong-context"]
    items: int
    mean: float
    plain_mean: float


@dataclass(frozen=True, slots=True)
class Places:
    """Where the right document stood in the plain run, over items whose documents hold it among at least two.

    Args:
        items: count of such items.
        first: those where it was the first.
        first_mean: mean score where it was the first, or None.
        later_mean: mean score where it was not, or None.
        chance_first: expected share of `first` if documents were shuffled: the mean of 1 / count of documents.
    """

    items: int
    first: int
    first_mean: float | None
    later_mean: float | None
    chance_first: float


@dataclass(frozen=True, slots=True)
class ControlRun:
    """The control runs of one candidate.

    Args:
        states: a record per control.
        places: where the right document stood.
        warnings: what they bring to light, if anything.
    """

    states: tuple[ControlState, ...]
    places: Places
    warnings: tuple[Warn, ...]


def run_controls(
    answerer: Answerer,
    items: Sequence[Item],
    by: Scorer,
    *,
    controls: Sequence[Control] = (Control.CLOSED_BOOK, Control.WRONG_CONTEXT),
    small: float = SMALL,
) -> ControlRun:
    """Answer tune items plainly and under each control.

    Args:
        answerer: the candidate.
        items: tune items; never evaluation items.
        by: the scorer of the bar.
        controls: which to run.
        small: score points that count as no loss.

    Raises:
        UpstreamFailed: the model behind it does not answer.
        BadScore: the scorer gave something outside [0, 1].
    """
    if not items:
        return ControlRun((), Places(0, 0, None, None, 0.0), ())
    plain = answer_all(answerer, items)
    plain_scores = [_score(answer, item, by) for answer, item in zip(plain, items, strict=True)]
    states: list[ControlState] = []
    for control in controls:
        if control is Control.NONE:
            continue
        answers = answer_all(answerer, items, control=control)
        scores = [_score(answer, item, by) for answer, item in zip(answers, items, strict=True)]
        name: Literal["closed-book", "wrong-context"] = (
            "closed-book" if control is Control.CLOSED_BOOK else "wrong-context"
        )
        states.append(ControlState(name, len(items), _mean(scores), _mean(plain_scores)))
    places = places_of_gold(plain, items, plain_scores)
    return ControlRun(tuple(states), places, warnings_of(states, places, small=small))


def answer_all(answerer: Answerer, items: Sequence[Item], *, control: Control = Control.NONE) -> list[Answer]:
    """Answers to all items, in batches of the size the answerer likes."""
    size = max(1, answerer.batch_size)
    answers: list[Answer] = []
    for start in range(0, len(items), size):
        answers += answerer.answer([item.input for item in items[start : start + size]], control=control)
    return answers


def places_of_gold(answers: Sequence[Answer], items: Sequence[Item], scores: Sequence[float]) -> Places:
    """Where the item's `source` stood among the documents of the answer."""
    first: list[float] = []
    later: list[float] = []
    chances: list[float] = []
    for answer, item, score in zip(answers, items, scores, strict=True):
        if item.source in answer.contexts and len(answer.contexts) > 1:
            (first if answer.contexts[0] == item.source else later).append(score)
            chances.append(1 / len(answer.contexts))
    return Places(
        items=len(chances),
        first=len(first),
        first_mean=_mean(first) if first else None,
        later_mean=_mean(later) if later else None,
        chance_first=_mean(chances) if chances else 0.0,
    )


def warnings_of(states: Sequence[ControlState], places: Places, *, small: float = SMALL) -> tuple[Warn, ...]:
    """What control runs bring to light. A plain mean of `small` or less shows nothing."""
    found: list[Warn] = []
    for state in states:
        if state.plain_mean > small and state.mean >= state.plain_mean - small:
            found.append(Warn.CONTEXT_UNUSED if state.control == "closed-book" else Warn.CONTEXT_IGNORED)
    if places.items >= _FEW and places.first / places.items >= _ALWAYS:
        found.append(Warn.GOLD_ALWAYS_FIRST)
    later = places.items - places.first
    if (
        min(places.first, later) >= _FEW
        and places.first_mean is not None
        and places.later_mean is not None
        and places.later_mean < places.first_mean / 2
    ):
        found.append(Warn.FIRST_FAVOURED)
    return tuple(found)


def _score(answer: Answer, item: Item, by: Scorer) -> float:
    return score_answer(answer, item, (by,))[by.name]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
