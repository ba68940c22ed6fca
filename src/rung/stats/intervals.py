"""Intervals of figures over a fixed set of items: bootstrap by items, and Wilson's for shares.

They are for reports at a fixed count. A search that looks as it goes needs `anytime_interval`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES: Final = 2000
_CELLS: Final = 2_000_000
"""Drawn at once: 16 MB of places."""

LEVEL: Final = 0.95

_ALIKE: Final = 1e-9
"""Values that differ by less are alike: differences of equal decimals differ by rounding."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over items, with its interval.

    Args:
        value: of the items at hand.
        low: lower end, or None where nothing can be said (fewer than two items).
        high: upper end, or None.
        items: how many it rests on.
        level: confidence.
        kind: how the interval was made.
    """

    value: float
    low: float | None
    high: float | None
    items: int
    level: float = LEVEL
    kind: str = "bootstrap"


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float],
    items: int,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Figure:
    """A figure and its percentile interval over resampled items. Source: Efron & Tibshirani 1993, chapter 13.

    For a paired difference the statistic takes the same indices to both sides. Where all resamples agree (all scores
    alike) the interval has no width, although other items could differ: for shares near 0 or 1 use `wilson`.

    Args:
        statistic: the figure of the items at some indices, which may repeat.
        items: how many there are, at least one.
        resamples: how many are drawn.
        level: confidence in (0, 1).
        seed: of the resampling.
    """
    import numpy as np

    value = float(statistic(np.arange(items)))
    if items < 2:
        return Figure(value, None, None, items, level)
    draw = np.random.default_rng(abs(seed))
    figures = [statistic(draw.integers(items, size=items)) for _ in range(resamples)]
    low, high = np.quantile(figures, [(1 - level) / 2, (1 + level) / 2])
    return Figure(value, float(low), float(high), items, level)


def bootstrap_means(values: Sequence[float], *, seed: int, resamples: int = RESAMPLES) -> list[float]:
    """Means of resamples of the values, sorted; each resample draws as many values, with replacement.

    Values of an item in two systems must stay together: resample their differences.

    Args:
        values: one per independent unit; at least one.
        seed: of the draws.
        resamples: how many.
    """
    import numpy as np

    x = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(abs(seed))
    at_once = max(1, _CELLS // len(x))
    found: list[float] = []
    while len(found) < resamples:
        rows = min(at_once, resamples - len(found))
        found += x[generator.integers(0, len(x), size=(rows, len(x)))].mean(axis=1).tolist()
    return sorted(found)


def bootstrap_interval(
    values: Sequence[float], *, alpha: float, seed: int, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """The alpha/2 and 1 - alpha/2 quantiles of the resampled means. Source: Efron & Tibshirani 1993, section 13.

    Asymptotic: with few values, or values that are all the same, it is too narrow.
    """
    means = bootstrap_means(values, seed=seed, resamples=resamples)
    last = len(means) - 1
    return means[round(alpha / 2 * last)], means[round((1 - alpha / 2) * last)]


def mean_interval(
    values: Sequence[float], *, alpha: float, seed: int, lowest: float = 0.0, highest: float = 1.0
) -> tuple[float, float]:
    """`bootstrap_interval`, and where all values are alike an interval that owns that other values could come.

    With n values of c, a share of at most u = 1 - (alpha/2)^(1/n) of the population is not c (Clopper & Pearson 1934),
    and the mean lies in [c + u (lowest - c), c + u (highest - c)]. For values of 0 or 1 it is Hoeffding's interval of
    `mean_estimate`.

    Args:
        values: one per independent unit; at least one.
        alpha: 1 - confidence.
        seed: of the draws.
        lowest: that a value can be.
        highest: likewise.
    """
    least, most = min(values), max(values)
    if most - least > _ALIKE:
        return bootstrap_interval(values, alpha=alpha, seed=seed)
    other = 1 - (alpha / 2) ** (1 / len(values))
    return least + other * (lowest - least), most + other * (highest - most)


def wilson(successes: float, items: int, *, level: float = LEVEL) -> Figure:
    """A share and Wilson's score interval; a tie may count as half a success.

    Of numbers in [0, 1] that are not all 0 or 1 it is wider than need be: their variance is smaller.

    Source: Wilson 1927; without continuity correction.

    Args:
        successes: from 0 to `items`.
        items: how many there are, at least one.
        level: confidence in (0, 1).

    Raises:
        ValueError: it is no share.
    """
    if items < 1 or not 0 <= successes <= items:
        raise ValueError(f"a share of {successes} of {items}")
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    share = successes / items
    middle = (successes + z2 / 2) / (items + z2)
    half = (z2 * (share * (1 - share) / items + z2 / (4 * items * items))) ** 0.5 / (1 + z2 / items)
    low, high = max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
    return Figure(share, low, high, items, level, "wilson")
