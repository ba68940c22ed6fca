"""The metrics that ship, by name, and the families whose names carry a parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from rung.errors import BadInput
from rung.evaluation.jsonfields import json_field_f1
from rung.evaluation.metrics.citations import citation_coverage, citation_precision
from rung.evaluation.metrics.edits import word_accuracy, word_error_rate
from rung.evaluation.metrics.matching import any_target, exact_match, quasi_exact_match
from rung.evaluation.metrics.numeric import numeric_answer
from rung.evaluation.metrics.overlap import rouge_1, rouge_2, rouge_l, token_f1
from rung.evaluation.metrics.patterns import RegexScorer
from rung.evaluation.metrics.relevance import contexts_of
from rung.evaluation.metrics.responses import ResponseMetric
from rung.evaluation.metrics.retrieval import (
    context_coverage,
    context_relevance,
    ndcg_at,
    precision_at,
    recall_at,
    reciprocal_rank,
)
from rung.evaluation.metrics.text_scorer import AllReferencesScorer, AnswerScorer, TextScorer
from rung.evaluation.metrics.toxicity import non_toxic, toxicity
from rung.evaluation.metrics.translation import bleu, chrf
from rung.evaluation.records import EvalItem, Response, ResponseScorer
from rung.types import Scorer

BUILT_IN: Final[Mapping[str, Scorer]] = {
    scorer.name: scorer
    for scorer in (
        TextScorer("accuracy", exact_match, binary=True),
        TextScorer("exact_match", exact_match, binary=True),
        TextScorer("quasi_exact_match", quasi_exact_match, binary=True),
        TextScorer("token_f1", token_f1),
        TextScorer("json_field_f1", json_field_f1),
        TextScorer("numeric", numeric_answer, binary=True),
        TextScorer("factual_knowledge", any_target, binary=True),
        RegexScorer(),
        TextScorer("rouge_1", rouge_1),
        TextScorer("rouge_2", rouge_2),
        TextScorer("rouge_l", rouge_l),
        AllReferencesScorer("bleu", bleu),
        AllReferencesScorer("chrf", chrf),
        TextScorer("word_accuracy", word_accuracy),
        AnswerScorer("non_toxic", non_toxic, binary=True),
    )
}
"""Scorers of texts by name. `accuracy` is exact match under the name it has for labels."""


def has_contexts(item: EvalItem) -> bool:
    """Whether it has reference contexts, as texts or as ids."""
    return contexts_of(item) > 0


def has_context_texts(item: EvalItem) -> bool:
    """Whether it has reference contexts as texts."""
    return bool(item.contexts)


def has_references(item: EvalItem) -> bool:
    """Whether it has a reference answer."""
    return bool(item.references)


def always(item: EvalItem) -> bool:
    """It applies to any item."""
    return True


def word_error(response: Response, item: EvalItem) -> float | None:
    """Word error rate, at most 1, of the reference that is nearest; lower is better. `word_accuracy` turned.

    The rate over a data set, which may pass 1, is `rung.evaluation.corpus_figure("wer", ...)`.
    """
    if not has_references(item):
        return None
    return min(1.0, *(word_error_rate(response.text, reference) for reference in item.references))


RESPONSE_BUILT_IN: Final[Mapping[str, ResponseScorer]] = {
    scorer.name: scorer
    for scorer in (
        ResponseMetric("mrr", reciprocal_rank, has_contexts),
        ResponseMetric("context_relevance", context_relevance, has_context_texts),
        ResponseMetric("context_coverage", context_coverage, has_context_texts),
        ResponseMetric("citation_precision", citation_precision, has_contexts),
        ResponseMetric("citation_coverage", citation_coverage, has_contexts),
        ResponseMetric("wer", word_error, has_references, higher_is_better=False),
        ResponseMetric("toxicity", toxicity, always, higher_is_better=False, binary=True),
    )
}
"""Scorers of responses by name."""


def with_tolerance(name: str, given: str) -> Scorer:
    """`numeric:0.01`: within 1% of the reference's size.

    Raises:
        BadInput: the tolerance is no number of 0 or more.
    """
    try:
        tolerance = float(given)
    except ValueError:
        tolerance = math.nan
    if not 0 <= tolerance < math.inf:
        raise BadInput(f"the tolerance of {name!r} is no number of 0 or more", mend="write e.g. numeric:0.01")
    return TextScorer(name, partial(numeric_answer, tolerance=tolerance), binary=True)


def with_pattern(name: str, given: str) -> Scorer:
    """`regex:PATTERN`: whether the answer holds a match.

    Raises:
        BadInput: it is no regular expression.
    """
    if not given:
        raise BadInput(f"{name!r} has no pattern", mend=r"write e.g. regex:(?i)\byes\b, or regex for the references")
    return RegexScorer(name, given)


FAMILIES: Final[Mapping[str, Callable[[str, str], Scorer]]] = {"numeric": with_tolerance, "regex": with_pattern}
"""Before the colon of a name like `numeric:0.01` -> maker of (whole name, what follows the colon)."""

RANKED: Final[Mapping[str, Callable[..., float | None]]] = {
    "recall": recall_at,
    "precision": precision_at,
    "ndcg": ndcg_at,
}
"""Before the @ of a name like `recall@5` -> its function."""


def ranked(name: str) -> ResponseScorer | None:
    """The metric of a name like `recall@5`, or None where the name is of another form.

    Raises:
        BadInput: what follows the @ is no whole number of 1 or more.
    """
    base, at, k = name.partition("@")
    if not at or base not in RANKED:
        return None
    if not (k.isascii() and k.isdigit() and len(k) < 7 and int(k) > 0):
        raise BadInput(f"{name!r} does not say how many passages", mend=f"write e.g. {base}@5")
    return ResponseMetric(name, partial(RANKED[base], k=int(k)), has_contexts)
