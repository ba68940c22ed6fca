"""Which reference contexts a passage holds: what recall, precision, rank and citation metrics rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rung.evaluation.metrics.matching import holds_words
from rung.evaluation.records import EvalItem, Passage
from rung.evaluation.text import squad_form, words

LEAST_WORDS: Final = 5
"""A text within another is the same passage only from so many words on; shorter ones stand in many passages."""


def contexts_of(item: EvalItem) -> int:
    """How many reference contexts an item has, by text or by id."""
    return max(len(item.contexts), len(item.context_ids))


def contexts_in(passage: Passage, item: EvalItem) -> frozenset[int]:
    """Places of the reference contexts that a passage is.

    Ids decide where the item and the passage have them. Else the texts are compared in the SQuAD normal form: equal, or
    one within the other as whole words, when the shorter has at least five (retrievers cut documents otherwise than
    annotators do).
    """
    if item.context_ids and passage.id is not None:
        return frozenset(place for place, known in enumerate(item.context_ids) if known == passage.id)
    mine = _compared(passage.text)
    return frozenset(place for place, text in enumerate(item.contexts) if _same(mine, _compared(text)))


def found_by_rank(passages: Sequence[Passage], item: EvalItem) -> list[frozenset[int]]:
    """For each passage the places of the contexts in it that no earlier passage held."""
    seen: frozenset[int] = frozenset()
    fresh: list[frozenset[int]] = []
    for passage in passages:
        held = contexts_in(passage, item)
        fresh.append(held - seen)
        seen |= held
    return fresh


def _compared(text: str) -> list[str]:
    """The words of the normal form; of a text of signs alone, the signs."""
    plain = squad_form(text)
    return words(plain) or plain.split()


def _same(left: Sequence[str], right: Sequence[str]) -> bool:
    shorter, longer = sorted((left, right), key=len)
    if len(shorter) == len(longer) or len(shorter) < LEAST_WORDS:
        return bool(left) and left == right
    return holds_words(longer, shorter)
