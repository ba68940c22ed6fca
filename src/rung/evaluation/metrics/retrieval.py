"""How good the retrieved passages are, against an item's reference contexts.

An item without reference contexts does not count (None). A response without passages found nothing: it scores 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from rung.evaluation.metrics.overlap import n_grams
from rung.evaluation.metrics.relevance import contexts_in, contexts_of, found_by_rank
from rung.evaluation.records import EvalItem, Passage, Response
from rung.evaluation.text import words


def recall_at(response: Response, item: EvalItem, *, k: int) -> float | None:
    """Reference contexts among the first k passages / reference contexts."""
    count = contexts_of(item)
    if not count:
        return None
    return sum(map(len, found_by_rank(response.passages[:k], item))) / count


def precision_at(response: Response, item: EvalItem, *, k: int) -> float | None:
    """Passages among the first k that are a reference context / k; one that brings nothing new (a repeat) is none.

    The denominator is k also where fewer passages came, as in trec_eval.
    """
    if not contexts_of(item):
        return None
    return sum(map(bool, found_by_rank(response.passages[:k], item))) / k


def reciprocal_rank(response: Response, item: EvalItem) -> float | None:
    """1 / rank of the first passage that is a reference context, else 0; the mean over items is MRR."""
    if not contexts_of(item):
        return None
    ranks = (rank for rank, passage in enumerate(response.passages, 1) if contexts_in(passage, item))
    return 1 / next(ranks, math.inf)


def ndcg_at(response: Response, item: EvalItem, *, k: int) -> float | None:
    """NDCG at k: a passage's gain is the reference contexts that no earlier one held; discount 1 / log2(rank + 1).

    The ideal is the best order of what can be had: the retrieved passages, and for each context in none of them a
    passage of its own. Where a passage holds one context at most, this is NDCG with gains 0 and 1.
    Source: Jarvelin & Kekalainen 2002.
    """
    if not contexts_of(item):
        return None
    found = _discounted([len(fresh) for fresh in found_by_rank(response.passages[:k], item)])
    # The best order is sought greedily, which can miss it where passages overlap.
    return found / max(found, _discounted(_ideal_gains(response.passages, item)[:k]))


def context_relevance(response: Response, item: EvalItem) -> float | None:
    """Mean over passages of the share of their word pairs that stand in one reference context (the best one).

    By words alone, no model: pairs of neighbouring words as in ROUGE-2, repeats counted. A passage of one word is
    compared by that word. It needs the contexts' texts.
    """
    if not item.contexts:
        return None
    wanted = [words(text) for text in item.contexts]
    shares = [max(_covered(words(p.text), [context]) for context in wanted) for p in response.passages]
    return math.fsum(shares) / len(shares) if shares else 0.0


def context_coverage(response: Response, item: EvalItem) -> float | None:
    """Mean over reference contexts of the share of their word pairs that stand in the retrieved passages together.

    By words alone, as `context_relevance`. It needs the contexts' texts.
    """
    if not item.contexts:
        return None
    got = [words(passage.text) for passage in response.passages]
    return math.fsum(_covered(words(context), got) for context in item.contexts) / len(item.contexts)


def _covered(text: Sequence[str], by: Iterable[Sequence[str]]) -> float:
    """The share of a text's word pairs that others hold."""
    n = min(2, len(text))
    if not n:
        return 0.0
    pairs, held = n_grams(text, n), Counter[tuple[str, ...]]()
    for other in by:
        held |= n_grams(other, n)
    return (pairs & held).total() / pairs.total()


def _ideal_gains(passages: Sequence[Passage], item: EvalItem) -> list[int]:
    """Gains when at each rank the passage with the most new contexts stands."""
    left = set(range(contexts_of(item)))
    held = [found for passage in passages if (found := contexts_in(passage, item))]
    gains: list[int] = []
    while held:
        best = max(held, key=lambda found: len(found & left))
        if not best & left:
            break
        gains.append(len(best & left))
        left -= best
    return gains + [1] * len(left)


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
