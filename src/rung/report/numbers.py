"""Figures as they are printed: SI prefixes, two or three digits, an interval and an origin; unknown is `unknown`."""

from __future__ import annotations

import math
from typing import Final, Literal

from rung.types import Footprint, Quantity

Objective = Literal["carbon", "energy", "cost", "water"]

OBJECTIVES: Final[tuple[Objective, ...]] = ("carbon", "energy", "cost", "water")
UNKNOWN: Final = "unknown"

# From which value on, divided by what, under which name.
_SCALES: Final[dict[str, tuple[tuple[float, float, str], ...]]] = {
    "J": (
        (0, 1e-9, "nJ"),
        (1e-6, 1e-6, "µJ"),
        (1e-3, 1e-3, "mJ"),
        (1, 1, "J"),
        (1e3, 1e3, "kJ"),
        (1e6, 1e6, "MJ"),
        (1e9, 1e9, "GJ"),
        (1e12, 1e12, "TJ"),
    ),
    "gCO2e": (
        (0, 1e-9, "ngCO2e"),
        (1e-6, 1e-6, "µgCO2e"),
        (1e-3, 1e-3, "mgCO2e"),
        (1, 1, "gCO2e"),
        (1e3, 1e3, "kgCO2e"),
        (1e6, 1e6, "tCO2e"),
        (1e9, 1e9, "ktCO2e"),
    ),
    "L": (
        (0, 1e-9, "nL"),
        (1e-6, 1e-6, "µL"),
        (1e-3, 1e-3, "mL"),
        (1, 1, "L"),
        (1e3, 1e3, "m³"),
    ),
    "USD": ((0, 1e-9, "nUSD"), (1e-6, 1e-6, "µUSD"), (1e-3, 1, "USD"), (1e6, 1e6, "million USD")),
    "s": ((0, 1e-6, "µs"), (1e-3, 1e-3, "ms"), (1, 1, "s")),
}


def digits(value: float, significant: int = 2) -> str:
    """Two (or `significant`) significant digits, and all of those before the decimal point."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "∞" if value > 0 else UNKNOWN
    rounded = float(f"{value:.{significant - 1}e}")
    if abs(value) >= 99.5:
        return f"{value:,.0f}"
    return f"{value:.{max(0, significant - 1 - math.floor(math.log10(abs(rounded))))}f}"


def scale_of(value: float, unit: str) -> tuple[float, str]:
    """What to divide by, and the unit with its prefix, for a value of about this size."""
    divisor, name = 1.0, unit
    for start, by, label in _SCALES.get(unit, ()):
        if value >= start:
            divisor, name = by, label
    return (1.0, unit) if value == 0 else (divisor, name)


def plain_figure(value: float, unit: str) -> str:
    """A value without an interval, e.g. `1.2 kgCO2e`."""
    divisor, name = scale_of(value, unit)
    return f"{digits(value / divisor)} {name}".rstrip()


def interval(quantity: Quantity | None) -> str:
    """E.g. `1.2 (0.8–2.4) gCO2e`; without brackets when the ends print as the middle does."""
    if quantity is None:
        return UNKNOWN
    divisor, name = scale_of(quantity.value, quantity.unit)
    # What carries no prefix is a factor (a PUE, an intensity): it is given to three digits.
    kept = 2 if quantity.unit in _SCALES else 3
    mid, low, high = (digits(v / divisor, kept) for v in (quantity.value, quantity.low, quantity.high))
    return (mid if mid == low == high else f"{mid} ({low}–{high})") + f" {name}".rstrip()


def figure(quantity: Quantity | None) -> str:
    """E.g. `1.2 (0.8–2.4) gCO2e, modelled`, or `unknown`."""
    return UNKNOWN if quantity is None else f"{interval(quantity)}, {quantity.origin.label}"


def middle(quantity: Quantity | None) -> str:
    """Only the middle, e.g. `1.2 gCO2e`."""
    return UNKNOWN if quantity is None else plain_figure(quantity.value, quantity.unit)


def spread(quantity: Quantity | None) -> str:
    """Only the ends and the origin, e.g. `0.8–2.4, modelled`; empty when unknown."""
    if quantity is None:
        return ""
    divisor, _ = scale_of(quantity.value, quantity.unit)
    low, high = digits(quantity.low / divisor), digits(quantity.high / divisor)
    return quantity.origin.label if low == high else f"{low}–{high}, {quantity.origin.label}"


def part_of(footprint: Footprint, objective: str) -> Quantity | None:
    """The quantity of a footprint that an objective names."""
    return {
        "carbon": footprint.carbon,
        "energy": footprint.energy,
        "cost": footprint.cost,
        "water": footprint.water,
    }[objective]


def score(value: float | None) -> str:
    """A mean score with three decimals."""
    return UNKNOWN if value is None else f"{value:.3f}"


def score_interval(mean: float | None, low: float | None, high: float | None) -> str:
    """E.g. `0.912 [0.884, 0.935]`."""
    if mean is None or low is None or high is None:
        return score(mean)
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def probability(value: float | None) -> str:
    """A chance in per cent; never a bare 0% or 100% that is not exactly that."""
    if value is None:
        return UNKNOWN
    if value > 0.99:
        return "over 99%" if value < 1 else "100%"
    if value < 0.01:
        return "under 1%" if value > 0 else "0%"
    return f"{100 * value:.0f}%"


def count(value: float) -> str:
    """A count of things, e.g. `1,240`, `52,000` or `1.2 million`."""
    for start, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= start:
            return f"{value / start:.3g} {name}"
    return f"{value:,.0f}" if value >= 100 or value == round(value) else digits(value)


def parameters(value: int | None) -> str:
    """A model's size, e.g. `7B`, `3.8M`."""
    if value is None:
        return UNKNOWN
    for start, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= start:
            return f"{value / start:.2g}{name}" if value < 100 * start else f"{value / start:.0f}{name}"
    return str(value)


def times(part: float, whole: float) -> str:
    """How much larger a part is, in words: `about 11 times as much`; empty where there is no ratio."""
    if whole <= 0 or part <= 0:
        return ""
    ratio = part / whole
    rounded = digits(float(f"{ratio:.1e}"))
    return f"about {rounded} times as much" if ratio >= 1.05 else "about as much"


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent; `unknown` of nothing."""
    if whole <= 0:
        return UNKNOWN
    percent = 100 * part / whole
    return f"{percent:.0f}%" if percent >= 10 else f"{percent:.2g}%"


def wealth(log_wealth: float) -> str:
    """A betting wealth from its natural logarithm, e.g. `34`, `0.02`, `over a million`."""
    if math.isnan(log_wealth):
        return UNKNOWN
    if log_wealth > math.log(1e6):
        return "over a million"
    if log_wealth < math.log(1e-3):
        return "less than 0.001"
    return digits(math.exp(log_wealth))


def progress(log_wealth: float, log_at: float) -> float:
    """How far the evidence has come, from 0 to 1, on the scale of the logarithm."""
    if math.isnan(log_wealth) or math.isnan(log_at):
        return 0.0
    if log_wealth >= log_at:
        return 1.0
    if log_wealth <= 0 or log_at <= 0 or math.isinf(log_at):
        return 0.0
    return log_wealth / log_at


def duration(seconds: float | None) -> str:
    """E.g. `12 ms`, `3.4 s`, `12 min`, `2.1 h`."""
    if seconds is None:
        return UNKNOWN
    if seconds >= 7200:
        return f"{digits(seconds / 3600)} h"
    if seconds >= 120:
        return f"{digits(seconds / 60)} min"
    return plain_figure(seconds, "s")
