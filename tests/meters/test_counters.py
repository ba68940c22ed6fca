"""RAPL on a made-up sysfs, NVML on a made-up driver, and meters made of them."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from rung.meters import CpuPowerModel, Joules, LocalLook, LocalMeter
from rung.meters.background import call_every
from rung.meters.nvml import SampledGpuCounter, counters_of
from rung.meters.rapl import RaplCounter, rapl_counter
from rung.types import Origin

CPU = CpuPowerModel.for_cpu("AMD EPYC 7763")
TICKS = 100


class Clock:
    def __init__(self) -> None:
        self.ns = 0

    def cpu_ns(self) -> int:
        return self.ns


def powercap(root: Path, *, package_uj: int, dram_uj: int = 0, core_uj: int = 0, range_uj: int = 1_000_000) -> None:
    zones = {
        "intel-rapl:0": ("package-0", package_uj),
        "intel-rapl:0:0": ("core", core_uj),
        "intel-rapl:0:1": ("dram", dram_uj),
    }
    for folder, (name, uj) in zones.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "name").write_text(name + "\n")
        (root / folder / "energy_uj").write_text(f"{uj}\n")
        (root / folder / "max_energy_range_uj").write_text(f"{range_uj}\n")


def busy(stat: Path, seconds: float) -> None:
    stat.write_text(f"cpu  {round(seconds * TICKS)} 0 0 999 5 0 0 0 0 0\ncpu0 1 2 3\n")


def rapl(root: Path, stat: Path) -> RaplCounter:
    counter = rapl_counter(root, stat=stat)
    assert counter is not None
    return counter


@pytest.mark.capability("meter-rapl", verified="stub")
def test_rapl_counts_package_and_memory_but_not_the_cores_inside(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=0)
    counter = rapl(tmp_path, stat)
    counter.joules(0.0, 0.0)
    powercap(tmp_path, package_uj=300_000, dram_uj=50_000, core_uj=200_000)
    assert counter.joules(0.01, 0.01).high == pytest.approx(0.35)


@pytest.mark.capability("meter-rapl", verified="stub")
def test_rapl_wraps_around(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=999_000, range_uj=1_000_000)
    counter = rapl(tmp_path, stat)
    powercap(tmp_path, package_uj=4_000, range_uj=1_000_000)
    assert counter.joules(0.0, 0.0).high == pytest.approx(5_001e-6)


def test_rapl_turns_around_between_looks_are_kept(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=900_000, range_uj=999_999)
    counter = rapl(tmp_path, stat)
    for uj in (400_000, 900_000, 400_000):
        powercap(tmp_path, package_uj=uj, range_uj=999_999)
        counter.keep_up()
    assert counter.joules(0.0, 0.0).high == pytest.approx(1.5)


@pytest.mark.capability("meter-rapl", verified="stub")
def test_rapl_is_shared_by_cpu_time_within_bounds(tmp_path: Path) -> None:
    """A quarter of the busy time is a quarter of the joules; at most all, at least the share of all threads."""
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=0, range_uj=10**9)
    clock = Clock()
    counter = rapl(tmp_path, stat)
    meter = LocalMeter(clock, CPU, cpu_counter=counter)
    meter.look()
    counter.joules(1.0, 1e6)  # the first mark is far away
    busy(stat, 4)
    counter.joules(2.0, 1e6 + 1)
    before = counter.joules(2.0, 1e6 + 1)
    powercap(tmp_path, package_uj=8_000_000, range_uj=10**9)
    after = counter.joules(2.0, 1e6 + 1)
    assert after.mid - before.mid == pytest.approx(2.0)
    assert after.high - before.high == pytest.approx(8.0)
    assert 0 < after.low - before.low <= 2.0
    reading = meter.between(LocalLook(0, 0, (before,)), LocalLook(10, 0, (after,)))
    assert reading.energy is not None
    assert reading.energy.origin is Origin.MODELLED
    assert reading.energy.high == pytest.approx(8.0)
    assert reading.parts_j == {"cpu": pytest.approx(2.0)}


def test_rapl_that_may_not_be_read_is_not_there(tmp_path: Path) -> None:
    powercap(tmp_path, package_uj=0)
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    (tmp_path / "intel-rapl:0" / "energy_uj").mkdir()  # unreadable even for an administrator
    assert rapl_counter(tmp_path) is None
    assert rapl_counter(tmp_path / "absent") is None


class NVMLError(Exception):
    pass


@dataclass
class Driver:
    """An NVML binding for two boards."""

    mj: list[int] = field(default_factory=lambda: [1000, 5000])
    mw: int = 100_000
    energy_counter: bool = True
    power: bool = True
    running: int = 0
    NVMLError: type[Exception] = NVMLError

    def nvmlInit(self) -> None: ...

    def nvmlDeviceGetCount(self) -> int:
        return len(self.mj)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetName(self, handle: int) -> bytes:
        return b"NVIDIA L4"

    def nvmlDeviceGetUUID(self, handle: int) -> str:
        return f"GPU-{handle}abc"

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        if not self.energy_counter:
            raise NVMLError
        return self.mj[handle]

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        if not self.power:
            raise NVMLError
        return self.mw

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=-1 - i) for i in range(self.running)]


@pytest.mark.capability("meter-nvml", verified="stub")
def test_nvml_energy_counters_are_read_as_they_are() -> None:
    driver = Driver()
    meter = LocalMeter(Clock(), CPU, gpu_counters=counters_of(driver))
    start = meter.look()
    driver.mj = [3000, 5500]
    reading = meter.between(start, meter.look())
    assert reading.parts_j == {"cpu": 0.0, "gpu0": pytest.approx(2.0), "gpu1": pytest.approx(0.5)}
    assert reading.energy is not None
    assert reading.energy.value == pytest.approx(2.5)
    assert "NVML energy counter of gpu0 (NVIDIA L4)" in meter.describe
    assert "modelled" in meter.describe


def test_a_shared_board_is_said() -> None:
    assert "shared with 2 other" in counters_of(Driver(running=2))[0].describe
    assert "shared" not in counters_of(Driver())[0].describe


def test_only_visible_boards_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for visible, parts in (("1", ["gpu1"]), ("GPU-0ab", ["gpu0"]), ("", []), ("0,1", ["gpu0", "gpu1"])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert [counter.part for counter in counters_of(Driver())] == parts


@pytest.mark.capability("meter-nvml", verified="stub")
def test_a_board_without_energy_counter_is_integrated() -> None:
    """100 W for 2 s, then a ramp from 100 to 200 W over 1 s: 200 + 150 J by the trapezoidal rule."""
    driver = Driver(energy_counter=False)
    counter = SampledGpuCounter(driver, 0, 0, "old", sampling=False)
    assert counter.sample(10.0) == 0.0
    assert counter.sample(12.0) == pytest.approx(200.0)
    driver.mw = 200_000
    assert counter.joules(0.0, 13.0).mid == pytest.approx(350.0)
    assert counter.sample(13.0) == pytest.approx(350.0)
    assert "sampled" in counter.describe


def test_a_board_without_energy_counter_is_found_and_sampled() -> None:
    counters = counters_of(Driver(energy_counter=False))
    assert len(counters) == 2
    assert all("sampled" in counter.describe for counter in counters)


def test_background_calls_end_with_their_owner() -> None:
    class Owner:
        calls = 0

        def call(self) -> None:
            self.calls += 1

    owner = Owner()
    stop = call_every(0.001, owner, Owner.call)
    for _ in range(1000):
        if owner.calls:
            break
        time.sleep(0.005)
    assert owner.calls
    del owner
    for _ in range(1000):
        gc.collect()
        if stop.is_set():
            break
        time.sleep(0.005)
    assert stop.is_set()


def test_a_board_that_tells_nothing_is_not_counted_as_zero() -> None:
    assert counters_of(Driver(energy_counter=False, power=False)) == ()


def test_a_counter_that_went_down_is_unknown_not_zero() -> None:
    driver = Driver()
    meter = LocalMeter(Clock(), CPU, gpu_counters=counters_of(driver))
    start = meter.look()
    driver.mj = [10, 5000]
    assert meter.between(start, meter.look()).energy is None


def test_joules_of_one_process_alone_are_measured() -> None:
    meter = LocalMeter(Clock(), CPU, cpu_counter=rapl_like())
    reading = meter.between(LocalLook(0, 0, (Joules(0, 0, 0),)), LocalLook(9, 9, (Joules(2, 2, 2),)))
    assert reading.energy is not None
    assert reading.energy.origin is Origin.MEASURED


def rapl_like() -> RaplCounter:
    return RaplCounter([])
