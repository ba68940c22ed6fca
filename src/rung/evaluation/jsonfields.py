"""How many fields of a JSON object are right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from rung.errors import BadData
from rung.evaluation.text import plain_form

Field = tuple[tuple[str, ...], str]

DEEPEST: Final = 200
"""Objects within objects; a bound of our own, since Python's depends on who calls."""

MOST_BRACES: Final = 50
"""Beyond so many false starts a text is not one that holds an object; keeps hopeless texts from taking seconds."""


def json_field_f1(answer: str, reference: str) -> float:
    """F1 over fields: 2 x equal fields / (fields of the answer + fields of the reference).

    The answer's first JSON object counts, whatever stands around it; without one the score is 0. A field is a path
    and a value; nested objects are taken apart (the path of `{"a": {"b": 1}}` is a, b), a list is one value. Values
    are equal when they are of one kind and equal: numbers as the decimals that are written (5 and 5.0, 1e3 and 1000),
    texts after NFKC, case folding and collapsing white space.

    Raises:
        BadData: the reference holds no JSON object, or one that is nested too deeply.
    """
    wanted = first_object(reference)
    if wanted is None:
        raise BadData(
            f"a reference holds no JSON object: {reference[:80]!r}",
            mend="json_field_f1 needs references that are JSON objects; mend the rows or choose another metric",
        )
    got = first_object(answer)
    if got is None:
        return 0.0
    try:
        right = set(_fields(wanted))
    except RecursionError:
        raise BadData(
            f"a reference is JSON that is nested too deeply: {reference[:80]!r}", mend="flatten the reference"
        ) from None
    try:
        left = set(_fields(got))
    except RecursionError:
        return 0.0
    if not left and not right:
        return 1.0
    return 2 * len(left & right) / (len(left) + len(right))


def first_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, or None; its first `MOST_BRACES` braces are tried. NaN is not JSON.

    A number comes as the `Number` that is written, since a float loses digits and Python bounds those of an integer.
    """
    decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_number, parse_int=_number)
    start = -1
    for _ in range(MOST_BRACES):
        start = text.find("{", start + 1)
        if start < 0:
            return None
        try:
            return cast("dict[str, Any]", decoder.raw_decode(text, start)[0])
        except (ValueError, RecursionError):
            continue
    return None


class Number(str):
    """A decimal in one spelling: sign, digits without zeros at either end, power of ten."""

    __slots__ = ()


def _number(written: str) -> Number:
    """Raises ValueError where the power of ten has thousands of digits."""
    mantissa, _, power = written.lower().partition("e")
    whole, _, decimals = mantissa.lstrip("-").partition(".")
    digits = (whole + decimals).lstrip("0")
    if not digits:
        return Number("0")
    short = digits.rstrip("0")
    ten = int(power or 0) - len(decimals) + len(digits) - len(short)
    return Number(f"{'-' * mantissa.startswith('-')}{short}e{ten}")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _fields(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Field]:
    if len(path) > DEEPEST:
        raise RecursionError
    for key, inner in value.items():
        here = (*path, plain_form(key))
        if isinstance(inner, dict) and inner:
            yield from _fields(cast("dict[str, Any]", inner), here)
        else:
            yield here, _canonical(inner)


def _canonical(value: Any) -> str:
    """One text per value, so that equal values and no others have equal texts."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(plain_form(value))
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ",".join(_canonical(inner) for inner in cast("list[Any]", value)) + "]"
    pairs = sorted(_fields(cast("dict[str, Any]", value)))
    return "{" + ",".join(f"{json.dumps(path)}:{inner}" for path, inner in pairs) + "}"
