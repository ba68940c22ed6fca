"""One small script tracked by rung, by CodeCarbon and by the Green Algorithms formula: figures, and where they part.

Run: python bench/trackers.py --json OUT [--cpu-s 10] [--repeats 3] [--country FR]

CodeCarbon is a tool of this bench alone: `pip install -c constraints.txt codecarbon`. It runs offline, once in its mode
`machine` (its default: the whole machine) and once in `process`. Green Algorithms is its formula with the defaults of
its calculator: 12 W per core for a processor that is not listed, the memory of the machine, a PUE of 1.56. One thread,
no accelerator. The repeats go round, so that other load on the machine meets all of them; medians are shown.
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

import psutil

from rung import catalog
from rung.footprint import peers
from rung.meters import local_meter
from rung.units import J_PER_KWH

WORK = """
import sys, time
until = time.process_time() + float(sys.argv[1])
while time.process_time() < until:
    sum(i * i for i in range(10_000))
"""
CODECARBON = """
import json, runpy, sys, time, warnings
warnings.simplefilter("ignore")
from codecarbon import OfflineEmissionsTracker
tracker = OfflineEmissionsTracker(country_iso_code=sys.argv[3], measure_power_secs=1, save_to_file=False,
                                  log_level="error", tracking_mode=sys.argv[2], allow_multiple_runs=True)
tracker.start()
begin = time.perf_counter()
sys.argv = ["work.py", sys.argv[1]]
runpy.run_path("work.py")
wall = time.perf_counter() - begin
tracker.stop()
data = tracker.final_emissions_data
print(json.dumps({"wall_s": wall, "cpu_kwh": data.cpu_energy, "ram_kwh": data.ram_energy,
                  "kwh": data.energy_consumed, "g": 1000 * data.emissions}))
"""
GA_W_PER_CORE = 12.0
"""Green Algorithms' own row for a processor that is not in its list."""
GA_PUE = 1.56
ISO3 = {"FR": "FRA", "DE": "DEU", "US": "USA", "GB": "GBR"}


def rung_row(folder: Path, cpu_s: float, country: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "rung", "account", "--region", country, "--json", "--home", str(folder / "home")]
    done = subprocess.run(
        [*command, "--out", str(folder / "out"), "--", sys.executable, "work.py", str(cpu_s)],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    account = json.loads(done.stdout)
    totals, counts = account["totals"], account["lines"][0]["counts"]
    pue = next(factor for factor in account["factors"] if factor["name"] == "PUE")["value"]
    joules = {end: totals["energy"][end] * J_PER_KWH for end in ("low", "value", "high")}
    return {
        "wall_s": counts["hour"] * 3600,
        "cpu_s": counts["CPU hour"] * 3600,
        "it_j": joules["value"] / pue,
        "memory_j": 0.0,
        "pue": pue,
        "facility_j": joules["value"],
        "low_j": joules["low"],
        "high_j": joules["high"],
        "operational_g": totals["operational"]["value"],
        "embodied_g": totals["embodied"]["value"],
        "low_g": totals["operational"]["low"],
        "high_g": totals["operational"]["high"],
    }


def codecarbon_row(folder: Path, cpu_s: float, mode: str, country: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", CODECARBON, str(cpu_s), mode, ISO3[country]],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    got = json.loads(done.stdout.splitlines()[-1])
    joules = got["kwh"] * J_PER_KWH
    return {
        "wall_s": got["wall_s"],
        "it_j": joules,
        "memory_j": got["ram_kwh"] * J_PER_KWH,
        "pue": 1.0,
        "facility_j": joules,
        "operational_g": got["g"],
        "embodied_g": None,
    }


def green_row(wall_s: float, country: str) -> dict[str, Any]:
    memory = psutil.virtual_memory().total / 2**30
    hours = wall_s / 3600
    with_memory = peers.green_algorithms_kwh(hours, cores=1, w_per_core=GA_W_PER_CORE, memory_gb=memory, pue=1.0)
    without = peers.green_algorithms_kwh(hours, cores=1, w_per_core=GA_W_PER_CORE, memory_gb=0.0, pue=1.0)
    intensity = catalog.grid(country).intensity.quantity.value
    return {
        "wall_s": wall_s,
        "it_j": with_memory * J_PER_KWH,
        "memory_j": (with_memory - without) * J_PER_KWH,
        "pue": GA_PUE,
        "facility_j": with_memory * GA_PUE * J_PER_KWH,
        "operational_g": with_memory * GA_PUE * intensity,
        "embodied_g": None,
    }


def median_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of each figure, and the watts and the intensity that it comes to."""
    known = {name: [row[name] for row in rows] for name in rows[0] if rows[0][name] is not None}
    row: dict[str, Any] = {name: statistics.median(values) for name, values in known.items()}
    row["processor_w"] = (row["it_j"] - row["memory_j"]) / row["wall_s"]
    row["memory_w"] = row["memory_j"] / row["wall_s"]
    row["g_per_kwh"] = row["operational_g"] / row["facility_j"] * J_PER_KWH
    return row


def measure(cpu_s: float, repeats: int, country: str) -> dict[str, dict[str, Any]]:
    peer = find_spec("codecarbon") is not None
    rows: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "work.py").write_text(WORK)
        for _ in range(repeats):
            mine = rung_row(folder, cpu_s, country)
            rows.setdefault("rung", []).append(mine)
            for mode in ("machine", "process") if peer else ():
                rows.setdefault(f"codecarbon, {mode}", []).append(codecarbon_row(folder, cpu_s, mode, country))
            rows.setdefault("green algorithms", []).append(green_row(mine["wall_s"], country))
    return {tool: median_of(found) for tool, found in rows.items()}


def table(tools: dict[str, dict[str, Any]]) -> str:
    """The figures in Markdown."""
    head = "| tracker | s | processor W | memory W | PUE | J | g/kWh | operational mg | embodied mg |"
    lines = [head, "|" + "---|" * 9]
    for tool, row in tools.items():
        ends = f" ({row['low_j']:.3g} to {row['high_j']:.3g})" if "low_j" in row else ""
        grams = f" ({row['low_g'] * 1e3:.2g} to {row['high_g'] * 1e3:.2g})" if "low_g" in row else ""
        embodied = "not counted" if row.get("embodied_g") is None else f"{row['embodied_g'] * 1e3:.2g}"
        lines.append(
            f"| {tool} | {row['wall_s']:.1f} | {row['processor_w']:.2f} | {row['memory_w']:.2f} | {row['pue']:g} "
            f"| {row['facility_j']:.3g}{ends} | {row['g_per_kwh']:.1f} "
            f"| {row['operational_g'] * 1e3:.2g}{grams} | {embodied} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--cpu-s", type=float, default=10.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--country", choices=sorted(ISO3), default="FR")
    given = parser.parse_args()
    tools = measure(given.cpu_s, given.repeats, given.country)
    result = {
        "bench": "trackers",
        "config": {"cpu_s": given.cpu_s, "repeats": given.repeats, "country": given.country},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "threads": os.cpu_count()},
        "versions": {"codecarbon": version("codecarbon") if find_spec("codecarbon") else None},
        "meter": local_meter().describe,
        "tools": tools,
        "table": table(tools).split("\n"),
    }
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=2) + "\n")
    print(table(tools))


if __name__ == "__main__":
    main()
