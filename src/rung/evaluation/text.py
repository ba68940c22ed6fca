"""Normal forms of text that the scorers compare."""

from __future__ import annotations

import re
import string
import sys
import unicodedata
from functools import lru_cache
from typing import Final

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ASCII_WORD = re.compile(r"[a-z0-9]+")

UNSPACED: Final = (
    "\u0e00-\u0e4f\u0e80-\u0ecf\u1000-\u103f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Letters of scripts that put no spaces between words, as ranges of a character class; each is a word of its own."""


def plain_form(text: str) -> str:
    """Unicode NFKC, case-folded, white space collapsed and stripped. Nothing else is changed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def squad_form(text: str) -> str:
    """As the SQuAD script: lower case, ASCII punctuation and the articles a, an, the removed, white space collapsed.

    Source: Rajpurkar et al., evaluate-v2.0.py, `normalize_answer`.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def words(text: str) -> list[str]:
    """Runs of letters and digits in lower case, in Unicode NFC; on ASCII text, the tokens of the rouge-score package.

    Marks stay with their letter (vowel signs, accents). A letter of a script that puts no spaces between words
    (Chinese, Japanese, Thai, Lao, Burmese, Khmer) is a word of its own.
    """
    lower = text.lower()
    if lower.isascii():
        return _ASCII_WORD.findall(lower)
    return _word().findall(unicodedata.normalize("NFC", lower))


@lru_cache(maxsize=1)
def marks() -> str:
    """Combining marks (Mn, Mc) and joiners as ranges of a character class; variation selectors are none of a word."""
    codes = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Mn", "Mc")]
    kept = [code for code in codes if not (0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF)]
    ranges: list[list[int]] = []
    for code in sorted((*kept, 0x200C, 0x200D)):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


@lru_cache(maxsize=1)
def _word() -> re.Pattern[str]:
    return re.compile(rf"(?:[^\W_{UNSPACED}][{marks()}]*)+|(?=[{UNSPACED}])[^\W_][{marks()}]*")
