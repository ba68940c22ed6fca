"""Percentile bootstrap of a mean over items, for a report; decisions go through the referee."""

from __future__ import annotations

from collections.abc import Sequence

RESAMPLES = 2000
_CELLS = 2_000_000
"""Drawn at once: 16 MB of places."""


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
    generator = np.random.default_rng(seed)
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
