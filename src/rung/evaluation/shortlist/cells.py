"""What a cell of a table of models says: nothing, a number, or one or several texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, cast

Match = Callable[[str, str], bool | None]

NOTHING: Final = frozenset(
    {"", "-", "--", "–", "—", "?", "n/a", "na", "nan", "none", "null", "unknown", "tbd", "undisclosed", "not available"}
)
_MOST_SHOWN: Final = 60


def is_unknown(cell: Any) -> bool:
    """Nothing is said: no value, NaN, an empty list, or a word for it."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return _says_nothing(cell)
    if isinstance(cell, float):
        return math.isnan(cell)
    return isinstance(cell, list | tuple) and all(is_unknown(one) for one in cast("Sequence[Any]", cell))


@lru_cache(maxsize=65536)
def _says_nothing(text: str) -> bool:
    return text.strip().casefold() in NOTHING


def shown(cell: Any) -> str:
    """A cell as it is printed; long ones are cut."""
    if is_unknown(cell):
        return "unknown"
    if isinstance(cell, str):
        return _cut(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    text = ", ".join(map(str, cast("Sequence[Any]", cell))) if isinstance(cell, list | tuple) else str(cell)
    return _cut(text)


@lru_cache(maxsize=65536)
def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def texts(cell: Any) -> tuple[str, ...]:
    """The texts of a cell: itself, and its parts where it is a list or has commas, semicolons, slashes or bars."""
    if is_unknown(cell):
        return ()
    if isinstance(cell, list | tuple):
        return tuple(text for one in cast("Sequence[Any]", cell) for text in texts(one))
    if isinstance(cell, bool):
        return ("true" if cell else "false",)
    return _parts(str(cell))


@lru_cache(maxsize=65536)
def _parts(text: str) -> tuple[str, ...]:
    whole = text.strip()
    parts = (part.strip(" \t\n'\"") for part in re.split(r"[,;/|]", whole.strip("[](){}")))
    return tuple(dict.fromkeys([whole, *(part for part in parts if part)]))


def holds(wanted: str, cell: Any, same: Match) -> bool | None:
    """Whether one of a cell's texts is the wanted one; None where it cannot be told. `*` stands for any letters."""
    found = {_wild(wanted, text) if "*" in wanted else same(wanted, text) for text in texts(cell)}
    return True if True in found else None if None in found or not found else False


def same_text(wanted: str, held: str) -> bool | None:
    """Texts that are one but for case and white space."""
    return " ".join(wanted.casefold().split()) == " ".join(held.casefold().split())


def _wild(wanted: str, text: str) -> bool:
    """Whether the pieces between the stars stand in a text, in order; linear in its length."""
    head, *middle, tail = wanted.casefold().split("*")
    folded = text.casefold()
    at = len(head)
    if not folded.startswith(head):
        return False
    for piece in middle:
        found = folded.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(folded) - len(tail) >= at and folded.endswith(tail)
