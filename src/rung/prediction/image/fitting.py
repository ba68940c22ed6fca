"""Fitting the constants, and what they are worth on models that the fit has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

from rung.prediction.image.constants import Constants
from rung.prediction.image.measurements import MeasuredImage
from rung.prediction.image.step import START, Floats, batches, columns

ROWS_PER_MODEL: Final = 40.0
"""Each model weighs as much as so many rows, however many it has."""
NORMAL_90: Final = 1.645


@dataclass(frozen=True, slots=True)
class Judged:
    """Logarithms of predicted over measured joules and seconds, of rows whose model was left out; shape (n,)."""

    energy: Floats
    latency: Floats
    models: tuple[str, ...]


def fit_values(rows: Sequence[MeasuredImage]) -> dict[str, float]:
    """Constants by a robust least squares of both logarithms, held near where they start."""
    at, joules, seconds = columns([row.job for row in rows]), _joules(rows), _seconds(rows)
    names = tuple(START)
    start = np.log(np.array([START[name][0] for name in names]))
    free = np.array([START[name][1] for name in names])
    weight = np.sqrt(_weights(rows))

    def residuals(x: Floats) -> Floats:
        time, energy = batches(at, dict(zip(names, np.exp(x), strict=True)))
        return np.concatenate([weight * np.log(energy / joules), weight * np.log(time / seconds), (x - start) / free])

    solver: Any = optimize
    found: Floats = solver.least_squares(residuals, start, loss="soft_l1", f_scale=0.2).x
    return {name: float(value) for name, value in zip(names, np.exp(found), strict=True)}


def judge(rows: Sequence[MeasuredImage], values: Mapping[str, float]) -> Judged:
    """Errors of constants on rows."""
    time, energy = batches(columns([row.job for row in rows]), values)
    models = tuple(row.model for row in rows)
    return Judged(np.log(energy / _joules(rows)), np.log(time / _seconds(rows)), models)


def cross_validate(rows: Sequence[MeasuredImage]) -> Judged:
    """Errors on each model of constants that were fitted on the others, in the order of the rows."""
    names = np.array([row.model for row in rows])
    energy, latency = np.zeros(len(rows)), np.zeros(len(rows))
    for model in sorted(set(names.tolist())):
        out = names == model
        values = fit_values([row for row, left in zip(rows, out, strict=True) if not left])
        found = judge([row for row, left in zip(rows, out, strict=True) if left], values)
        energy[out], latency[out] = found.energy, found.latency
    return Judged(energy, latency, tuple(names.tolist()))


def half_width(errors: Floats, models: Sequence[str]) -> float:
    """Half of a 90% interval: 1.645 x the root of the mean square, each model weighing alike, x (1 + 2 / models).

    The last is a margin for so few models, as Student's t has one.
    """
    names = np.array(models)
    unique = sorted(set(models))
    square = float(np.mean([np.mean(errors[names == model] ** 2) for model in unique]))
    return NORMAL_90 * square**0.5 * (1 + 2 / len(unique))


def coverage(errors: Floats, models: Sequence[str]) -> float:
    """Share of rows inside an interval whose width comes from the errors of the other models."""
    names = np.array(models)
    inside = np.zeros(len(errors), dtype=bool)
    for model in sorted(set(models)):
        out = names == model
        half = half_width(errors[~out], [str(name) for name in names[~out]])
        inside[out] = np.abs(errors[out]) <= half
    return float(inside.mean())


def fit_constants(rows: Sequence[MeasuredImage], origin: Mapping[str, Any]) -> Constants:
    """Constants of all rows, with intervals from the cross-validation."""
    seen = cross_validate(rows)
    scores = {
        "rows": len(rows),
        "models": len(set(seen.models)),
        "leave_model_out_mape_j_per_image": mape(seen.energy),
        "leave_model_out_mape_batch_s": mape(seen.latency),
        "leave_model_out_coverage_j_per_image": coverage(seen.energy, seen.models),
        "leave_model_out_coverage_batch_s": coverage(seen.latency, seen.models),
    }
    return Constants(
        values=fit_values(rows),
        energy_error=half_width(seen.energy, seen.models),
        latency_error=half_width(seen.latency, seen.models),
        origin={**origin, **scores},
    )


def mape(errors: Floats) -> float:
    """Mean absolute error over the measured value, from logarithms of ratios."""
    return float(np.mean(np.abs(np.exp(errors) - 1)))


def r2(errors: Floats, measured: Floats) -> float:
    """Share of the variance of the logarithm of a measured figure that is explained; nan for a single value."""
    truth = np.log(measured)
    spread = float(np.sum((truth - truth.mean()) ** 2))
    return 1 - float(np.sum(errors**2)) / spread if spread else float("nan")


def _weights(rows: Sequence[MeasuredImage]) -> Floats:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.model] = counts.get(row.model, 0) + 1
    return np.array([ROWS_PER_MODEL / counts[row.model] for row in rows])


def _joules(rows: Sequence[MeasuredImage]) -> Floats:
    return np.array([row.j_per_image for row in rows])


def _seconds(rows: Sequence[MeasuredImage]) -> Floats:
    return np.array([row.batch_s for row in rows])
