"""How far predictions miss: intervals from errors on model families that the fit had not seen.

For each figure, the size of the log error is modelled as s = exp(features x coefficients), fitted on leave-family-out
errors; the interval of a prediction is [prediction x exp(s x q05), prediction x exp(s x q95)], with the quantiles of
error / s. It holds for configurations like those of the tables; where the accelerator or the architecture is one that
no table has, it is widened by stated factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from rung.prediction.roofline.columns import Columns, Floats
from rung.prediction.roofline.step import GRAPH_SEQUENCES, Steps

FEATURES: Final = ("one", "old_engine", "video", "small_host", "small_experts", "hybrid", "prefill", "eager")
_MOST_ERROR: Final = 0.8
_RIDGE: Final = 0.01
TAIL: Final = 0.05

UNSEEN_ACCELERATOR: Final = 1.5
"""Widening of the log interval where no table has the accelerator: assumed; nobody measured it here."""

ESTIMATED_ARCHITECTURE: Final = 1.5
"""Widening where only the size of a model is known; `bench/predictor_cv.py` prints what it was."""

Spread = Mapping[str, Any]


def features(at: Columns, found: Steps) -> NDArray[np.float64]:
    """What the size of an error depends on, shape (n, features)."""
    rows = len(at["batch"])
    given = {
        "one": np.ones(rows),
        "old_engine": at["vllm-2024"],
        "video": (at["videos"] > 0).astype(np.float64),
        "small_host": at["B200"] * (at["count"] == 1),
        "small_experts": at["small_moe"],
        "hybrid": at["hybrid"],
        "prefill": found.terms["prefill"] / found.step_s,
        "eager": (at["sequences"] > GRAPH_SEQUENCES).astype(np.float64),
    }
    return np.stack([given[name] for name in FEATURES], axis=1)


def fit_spread(given: NDArray[np.float64], errors: Floats) -> Spread:
    """The spread of errors = ln(measured / predicted) of predictions on unseen families.

    Args:
        given: of `features`, shape (n, features).
        errors: shape (n,).
    """
    from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

    size = np.minimum(np.abs(errors), _MOST_ERROR)

    def loss(coefficients: NDArray[np.float64]) -> float:
        log_scale = given @ coefficients
        pull = _RIDGE * float(np.sum(coefficients[1:] ** 2))
        return float(np.mean(log_scale + size * np.exp(-log_scale))) + pull

    first = np.zeros(given.shape[1])
    first[0] = np.log(max(float(size.mean()), 1e-3))
    minimize = cast("Callable[..., Any]", getattr(optimize, "minimize"))  # noqa: B009 - scipy has no types
    coefficients: NDArray[np.float64] = minimize(loss, first, method="BFGS").x
    scale = np.exp(given @ coefficients)
    low, high = np.quantile(errors / scale, [TAIL, 1 - TAIL])
    return {
        "features": list(FEATURES),
        "coefficients": [round(float(c), 4) for c in coefficients],
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def interval(spread: Spread, at: Columns, found: Steps, widened: Floats | float = 1.0) -> tuple[Floats, Floats]:
    """Multipliers of a prediction at the ends of its interval, shape (n,) each: low below 1, high above."""
    scale = np.exp(features(at, found) @ np.array(spread["coefficients"])) * widened
    return np.exp(np.minimum(scale * spread["low"], 0.0)), np.exp(np.maximum(scale * spread["high"], 0.0))


def widening(at: Columns, estimated: Floats) -> Floats:
    """By how much intervals are wider than the tables say, shape (n,)."""
    seen = at["A100"] + at["B200"] + at["H100"]
    return np.where(seen > 0, 1.0, UNSEEN_ACCELERATOR) * np.where(estimated > 0, ESTIMATED_ARCHITECTURE, 1.0)
