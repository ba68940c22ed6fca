"""Licences by family: `apache` is `apache-2.0` and `Apache License 2.0`, `cc-by` is not `cc-by-nc`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_LONG: Final = (
    ("gnu affero general public", "agpl"),
    ("gnu lesser general public", "lgpl"),
    ("gnu general public", "gpl"),
    ("mozilla public", "mpl"),
    ("creative commons", "cc"),
    ("attribution", "by"),
    ("non commercial", "nc"),
    ("noncommercial", "nc"),
    ("share alike", "sa"),
    ("sharealike", "sa"),
    ("no derivatives", "nd"),
    ("noderivatives", "nd"),
    ("terms of use", ""),
)
_FILLING: Final = {
    *("license", "licence", "licensed", "the", "of", "version", "software", "community", "agreement", "clause"),
    *("only", "or", "later", "international"),
}


def same_licence(wanted: str, held: str) -> bool | None:
    """Whether a licence is the wanted one; None where only its version is not told.

    The words of both must be the same: `gpl` is neither `lgpl` nor `agpl`. A wanted licence without a version takes
    every version.
    """
    if held.casefold() in ("other", "custom"):
        return wanted.casefold() == held.casefold() or None
    words, version = _taken_apart(wanted)
    mine, its = _taken_apart(held)
    if words != mine or not words:
        return False
    if version is None or version == its:
        return True
    return None if its is None else False


@lru_cache(maxsize=4096)
def _taken_apart(text: str) -> tuple[tuple[str, ...], str | None]:
    """The words that tell a family, and the version: `Apache License, Version 2.0` is (apache,), 2."""
    plain = " ".join(re.findall(r"[^\W\d_]+|\d+(?:\.\d+)*", text.casefold()))
    for long, short in _LONG:
        plain = plain.replace(long, short)
    plain = re.sub(r"(?<=[^\W\d_])v(?= \d)|\bv\b", "", plain)
    words: list[str] = []
    version: str | None = None
    for word in plain.split():
        if word[0].isdigit():
            version = version or re.sub(r"(?:\.0)+$", "", word)
        elif word not in _FILLING:
            words.append(word)
    return tuple(words), version
