"""Real input: the climb's decision beside that of evaluating every candidate on every item, and the calls saved.

    python bench/real_input.py tests/workloads/banking77_85.yaml ...

Prints a table, and JSON on the last line. Each workload has a fresh ledger for the climb; the full evaluation goes on
in that ledger afterwards, so that both see the same trials.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rung.cli.places import setting_for
from rung.climb import Plan, Silent, run_climb
from rung.climb.full import FullResult, evaluate_fully
from rung.engines import EngineRoom
from rung.workload import load_workload


def both(path: Path, home: Path) -> tuple[Plan, tuple[FullResult, ...]]:
    """The plan of a climb, and every candidate evaluated fully."""
    workload = load_workload(path)
    with EngineRoom() as room:
        setting = setting_for(workload, home, engines=room, listener=Silent())
        plan = run_climb(workload, setting)
        return plan, evaluate_fully(workload, setting, "full")


def compare(plan: Plan, full: tuple[FullResult, ...]) -> dict[str, Any]:
    """Do they agree? The full evaluation chooses the cheapest whose mean over all items meets the bar."""
    best = next((result for result in full if result.meets), None)
    return {
        "workload": plan.workload,
        "climb": plan.policies[0].candidate,
        "full": None if best is None else best.name,
        "agree": plan.policies[0].candidate == (None if best is None else best.name),
        "calls": plan.search.calls,
        "full_calls": plan.search.full_calls,
        "calls_saved": 1 - plan.search.calls / plan.search.full_calls,
        "candidates": [asdict(result) for result in full],
        "predictions": [
            {
                "name": c.name,
                "build": _ratio(c.predicted_build, c.build),
                "per_request": _ratio(c.predicted_per_request, c.per_request),
            }
            for c in plan.candidates
            if c.origin == "metered"
        ],
    }


def _ratio(predicted: Any, metered: Any) -> float | None:
    if not predicted.energy or not metered.energy or metered.energy.value == 0:
        return None
    return predicted.energy.value / metered.energy.value


def main(paths: list[str]) -> None:
    """Compare each workload file."""
    rows: list[dict[str, Any]] = []
    for path in paths:
        with tempfile.TemporaryDirectory() as home:
            row = compare(*both(Path(path), Path(home)))
        rows.append(row)
        print(
            f"{row['workload']:<16} climb: {row['climb']}  full: {row['full']}  agree: {row['agree']}  "
            f"calls {row['calls']} of {row['full_calls']} (saved {row['calls_saved']:.0%})",
            flush=True,
        )
        for candidate in row["candidates"]:
            mark = "meets" if candidate["meets"] else "-"
            print(f"    {candidate['name']:<28} {candidate['mean']:.3f} {mark:<6} {candidate['lifetime']:.3g}")
    print(json.dumps(rows))


if __name__ == "__main__":
    main(sys.argv[1:] or sorted(map(str, (Path(__file__).parents[1] / "tests" / "workloads").glob("*.yaml"))))
