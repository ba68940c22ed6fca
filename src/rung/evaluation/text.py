"""Normal forms of text that the scorers compare."""

from __future__ import annotations

import re
import string
import unicodedata

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_WORD = re.compile(r"[^\W_]+")


def plain_form(text: str) -> str:
    """Unicode NFKC, case-folded, white space collapsed and stripped. Nothing else is changed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def squad_form(text: str) -> str:
    """As the SQuAD script: lower case, ASCII punctuation and the articles a, an, the removed, white space collapsed.

    Source: Rajpurkar et al., evaluate-v2.0.py, `normalize_answer`.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def words(text: str) -> list[str]:
    """Runs of letters and digits in lower case; on ASCII text, the tokens of the rouge-score package."""
    return _WORD.findall(text.lower())
