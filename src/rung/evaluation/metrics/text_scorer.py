"""A scorer made of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rung.types import Item


@dataclass(frozen=True, slots=True)
class TextScorer:
    """A scorer made of a function of (answer, reference).

    Args:
        name: of the metric.
        compare: the score of an answer against one reference.
        binary: True when it can only give 0 or 1.
    """

    name: str
    compare: Callable[[str, str], float]
    binary: bool = False

    def score(self, answer: str, item: Item) -> float:
        """The best over the item's references."""
        return max(self.compare(answer, reference) for reference in item.references)


@dataclass(frozen=True, slots=True)
class AllReferencesScorer:
    """A scorer made of a function of (answer, all references), for metrics that are defined on several at once.

    Args:
        name: of the metric.
        compare: the score of an answer against the references.
        binary: True when it can only give 0 or 1.
    """

    name: str
    compare: Callable[[str, tuple[str, ...]], float]
    binary: bool = False

    def score(self, answer: str, item: Item) -> float:
        """The score against the item's references together."""
        return self.compare(answer, item.references)


@dataclass(frozen=True, slots=True)
class AnswerScorer:
    """A scorer made of a function of the answer alone; it applies where no reference exists, too.

    Args:
        name: of the metric.
        judge: the score of an answer.
        binary: True when it can only give 0 or 1.
    """

    name: str
    judge: Callable[[str], float]
    binary: bool = False
    needs_reference: bool = False

    def score(self, answer: str, item: Item) -> float:
        """The score of the answer; the item is not looked at."""
        return self.judge(answer)
