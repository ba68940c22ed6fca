"""What predictions of serving are judged by, for `predictor.py` and `predictor_cv.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rung.footprint.peers import ecologits_gpu_j_per_token, ecologits_itl_s
from rung.prediction.roofline.measurements import Measured

Floats = NDArray[np.float64]
MISSED = 0.1
"""Share of true values that may lie outside an interval."""


def scores(truth: Floats, ours: Floats, ends: tuple[Floats, Floats] | None) -> dict[str, float]:
    """Errors of predictions, shape (n,) each; `ends` are the interval's over the prediction.

    mape and median_ape: of |prediction / truth - 1|. r2_log: of natural logarithms. coverage: share of true values in
    the interval. half_width: median of (high - low) / (2 x prediction). interval_score: mean over truth of (high - low)
    + 2/0.1 x how far the truth lies outside (Gneiting and Raftery 2007), on logarithms.
    """
    known = np.isfinite(truth)
    truth, ours = truth[known], ours[known]
    if not len(truth):
        return {"n": 0}
    error, logs = np.abs(ours / truth - 1), np.log(truth)
    around = float(np.sum((logs - logs.mean()) ** 2))
    found = {
        "n": len(truth),
        "mape": float(error.mean()),
        "median_ape": float(np.median(error)),
        "r2_log": 1 - float(np.sum((np.log(ours) - logs) ** 2)) / around if around > 0 else float("nan"),
        "bias_log": float(np.median(np.log(ours / truth))),
    }
    if ends is not None:
        low, high = ends[0][known] * ours, ends[1][known] * ours
        outside = np.maximum(np.log(low / truth), 0) + np.maximum(np.log(truth / high), 0)
        found |= {
            "coverage": float(np.mean((low <= truth) & (truth <= high))),
            "half_width": float(np.median((high - low) / (2 * ours))),
            "interval_score_log": float(np.mean(np.log(high / low) + 2 / MISSED * outside)),
        }
    return found


def slices(rows: Sequence[Measured]) -> dict[str, NDArray[np.bool_]]:
    """Which rows belong to which slice."""

    def chosen(test: Callable[[Measured], bool]) -> NDArray[np.bool_]:
        return np.array([test(row) for row in rows], dtype=np.bool_)

    found = {
        "all": chosen(lambda r: not r.estimated),
        "data_parallel=1": chosen(lambda r: not r.estimated and r.serving.parallel.data == 1),
        "dense": chosen(lambda r: not r.estimated and not r.serving.model.experts),
        "moe": chosen(lambda r: not r.estimated and bool(r.serving.model.experts)),
        "text": chosen(lambda r: not r.estimated and not r.serving.image_tokens and not r.serving.videos),
        "estimated_architecture": chosen(lambda r: r.estimated),
    }
    for gpu in sorted({row.serving.accelerator.key for row in rows}):
        found[f"gpu={gpu}"] = chosen(lambda r, gpu=gpu: not r.estimated and r.serving.accelerator.key == gpu)
    return {name: mask for name, mask in found.items() if mask.any()}


def by_slice(
    rows: Sequence[Measured],
    truth: Mapping[str, Floats],
    ours: Mapping[str, Floats],
    ends: Mapping[str, tuple[Floats, Floats]],
) -> dict[str, dict[str, float]]:
    """`{slice: {figure_metric: number}}` for ours, and `ecologits_*` beside it."""
    theirs = {
        "j_per_token": np.array([_ecologits_j(row) for row in rows]),
        "itl_s": np.array([_ecologits_s(row) for row in rows]),
    }
    found: dict[str, dict[str, float]] = {}
    for name, mask in slices(rows).items():
        found[name] = {}
        for figure in ("j_per_token", "itl_s"):
            low, high = ends[figure]
            mine = scores(truth[figure][mask], ours[figure][mask], (low[mask], high[mask]))
            peer = scores(truth[figure][mask], theirs[figure][mask], None)
            found[name] |= {f"{figure}_{metric}": value for metric, value in mine.items()}
            found[name] |= {f"ecologits_{figure}_{metric}": value for metric, value in peer.items() if metric != "n"}
            if "mape" in mine:
                found[name][f"{figure}_times_less_than_ecologits"] = peer["mape"] / mine["mape"]
    return found


def _ecologits_j(row: Measured) -> float:
    one = row.serving
    return ecologits_gpu_j_per_token(active_b=one.model.active_parameters / 1e9, batch=one.batch, gpus=one.count)


def _ecologits_s(row: Measured) -> float:
    return ecologits_itl_s(active_b=row.serving.model.active_parameters / 1e9, batch=row.serving.batch)


COLUMNS = {
    "J mape": "j_per_token_mape",
    "median": "j_per_token_median_ape",
    "in 90%": "j_per_token_coverage",
    "half": "j_per_token_half_width",
    "ITL mape": "itl_s_mape",
    "ITL in 90%": "itl_s_coverage",
    "ITL half": "itl_s_half_width",
    "EcoLogits J": "ecologits_j_per_token_mape",
}


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """The main figures of each slice, for reading."""
    lines = [f"{'slice':24s}{'n':>6s}{'R2 of J':>9s}" + "".join(f"{title:>13s}" for title in COLUMNS)]
    for name, of in found.items():
        r2 = of.get("j_per_token_r2_log", float("nan"))
        cells = "".join(f"{of[key]:>13.1%}" if key in of else f"{'-':>13s}" for key in COLUMNS.values())
        lines.append(f"{name:24s}{of.get('itl_s_n', 0):6.0f}{r2:9.3f}{cells}")
    return "\n".join(lines)
