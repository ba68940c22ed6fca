"""What a meter window costs, and how well children are counted. Config in (JSON on stdin or argv), JSON out.

Run: python bench/meter_window.py '{"windows": 2000, "children": 8, "spin_s": 0.5}'
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from rung.meters import LocalMeter, local_meter

DEFAULTS: dict[str, Any] = {"windows": 2000, "children": 8, "spin_s": 0.5}

SPIN = """
import sys, time
until = float(sys.argv[1])
while time.process_time() < until: pass
print(time.process_time(), flush=True)
sys.stdin.readline()
"""


def window_us(meter: LocalMeter, windows: int) -> dict[str, float]:
    times: list[float] = []
    for _ in range(windows):
        begin = time.perf_counter_ns()
        meter.look()
        meter.look()
        times.append((time.perf_counter_ns() - begin) / 1000)
    times.sort()
    return {"median": statistics.median(times), "p99": times[int(0.99 * len(times))]}


def spinners(count: int, spin_s: float) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-S", "-c", SPIN, str(spin_s)]
    return [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]


def children_s(meter: LocalMeter, begin: tuple[Any, float]) -> float:
    """CPU time of the children since `begin`: the tree's less our own."""
    look, own = begin
    now, own_now = meter.look(), time.process_time()
    return meter.between(look, now).cpu_s - (own_now - own)


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else "{}"
    config = DEFAULTS | json.loads(given)
    meter = local_meter()
    alone = window_us(meter, config["windows"])
    begin = (meter.look(), time.process_time())
    children = spinners(config["children"], config["spin_s"])
    truth = sum(float(child.stdout.readline()) for child in children if child.stdout)
    live = children_s(meter, begin)
    with_children = window_us(meter, config["windows"])
    for child in children:
        child.communicate("\n")
    ended = children_s(meter, begin)
    result = {
        "bench": "meter_window",
        "config": config,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "system": platform.release()},
        "meter": meter.describe,
        "median_us_own": alone["median"],
        "p99_us_own": alone["p99"],
        f"median_us_{config['children']}_children": with_children["median"],
        f"p99_us_{config['children']}_children": with_children["p99"],
        "children_cpu_s": truth,
        "children_cpu_error": live / truth - 1,
        "ended_children_cpu_error": ended / truth - 1,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
