"""Metrics of a whole response: what was retrieved and cited, besides the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rung.evaluation.records import EvalItem, Response
from rung.types import Scorer


@dataclass(frozen=True, slots=True)
class ResponseMetric:
    """A response scorer made of a function; see `rung.evaluation.records.ResponseScorer`.

    Args:
        name: of the metric.
        compare: the score of a response to an item, or None where the metric does not apply.
        applies: whether it can apply to an item, whatever the response.
        higher_is_better: False where less is better.
        binary: True when it can only give 0 or 1.
    """

    name: str
    compare: Callable[[Response, EvalItem], float | None]
    applies: Callable[[EvalItem], bool]
    higher_is_better: bool = True
    binary: bool = False

    def score(self, response: Response, item: EvalItem) -> float | None:
        """The score, or None where the metric does not apply."""
        return self.compare(response, item)


@dataclass(frozen=True, slots=True)
class OfText:
    """A text scorer as a response scorer: an error scores 0, an item without a reference does not count.

    Args:
        scorer: of the answer's text.
    """

    scorer: Scorer
    higher_is_better: bool = True

    @property
    def name(self) -> str:
        """That of the scorer."""
        return self.scorer.name

    @property
    def binary(self) -> bool:
        """That of the scorer."""
        return getattr(self.scorer, "binary", False) is True

    @property
    def fingerprint(self) -> str | None:
        """That of the scorer, where it depends on more than its name tells."""
        return getattr(self.scorer, "fingerprint", None)

    def applies(self, item: EvalItem) -> bool:
        """Whether there is a reference, or none is needed."""
        return bool(item.references) or not getattr(self.scorer, "needs_reference", True)

    def score(self, response: Response, item: EvalItem) -> float | None:
        """The scorer's, of the text."""
        if not self.applies(item):
            return None
        return 0.0 if response.error is not None else self.scorer.score(response.text, item.as_item())
