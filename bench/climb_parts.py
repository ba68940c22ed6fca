"""Do the parts of a climb sum to what its process used? Config in (JSON on argv), JSON out.

Run: python bench/climb_parts.py '{"train": 2000, "spin_ms": 4}'

Climbs a generated workload with the real methods and the real meter, once with methods that stay in the process and
once with commands that are child processes, and holds the sum of the laps in the ledger against what `getrusage` and
the scheduler say of the process and its children over the same span. Linux.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung.cli.places import setting_for
from rung.climb import Silent, run_climb
from rung.engines import EngineRoom
from rung.ledger import Ledger
from rung.types import Look, Meter, Reading
from rung.workload import load_workload

DEFAULTS: dict[str, Any] = {"train": 2000, "evaluation": 300, "spin_ms": 4}

SPIN = """
import json, sys, time
spin_s = float(sys.argv[1]) / 1000
for line in sys.stdin:
    until = time.process_time() + spin_s
    while time.process_time() < until:
        pass
    print(json.dumps({"id": json.loads(line)["id"], "text": "lost"}), flush=True)
"""
WORKLOAD = """
task: classify
data: {train: train.jsonl, tune: tune.jsonl, evaluation: eval.jsonl}
bar: {metric: accuracy, at_least: 0.7}
volume: {requests_per_day: 1000, lifetime_days: 365}
place: {region: FR}
objective: energy
"""
WORDS = {"lost": ["lost", "stolen", "gone"], "rate": ["rate", "dollar", "euro"], "send": ["send", "pay", "wire"]}


class Watched:
    """A meter that notes, at its first and at its last look, what the operating system says of the process."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.first_s: float | None = None
        self.last_s = 0.0

    @property
    def describe(self) -> str:
        """Of the meter."""
        return self._meter.describe

    def look(self) -> Look:
        """Look, and note."""
        look = self._meter.look()
        self.last_s = used_s()
        self.first_s = self.last_s if self.first_s is None else self.first_s
        return look

    def between(self, start: Look, end: Look) -> Reading:
        """Of the meter."""
        return self._meter.between(start, end)

    def reading_for_cpu(self, cpu_s: float, wall_s: float) -> Reading:
        """Of the meter."""
        return self._meter.reading_for_cpu(cpu_s, wall_s)


def used_s() -> float:
    """CPU time of the process and its children, ended and live [s]: not from the clocks that the meter reads."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both) + live_children_s()


def live_children_s() -> float:
    """From the scheduler's own statistics [s], thread by thread; an engine may stay open after its climb."""
    used_ns = 0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split():
        for thread in Path(f"/proc/{child}/task").iterdir():
            used_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return used_ns * 1e-9


def make(folder: Path, config: dict[str, Any], methods: str, models: str = "") -> Path:
    rng = random.Random(0)
    for name, count in (("train", config["train"]), ("tune", 60), ("eval", config["evaluation"])):
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for n in range(count):
                label = sorted(WORDS)[n % 3]
                text = f"{name} {n} {' '.join(rng.choices(WORDS[label], k=8))}"
                file.write(json.dumps({"input": text, "output": label}) + "\n")
    (folder / "spin.py").write_text(SPIN, encoding="utf-8")
    path = folder / "workload.yaml"
    path.write_text(f"{WORKLOAD}methods: {{only: [{methods}]}}\n{models}\n", encoding="utf-8")
    return path


def climb(path: Path) -> dict[str, Any]:
    workload, home = load_workload(path), path.parent / ".rung"
    with EngineRoom() as room:
        setting = setting_for(workload, home, engines=room, listener=Silent())
        watched = Watched(setting.meter)
        began_s = used_s()
        run_climb(workload, replace(setting, meter=watched))
        ended_s = used_s()
    with Ledger(home / "ledger.db") as ledger:
        laps = [event.body for event in ledger.events(kind="spent")]
    parts: dict[str, float] = {}
    for lap in laps:
        parts[lap["part"]] = parts.get(lap["part"], 0.0) + lap["reading"]["cpu_s"]
    total_s = watched.last_s - (watched.first_s or 0.0)
    return {
        "laps": len(laps),
        "parts_cpu_s": parts,
        "sum_of_parts_cpu_s": sum(parts.values()),
        "process_total_cpu_s": total_s,
        "relative_error": sum(parts.values()) / total_s - 1,
        "run_climb_cpu_s": ended_s - began_s,
        "outside_the_laps_cpu_s": ended_s - began_s - total_s,
    }


def climb_of(kind: str, folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """One of the two climbs, in an empty folder."""
    if kind == "in the process":
        return climb(make(folder, config, "tfidf-logreg, tfidf-svm"))
    command = f"command: {sys.executable} spin.py {config['spin_ms']}"
    models = f"models: [{{name: stays, {command}}}, {{name: comes, {command}, options: {{session: batch}}}}]"
    return climb(make(folder, config, "system", models))


def main() -> None:
    config = DEFAULTS | json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")
    climbs: dict[str, Any] = {}
    for kind in ("in the process", "with children"):
        with tempfile.TemporaryDirectory() as folder:
            climbs[kind] = climb_of(kind, Path(folder), config)
    result = {
        "bench": "climb_parts",
        "config": config,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "system": platform.release()},
        "climbs": climbs,
        "target": {"relative_error": 0.01},
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
