"""The shipped constants on tables of measured image generation: no fitting with --test.

    python bench/image_predictor.py --test FILE.csv [FILE.csv ...] --json OUT
    python bench/image_predictor.py --cv FILE.csv [FILE.csv ...] --json OUT
    python bench/image_predictor.py --fit FILE.csv [FILE.csv ...] --json CONSTANTS.json

Schemas: `mlenergy_v3_text_to_image` and `mlenergy_v2_diffusion` (its text-to-image rows). JSON out: `{slice: {metric:
number}}`, a slice being `all`, a model, or one accelerator or many. --cv leaves each model out of the fit in turn;
--fit writes constants as they are shipped in `rung/prediction/image/constants.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from rung.errors import RungError
from rung.prediction.image.constants import shipped
from rung.prediction.image.fitting import Judged, coverage, cross_validate, fit_constants, judge, mape, r2
from rung.prediction.image.measurements import MeasuredImage, read_image_measurements
from rung.prediction.image.predict import predict_images


def main() -> int:
    """Read, predict or fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    for option in ("--test", "--cv", "--fit"):
        what.add_argument(option, nargs="+", type=Path)
    parser.add_argument("--json", type=Path, required=True)
    given = parser.parse_args()
    try:
        rows, left = read_image_measurements(given.test or given.cv or given.fit)
        if not rows:
            raise SystemExit(f"no rows to predict; left out: {left}")
        result = _result(given, rows)
    except RungError as error:
        print(f"error: {error.problem}\n mend: {error.mend}", file=sys.stderr)
        return 2
    if left and not given.fit:
        result["left_out"] = left
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result if given.fit else result["all"], indent=1))
    return 0


def _result(given: Any, rows: list[MeasuredImage]) -> dict[str, Any]:
    if given.fit:
        origin = {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "sources": [
                "ML.ENERGY Benchmark v3, text to image (2025; H100, B200)",
                "ML.ENERGY Leaderboard v2, diffusion (2024; A100, H100); sizes and resolutions by the model cards",
            ],
        }
        return fit_constants(rows, origin).to_json()
    if given.cv:
        found = cross_validate(rows)
        scores = _slices(rows, found, inside=None)
        scores["all"]["coverage_j"] = coverage(found.energy, found.models)
        scores["all"]["coverage_s"] = coverage(found.latency, found.models)
        return scores
    made = predict_images([row.job for row in rows])
    ends = np.array(
        [
            (
                one.j_per_image.low <= row.j_per_image <= one.j_per_image.high,
                one.batch_s.low <= row.batch_s <= one.batch_s.high,
            )
            for one, row in zip(made, rows, strict=True)
        ]
    )
    return _slices(rows, judge(rows, shipped().values), inside=ends)


def _slices(rows: list[MeasuredImage], found: Judged, *, inside: Any) -> dict[str, Any]:
    slices: dict[str, Callable[[MeasuredImage], bool]] = {
        "all": lambda row: True,
        "one accelerator": lambda row: row.job.count == 1,
        "several accelerators": lambda row: row.job.count > 1,
    }
    slices.update({name: lambda row, name=name: row.model == name for name in sorted(set(found.models))})
    result: dict[str, Any] = {}
    for name, has in slices.items():
        at = np.array([has(row) for row in rows])
        if not at.any():
            continue
        joules = np.array([row.j_per_image for row in rows])[at]
        seconds = np.array([row.batch_s for row in rows])[at]
        result[name] = {
            "rows": int(at.sum()),
            "mape_j": mape(found.energy[at]),
            "r2_j": r2(found.energy[at], joules),
            "mape_s": mape(found.latency[at]),
            "r2_s": r2(found.latency[at], seconds),
            "median_ratio_j": float(np.exp(np.median(found.energy[at]))),
            "median_ratio_s": float(np.exp(np.median(found.latency[at]))),
        }
        if inside is not None:
            result[name]["coverage_j"], result[name]["coverage_s"] = (float(x) for x in inside[at].mean(axis=0))
    return result


if __name__ == "__main__":
    sys.exit(main())
