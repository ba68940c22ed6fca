"""How long `rung --help` takes, and what it and `import rung` import. Config in (JSON on argv), JSON out.

Run: python bench/help_startup.py '{"runs": 15}'
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

DEFAULTS: dict[str, Any] = {"runs": 15}
HEAVY = ("torch", "transformers", "sklearn", "scipy", "numpy", "httpx", "pydantic", "yaml", "jinja2", "rich", "psutil")
SCRIPTS = {
    "nothing": "pass",
    "import rung": "import rung",
    "import rung.cli": "import rung.cli",
    "rung --help": "import rung.cli; rung.cli.main(['--help'])",
}


def modules_after(script: str) -> list[str]:
    """Names of the modules that a fresh interpreter holds after a script."""
    code = f"import sys, json\n{script}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stderr.splitlines()[-1])


def seconds(command: list[str], runs: int) -> list[float]:
    """Wall time of each run [s], after one that warms the file cache."""
    times: list[float] = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, timeout=120)
        times.append(time.perf_counter() - began)
    return times[1:]


def main() -> None:
    config = DEFAULTS | json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}")
    own = [sys.executable, "-c", "import sys; from rung.cli import main; sys.exit(main(['--help']))"]
    times = seconds(own, config["runs"])
    bare = seconds([sys.executable, "-c", "pass"], config["runs"])
    held = {name: modules_after(script) for name, script in SCRIPTS.items()}
    result = {
        "bench": "help_startup",
        "config": config,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "system": platform.release()},
        "python": platform.python_version(),
        "help_s": {"median": statistics.median(times), "min": min(times), "max": max(times)},
        "bare_python_s": {"median": statistics.median(bare), "min": min(bare)},
        "modules": {name: len(modules) for name, modules in held.items()},
        "heavy_modules": {name: sorted({*HEAVY} & {*modules}) for name, modules in held.items()},
        "target": {"help_s": {"median": 0.3}},
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
