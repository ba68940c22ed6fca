"""Whether what an answer cites supports it: a cited passage does when it is a reference context of the item.

This sees where a citation leads, not whether its sentence follows from it; that takes a judge. An item without
reference contexts does not count (None).
"""

from __future__ import annotations

from collections import Counter

from rung.evaluation.metrics.relevance import contexts_in, contexts_of
from rung.evaluation.records import Citation, EvalItem, Response
from rung.evaluation.text import words


def citation_precision(response: Response, item: EvalItem) -> float | None:
    """Cited passages that are a reference context / cited passages; None where nothing is cited.

    Read it beside citation coverage: who cites once and well has 1 here.
    """
    cited = [passage for citation in response.citations for passage in citation.passages]
    if not contexts_of(item) or not cited:
        return None
    return sum(bool(contexts_in(passage, item)) for passage in cited) / len(cited)


def citation_coverage(response: Response, item: EvalItem) -> float | None:
    """Words of the answer that stand in citations with a supporting passage / words of the answer (as bags).

    An answer without words, or without such citations, scores 0.
    """
    if not contexts_of(item):
        return None
    answer = Counter(words(response.text))
    if not answer:
        return 0.0
    supported = Counter(word for one in response.citations if _supported(one, item) for word in words(one.text))
    return (answer & supported).total() / answer.total()


def _supported(citation: Citation, item: EvalItem) -> bool:
    return any(contexts_in(passage, item) for passage in citation.passages)
