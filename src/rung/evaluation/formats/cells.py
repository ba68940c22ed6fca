"""Reading JSON values of a row as what they should be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from rung.evaluation.formats.dataset import Unusable
from rung.types import TokenUsage

FILL = "fill it in, or remove the row"


def text_of(value: Any, name: str, *, empty: bool = False) -> str:
    """A text; numbers and truth values become their usual spelling.

    Raises:
        Unusable: it is missing, empty (unless `empty`), no text, or holds half of a surrogate pair.
    """
    if value is None:
        raise Unusable(f"{name!r} is missing", FILL)
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int | float):
        text = _spelled(value, name)
    elif isinstance(value, str):
        text = value
    else:
        raise Unusable(f"{name!r} is {_kind(value)}, not text", "write it as text")
    if not empty and not text.strip():
        raise Unusable(f"{name!r} is empty", FILL)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unusable(f"{name!r} holds half of a surrogate pair", "write it as whole UTF-8 text") from None
    return text


def label_of(value: Any, name: str) -> str | None:
    """A text that may be missing or empty, which is None."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return text_of(value, name)


def texts_of(value: Any, name: str) -> tuple[str, ...]:
    """A list of texts, or a single one; missing is none."""
    if value is None or value == "":
        return ()
    held: Any = value
    if isinstance(value, Mapping) and "text" in value:  # SQuAD as the Hugging Face hub stores it
        held = cast("Mapping[str, Any]", value)["text"]
    many: Sequence[Any] = cast("Sequence[Any]", held) if isinstance(held, list | tuple) else (held,)
    return tuple(text_of(one, name) for one in many)


def list_of(value: Any, name: str) -> Sequence[Any]:
    """A list; missing is an empty one.

    Raises:
        Unusable: it is none.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Unusable(f"{name!r} is {_kind(value)}, not a list", "write a JSON list")
    return cast("Sequence[Any]", value)


def mapping_of(value: Any, name: str) -> Mapping[str, Any]:
    """A JSON object; missing is an empty one.

    Raises:
        Unusable: it is none.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unusable(f"{name!r} is {_kind(value)}, not an object", "write a JSON object")
    return cast("Mapping[str, Any]", value)


def number_of(value: Any, name: str) -> float | None:
    """A number >= 0, or None where it is missing.

    Raises:
        Unusable: it is none.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except OverflowError:
        raise Unusable(f"{name!r} is a number too large to count with", "write a number, or leave it out") from None
    except (TypeError, ValueError):
        raise Unusable(f"{name!r} is {repr(value)[:80]}, not a number", "write a number, or leave it out") from None
    if not (math.isfinite(number) and number >= 0):
        raise Unusable(f"{name!r} is {number:g}", "write a number >= 0, or leave it out")
    return number


def usage_of(value: Any, name: str) -> TokenUsage | None:
    """Token counts: an object with `input`, `output`, `cached`, `reasoning`."""
    if value is None:
        return None
    given = mapping_of(value, name)
    counts = [int(number_of(given.get(part), f"{name}.{part}") or 0) for part in TokenUsage.__dataclass_fields__]
    return TokenUsage(*counts)


def _spelled(value: float, name: str) -> str:
    """The usual spelling of a number; Python writes no integer of more than 4,300 digits."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Unusable(f"{name!r} is {value}", "write a number, or text")
    try:
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    except ValueError:
        raise Unusable(f"{name!r} is a number of thousands of digits", "write it as text") from None


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, Mapping) else type(value).__name__
