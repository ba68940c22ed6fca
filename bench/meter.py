"""What metering costs, beside CodeCarbon in the same run: a window, tracking at 1 Hz, and the cold start.

Run: python bench/meter.py --json OUT [--repeats 5] [--windows 2000] [--peer-windows 15] [--track-s 10]

CodeCarbon is a tool of this bench alone: `pip install -c constraints.txt codecarbon`. It runs offline, logs errors only
and writes no file, so that its network and its disk are not in its figures. All times are of this machine; ratios are
what carries over. With `--real-time` (as administrator) each process goes before all others: without it, a machine that
is busy with other things lengthens what computes (ours) more than what sleeps (CodeCarbon's first second).
Each repeat measures both, one after the other; the medians of the repeats are shown.

- window: `with rung.track(...)` (two looks, the sharing among steps, the buffered event) and a bare meter window,
  against `start_task` and `stop_task`; in a process without children and in one with 8 that sleep;
- 1 Hz: CPU time of a process that does nothing but track, over elapsed time, after a first window of each;
- cold start: from before the import to the end of the first window, in a fresh process, the start of Python left out.
  `rung.track` works joules out, and opens the ledger, when steps are written: after 5 s, or at the end of the program.
  `rung_meter` has the joules of its window.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PEER = """
import logging, time, json, sys, statistics, warnings
warnings.simplefilter("ignore")
begin = time.perf_counter()
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(country_iso_code="FRA", measure_power_secs=1, save_to_file=False, log_level="error",
                                  allow_multiple_runs=True)
"""

COLD = {
    "rung_track": """
import time, json
begin = time.perf_counter()
import rung
with rung.track("first"):
    pass
print(json.dumps(time.perf_counter() - begin))
""",
    "rung_meter": """
import time, json
begin = time.perf_counter()
from rung.meters import local_meter
meter = local_meter()
meter.between(meter.look(), meter.look())
print(json.dumps(time.perf_counter() - begin))
""",
    "codecarbon": PEER
    + """
tracker.start_task("first")
tracker.stop_task()
print(json.dumps(time.perf_counter() - begin))
""",
}

CHILDREN = """
import subprocess
children = [subprocess.Popen(["sleep", "600"]) for _ in range(int(sys.argv[2]))]
"""
ENDED = """
for child in children:
    child.kill()
    child.wait()
print(json.dumps(statistics.median(times) * 1e6))
"""

WINDOW = {
    "rung_track": "import json, statistics, sys, time, rung\n"
    + CHILDREN
    + """
with rung.track("warm"):
    pass
times = []
for _ in range(int(sys.argv[1])):
    begin = time.perf_counter()
    with rung.track("step"):
        pass
    times.append(time.perf_counter() - begin)
"""
    + ENDED,
    "rung_meter": "import json, statistics, sys, time\nfrom rung.meters import local_meter\nmeter = local_meter()\n"
    + CHILDREN
    + """
meter.look()
times = []
for _ in range(int(sys.argv[1])):
    begin = time.perf_counter()
    meter.between(meter.look(), meter.look())
    times.append(time.perf_counter() - begin)
"""
    + ENDED,
    "codecarbon": PEER
    + CHILDREN
    + """
tracker.start_task("warm")
tracker.stop_task()
times = []
for i in range(int(sys.argv[1])):
    begin = time.perf_counter()
    tracker.start_task(str(i))
    tracker.stop_task()
    times.append(time.perf_counter() - begin)
"""
    + ENDED,
}

TRACKED = {
    "rung": """
import json, sys, time
from rung.meters import local_meter
meter = local_meter()
first = meter.look()
meter.between(first, meter.look())
cpu, wall = time.process_time(), time.perf_counter()
while time.perf_counter() - wall < float(sys.argv[1]):
    time.sleep(1.0)
    meter.between(first, meter.look())
print(json.dumps((time.process_time() - cpu) / (time.perf_counter() - wall)))
""",
    "codecarbon": PEER
    + """
tracker.start()
time.sleep(1.5)
cpu, wall = time.process_time(), time.perf_counter()
time.sleep(float(sys.argv[1]))
print(json.dumps((time.process_time() - cpu) / (time.perf_counter() - wall)))
tracker.stop()
""",
}


def main() -> None:
    """Measure, print and write."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--json", required=True, type=Path)
    given.add_argument("--repeats", type=int, default=5)
    given.add_argument("--windows", type=int, default=2000)
    given.add_argument("--peer-windows", type=int, default=15)
    given.add_argument("--track-s", type=float, default=10.0)
    given.add_argument("--real-time", action="store_true")
    options = given.parse_args()
    if find_spec("codecarbon") is None:
        sys.exit("codecarbon is not installed; pip install -c constraints.txt codecarbon")
    raw: dict[str, list[float]] = {}
    for repeat in range(options.repeats):
        for name, value in once(options).items():
            raw.setdefault(name, []).append(value)
        print(f"repeat {repeat + 1} of {options.repeats}", file=sys.stderr, flush=True)
    shown = summary(raw) | {
        "config": {k: str(v) if isinstance(v, Path) else v for k, v in vars(options).items() if k != "json"},
        "codecarbon": version("codecarbon"),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.release(),
            "load_at_the_end": os.getloadavg()[0],
        },
        "raw": raw,
    }
    options.json.write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")
    json.dump({name: value for name, value in shown.items() if name != "raw"}, sys.stdout, indent=1)
    print()


def once(options: argparse.Namespace) -> dict[str, float]:
    """All figures once."""
    found: dict[str, float] = {}
    for name, code in COLD.items():
        child(code, real_time=options.real_time)  # compiled files and pages are there for both
        found[f"cold_start_s:{name}"] = child(code, real_time=options.real_time)
    for children in (0, 8):
        for name, code in WINDOW.items():
            count = options.peer_windows if name == "codecarbon" else options.windows
            found[f"window_us_{children}_children:{name}"] = child(
                code, str(count), str(children), real_time=options.real_time
            )
    for name, code in TRACKED.items():
        found[f"tracking_share_of_core:{name}"] = child(code, str(options.track_s), real_time=options.real_time)
    return found


def child(code: str, *arguments: str, real_time: bool) -> float:
    """What a fresh process prints last."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"RUNG_HOME": home, "PYTHONDONTWRITEBYTECODE": ""}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=home,
            preexec_fn=go_first if real_time else None,
        )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def go_first() -> None:
    """Give this process the processor whenever it wants it."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def summary(raw: dict[str, list[float]]) -> dict[str, Any]:
    """Medians of the repeats, and how many times less rung takes (median of the ratios within a repeat)."""
    medians = {name: statistics.median(values) for name, values in raw.items()}
    times_less: dict[str, float] = {}
    for name, values in raw.items():
        figure, _, who = name.partition(":")
        if who != "codecarbon":
            peer = raw[f"{figure}:codecarbon"]
            times_less[name] = statistics.median(p / v for p, v in zip(peer, values, strict=True))
    return {"bench": "meter", "medians": medians, "times_less_than_codecarbon": times_less}


if __name__ == "__main__":
    main()
