"""How much of a reference's words an answer shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rung.evaluation.text import squad_form, words


def token_f1(answer: str, reference: str) -> float:
    """F1 of the bags of tokens in the SQuAD normal form; when either is empty, 1 if both are, else 0.

    QuAC's normal form is the same one (its `normalize_answer` removes case, punctuation and articles alike), so this
    is QuAC's F1 for one reference, too. Source: Rajpurkar et al., evaluate-v2.0.py, `compute_f1`.
    """
    got, wanted = squad_form(answer).split(), squad_form(reference).split()
    if not got or not wanted:
        return float(got == wanted)
    return f1((Counter(got) & Counter(wanted)).total(), len(got), len(wanted))


def rouge_1(answer: str, reference: str) -> float:
    """ROUGE-1: F1 of the bags of words. As the rouge-score package on ASCII text. Source: Lin 2004."""
    return rouge_n(words(answer), words(reference), 1)


def rouge_2(answer: str, reference: str) -> float:
    """ROUGE-2: F1 of the bags of pairs of neighbouring words. As the rouge-score package on ASCII text."""
    return rouge_n(words(answer), words(reference), 2)


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L: F1 of the longest common subsequence of words, over the whole text.

    As the rouge-score package with `use_stemmer=False`, whose numbers it gives on ASCII text; letters of other
    alphabets are kept here, not dropped. Source: Lin 2004.
    """
    got, wanted = words(answer), words(reference)
    if not got or not wanted:
        return 0.0
    return f1(longest_common_subsequence(got, wanted), len(got), len(wanted))


def rouge_n(got: Sequence[str], wanted: Sequence[str], n: int) -> float:
    """F1 of the bags of n-grams; 0 when either has none."""
    left, right = n_grams(got, n), n_grams(wanted, n)
    if not left or not right:
        return 0.0
    return f1((left & right).total(), left.total(), right.total())


def n_grams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """The bag of runs of n tokens."""
    return Counter(zip(*(tokens[start:] for start in range(n)), strict=False))


def longest_common_subsequence(left: list[str], right: list[str]) -> int:
    """Length of the longest common subsequence, with one big integer as a row of bits (Hyyro 2004)."""
    if len(left) > len(right):  # the row is as long as the shorter one: a huge answer costs no huge integers
        left, right = right, left
    places = bit_places(left)
    full = (1 << len(left)) - 1
    row = full
    for word in right:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & full
    return len(left) - row.bit_count()


def bit_places(tokens: Sequence[str]) -> dict[str, int]:
    """Token -> an integer whose bits are its places."""
    places: dict[str, int] = {}
    for index, token in enumerate(tokens):
        places[token] = places.get(token, 0) | 1 << index
    return places


def f1(common: int, got: int, wanted: int) -> float:
    """Harmonic mean of common/got and common/wanted."""
    return 2 * common / (got + wanted)
