"""Axes: from values to pixels, and where the ticks stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rung.report.numbers import count, digits, scale_of

# A log axis is used where the largest value is so many times the smallest.
_LOG_FROM = 15.0

# What is smaller than the largest by more than this is drawn at the edge.
_DECADES_MOST = 1e12


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at a pixel."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every drawing has: its size, the edges of its plane and its ticks [px]."""

    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear or logarithmic map of [low, high] onto pixels [start, end].

    Args:
        low: smallest value drawn.
        high: largest value drawn.
        start: pixel of `low`.
        end: pixel of `high`.
        log: True for base 10.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond the ends are drawn at the ends."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            part = (math.log10(inside) - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low))
        else:
            part = (inside - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)

    def ticks(self, most: int = 7) -> tuple[float, ...]:
        """Values for the ticks: decades on a log axis, otherwise steps of 1, 2 or 5."""
        if self.log:
            return _decades(self.low, self.high, most)
        step = _step((self.high - self.low) / most)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(round(i * step, 12) for i in range(first, last + 1))


def axis_around(
    values: Sequence[float],
    start: float,
    end: float,
    *,
    most: tuple[float, float] | None = None,
    base: Literal["zero", "data"] = "zero",
) -> Axis:
    """An axis that holds all values with a little air, logarithmic where their range needs it.

    Args:
        values: at least one, not negative.
        start: pixel of the low end.
        end: pixel of the high end.
        most: bounds that the axis never leaves; with them it is linear.
        base: where a linear axis begins: lengths are read from zero, points need no more than what the data span.
    """
    low, high = min(values), max(values)
    if most is not None:
        air = max(0.02, 0.06 * (high - low))
        return Axis(max(most[0], low - air), min(most[1], high + air), start, end)
    positive = [v for v in values if v > 0]
    least = max(min(positive), high / _DECADES_MOST) if positive else 0.0
    if positive and high / least >= _LOG_FROM:
        air = (high / least) ** 0.06
        return Axis(least / air, high * air, start, end, log=True)
    air = 0.06 * (high - low)
    if base == "data" and low > air > 0:
        return Axis(low - air, high + air, start, end)
    return Axis(0.0, high * 1.08 or 1.0, start, end)


def tick_label(value: float, unit: str) -> str:
    """A tick with its SI prefix; counts in words; scores bare."""
    if unit == "requests":
        return count(value).replace(" thousand", "k").replace(" million", "M").replace(" billion", "G")
    if unit == "":
        return f"{value:.2f}"
    divisor, name = scale_of(value * 1.0000001, unit)
    text = digits(value / divisor)
    return (
        f"{text.removesuffix('.0')} {name.replace('tCO2e', 't').replace('gCO2e', 'g').replace('million USD', 'M USD')}"
    )


def _decades(low: float, high: float, most: int) -> tuple[float, ...]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    heads = (1, 2, 5) if last - first <= most // 3 else (1, 3) if last - first <= most // 2 else (1,)
    every = max(1, math.ceil((last - first) / most))
    found = (head * 10.0**power for power in range(first, last + 1, every) for head in heads)
    return tuple(value for value in found if low <= value <= high)


def _step(about: float) -> float:
    power = 10.0 ** math.floor(math.log10(about))
    return next(head * power for head in (1, 2, 5, 10) if head * power >= about * 0.999)
