"""Quantiles of any number of values in flat memory: counts in bins whose edges grow by a fixed ratio."""

from __future__ import annotations

import math
from math import log
from typing import Final

RESOLUTION: Final = 0.01
"""An edge is so much above the one before; a quantile is given at the middle of its bin, so within half of that."""

LEAST, MOST = 1e-6, 1e8
"""Values below the first are counted as 0; values above the last as the last."""

_SCALE = 1 / math.log1p(RESOLUTION)
_SHIFT = math.log(LEAST)
_OFFSET = 1 - _SHIFT * _SCALE
_BINS = math.ceil((math.log(MOST) - _SHIFT) * _SCALE) + 1


class LogHistogram:
    """Counts of values >= 0 in logarithmic bins of 1%; the mean is exact."""

    __slots__ = ("counts", "largest", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (_BINS + 1)
        self.sum = 0.0
        self.largest = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """Count a value, `times` over."""
        self.sum += value * times
        if value > self.largest:
            self.largest = value
        if value <= LEAST:
            self.counts[0] += times
        elif value < MOST:
            self.counts[int(log(value) * _SCALE + _OFFSET)] += times
        else:
            self.counts[_BINS] += times

    @property
    def number(self) -> int:
        """How many were counted."""
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """The exact mean; None of nothing."""
        number = self.number
        return self.sum / number if number else None

    def quantile(self, level: float) -> float | None:
        """The value that a share `level` of all does not exceed, within 0.5%; None of nothing."""
        if not (number := self.number):
            return None
        need, seen = level * number, 0
        for at, count in enumerate(self.counts):
            seen += count
            if count and seen >= need:
                return min(_middle(at), self.largest)
        return self.largest

    def share_within(self, limit: float) -> float | None:
        """The share of values that do not exceed a limit; values in its bin count by the part below it."""
        if not (number := self.number):
            return None
        if limit >= self.largest:
            return 1.0
        if limit <= LEAST:
            return self.counts[0] / number
        place = (math.log(limit) - _SHIFT) * _SCALE
        at = min(int(place) + 1, _BINS)
        return (sum(self.counts[:at]) + self.counts[at] * (place - int(place))) / number


def _middle(at: int) -> float:
    return 0.0 if at == 0 else math.exp(_SHIFT + (at - 0.5) / _SCALE)
