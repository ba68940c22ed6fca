"""The shipped constants on tables of measured serving: no fitting. JSON out, `{file: {slice: {metric: number}}}`.

    python bench/predictor.py --test FILE.csv [FILE.csv ...] --specs SPECS.csv --json OUT

Schemas: `mlenergy_v3_llm`, `mlenergy_v2_llm`, `argonne_*_power`, `argonne_*_throughput`. A model's architecture is the
row of SPECS with the longest key that is a part of its name; a model without a row is estimated from its parameter
count, and such rows are a slice of their own, in no other. Rows of other engines, and of accelerators that the catalog
does not hold, are left out; `left_out` counts them by reason. EcoLogits 0.11.3 stands beside, with the stated batch and
number of GPUs (its GPU part, since the tables hold GPUs alone).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from predictor_scores import by_slice, table
from rung.errors import RungError
from rung.prediction.roofline.columns import columns
from rung.prediction.roofline.constants import read_constants, shipped
from rung.prediction.roofline.fitting import targets
from rung.prediction.roofline.measurements import Measured, Specs, read_measurements
from rung.prediction.roofline.spread import interval, widening
from rung.prediction.roofline.step import steps


def main() -> int:
    """Read, predict, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", nargs="+", type=Path, required=True)
    parser.add_argument("--specs", type=Path)
    parser.add_argument("--constants", type=Path, help="others than the shipped ones")
    parser.add_argument("--json", type=Path, required=True)
    given = parser.parse_args()
    try:
        specs = Specs.read(given.specs)
        constants = shipped() if given.constants is None else read_constants(given.constants)
        result: dict[str, Any] = {}
        for path in given.test:
            rows, left = read_measurements(path, specs, skip_bad=True)
            found = judged(rows, constants)
            result[path.name] = found
            print(f"\n{path.name}: {len(rows)} rows, {sum(left.values())} left out {left or ''}\n{table(found)}")
            if left:
                result.setdefault("left_out", {})[path.name] = left
    except RungError as error:
        print(f"error: {error.problem}\n mend: {error.mend}", file=sys.stderr)
        return 2
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def judged(rows: list[Measured], constants: Any) -> dict[str, dict[str, float]]:
    """`{slice: {metric: number}}` of one table."""
    if not rows:
        return {}
    at, measured = columns([row.serving for row in rows]), targets(rows)
    found = steps(at, constants)
    wide = widening(at, np.array([float(row.estimated) for row in rows]))
    ends = {figure: interval(constants.spread[figure], at, found, wide) for figure in ("j_per_token", "itl_s")}
    truth = {"j_per_token": measured.j_per_token, "itl_s": measured.itl_s}
    return by_slice(rows, truth, {"j_per_token": found.j_per_token, "itl_s": found.itl_s}, ends)


if __name__ == "__main__":
    sys.exit(main())
