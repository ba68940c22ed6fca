"""The metrics that ship. Each gives a number in [0, 1]; those of texts give the best over the item's references."""

from __future__ import annotations

from rung.evaluation.metrics.built_in import BUILT_IN, FAMILIES, RANKED, RESPONSE_BUILT_IN, ranked
from rung.evaluation.metrics.edits import edit_distance, word_accuracy, word_error_rate, word_errors
from rung.evaluation.metrics.matching import any_target, exact_match, quasi_exact_match
from rung.evaluation.metrics.numeric import last_number, numeric_answer
from rung.evaluation.metrics.overlap import longest_common_subsequence, rouge_1, rouge_2, rouge_l, token_f1
from rung.evaluation.metrics.patterns import RegexScorer
from rung.evaluation.metrics.responses import OfText, ResponseMetric
from rung.evaluation.metrics.similarity import EmbeddingSimilarity
from rung.evaluation.metrics.text_scorer import AllReferencesScorer, AnswerScorer, TextScorer
from rung.evaluation.metrics.toxicity import toxic_words

__all__ = [
    "BUILT_IN",
    "FAMILIES",
    "RANKED",
    "RESPONSE_BUILT_IN",
    "AllReferencesScorer",
    "AnswerScorer",
    "EmbeddingSimilarity",
    "OfText",
    "RegexScorer",
    "ResponseMetric",
    "TextScorer",
    "any_target",
    "edit_distance",
    "exact_match",
    "last_number",
    "longest_common_subsequence",
    "numeric_answer",
    "quasi_exact_match",
    "ranked",
    "rouge_1",
    "rouge_2",
    "rouge_l",
    "token_f1",
    "toxic_words",
    "word_accuracy",
    "word_error_rate",
    "word_errors",
]
