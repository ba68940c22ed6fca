"""Leave-model-family-out cross-validation of the predictor on tables of measured serving. Never split by row.

    python bench/predictor_cv.py --tables V3.csv V2.csv --specs SPECS.csv --json OUT [--ablation]

A family is a backbone: Qwen3-8B with Qwen3-VL-8B, all of Qwen3-235B-A22B. Constants and intervals of each are fitted on
the others. `--ablation` repeats it with one group of constants fixed at a time.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from predictor_scores import by_slice, table
from rung.prediction.llm import Size, estimate
from rung.prediction.roofline.constants import CALIBRATED, OWN, PRIOR, STATED
from rung.prediction.roofline.fitting import targets
from rung.prediction.roofline.measurements import Measured, Specs, read_measurements
from rung.prediction.roofline.validation import leave_family_out


def main() -> int:
    """Read, leave out, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", type=Path, required=True)
    parser.add_argument("--specs", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--estimated", action="store_true", help="again with architectures estimated from sizes")
    given = parser.parse_args()
    specs = Specs.read(given.specs)
    rows: list[Measured] = []
    for path in given.tables:
        read, left = read_measurements(path, specs)
        print(f"{path.name}: {len(read)} rows, left out {left or 'none'}", file=sys.stderr)
        rows += [row for row in read if not row.estimated]
    result: dict[str, Any] = {
        "constants": {"shared": len(PRIOR) - len(STATED) - len(CALIBRATED), "stated": len(STATED)}
        | {name: len(own) for name, own in OWN.items()}
    }
    result["tables"] = scored(rows, given.tables)
    if given.estimated:
        result["estimated"] = scored([as_estimated(row) for row in rows], given.tables)
    if given.ablation:
        result["ablation"] = ablation(rows, given.tables)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def scored(
    rows: list[Measured], paths: list[Path], *, fixed: tuple[str, ...] = (), quiet: bool = False
) -> dict[str, Any]:
    """`{file: {slice: {metric: number}}}` of predictions for families left out."""
    unseen, measured = leave_family_out(rows, fixed=fixed), targets(rows)
    found: dict[str, Any] = {}
    for path in paths:
        mask = np.array([row.where.startswith(f"{path.name}:") for row in rows])
        if not mask.any():
            continue
        part = [row for row, own in zip(rows, mask, strict=True) if own]
        truth = {"j_per_token": measured.j_per_token[mask], "itl_s": measured.itl_s[mask]}
        ours = {"j_per_token": unseen.j_per_token[mask], "itl_s": unseen.itl_s[mask]}
        ends = {
            "j_per_token": (unseen.j_ends[0][mask], unseen.j_ends[1][mask]),
            "itl_s": (unseen.itl_ends[0][mask], unseen.itl_ends[1][mask]),
        }
        found[path.name] = by_slice(part, truth, ours, ends)
        if not quiet:
            print(f"\n{path.name}, families left out\n{table(found[path.name])}")
    return found


def as_estimated(row: Measured) -> Measured:
    """The same row as if nothing but the size of its model were known; `estimated` stays off, so that it is scored."""
    model = row.serving.model
    size = Size(model.parameters, max(1, model.active_parameters))
    # What the size does not tell is asked of the rule; a tensor parallelism that its heads do not allow is kept.
    rough = replace(estimate(size), name=model.name, query_heads=0)
    if row.serving.parallel.expert > 1 and not rough.experts:
        rough = replace(rough, experts=model.experts, experts_per_token=model.experts_per_token)
    return replace(row, serving=replace(row.serving, model=rough))


GROUPS = {
    "routing over experts": ("routing", "expert_bandwidth", "small_experts", "moe_compute"),
    "exchange between accelerators": ("allreduce_s", "link", "group_s"),
    "images and videos": ("image_s", "video_s", "image_busy"),
    "power of what waits": ("latency", "exchanging"),
    "power of arithmetic": ("arithmetic",),
    "efficiencies": ("weights_bandwidth", "cache_bandwidth", "compute", "prefill_compute"),
}


def ablation(rows: list[Measured], paths: list[Path]) -> dict[str, Any]:
    """What constants bring: errors with a group of them fixed where the fit begins, a prior of round numbers.

    `STATED` were groups of their own (LOG.md has their figures) until they were seen to bring nothing.
    """
    found: dict[str, Any] = {"nothing fixed": _short("nothing fixed", scored(rows, paths, quiet=True))}
    groups = {f"none of its own for {name}": (name,) for name in OWN} | GROUPS
    for label, fixed in groups.items():
        found[label] = _short(label, scored(rows, paths, fixed=fixed, quiet=True))
    return found


def _short(label: str, found: dict[str, Any]) -> dict[str, Any]:
    kept = ("j_per_token_mape", "j_per_token_median_ape", "itl_s_mape")
    short = {name: {metric: of["all"][metric] for metric in kept} for name, of in found.items()}
    print(label, short, file=sys.stderr, flush=True)
    return short


if __name__ == "__main__":
    sys.exit(main())
