"""What a study's file gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rung.evaluation.people.study import Plan
from rung.types import Message


@dataclass(frozen=True, slots=True)
class StudyInfo:
    """A study as its file has it; `tasks` counts what is rated together, `items` the items."""

    name: str
    digest: str
    plan: Plan
    systems: tuple[str, ...]
    items: int
    tasks: int
    made_at: str


@dataclass(frozen=True, slots=True)
class Rater:
    """A rater, from 1 on."""

    id: int
    finished: bool


@dataclass(frozen=True, slots=True)
class RaterCount:
    """How far a rater has come; `changes` counts ratings that were given again, differently."""

    rater: int
    assigned: int
    rated: int
    changes: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A task as its rater sees it: no system's name is in it.

    Args:
        place: in the rater's order, from 1 on.
        input: the prompt.
        earlier: turns before it.
        reference: to compare with, or None.
        texts: the responses, A first; None where the system gave none.
        answer: the rating that stands, empty before the first.
        comment: of that rating.
    """

    place: int
    input: str
    earlier: tuple[Message, ...]
    reference: str | None
    texts: tuple[str | None, ...]
    answer: Mapping[str, str]
    comment: str


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating that stands, unblinded.

    Args:
        item: id.
        category: of the item, or None.
        rater: from 1 on.
        shown: the systems, in the order of the letters.
        answer: field -> value, as it was given.
        scores: system -> what it is worth, in [0, 1].
        comment: of the rater, or empty.
        at: when it was given (ISO 8601, UTC).
        seconds: since the page was first opened; None where that is unknown.
        earlier: answers of the same rater that it took the place of, oldest first, as (at, answer).
    """

    item: str
    category: str | None
    rater: int
    shown: tuple[str, ...]
    answer: Mapping[str, str]
    scores: Mapping[str, float]
    comment: str
    at: str
    seconds: float | None
    earlier: Sequence[tuple[str, Mapping[str, str]]] = ()
