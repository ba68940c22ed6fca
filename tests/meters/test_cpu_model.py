"""The CPU model's range, against what RAPL measured."""

from __future__ import annotations

import csv
import os
import statistics
from collections import defaultdict
from pathlib import Path

import pytest

from rung.meters import CPU_POWER_MODEL, CpuPowerModel, local_meter
from rung.types import Origin

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[2].parent / "shared"))
MEASURED = SHARED / "data/factors/hardware/cpu_load_vs_rapl_measured.csv"


def measured() -> dict[str, list[tuple[float, float]]]:
    """Processor -> (busy threads, package watts above idle), for loads above 5%."""
    if not MEASURED.exists():
        pytest.skip(f"{MEASURED.name} is not here (set RUNG_SHARED)")
    machines: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(MEASURED.read_text().splitlines()):
        machines[row["machine"], row["cpu_name"]].append(row)
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (_, cpu), rows in machines.items():
        threads = max(int(row["cores_used"]) for row in rows)
        idle = min(float(row["rapl_power"]) for row in rows)
        for row in rows:
            busy = float(row["cpu_load"]) / 100 * threads
            if busy > 0.05 * threads and float(row["rapl_power"]) > 2 * idle:
                points[cpu].append((busy, float(row["rapl_power"]) - idle))
    return points


@pytest.mark.capability("meter-cpu-model", verified="real")
def test_the_range_holds_every_measured_point() -> None:
    """codecarbon's load profiles of five machines (MIT): joules of busy threads lie in the model's interval."""
    points = measured()
    assert sum(map(len, points.values())) > 80
    for cpu, loads in points.items():
        watts = CpuPowerModel.for_cpu(cpu).watts
        for busy, power in loads:
            assert watts.low <= power / busy <= watts.high, (cpu, busy, power)


def test_the_mid_is_within_a_factor_of_two_of_each_machines_median() -> None:
    for cpu, loads in measured().items():
        median = statistics.median(power / busy for busy, power in loads)
        assert 0.5 <= median / CpuPowerModel.for_cpu(cpu).watts.value <= 2, cpu


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
def test_the_range_holds_cloud_carbon_footprints_watts_per_vcpu(cpu: str, idle: float, full: float) -> None:
    """CCF coefficients 2024: marginal (max - min) and full watts per vCPU are both inside."""
    watts = CpuPowerModel.for_cpu(cpu).watts
    assert watts.low <= full - idle <= watts.high
    assert watts.low <= full <= watts.high


@pytest.mark.capability("meter-cpu-model", verified="real")
def test_the_range_holds_the_teads_curve_and_green_algorithms() -> None:
    """Impact Framework's curve (0.12, 0.32, 0.75, 1.02 of TDP at 0, 10, 50, 100%) and 12 W per physical core."""
    watts = CpuPowerModel.for_cpu("AMD EPYC 7742 64-Core Processor").watts
    for load, share in ((0.1, 0.32), (0.5, 0.75), (1.0, 1.02)):
        for idle in (0.0, 0.12):
            assert watts.low <= 225 * (share - idle) / (load * 128) <= watts.high
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
