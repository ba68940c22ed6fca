"""Whether an answer is the reference, or says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rung.evaluation.text import plain_form, squad_form, words

OR: Final = "<OR>"
"""Separates targets within one reference, as Amazon Bedrock's factual-knowledge rows have them."""


def exact_match(answer: str, reference: str) -> float:
    """1 when both are equal after NFKC, case folding and collapsing white space; punctuation and articles count."""
    return float(plain_form(answer) == plain_form(reference))


def quasi_exact_match(answer: str, reference: str) -> float:
    """1 when both are equal in the SQuAD normal form (lower case, no punctuation, no articles)."""
    return float(squad_form(answer) == squad_form(reference))


def any_target(answer: str, reference: str) -> float:
    """1 when a target stands in the answer as whole words, whatever the case; `<OR>` separates targets."""
    said = words(plain_form(answer))
    return float(any(holds_words(said, words(plain_form(target))) for target in reference.split(OR)))


def holds_words(text: Sequence[str], part: Sequence[str]) -> bool:
    """Whether the words of `part` stand in `text` one after another; no words stand nowhere."""
    return bool(part) and f" {' '.join(part)} " in f" {' '.join(text)} "
