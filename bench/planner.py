"""The planner on measured configurations: how often its choice breaks the SLO, and how much energy it leaves.

    python bench/planner.py --tables V3.csv V2.csv --specs SPECS.csv --json OUT

For each model and task of a table, the measured configurations (silicon, count, precision, batch) are the options, and
the SLO is a gap between tokens of 10 to 200 ms. Predictions are those of the shipped constants, and again of constants
that were fitted without the model's family. The choice has the least predicted energy among the options whose gap,
moved `margin` of the way to the far end of its interval, keeps the SLO. A violation: the measured gap of the choice is
above the SLO. Regret: measured energy of the choice over that of the best option that measurably keeps the SLO, minus
1, over choices that keep it. `none`: nothing was chosen though something would have kept the SLO. An SLO that every
option keeps, or none, asks nothing and is left out.

With load tests: the option of least predicted energy that keeps the SLO by the middle of its prediction is tested, that
is, its row is read. If it keeps the SLO it is the choice. If not, it is out, the factor between measured and predicted
holds for its silicon, count and precision from then on (those that were tested themselves keep what was measured), and
the next is tested. When no more tests may be made, the choice is what keeps the SLO by the far end of its corrected
interval. A choice that was tested cannot break the SLO here; in life, one run differs from the next by some percent.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rung.prediction.roofline.columns import columns
from rung.prediction.roofline.constants import shipped
from rung.prediction.roofline.fitting import Targets, targets
from rung.prediction.roofline.measurements import Measured, Specs, read_measurements
from rung.prediction.roofline.planner import MARGIN
from rung.prediction.roofline.spread import interval
from rung.prediction.roofline.step import steps
from rung.prediction.roofline.validation import leave_family_out

TESTS = (1, 2, 3)
MARGINS = (0.0, 0.25, 0.5, 0.75, 1.0)
SLOS_S = (0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2)


def main() -> int:
    """Read, leave out, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", type=Path, required=True)
    parser.add_argument("--specs", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    given = parser.parse_args()
    specs = Specs.read(given.specs)
    rows: list[Measured] = []
    names: list[str] = []
    for path in given.tables:
        read, _ = read_measurements(path, specs)
        rows += read
        names += models_of(path)
    unseen, measured = leave_family_out(rows), targets(rows)
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        groups[f"{row.where.split(':')[0]} {name}", row.task].append(place)
    at = columns([row.serving for row in rows])
    found = steps(at, shipped())
    far = interval(shipped().spread["itl_s"], at, found)[1]
    known = {
        "shipped": (found.itl_s, far, found.j_per_token),
        "family left out": (unseen.itl_s, unseen.itl_ends[1], unseen.j_per_token),
    }
    result: dict[str, Any] = {"shipped_margin": MARGIN}
    for name, (gap, ends, joules) in known.items():
        result[name] = {}
        for margin in MARGINS:
            moved = gap * ends**margin
            result[name][str(margin)] = judged(
                groups, by_prediction(moved, joules), measured.itl_s, measured.j_per_token
            )
            print(name, margin, {k: round(v, 3) for k, v in result[name][str(margin)].items()})
        for most in TESTS:
            label = f"tests <= {most}"
            policy = with_tests(rows, gap, ends, joules, measured, most)
            result[name][label] = judged(groups, policy, measured.itl_s, measured.j_per_token)
            print(name, label, {k: round(v, 3) for k, v in result[name][label].items()})
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def models_of(path: Path) -> list[str]:
    """The names of the models, a row each."""
    import csv

    with path.open(newline="", encoding="utf-8") as file:
        return [row["model_id"] for row in csv.DictReader(file)]


Policy = Callable[[Any, float], tuple[int | None, int]]
"""From places of options and an SLO [s] to the place of the choice, or None, and how many tests it took."""


def by_prediction(gap: Any, joules: Any) -> Policy:
    """The least predicted energy among those whose gap keeps the SLO."""

    def chosen(mine: Any, slo: float) -> tuple[int | None, int]:
        kept = mine[gap[mine] <= slo]
        return (int(kept[np.argmin(joules[kept])]) if len(kept) else None), 0

    return chosen


def with_tests(rows: list[Measured], gap: Any, far: Any, joules: Any, measured: Targets, most: int) -> Policy:
    """As the head of this file has it."""
    kinds = [(row.serving.accelerator.key, row.serving.parallel, row.serving.precision) for row in rows]

    def chosen(mine: Any, slo: float) -> tuple[int | None, int]:
        slower: dict[Any, float] = {}
        dearer: dict[Any, float] = {}
        failed: list[int] = []

        def least(margin: float) -> int | None:
            own = [kinds[place] for place in mine]
            gaps = gap[mine] * far[mine] ** margin * np.array([slower.get(kind, 1.0) for kind in own])
            energy = joules[mine] * np.array([dearer.get(kind, 1.0) for kind in own])
            open_ = (gaps <= slo) & ~np.isin(mine, failed)
            return int(mine[open_][np.argmin(energy[open_])]) if open_.any() else None

        for done in range(most):
            tried = least(0.0)
            if tried is None:
                return None, done
            if measured.itl_s[tried] <= slo:
                return tried, done + 1
            failed.append(tried)
            slower[kinds[tried]] = measured.itl_s[tried] / gap[tried]
            dearer[kinds[tried]] = measured.j_per_token[tried] / joules[tried]
        return least(MARGIN), most

    return chosen


def judged(groups: Any, policy: Policy, true_gap: Any, true_joules: Any) -> dict[str, float]:
    """Violations, regret, tests made, and how often nothing was chosen."""
    violated, none, asked, tests = 0, 0, 0, 0
    regrets: list[float] = []
    for places in groups.values():
        mine = np.array(places)
        if len(mine) < 4:
            continue
        for slo in SLOS_S:
            keeping = true_gap[mine] <= slo
            if keeping.all() or not keeping.any():
                continue
            asked += 1
            choice, made = policy(mine, slo)
            tests += made
            if choice is None:
                none += 1
                continue
            if true_gap[choice] > slo:
                violated += 1
                continue
            best = true_joules[mine[keeping]].min()
            regrets.append(true_joules[choice] / best - 1)
    chosen = asked - none
    return {
        "asked": asked,
        "none": none / asked,
        "tests": tests / asked,
        "violations": violated / chosen if chosen else float("nan"),
        "regret_median": float(np.median(regrets)) if regrets else float("nan"),
        "regret_mean": float(np.mean(regrets)) if regrets else float("nan"),
        "regret_within_5_percent": float(np.mean(np.array(regrets) <= 0.05)) if regrets else float("nan"),
    }


if __name__ == "__main__":
    sys.exit(main())
