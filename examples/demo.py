"""The main job on the embedded models: climbs, one after the other, each to a decision with a report."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rung.cli import main

HERE = Path(__file__).parent
HOME = Path(".rung") / "demo"
WORKLOADS = (
    "intents/workload.yaml",
    "policy/workload.yaml",
    "policy/strict.yaml",
    "records/workload.yaml",
)


def demo() -> int:
    """Run the climbs; 0 when every one of them chose something."""
    worst = 0
    for name in WORKLOADS:
        print(f"\n=== rung climb examples/{name}", flush=True)
        started = time.perf_counter()
        worst = max(worst, main(["climb", str(HERE / name), "--home", str(HOME)]))
        print(f"({time.perf_counter() - started:.0f} s)", flush=True)
    print(f"\nreports: {HOME / 'runs'}/*/report.html")
    return worst


if __name__ == "__main__":
    sys.exit(demo())
