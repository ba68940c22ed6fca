"""How much of the possible saving time shifting reaches on a real hourly series. JSON out, with machine and date.

A job arrives at every hour of the series after the history. `share_of_perfect` is the saving against running at once,
over the saving with a perfect forecast. Two policies: `once` plans at arrival; `hourly` plans again at each hour that
the job waits. Either uses only values of hours that are over when it plans; generation by fuel, where the file has it.

Run: python bench/shift.py --series FILE --history-days 28 --duration-h 4 --deadline-h 24 --interruptible no --json OUT
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from rung.errors import RungError
from rung.feeds import read_series
from rung.feeds.generation import Fuel
from rung.placement.parts import forecasts_with
from rung.placement.shifting import Job, judge


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=Path, required=True, nargs="+", help="hourly files")
    parser.add_argument("--history-days", type=float, default=28)
    parser.add_argument("--duration-h", type=float, default=4)
    parser.add_argument("--deadline-h", type=int, default=24)
    parser.add_argument("--interruptible", choices=("yes", "no"), default="no")
    parser.add_argument("--policy", choices=("hourly", "once"), default="hourly", help="whose figures head the result")
    parser.add_argument("--json", type=Path, help="where to write; else stdout")
    return parser.parse_args()


def as_array(row: Sequence[float | None]) -> Any:
    return np.array([np.nan if v is None else v for v in row], dtype=np.float64)


def one_series(path: Path, job: Job, history_h: int, policy: str) -> dict[str, Any]:
    began = time.perf_counter()
    # A bridge knows the hour after its gap: the truth may, the forecast may not.
    read = read_series(path)
    fuels: dict[Fuel, Any] = {part.fuel: as_array(part.mwh) for part in read.as_read.generation}
    expected = forecasts_with(as_array(read.as_read.values), fuels, job.deadline_h)
    values = as_array(read.series.values)
    judged = {p: judge(values, expected, job, history_h=history_h, policy=p).to_json() for p in ("hourly", "once")}
    return {
        "series": path.name,
        "hours": read.series.hours,
        "notes": list(read.notes),
        "fuels": list(fuels),
        "policy": policy,
        **judged[policy],
        "by_policy": judged,
        "seconds": round(time.perf_counter() - began, 2),
    }


def main() -> int:
    given = arguments()
    try:
        job = Job(given.duration_h, given.deadline_h, given.interruptible == "yes")
        rows = [one_series(path, job, round(given.history_days * 24), given.policy) for path in given.series]
    except RungError as error:
        print(f"error: {error.problem}\n mend: {error.mend}", file=sys.stderr)
        return 2
    result: dict[str, Any] = {
        "bench": "shift",
        "config": {
            "history_days": given.history_days,
            "duration_h": given.duration_h,
            "deadline_h": given.deadline_h,
            "interruptible": given.interruptible == "yes",
            "policy": given.policy,
        },
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.release(),
        },
        "python": platform.python_version(),
    }
    if len(rows) == 1:
        result |= rows[0]
    else:
        shares = {p: [row["by_policy"][p]["share_of_perfect"] for row in rows] for p in ("hourly", "once")}
        known = {p: [s for s in found if s is not None] for p, found in shares.items()}
        result["summary"] = {
            p: {"median": float(np.median(found)), "worst": min(found)} for p, found in known.items() if found
        }
        result["target"] = {"median": 0.8, "worst": 0.6, "aim_median": 0.88, "aim_worst": 0.7}
        result["rows"] = rows
    text = json.dumps(result, indent=1) + "\n"
    if given.json is None:
        print(text, end="")
    else:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(text, encoding="utf-8")
        print(
            json.dumps(result.get("summary", {k: result.get(k) for k in ("series", "share_of_perfect")})),
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
