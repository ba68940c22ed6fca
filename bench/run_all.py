"""Runs the benches one after the other; what each prints is kept under bench/out with the machine and the date."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
TOP = HERE.parent
WORKLOADS = [
    str(TOP / name)
    for name in (
        "examples/intents/workload.yaml",
        "examples/policy/workload.yaml",
        "examples/records/workload.yaml",
        "tests/workloads/banking77_90.yaml",
        "tests/workloads/squad2_high.yaml",
    )
]
BENCHES: tuple[tuple[str, list[str]], ...] = (
    ("help_startup", []),
    ("meter_window", []),
    ("climb_parts", []),
    ("cpu_model", ["--json", str(HERE / "out" / "cpu_model_rows.json")]),
    ("prediction_vs_metered", WORKLOADS),
    ("real_input", []),
    ("fleet", ["--sizes", "10000", "100000"]),
    ("judge_quality", []),
    ("replay_climb", ['{"set": "gsm8k", "replays": 100}']),
)


def main() -> int:
    """Run all, or those named; the count of those that failed."""
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    wanted = sys.argv[1:]
    failed = 0
    for name, arguments in BENCHES:
        if wanted and name not in wanted:
            continue
        print(f"== {name}", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stdout[-4000:])
        failed += done.returncode != 0
        record = {
            "bench": name,
            "arguments": arguments,
            "returncode": done.returncode,
            "machine": {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()},
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "output": done.stdout,
            "error": done.stderr[-2000:] if done.returncode else "",
        }
        (out / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
