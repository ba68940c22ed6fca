"""Agreement of two raters beyond chance: Cohen's kappa."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Weights = Literal["none", "linear", "quadratic"]
"""How far apart two labels of an ordered scale are: all alike, by steps, by squared steps."""


def confusion(rows: Sequence[str], columns: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """Counts of pairs of labels: `labels` x `labels`, one rater in rows, the other in columns.

    Raises:
        ValueError: lengths differ, or a label is not among `labels`.
    """
    import numpy as np

    place = {label: at for at, label in enumerate(labels)}
    if unknown := (set(rows) | set(columns)) - set(place):
        raise ValueError(f"the label {min(unknown)!r} is not among {list(labels)}")
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for row, column in zip(rows, columns, strict=True):
        counts[place[row], place[column]] += 1
    return counts


def cohen_kappa(counts: NDArray[np.int64], weights: Weights = "none") -> float | None:
    """Cohen's kappa = 1 - sum(w * observed) / sum(w * expected), w the distance of two labels in order.

    Args:
        counts: a confusion matrix, labels in the order of the scale.
        weights: of disagreements.

    Returns:
        At most 1; 0 is agreement by chance. None where it is not defined: nothing was rated, or both raters gave one
        label only. Source: Cohen 1960 and 1968.
    """
    return _kappas(counts[None].astype(float), weights)[0]


def kappa_interval(
    counts: NDArray[np.int64], weights: Weights = "none", *, seed: int = 0, draws: int = 2000
) -> tuple[float, float] | None:
    """95% interval of kappa by the bootstrap of items (percentiles); None where kappa is not defined.

    Draws in which it is not defined are left out. With few items it is too narrow, as such intervals are.
    """
    import numpy as np

    n = int(counts.sum())
    if n == 0 or cohen_kappa(counts, weights) is None:
        return None
    drawn = np.random.default_rng(abs(seed)).multinomial(n, counts.ravel() / n, size=draws)
    found = [k for k in _kappas(drawn.reshape(draws, *counts.shape).astype(float), weights) if k is not None]
    low, high = np.quantile(np.array(found), [0.025, 0.975])
    return float(low), float(high)


def _kappas(counts: NDArray[np.float64], weights: Weights) -> list[float | None]:
    import numpy as np

    size = counts.shape[1]
    far: dict[Weights, Callable[[int], float]] = {
        "none": lambda step: float(step > 0),
        "linear": float,
        "quadratic": lambda step: float(step**2),
    }
    distance = np.array([[far[weights](abs(a - b)) for b in range(size)] for a in range(size)])
    totals = counts.sum(axis=(1, 2))
    expected = np.einsum("ki,kj->kij", counts.sum(axis=2), counts.sum(axis=1))
    apart = (counts * distance).sum(axis=(1, 2))
    by_chance = (expected * distance).sum(axis=(1, 2))
    return [
        None if chance == 0 else float(1 - there * total / chance)
        for there, chance, total in zip(apart, by_chance, totals, strict=True)
    ]
