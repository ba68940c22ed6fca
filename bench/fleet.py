"""Requests per second of wall time and peak memory of the fleet simulator against requests. JSON out, with machine.

Each size is simulated in a process of its own, from a CSV file that is written first (Poisson arrivals, log-normal
lengths like the Azure conversation trace of 2023: median 870 in and 140 out), so reading the trace is in the time.
`erlang` is the mean wait of the simulator with one request a replica over Erlang's C, with its standard error.

Run: python bench/fleet.py --sizes 10000 100000 1000000 --json OUT
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung.prediction.fleet import AffineService, FleetSpec, Request, Scaling, SiteSpec, TraceFile, simulate

SERVICE = AffineService(
    name="bench", step_base_s=0.035, step_per_request_s=0.0004, prefill_tokens_per_s=9000, idle_w=60, busy_w=160,
    prefill_w=180, max_batch=32, kv_capacity_tokens=60_000, cold_start_s=60, cold_start_j=9600,
    step_per_context_token_s=2e-8,
)  # fmt: skip
RATE = 20.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--scaling", choices=("fixed", "target"), default="fixed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where to write; else stdout")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_trace(path: Path, count: int, seed: int) -> None:
    draw, now = random.Random(seed), 0.0
    with path.open("w", encoding="utf-8") as out:
        out.write("arrival_s,input_tokens,output_tokens\n")
        for _ in range(count):
            now += draw.expovariate(RATE)
            prompt, output = draw.lognormvariate(math.log(870), 0.9), draw.lognormvariate(math.log(140), 0.7)
            out.write(f"{now:.4f},{1 + min(20_000, int(prompt))},{1 + min(4000, int(output))}\n")


def one(path: Path, scaling: str) -> dict[str, Any]:
    """Simulate a file in this process."""
    rule = Scaling.fixed(12) if scaling == "fixed" else Scaling("target", 6, 20, 24)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    done = simulate(TraceFile(path), FleetSpec(SiteSpec("home", SERVICE, rule)))
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    meter = done.sites[0].meter
    drawn = math.fsum(meter.by_hour.values())
    return {
        "requests": done.tally.served,
        "events": done.events,
        "wall_s": round(wall, 2),
        "cpu_s": round(after.ru_utime - before.ru_utime, 2),
        "requests_per_s": round(done.tally.served / wall),
        "requests_per_cpu_s": round(done.tally.served / (after.ru_utime - before.ru_utime)),
        "peak_mb": round(after.ru_maxrss / 1024, 1),
        "peak_mb_before": round(before.ru_maxrss / 1024, 1),
        "utilisation": round(meter.busy_s / meter.up_s, 3),
        "most_in_line": done.tally.most_waiting,
        "energy_not_accounted_for": (done.tally.energy.sum + meter.idle_j + meter.cold_j - drawn) / drawn,
    }


def erlang(servers: int = 4, load: float = 0.7, runs: int = 20, count: int = 25_000) -> dict[str, float]:
    """Mean wait against Erlang's C."""
    service = AffineService("exponential", 1e-2, 0.0, 1e12, 1, 1, 1, 1, 10**9, 0, 0)
    rate, waits = load * servers, list[float]()
    for seed in range(runs):
        spec = FleetSpec(SiteSpec("home", service, Scaling.fixed(servers)))
        waits.append(simulate(_exponential(count, rate, seed), spec).tally.wait.mean or 0.0)
    a = load * servers
    last = a**servers / math.factorial(servers) / (1 - load)
    chance = last / (sum(a**k / math.factorial(k) for k in range(servers)) + last)
    expected = chance / (servers - rate)
    return {
        "servers": servers,
        "load": load,
        "requests": runs * count,
        "wait_over_erlang": statistics.fmean(waits) / expected,
        "standard_error": statistics.stdev(waits) / math.sqrt(runs) / expected,
    }


def _exponential(count: int, rate: float, seed: int) -> Iterator[Request]:
    draw, now = random.Random(seed), 0.0
    for _ in range(count):
        now += draw.expovariate(rate)
        yield Request(now, 1, 1 + max(1, round(100 * draw.expovariate(1))))


def main() -> int:
    given = arguments()
    if given.one is not None:
        print(json.dumps(one(given.one, given.scaling)))
        return 0
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            path = Path(folder) / f"{size}.csv"
            write_trace(path, size, given.seed)
            command = [sys.executable, __file__, "--one", str(path), "--scaling", given.scaling]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append(json.loads(done.stdout))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    result = {
        "bench": "fleet",
        "config": {"sizes": given.sizes, "scaling": given.scaling, "seed": given.seed, "arrivals_per_s": RATE},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.release(),
            "load_average": os.getloadavg()[0],
        },
        "python": platform.python_version(),
        "target": {"requests": 1_000_000, "wall_s": 60, "memory": "flat"},
        "erlang": erlang(),
        "rows": rows,
    }
    text = json.dumps(result, indent=1) + "\n"
    if given.json is None:
        print(text, end="")
    else:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
