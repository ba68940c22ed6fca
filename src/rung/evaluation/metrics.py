"""The scorers that ship. Each gives the best over the item's references, in [0, 1]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rung.evaluation.jsonfields import json_field_f1
from rung.evaluation.text import plain_form, squad_form, words
from rung.types import Item, Scorer


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


def exact_match(answer: str, reference: str) -> float:
    """1 when both are equal after NFKC, case folding and collapsing white space; punctuation and articles count."""
    return float(plain_form(answer) == plain_form(reference))


def quasi_exact_match(answer: str, reference: str) -> float:
    """1 when both are equal in the SQuAD normal form (lower case, no punctuation, no articles)."""
    return float(squad_form(answer) == squad_form(reference))


def token_f1(answer: str, reference: str) -> float:
    """F1 of the bags of tokens in the SQuAD normal form; when either is empty, 1 if both are, else 0.

    Source: Rajpurkar et al., evaluate-v2.0.py, `compute_f1`.
    """
    got, wanted = squad_form(answer).split(), squad_form(reference).split()
    if not got or not wanted:
        return float(got == wanted)
    return _f1((Counter(got) & Counter(wanted)).total(), len(got), len(wanted))


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L: F1 of the longest common subsequence of words, over the whole text.

    As the rouge-score package with `use_stemmer=False`, whose numbers it gives on ASCII text; letters of other
    alphabets are kept here, not dropped. Source: Lin 2004.
    """
    got, wanted = words(answer), words(reference)
    if not got or not wanted:
        return 0.0
    return _f1(longest_common_subsequence(got, wanted), len(got), len(wanted))


def longest_common_subsequence(left: list[str], right: list[str]) -> int:
    """Length of the longest common subsequence, with one big integer as a row of bits (Hyyro 2004)."""
    places: dict[str, int] = {}
    for index, word in enumerate(left):
        places[word] = places.get(word, 0) | 1 << index
    full = (1 << len(left)) - 1
    row = full
    for word in right:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & full
    return len(left) - row.bit_count()


def _f1(common: int, got: int, wanted: int) -> float:
    return 2 * common / (got + wanted)


BUILT_IN: Final[dict[str, Scorer]] = {
    scorer.name: scorer
    for scorer in (
        TextScorer("accuracy", exact_match, binary=True),
        TextScorer("exact_match", exact_match, binary=True),
        TextScorer("quasi_exact_match", quasi_exact_match, binary=True),
        TextScorer("token_f1", token_f1),
        TextScorer("json_field_f1", json_field_f1),
        TextScorer("rouge_l", rouge_l),
    )
}
"""By name. `accuracy` is exact match under the name it has for labels."""
