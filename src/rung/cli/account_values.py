"""The values of `rung account`'s options: three numbers, sizes and prices by model, rates by currency."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from rung.accounting.conditions import Ends, Parameters, Price
from rung.accounting.currencies import known_currency
from rung.errors import BadInput
from rung.units import GRID_RANGE, PUE_RANGE, TARIFF_RANGE

SMALLEST: Final = 1e-9


LIMITS: Final[Mapping[str, tuple[float, float, str]]] = {
    "--pue": (*PUE_RANGE, ""),
    "--tariff": (*TARIFF_RANGE, " USD/kWh"),
    **dict.fromkeys(("--grid-intensity", "--market-intensity", "--direct-intensity"), (*GRID_RANGE, " gCO2e/kWh")),
    "--count": (SMALLEST, 1e18, ""),
    "--replicas": (0.0, 1e6, ""),
    "--parameters": (0.0, 1e9, " in 10^9"),
    "--price": (0.0, 1e9, " USD per 10^6 tokens"),
    "--exchange": (0.0, 1e9, " USD"),
}
"""What an option may be, and its unit; the others 0 to 1e15."""


def number(option: str, text: str) -> float:
    """A number that the option may be.

    Raises:
        BadInput: it is not.
    """
    try:
        value = float(text)
    except ValueError:
        mend = "write a decimal point" if re.fullmatch(r"\d+,\d+", text) else "give a number"
        raise BadInput(f"{option}: {text!r} is no number", mend=mend) from None
    return amount(option, value)


def amount(option: str, value: float) -> float:
    """As it is, when it lies in the range of the option and is not so small that nothing can be divided by it.

    Raises:
        BadInput: it is not.
    """
    low, high, unit = LIMITS.get(option, (0.0, 1e15, ""))
    if not low <= value <= high or 0 < value < SMALLEST:
        least = "0, or from 1e-09" if low == 0 else f"from {low:g}"
        raise BadInput(f"{option} {value:g} cannot be", mend=f"give a number, {least} to {high:g}{unit}")
    return value


def maybe(option: str, value: float | None) -> float | None:
    """As `amount`, where it is given."""
    return None if value is None else amount(option, value)


def ends(option: str, text: str | None) -> Ends | None:
    """`20,40,60` as low, mid, high; one number stands for all three.

    Raises:
        BadInput: there are two numbers, or more than three.
    """
    if text is None:
        return None
    parts = [number(option, part.strip()) for part in text.split(",")]
    if len(parts) == 1:
        return parts[0], parts[0], parts[0]
    if len(parts) != 3:
        raise BadInput(f"{option} {text}: one number or three", mend="write LOW,MID,HIGH, with decimal points")
    return parts[0], parts[1], parts[2]


def parameters(given: Iterable[str]) -> dict[str, Parameters]:
    """`MODEL=8/8` or `MODEL=20-60/100-300`: active and total parameters [10^9].

    Raises:
        BadInput: it is written otherwise, or more are active than there are.
    """
    found: dict[str, Parameters] = {}
    for text in given:
        model, sizes = _pair("--parameters", text)
        parts = sizes.split("/")
        if len(parts) not in (1, 2):
            raise BadInput(f"--parameters {text}: active and total", mend="write MODEL=ACTIVE/TOTAL, e.g. mine=13/47")
        ranges = [_range(text, part) for part in parts]
        active, total = ranges[0], ranges[-1]
        if any(part > whole for part, whole in zip(active, total, strict=True)):
            mend = "write MODEL=ACTIVE/TOTAL: what a token uses, then what the model has"
            raise BadInput(f"--parameters {text}: more active parameters than in total", mend=mend)
        found[model] = Parameters(active, total)
    return found


def _range(text: str, part: str) -> Ends:
    low, _, high = part.partition("-")
    first = number("--parameters", low)
    last = number("--parameters", high) if high else first
    if not 0 < first <= last:
        raise BadInput(f"--parameters {text}: {part} is no size", mend="give LOW-HIGH above 0, in 10^9")
    return first, math.sqrt(first * last), last


def prices(given: Iterable[str]) -> dict[str, Price]:
    """`MODEL=2.5/10` or `MODEL=2.5/10/1.25`: input, output, cached [USD per 10^6 tokens].

    Raises:
        BadInput: it is written otherwise.
    """
    found: dict[str, Price] = {}
    for text in given:
        model, figures = _pair("--price", text)
        parts = [number("--price", part) for part in figures.split("/")]
        if len(parts) not in (2, 3):
            raise BadInput(
                f"--price {text}: input and output", mend="write MODEL=INPUT/OUTPUT or MODEL=INPUT/OUTPUT/CACHED"
            )
        found[model] = Price(parts[0], parts[1], parts[2] if len(parts) == 3 else None)
    return found


def rates(given: Iterable[str]) -> dict[str, float]:
    """`EUR=1.08`: USD for one unit.

    Raises:
        BadInput: it is written otherwise, or the rate is 0.
    """
    found: dict[str, float] = {}
    for text in given:
        currency, rate = _pair("--exchange", text)
        found[currency.upper()] = number("--exchange", rate)
        if not known_currency(currency.upper()) or found[currency.upper()] == 0:
            raise BadInput(f"--exchange {text}: a code of ISO 4217 and a rate above 0", mend="write EUR=1.08")
    return found


def _pair(option: str, text: str) -> tuple[str, str]:
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip():
        raise BadInput(f"{option} {text}: a name, an equals sign and a value", mend=f"write {option} NAME=VALUE")
    return name.strip(), value.strip()
