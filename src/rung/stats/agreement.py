"""How far raters agree: Krippendorff's alpha, with ratings missing, and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

Level = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha.

    Args:
        alpha: 1 is full agreement, 0 what chance gives, below 0 is less; None where it is not defined: nothing was
            rated twice, or all ratings are the same.
        low: 2.5% quantile of the bootstrap; None with `alpha`, or where fewer than two groups were rated twice.
        high: 97.5% quantile.
        units: how many were rated at least twice.
        ratings: of those units.
    """

    alpha: float | None
    low: float | None
    high: float | None
    units: int
    ratings: int


def krippendorff_alpha(units: Iterable[Sequence[float]], *, level: Level) -> float | None:
    """Krippendorff's alpha = 1 - observed / expected disagreement, over pairs of ratings of one unit.

    Args:
        units: the ratings of each unit, in any order; a missing rating is left out. Units with fewer than two say
            nothing and are skipped.
        level: `nominal` (the same or not), `ordinal` (ranks), `interval` (squared differences).

    Returns:
        alpha; None where no unit has two ratings or all ratings are the same.

    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.
    """
    paired = [unit for unit in units if len(unit) > 1]
    if not paired:
        return None
    domain, coincidences = _coincidences(paired)
    whole: Matrix = coincidences.sum(axis=0)
    return _alpha(whole, domain, level)


def rater_agreement(
    units: Mapping[Any, Sequence[Sequence[float]]], *, level: Level, resamples: int = 1000, seed: int = 0
) -> Agreement:
    """Alpha with a bootstrap interval of 95% over groups of units that belong together.

    Args:
        units: group (an item) -> its units (each response), each with its ratings. Groups are drawn with
            replacement, since units of one item are not independent.
        level: of measurement.
        resamples: of the bootstrap; those in which alpha is not defined are left out.
        seed: of the bootstrap.
    """
    import numpy as np

    paired = [(group, unit) for group, its in units.items() for unit in its if len(unit) > 1]
    groups, ratings = [group for group, _ in paired], [unit for _, unit in paired]
    total, names = sum(len(unit) for unit in ratings), list(dict.fromkeys(groups))
    alpha = krippendorff_alpha(ratings, level=level)
    if alpha is None or len(names) < 2:
        return Agreement(alpha, None, None, len(ratings), total)
    domain, coincidences = _coincidences(ratings)
    place = {name: number for number, name in enumerate(names)}
    by_group = np.zeros((len(names), len(domain), len(domain)))
    np.add.at(by_group, [place[group] for group in groups], coincidences)
    weights = np.random.default_rng(abs(seed)).multinomial(len(names), [1 / len(names)] * len(names), size=resamples)
    samples: Matrix = np.tensordot(weights.astype(np.float64), by_group, axes=1)
    drawn = (_alpha(sample, domain, level) for sample in samples)
    found = [value for value in drawn if value is not None]
    low, high = (float(np.quantile(found, q)) for q in (0.025, 0.975)) if found else (None, None)
    return Agreement(alpha, low, high, len(ratings), total)


def _coincidences(units: Sequence[Sequence[float]]) -> tuple[Matrix, Matrix]:
    """Values that occur, and for each unit (two ratings or more) its pairs of values: shape (units, V, V)."""
    import numpy as np

    domain, places = np.unique(np.array([v for unit in units for v in unit], dtype=np.float64), return_inverse=True)
    sizes = [len(unit) for unit in units]
    counts = np.zeros((len(units), len(domain)))
    np.add.at(counts, (np.repeat(np.arange(len(units)), sizes), places), 1.0)
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, range(len(domain)), range(len(domain))] -= counts
    return domain, pairs / (np.array(sizes, dtype=np.float64).reshape(-1, 1, 1) - 1.0)


def _alpha(coincidences: Matrix, domain: Matrix, level: Level) -> float | None:
    import numpy as np

    counts = coincidences.sum(axis=0)
    total = float(counts.sum())
    distance = _squared_distance(counts, domain, level)
    expected = float(((np.outer(counts, counts) - np.diag(counts)) * distance).sum())
    if total < 2 or expected <= 0:
        return None
    return 1.0 - (total - 1.0) * float((coincidences * distance).sum()) / expected


def _squared_distance(counts: Matrix, domain: Matrix, level: Level) -> Matrix:
    """Shape (V, V): how far two values are apart, squared."""
    import numpy as np

    if level == "nominal":
        return 1.0 - np.eye(len(domain))
    # Ordinal: the ratings that lie between two values, those at the ends by half.
    place = np.cumsum(counts) - counts / 2 if level == "ordinal" else domain
    return (place[:, None] - place[None, :]) ** 2
