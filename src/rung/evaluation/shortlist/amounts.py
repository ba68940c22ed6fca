"""Numbers with units as people write them in leaderboards: `7B`, `128k`, `80%`, `$0.15`, `1,234`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

UNITS: Final = {
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "t": 1e12,
    "trillion": 1e12,
}
_WRITTEN: Final = re.compile(
    r"(?P<before>\$|usd)?\s*"
    r"(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*"
    rf"(?P<unit>%|percent|{'|'.join(sorted(UNITS, key=len, reverse=True))})?\s*"
    r"(?P<after>\$|usd|tokens?|param(?:eter)?s)?",
    re.ASCII,
)
_MIXTURE: Final = re.compile(r"(?P<total>[\d.]+\s*[mbt])[-_ ]a[\d.]+\s*[mbt]", re.ASCII)
_BINARY: Final = {1e3: 1.024, 1e6: 1.048576}


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it was written.

    Args:
        value: with its unit multiplied in; 80 for 80%.
        scale: of its unit; 1 without one.
        percent: whether it was a percentage.
        usd: whether it was money.
    """

    value: float
    scale: float = 1.0
    percent: bool = False
    usd: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number between two ends: 128k tokens are 128,000 for one writer and 131,072 for another.

    Of two amounts exactly one is true: `below`, `above`, or neither, which is `same`.
    """

    low: float
    high: float

    def below(self, other: Amount) -> bool:
        """It is less for certain."""
        return self.high < other.low

    def above(self, other: Amount) -> bool:
        """It is more for certain."""
        return self.low > other.high

    def same(self, other: Amount) -> bool:
        """They may be one number."""
        return not (self.below(other) or self.above(other))


def exactly(value: float) -> Amount:
    """An amount without play."""
    return Amount(value, value)


def rounded(value: float, scale: float) -> Amount:
    """A number of tokens: k is 1,000 or 1,024, M is 1,000,000 or 1,048,576."""
    ends = sorted((value, value * _BINARY.get(scale, 1.0)))
    return Amount(ends[0], ends[1])


def written(cell: Any) -> Written | None:
    """The number in a cell, or None where there is none that is finite."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        try:
            value = float(cell)
        except OverflowError:
            return None
        return Written(value) if math.isfinite(value) else None
    return _parsed(cell) if isinstance(cell, str) else None


@lru_cache(maxsize=65536)
def _parsed(text: str) -> Written | None:
    plain = text.strip().casefold()
    if mixture := _MIXTURE.fullmatch(plain):  # 30B-A3B: 30 in all, 3 active
        plain = mixture["total"]
    found = _WRITTEN.fullmatch(plain)
    if found is None:
        return None
    unit = found["unit"] or ""
    scale = UNITS.get(unit, 1.0)
    value = float(found["number"].replace(",", "")) * scale
    if not math.isfinite(value):
        return None
    money = {found["before"], found["after"]} & {"$", "usd"}
    return Written(value, scale, percent=unit in ("%", "percent"), usd=bool(money))
