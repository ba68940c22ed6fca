"""The CPU model's range, against what RAPL measured."""

from __future__ import annotations

import csv
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from rung.meters import CPU_POWER_MODEL, IDLE_POWER_MODEL, CpuPowerModel, local_meter
from rung.meters.cpu_model import IDLE, LOAD
from rung.types import Origin

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[2].parent / "shared"))
MEASURED = SHARED / "data/factors/hardware/cpu_load_vs_rapl_measured.csv"
TDP_PER_THREAD = {"8024P": 90 / 16, "1950X": 180 / 32, "E3-1240 V2": 69 / 8, "E5-2620 v3": 85 / 12}
"""[W] by the makers, as in codecarbon's and the catalog's lists."""


def measured() -> dict[str, list[tuple[float, float, float]]]:
    """Machine -> (load in [0, 1], RAPL watts, TDP of its packages)."""
    if not MEASURED.exists():
        pytest.skip(f"{MEASURED.name} is not here (set RUNG_SHARED)")
    machines: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(MEASURED.read_text().splitlines()):
        machines[row["machine"]].append(row)
    points: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for name, rows in machines.items():
        threads = max(int(row["cores_used"]) for row in rows)
        tdp = threads * next(watts for part, watts in TDP_PER_THREAD.items() if part in rows[0]["cpu_name"])
        points[name] = [(float(row["cpu_load"]) / 100, float(row["rapl_power"]), tdp) for row in rows]
    return points


@pytest.mark.capability("meter-cpu-model", verified="real")
def test_the_range_holds_nine_in_ten_measured_rows_above_idle_and_is_no_wider_than_70_percent() -> None:
    """codecarbon's load profiles of five machines (MIT): RAPL power above 5% load, against TDP x load x the model."""
    low, mid, high = LOAD
    rows = [row for points in measured().values() for row in points if row[0] > 0.05]
    assert len(rows) > 90
    assert statistics.mean(low <= watts / (tdp * load) <= high for load, watts, tdp in rows) >= 0.9
    assert (high - low) / 2 / mid <= 0.7


@pytest.mark.capability("meter-cpu-model", verified="real")
def test_the_fit_holds_85_percent_of_machines_and_processors_that_it_has_not_seen(tmp_path: Path) -> None:
    """`bench/cpu_model.py`: each machine left out, each processor left out, and a fixed split."""
    measured()
    bench = Path(__file__).parents[2] / "bench" / "cpu_model.py"
    out = tmp_path / "out.json"
    subprocess.run([sys.executable, str(bench), "--json", str(out)], check=True, capture_output=True, timeout=300)
    told = json.loads(out.read_text())
    for test in ("leave_one_machine_out", "leave_one_processor_out", "fixed_split"):
        assert told[test]["inside"] >= 0.85, test
        assert told[test]["half_width"] <= 0.7
    assert pytest.approx([told["fit_on_all"][name] for name in ("low", "mid", "high")], rel=0.03) == LOAD


def test_idle_rows_are_apart_and_the_idle_part_holds_them() -> None:
    low, _, high = IDLE
    rows = [row for points in measured().values() for row in points if row[0] <= 0.05]
    assert len(rows) == 10
    assert all(low <= watts / tdp <= high for _, watts, tdp in rows)


def test_a_package_is_its_idle_part_and_its_load_under_two_names() -> None:
    model = CpuPowerModel.for_cpu("AMD EPYC 7742 64-Core Processor")
    watts = model.package_watts(0.5, 128)
    assert watts.sources == {CPU_POWER_MODEL, IDLE_POWER_MODEL}
    assert watts.value == pytest.approx(225 * (0.12 + 0.5 * 1.3), rel=0.01)
    assert model.idle_energy(10.0, 128).value == pytest.approx(10 * 225 * 0.12, rel=0.01)
    assert IDLE_POWER_MODEL not in model.energy(1.0).sources


@pytest.mark.parametrize(
    ("cpu", "idle", "full"),
    [
        ("AMD EPYC 7742 64-Core Processor", 0.474, 1.693),
        ("AMD EPYC 9654 96-Core Processor", 0.739, 2.282),
        ("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", 0.690, 4.063),
        ("Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", 0.613, 4.104),
        ("Intel(R) Xeon(R) Platinum 8488C", 1.036, 4.160),
    ],
)
def test_the_ranges_hold_cloud_carbon_footprints_watts_per_vcpu(cpu: str, idle: float, full: float) -> None:
    """CCF coefficients 2024: (max - min) watts per vCPU are load, min watts are idle, max watts are both."""
    model = CpuPowerModel.for_cpu(cpu)
    assert model.watts.low <= full - idle <= model.watts.high
    assert model.idle.low <= idle <= model.idle.high
    both = model.package_watts(1.0, 1)
    assert both.low <= full <= both.high


@pytest.mark.capability("meter-cpu-model", verified="real")
def test_the_range_holds_the_teads_curve_and_green_algorithms() -> None:
    """Impact Framework's curve (0.12, 0.32, 0.75, 1.02 of TDP at 0, 10, 50, 100%) and 12 W per physical core."""
    model = CpuPowerModel.for_cpu("AMD EPYC 7742 64-Core Processor")
    for load, share in ((0.0, 0.12), (0.1, 0.32), (0.5, 0.75), (1.0, 1.02)):
        package = model.package_watts(load, 128)
        assert package.low <= 225 * share <= package.high
        if load:
            assert model.watts.low <= 225 * (share - 0.12) / (load * 128) <= model.watts.high
    generic = CpuPowerModel.for_cpu("something else").watts
    assert generic.low <= 12 / 2 <= generic.high


def test_an_unknown_processor_has_a_wider_range_and_says_so() -> None:
    known, unknown = CpuPowerModel.for_cpu("AMD EPYC 7763"), CpuPowerModel.for_cpu("")
    assert unknown.row.key == "generic"
    assert "generic" in unknown.describe
    assert unknown.watts.high / unknown.watts.low > known.watts.high / known.watts.low


def test_metered_and_predicted_joules_share_their_error_source() -> None:
    meter = local_meter(cpu_name="AMD EPYC 7763")
    start = meter.look()
    sum(range(200_000))
    metered = meter.between(start, meter.look())
    predicted = meter.reading_for_cpu(metered.cpu_s, metered.wall_s)
    assert metered.energy is not None
    assert predicted.energy is not None
    assert predicted.energy.sources == {CPU_POWER_MODEL}
    assert predicted.energy.origin is Origin.MODELLED
    if "modelled" in meter.describe:
        assert metered == predicted
