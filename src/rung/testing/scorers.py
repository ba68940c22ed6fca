"""The contract of a scorer. Authors of plugins subclass it; pytest collects the methods."""

# ruff: noqa: D102  the names of the laws say what they hold

from __future__ import annotations

import math
from typing import ClassVar

from rung.types import Item, Scorer

_TEXTS = (
    "",
    " ",
    "Paris",
    "the answer is Paris.",
    '{"name": "Ada", "age": 36}',
    'Here it is: {"name": "Ada", "age": 36, "tags": ["a", "b"]} as asked',
    "{broken",
    "[1, 2",
    "naïve café 東京 🚀",
    "\x00\ud800 not quite text",
    "word " * 2000,
)


class ScorerContract:
    """Laws that every scorer keeps.

    Subclass it, name the class `Test...`, and override `make` and, where references must have a form (JSON, numbers),
    `reference` and `other`.
    """

    reference: ClassVar[str] = "Paris"
    """An acceptable reference."""
    other: ClassVar[str] = "Rome"
    """Another one, whose text is worth less than `reference` itself."""

    def make(self) -> Scorer:
        """A fresh scorer."""
        raise NotImplementedError

    def item(self, *references: str) -> Item:
        """An item with these references."""
        return Item(id="item", input="a question", references=references or (self.reference,))

    def test_is_a_scorer_with_a_name(self) -> None:
        scorer = self.make()
        assert isinstance(scorer, Scorer)
        assert scorer.name
        assert scorer.name == scorer.name.strip()

    def test_any_text_scores_between_0_and_1(self) -> None:
        scorer, item = self.make(), self.item()
        for text in (*_TEXTS, self.reference, self.other):
            score = scorer.score(text, item)
            assert math.isfinite(score), text
            assert 0 <= score <= 1, text

    def test_the_reference_is_worth_most(self) -> None:
        scorer, item = self.make(), self.item()
        best = scorer.score(self.reference, item)
        assert best == max(scorer.score(text, item) for text in (*_TEXTS, self.reference, self.other))
        assert scorer.score(self.other, item) < best

    def test_one_text_has_one_score(self) -> None:
        item = self.item()
        assert all(self.make().score(text, item) == self.make().score(text, item) for text in _TEXTS)

    def test_the_best_reference_counts(self) -> None:
        scorer = self.make()
        both = self.item(self.other, self.reference)
        assert scorer.score(self.reference, both) == scorer.score(self.reference, self.item())
        assert scorer.score(self.other, both) == scorer.score(self.other, self.item(self.other))

    def test_what_is_declared_binary_is_binary(self) -> None:
        scorer, item = self.make(), self.item()
        if getattr(scorer, "binary", False):
            assert {scorer.score(text, item) for text in (*_TEXTS, self.reference)} <= {0.0, 1.0}
