"""Is one of two systems better, item by item? Tests of paired differences at a sample size fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence

from rung.stats.terminal import binomial_tail

FLIPS = 9999
_CELLS = 20_000_000


def paired_p(differences: Sequence[float], *, seed: int, flips: int = FLIPS) -> float:
    """Two-sided p-value against "the differences are as likely to be d as -d", by flipping signs.

    Where all differences that are not 0 have one size (0/1 scores), it is exact: the sign test, which is McNemar's
    exact test. Otherwise (1 + flips that reach the sum) / (1 + flips). Source: Edgington & Onghena 2007, section 5.

    Args:
        differences: one per item.
        seed: of the flips.
        flips: how many.
    """
    import numpy as np

    d = np.asarray([value for value in differences if value != 0], dtype=np.float64)
    if len(d) == 0:
        return 1.0
    sizes = np.abs(d)
    if np.allclose(sizes, sizes[0]):
        more = int(max((d > 0).sum(), (d < 0).sum()))
        return min(1.0, 2 * binomial_tail(more, len(d), 0.5))
    generator = np.random.default_rng(abs(seed))
    reach = abs(float(d.sum())) - 1e-12
    at_once = max(1, _CELLS // len(d))
    reached, done = 0, 0
    while done < flips:
        rows = min(at_once, flips - done)
        signs = generator.integers(0, 2, size=(rows, len(d)), dtype=np.int8) * 2 - 1
        reached += int((np.abs(signs @ d) >= reach).sum())
        done += rows
    return (1 + reached) / (1 + flips)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values: rejecting those <= alpha keeps the chance of any false rejection at alpha.

    Source: Holm 1979.
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted
