"""Whether an answer is the reference, or says it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rung.evaluation.text import marks, plain_form, squad_form, words

OR: Final = "<OR>"
"""Separates targets within one reference, as Amazon Bedrock's factual-knowledge rows have them."""

_OPENING: Final = "\"'([{\u201c\u2018\u00ab\u201e\u00bf\u00a1"
_CLOSING: Final = "\"')]}\u201d\u2019\u00bb.,;:!?\u2026\u3002\u3001"
_SOFT: Final = re.compile(r"(?<=[^\W\d_])[-\u2010\u2011'\u2019.](?=[^\W\d_])")
_DASHES: Final = str.maketrans(dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}", "-"))


def exact_match(answer: str, reference: str) -> float:
    """1 when both are equal after NFKC, case folding and collapsing white space; punctuation and articles count."""
    return float(plain_form(answer) == plain_form(reference))


def quasi_exact_match(answer: str, reference: str) -> float:
    """1 when both are equal in the SQuAD normal form (lower case, no punctuation, no articles)."""
    return float(squad_form(answer) == squad_form(reference))


def any_target(answer: str, reference: str) -> float:
    """1 when a target stands in the answer as whole words, whatever the case; `<OR>` separates targets.

    Punctuation around words counts for nothing, nor does a hyphen, an apostrophe or a dot between two letters. Any
    other sign within a target must stand there as written: `C++` is not C, `-5` not 5, `3.14` not 3 14.
    """
    plain = plain_form(answer)
    said = words(plain)
    return float(any(_stands(plain_form(target), plain, said) for target in reference.split(OR)))


def holds_words(text: Sequence[str], part: Sequence[str]) -> bool:
    """Whether the words of `part` stand in `text` one after another; no words stand nowhere."""
    return bool(part) and f" {' '.join(part)} " in f" {' '.join(text)} "


def _stands(target: str, answer: str, said: Sequence[str]) -> bool:
    """Whether a target stands in an answer, both in plain form; `said` are the answer's words."""
    wanted = words(target)
    parts = [part.lstrip(_OPENING).rstrip(_CLOSING) for part in _SOFT.sub(" ", target).split()]
    if not any(_has_sign(part) for part in parts):
        return holds_words(said, wanted)
    pattern = r"[\W_]+".join(re.escape(part.translate(_DASHES)) for part in parts if part)
    edge = f"[^\\W_]|[{marks()}]"
    return bool(wanted) and _as_written(pattern, edge).search(answer.translate(_DASHES)) is not None


def _has_sign(part: str) -> bool:
    return any(not one.isalnum() and not unicodedata.category(one).startswith(("M", "C")) for one in part)


@lru_cache(maxsize=256)
def _as_written(pattern: str, edge: str) -> re.Pattern[str]:
    """Word edges on both sides; a number does not go on behind it."""
    return re.compile(rf"(?<![^\W_]){pattern}(?!{edge}|[.,]\d)")
