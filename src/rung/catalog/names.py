"""Names that are close to one that no table has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from rung.errors import MissingFactor


def close(wanted: str, known: Iterable[str], count: int = 4) -> list[str]:
    """Names that are the wanted one but for case or a prefix, else hold it, else are spelt nearly like it."""
    low = wanted.casefold()
    folded = {name.casefold(): name for name in known}
    same = [name for text, name in folded.items() if low in (text, text.split(":")[-1])]
    inside = [name for text, name in folded.items() if low and low in text and name not in same]
    near = difflib.get_close_matches(low, folded, n=count, cutoff=0.5)
    return ([*same, *inside] or [folded[text] for text in near])[:count]


def missing(what: str, wanted: str, known: Iterable[str], *, otherwise: str) -> MissingFactor:
    """The error for a name that no table has; its mend names close ones."""
    near = close(wanted, known)
    hint = f"did you mean {', '.join(near)}? Else {otherwise}" if near else otherwise
    return MissingFactor(f"no {what} {wanted!r}", mend=hint)
