"""Fits the CPU power model on some machines and tests it on the others; the constants of the model come from here.

Run: python bench/cpu_model.py --json OUT
     [--data FILE]     rows of machine, cpu_name, cores_used, cpu_load [%], rapl_power [W]
     [--tdp FILE]      Name,TDP: for processors that the catalog does not know

Package power over TDP and load is what is fitted, on rows above 5% load. Idle rows are reported apart. Three tests:
each machine left out in turn, each processor model left out in turn (two of the five machines have the same), and a
fixed split. `shipped` is the model as it stands in the code, on all rows, through its public API; only on machines that
it has not seen is that a test, and `--data` is for those.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import platform
import re
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung import catalog
from rung.errors import MissingFactor
from rung.meters.cpu_model import LOAD, CpuPowerModel

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[1].parent / "shared"))
HARDWARE = SHARED / "data/factors/hardware"
IDLE_BELOW = 0.05
HALF_WIDTH = 0.70
COVER = 0.95
FIT_ON = ("AMD_EPYC_8024P_8C", "E3-1240", "E5-2620")
SOCKET_THREADS = {"8024P": 16, "1950X": 32, "E3-1240 V2": 8, "E5-2620 v3": 12}


@dataclass(frozen=True)
class Row:
    """A machine under a load.

    Args:
        machine: its name.
        cpu: name of the processor.
        load: busy threads over all threads, in [0, 1].
        threads: of the machine.
        watts: of its packages by RAPL.
        tdp_w: of its packages.
        tdp_from: where that is from.
    """

    machine: str
    cpu: str
    load: float
    threads: int
    watts: float
    tdp_w: float
    tdp_from: str

    @property
    def ratio(self) -> float:
        """Power over TDP and load: what the model says is the same for all."""
        return self.watts / (self.tdp_w * self.load)


Form = Callable[[float], float]
Fit = tuple[float, float, float]


def main() -> None:
    """Fit, test, print and write."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--json", required=True, type=Path)
    given.add_argument("--data", type=Path, default=HARDWARE / "cpu_load_vs_rapl_measured.csv")
    given.add_argument("--tdp", type=Path, default=HARDWARE / "cpu_tdp_codecarbon.csv")
    options = given.parse_args()
    rows = read(options.data, tdps(options.tdp))
    loaded = [row for row in rows if row.load > IDLE_BELOW]
    machines = sorted({row.machine for row in loaded})
    cpus = sorted({row.cpu for row in loaded})
    shown = {
        "bench": "cpu_model",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": platform.processor() or platform.machine(), "system": platform.release()},
        "config": {"data": options.data.name, "rows_above": IDLE_BELOW, "half_width": HALF_WIDTH, "cover": COVER},
        "rows": {m: {"above": sum(r.machine == m for r in loaded), **one(rows, m)} for m in machines},
        "fit_on_all": dict(zip(("low", "mid", "high"), fit(loaded), strict=True)) if len(machines) > 1 else None,
        "shipped": {"constants": LOAD, **shipped(loaded)},
        "idle_apart": idle(rows),
    }
    if len(machines) > 2:
        shown["leave_one_machine_out"] = out_of_sample(loaded, [[m] for m in machines])
        shown["leave_one_processor_out"] = out_of_sample(
            loaded, [sorted({r.machine for r in loaded if r.cpu == cpu}) for cpu in cpus]
        )
        shown["other_forms_leave_one_machine_out"] = forms(loaded, machines)
        if set(FIT_ON) < set(machines):
            shown["fixed_split"] = out_of_sample(loaded, [sorted(set(machines) - set(FIT_ON))])
    options.json.write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")
    json.dump(shown, sys.stdout, indent=1)
    print()


def one(rows: Sequence[Row], machine: str) -> dict[str, Any]:
    """What is known of a machine."""
    mine = [row for row in rows if row.machine == machine]
    ratios = [row.ratio for row in mine if row.load > IDLE_BELOW]
    return {
        "cpu": mine[0].cpu,
        "threads": mine[0].threads,
        "tdp_w": mine[0].tdp_w,
        "tdp_from": mine[0].tdp_from,
        "power_over_tdp_and_load": {
            "min": min(ratios),
            "median": statistics.median(ratios),
            "mean": statistics.mean(ratios),
            "max": max(ratios),
        },
    }


def read(path: Path, named: dict[str, float]) -> list[Row]:
    """The rows of a file, with the TDP of the machine's packages."""
    given = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    found: list[Row] = []
    for row in given:
        threads = max(int(r["cores_used"]) for r in given if r["machine"] == row["machine"])
        tdp, source = tdp_w(row["cpu_name"], threads, named)
        found.append(
            Row(
                row["machine"],
                row["cpu_name"],
                float(row["cpu_load"]) / 100,
                threads,
                float(row["rapl_power"]),
                tdp,
                source,
            )
        )
    return found


def tdps(path: Path) -> dict[str, float]:
    """Name of a processor, in simple words -> TDP [W]; rows of the list that hold no number are left out."""
    if not path.exists():
        return {}
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {plain(row["Name"]): float(row["TDP"]) for row in rows if re.fullmatch(r"\d+(\.\d+)?", row["TDP"])}


def plain(name: str) -> str:
    """A processor's name without marks, clock and core count."""
    name = re.sub(r"\((R|TM)\)|CPU|Processor|@.*|\d+-Core|with .*", " ", name, flags=re.IGNORECASE)
    return " ".join(name.split()).lower()


def tdp_w(cpu: str, threads: int, named: dict[str, float]) -> tuple[float, str]:
    """TDP of all packages of a machine [W], and where it is from: the catalog, a list of names, or the generic row."""
    try:
        return catalog.cpu(cpu).tdp_per_thread.quantity.value * threads, "catalog"
    except MissingFactor:
        pass
    per_package = named.get(plain(cpu))
    if per_package is None:
        return catalog.generic_cpu().tdp_per_thread.quantity.value * threads, "generic row of the catalog"
    socket = next((count for part, count in SOCKET_THREADS.items() if part.lower() in cpu.lower()), threads)
    return per_package * max(threads // socket, 1), "list of names"


def fit(rows: Sequence[Row], form: Form = lambda load: load) -> Fit:
    """Low, mid and high of power over TDP and a form of the load.

    The scale nearest to the mean of the machines' means whose band of +-70% holds 95% of the rows, machines weighing
    alike; where none does, the one that holds most.
    """
    by_machine = [
        [r.watts / (r.tdp_w * form(r.load)) for r in rows if r.machine == m] for m in {r.machine for r in rows}
    ]
    mean = statistics.mean(statistics.mean(ratios) for ratios in by_machine)
    scales = sorted((mean * math.exp(step / 200) for step in range(-200, 201)), key=lambda s: abs(math.log(s / mean)))
    held = [(statistics.mean(inside(ratios, s) for ratios in by_machine), s) for s in scales]
    enough = [scale for share, scale in held if share >= COVER]
    scale = enough[0] if enough else max(held)[1]
    return (1 - HALF_WIDTH) * scale, scale, (1 + HALF_WIDTH) * scale


def inside(ratios: Sequence[float], scale: float) -> float:
    """The share of ratios within the band around a scale."""
    return statistics.mean((1 - HALF_WIDTH) * scale <= ratio <= (1 + HALF_WIDTH) * scale for ratio in ratios)


def out_of_sample(
    rows: Sequence[Row], groups: Sequence[Sequence[str]], form: Form = lambda load: load
) -> dict[str, Any]:
    """Each group of machines is left out, the model is fitted on the others, and tested on the group."""
    held = total = 0
    by_group: dict[str, Any] = {}
    for group in groups:
        low, mid, high = fit([row for row in rows if row.machine not in group], form)
        test = [row.watts / (row.tdp_w * form(row.load)) for row in rows if row.machine in group]
        count = sum(low <= ratio <= high for ratio in test)
        held, total = held + count, total + len(test)
        by_group[" + ".join(group)] = {"mid": mid, "inside": count / len(test), "rows": len(test)}
    return {"inside": held / total, "rows": total, "half_width": HALF_WIDTH, "tested_on": by_group}


def forms(rows: Sequence[Row], machines: Sequence[str]) -> dict[str, float]:
    """Other forms of the load, fitted the same way: the share of rows inside when each machine is left out."""
    tried: dict[str, Form] = {"load": lambda u: u}
    for intercept in (0.05, 0.1, 0.2):
        tried[f"{intercept} + load"] = lambda u, a=intercept: a + u
    for power in (0.5, 0.7, 3.0):
        tried[f"load^{power}"] = lambda u, p=power: u**p
    for top in (0.6, 0.8):
        tried[f"min(load, {top})"] = lambda u, t=top: min(u, t)
    return {name: out_of_sample(rows, [[m] for m in machines], form)["inside"] for name, form in tried.items()}


def shipped(rows: Sequence[Row]) -> dict[str, Any]:
    """The model in the code: with the TDP of this bench, and as it knows the processor by itself."""
    low, mid, high = LOAD
    by_name: list[bool] = []
    widths: list[float] = []
    for row in rows:
        watts = CpuPowerModel.for_cpu(row.cpu).watts.scaled(row.load * row.threads)
        by_name.append(watts.low <= row.watts <= watts.high)
        widths.append((watts.high - watts.low) / 2 / watts.value)
    return {
        "inside": statistics.mean(low <= row.ratio <= high for row in rows),
        "median_half_width": (high - low) / 2 / mid,
        "measured_over_mid": statistics.mean(row.ratio / mid for row in rows),
        "by_name_alone": {"inside": statistics.mean(by_name), "median_half_width": statistics.median(widths)},
    }


def idle(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows at 5% load and less: idle power over TDP, and whether the idle part of the model holds it."""
    found: dict[str, Any] = {}
    for row in rows:
        if row.load <= IDLE_BELOW:
            idle_part = CpuPowerModel.for_cpu(row.cpu).idle.scaled(row.threads)
            entry = found.setdefault(row.machine, {"watts": [], "over_tdp": [], "inside": []})
            entry["watts"].append(row.watts)
            entry["over_tdp"].append(row.watts / row.tdp_w)
            entry["inside"].append(idle_part.low <= row.watts <= idle_part.high)
    return found


if __name__ == "__main__":
    main()
