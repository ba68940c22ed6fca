"""A number with its interval, its origin and the names of what makes it uncertain.

A quantity is a sum of terms; a term is a value times named factors, each with a low, a mid (always 1) and a high
multiplier. So a joule figure made with the CPU power model and then multiplied by a grid's intensity still knows
both error sources, and two candidates on one grid are compared under *common* factors: evaluate both `at` the same
scenario, never subtract their intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Origin(IntEnum):
    """Where a figure comes from; larger is weaker, and a sum keeps the weakest."""

    MEASURED = 0
    MODELLED = 1
    QUOTED = 2
    ASSUMED = 3

    @property
    def label(self) -> str:
        """The word that is printed."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Factor:
    """A named source of error: multipliers of the mid value at its low and at its high end.

    Args:
        name: the error source, e.g. `cpu-power-model` or `grid:eu-west-1`; equal names move together.
        low: multiplier at the low end, 0 <= low <= 1.
        high: multiplier at the high end, >= 1.
    """

    name: str
    low: float
    high: float

    def __post_init__(self) -> None:
        if not (0 <= self.low <= 1 <= self.high < math.inf):
            raise ValueError(f"factor {self.name}: need 0 <= low <= 1 <= high, got {self.low}, {self.high}")

    def at(self, position: float) -> float:
        """The multiplier at a position in [-1, 1]: -1 is low, 0 is mid, 1 is high."""
        return 1 + (self.high - 1) * position if position >= 0 else 1 + (1 - self.low) * position


Factors = tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A non-negative figure with unit, interval, origin and error sources.

    `terms` maps a sorted tuple of factors to the mid value [unit] that carries them.
    """

    terms: Mapping[Factors, float]
    unit: str
    origin: Origin = Origin.MEASURED
    _total: float = field(init=False, repr=False, compare=False, default=0.0)

    def __post_init__(self) -> None:
        for value in self.terms.values():
            if not (value >= 0 and math.isfinite(value)):
                raise ValueError(f"a quantity is finite and not negative, got {value} {self.unit}")
        object.__setattr__(self, "_total", math.fsum(self.terms.values()))

    @classmethod
    def of(cls, value: float, unit: str, origin: Origin = Origin.MEASURED, *factors: Factor) -> Quantity:
        """A single value under the given error sources."""
        return cls({tuple(sorted(factors)): float(value)}, unit, origin)

    @classmethod
    def between(cls, low: float, value: float, high: float, unit: str, *, source: str, origin: Origin) -> Quantity:
        """A value with an interval whose one error source is `source`; `value` must be > 0 unless all are 0."""
        if value == 0:
            if high > 0:
                raise ValueError(f"{source}: an interval around 0 has no relative form")
            return cls.of(0.0, unit, origin)
        return cls.of(value, unit, origin, Factor(source, low / value, high / value))

    @classmethod
    def zero(cls, unit: str) -> Quantity:
        """Nothing, measured: the neutral element of `+`."""
        return cls({}, unit, Origin.MEASURED)

    @property
    def value(self) -> float:
        """The mid figure [unit]."""
        return self._total

    @property
    def low(self) -> float:
        """The figure with every error source at its low end [unit]."""
        return math.fsum(v * math.prod(f.low for f in fs) for fs, v in self.terms.items())

    @property
    def high(self) -> float:
        """The figure with every error source at its high end [unit]."""
        return math.fsum(v * math.prod(f.high for f in fs) for fs, v in self.terms.items())

    @property
    def sources(self) -> frozenset[str]:
        """The names of the error sources."""
        return frozenset(f.name for fs in self.terms for f in fs)

    def at(self, scenario: Mapping[str, float]) -> float:
        """The figure [unit] when each named source stands at a position in [-1, 1]; absent sources stay at mid."""
        return math.fsum(v * math.prod(f.at(scenario.get(f.name, 0.0)) for f in fs) for fs, v in self.terms.items())

    def __add__(self, other: Quantity) -> Quantity:
        if other.unit != self.unit:
            raise ValueError(f"cannot add {other.unit} to {self.unit}")
        terms = dict(self.terms)
        for factors, value in other.terms.items():
            terms[factors] = terms.get(factors, 0.0) + value
        return Quantity(terms, self.unit, max(self.origin, other.origin))

    def scaled(self, by: float, unit: str | None = None) -> Quantity:
        """The quantity times a certain number >= 0, in `unit` if the number changes it."""
        return Quantity({fs: v * by for fs, v in self.terms.items()}, unit or self.unit, self.origin)

    def times(self, other: Quantity, unit: str) -> Quantity:
        """The product, in `unit`; both sides' error sources stay named (a shared one counts once, at its widest)."""
        terms: dict[Factors, float] = {}
        for mine, a in self.terms.items():
            for theirs, b in other.terms.items():
                key = _merged(mine, theirs)
                terms[key] = terms.get(key, 0.0) + a * b
        return Quantity(terms, unit, max(self.origin, other.origin))

    def with_factor(self, factor: Factor, origin: Origin | None = None) -> Quantity:
        """The same mid figure under one more error source."""
        terms: dict[Factors, float] = {}
        for factors, value in self.terms.items():
            key = _merged(factors, (factor,))
            terms[key] = terms.get(key, 0.0) + value
        return Quantity(terms, self.unit, self.origin if origin is None else max(self.origin, origin))

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back exactly; low and high are for readers."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "origin": self.origin.label,
            "terms": [[v, [[f.name, f.low, f.high] for f in fs]] for fs, v in self.terms.items()],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Quantity:
        """The quantity that `to_json` wrote."""
        terms = {tuple(Factor(*f) for f in factors): float(value) for value, factors in data["terms"]}
        return cls(terms, data["unit"], Origin[str(data["origin"]).upper()])


def _merged(mine: Factors, theirs: Factors) -> Factors:
    by_name = {f.name: f for f in mine}
    for factor in theirs:
        known = by_name.get(factor.name)
        by_name[factor.name] = (
            factor if known is None else Factor(factor.name, min(known.low, factor.low), max(known.high, factor.high))
        )
    return tuple(sorted(by_name.values()))


def total(quantities: Iterable[Quantity], unit: str) -> Quantity:
    """The sum of many quantities of one unit."""
    result: Quantity | None = None
    for quantity in quantities:
        if quantity.unit != unit:
            raise ValueError(f"cannot add {quantity.unit} to {unit}")
        result = quantity if result is None else result + quantity
    return Quantity.zero(unit) if result is None else result


def sum_known(quantities: Iterable[Quantity | None], unit: str) -> Quantity | None:
    """The sum, or None (unknown) when any part is unknown: an unknown is never 0."""
    parts = list(quantities)
    known = [q for q in parts if q is not None]
    return total(known, unit) if len(known) == len(parts) else None
