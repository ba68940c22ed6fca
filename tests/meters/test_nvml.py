"""NVML on a made-up driver: the energy counter, integrated power, shared boards, instances, and what is not told."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.meters import CpuPowerModel, JouleCounter, Joules, LocalMeter, chain, local_meter, nvml
from rung.meters.board import boards
from rung.meters.nvml import GpuCounter, PowerIntegral, counters_of, gpu_counters
from rung.types import Origin

CPU = CpuPowerModel.for_cpu("AMD EPYC 7763")
ME = os.getpid()


class NVMLError(Exception):
    pass


class Clock:
    def cpu_ns(self) -> int:
        return 0

    def pids(self) -> frozenset[int]:
        return frozenset((ME,))


@dataclass
class Driver:
    """An NVML binding for two boards."""

    mj: list[int] = field(default_factory=lambda: [1000, 5000])
    mw: int = 100_000
    energy_counter: bool = True
    power: bool = True
    running: tuple[int, ...] = ()
    sm_util: dict[int, int] = field(default_factory=dict[int, int])
    slices: int = 2
    lost: bool = False
    asked_us: list[int] = field(default_factory=list[int])
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
        if not self.energy_counter or self.lost:
            raise NVMLError
        return self.mj[handle]

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        if not self.power or self.lost:
            raise NVMLError
        return self.mw

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=pid) for pid in self.running]

    def nvmlDeviceGetProcessUtilization(self, handle: int, since_us: int) -> list[SimpleNamespace]:
        self.asked_us.append(since_us)
        if not self.sm_util:
            raise NVMLError("not found")
        return [SimpleNamespace(pid=pid, smUtil=util, timeStamp=since_us + 9) for pid, util in self.sm_util.items()]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        return uuid

    def nvmlDeviceGetDeviceHandleFromMigDeviceHandle(self, handle: str) -> int:
        return 1

    def nvmlDeviceGetIndex(self, handle: int) -> int:
        return handle

    def nvmlDeviceGetAttributes(self, handle: str) -> SimpleNamespace:
        return SimpleNamespace(gpuInstanceSliceCount=self.slices)


def counters(driver: Driver) -> tuple[JouleCounter, ...]:
    return counters_of(driver, background=False)


def sampled(driver: Driver) -> GpuCounter:
    board = boards(driver)[0]
    return GpuCounter(board, PowerIntegral(board), pids=Clock().pids, background=False)


def now(counter: JouleCounter, wall_s: float = 0.0) -> Joules:
    joules = counter.joules(0.0, wall_s)
    assert joules is not None
    return joules


@pytest.mark.capability("meter-nvml", verified="stub")
def test_nvml_energy_counters_of_several_boards_are_read_as_they_are() -> None:
    driver = Driver()
    meter = LocalMeter(Clock(), lambda: CPU, gpu_counters=counters(driver))
    start = meter.look()
    driver.mj = [3000, 5500]
    reading = meter.between(start, meter.look())
    assert reading.parts_j == {"cpu": 0.0, "gpu0": pytest.approx(2.0), "gpu1": pytest.approx(0.5)}
    assert reading.energy is not None
    assert reading.energy.value == pytest.approx(2.5)
    assert "NVML energy counter of gpu0 (NVIDIA L4)" in meter.describe
    assert "modelled" in meter.describe


@pytest.mark.capability("meter-nvml", verified="stub")
def test_a_board_of_ones_own_is_measured() -> None:
    driver = Driver(running=(ME,))
    (counter, _) = counters(driver)
    start = now(counter)
    driver.mj = [4000, 5000]
    end = now(counter)
    assert (end.low - start.low, end.mid - start.mid, end.high - start.high) == (3.0, 3.0, 3.0)
    assert "the whole board" in counter.describe


@pytest.mark.capability("meter-nvml", verified="stub")
def test_a_board_with_others_on_it_is_shared_by_time_in_kernels() -> None:
    """Ours ran kernels 30% of the time, theirs 60%: a third, at least 30%, at most all; modelled, and said."""
    driver = Driver(running=(ME, ME + 1), sm_util={ME: 30, ME + 1: 60})
    meter = LocalMeter(Clock(), lambda: CPU, gpu_counters=counters(driver)[:1])
    start = meter.look()
    driver.mj = [10_000, 0]
    energy = meter.between(start, meter.look()).energy
    assert energy is not None
    assert (energy.low, energy.value, energy.high) == pytest.approx((2.7, 3.0, 9.0))
    assert energy.origin is Origin.MODELLED
    assert energy.sources >= {"share-of-gpu0"}
    assert "shared with 1 other" in meter.describe


def test_a_shared_board_without_utilization_or_whose_processes_are_hidden_has_a_range_from_nothing_to_all() -> None:
    for running, mid in (((ME, 7, 8, 9), 1 / 4), ((7, 8), 1 / 2)):
        driver = Driver(running=running)
        counter = counters(driver)[0]
        driver.mj = [2000, 0]
        end = now(counter)
        assert (end.low, end.mid, end.high) == (0.0, pytest.approx(mid), 1.0)
        assert "an equal part" in counter.describe


def test_the_share_is_taken_anew_each_second_and_from_new_samples_only() -> None:
    driver = Driver(mj=[1000], running=(ME, 7), sm_util={ME: 50, 7: 50})
    counter = counters(driver)[0]
    assert isinstance(counter, GpuCounter)
    start = time.perf_counter()
    driver.sm_util = {ME: 90, 7: 10}
    counter.sample(start + 0.5)
    driver.mj = [2000]
    assert now(counter).mid == pytest.approx(0.5)
    counter.sample(start + 1.5)
    driver.mj = [3000]
    assert now(counter).mid == pytest.approx(0.5 + 0.9)
    assert driver.asked_us == sorted(set(driver.asked_us))


def test_only_visible_boards_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for visible, parts in (("1", ["gpu1"]), ("GPU-0ab", ["gpu0"]), ("", []), ("0,1", ["gpu0", "gpu1"])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert [counter.part for counter in counters(Driver())] == parts


@pytest.mark.capability("meter-nvml", verified="stub")
@pytest.mark.parametrize("energy_counter", [True, False])
def test_a_mig_instance_gets_its_slices_of_the_board(monkeypatch: pytest.MonkeyPatch, energy_counter: bool) -> None:
    """2 of 7 compute slices: 2/7 of the board's joules, at most all."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-cafe")
    driver = Driver(energy_counter=energy_counter)
    (counter,) = counters(driver)
    now(counter, 0.0)
    driver.mj = [0, 12_000]
    driver.mw = 600_000
    end = now(counter, 0.0 if energy_counter else 2.0)
    assert end.mid == pytest.approx(2.0 if energy_counter else 2 / 7 * 700)
    assert end.high == pytest.approx(7.0 if energy_counter else 1200.0)
    assert "2 of 7 slices" in counter.describe


@pytest.mark.capability("meter-nvml", verified="stub")
def test_a_board_without_energy_counter_is_integrated() -> None:
    """100 W for 2 s, then a ramp from 100 to 200 W over 1 s: 200 + 150 J by the trapezoidal rule, 100 to 200 in it."""
    driver = Driver(energy_counter=False)
    counter = sampled(driver)
    assert now(counter, 10.0).mid == 0.0
    assert now(counter, 12.0) == Joules(200.0, 200.0, 200.0)
    driver.mw = 200_000
    assert now(counter, 13.0) == Joules(300.0, 350.0, 400.0)
    assert now(counter, 13.0).mid == 350.0
    assert "sampled" in counter.describe


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.001, 1.9), st.integers(0, 700_000)), min_size=1, max_size=50))
def test_the_integral_is_the_trapezoids_and_lies_within_its_bounds(samples: list[tuple[float, int]]) -> None:
    driver = Driver(energy_counter=False)
    counter = sampled(driver)
    counter.sample(0.0)
    wall_s, watts, expected = 0.0, 100.0, 0.0
    for seconds, mw in samples:
        driver.mw = mw
        counter.sample(wall_s + seconds)
        step = wall_s + seconds - wall_s
        expected += step * (watts + mw * 1e-3) / 2
        wall_s, watts = wall_s + seconds, mw * 1e-3
    end = now(counter, wall_s)
    assert end.mid == pytest.approx(expected, rel=1e-9)
    assert end.low <= end.mid * (1 + 1e-12)
    assert end.mid <= end.high * (1 + 1e-12)


def test_a_gap_in_the_samples_is_unknown_not_interpolated() -> None:
    """The machine slept, or a fork has no sampler: joules of that while are unknown, later windows are not."""
    counter = sampled(Driver(energy_counter=False))
    before = now(counter, 10.0)
    assert counter.joules(0.0, 100.0) is None
    after = now(counter, 101.0)
    assert after.breaks != before.breaks
    assert now(counter, 102.0).mid - after.mid == pytest.approx(100.0)


def test_power_is_sampled_in_the_background() -> None:
    driver = Driver(energy_counter=False)
    (counter, _) = counters_of(driver)
    assert isinstance(counter, GpuCounter)
    now(counter, time.perf_counter())
    time.sleep(0.35)
    driver.mw = 0
    joules = now(counter, time.perf_counter())
    assert joules.mid > 15  # with two samples only it would be half of 35, with sampling nearly all
    assert joules.high - joules.low < 0.6 * joules.high


def test_a_driver_that_was_reloaded_or_stopped_answering_is_unknown_not_zero() -> None:
    driver = Driver()
    meter = LocalMeter(Clock(), lambda: CPU, gpu_counters=counters(driver))
    start = meter.look()
    driver.mj = [10, 5000]
    lost = meter.look()
    assert meter.between(start, lost).energy is None
    driver.mj = [90_000, 6000]
    back, later = meter.look(), meter.look()
    assert meter.between(start, back).energy is None
    assert meter.between(back, later).energy is not None
    driver.lost = True
    assert meter.between(back, meter.look()).energy is None


@pytest.mark.capability("meter-nvml", verified="stub")
def test_a_board_that_tells_nothing_is_unknown_not_zero() -> None:
    found = counters(Driver(energy_counter=False, power=False))
    assert len(found) == 2
    meter = LocalMeter(Clock(), lambda: CPU, gpu_counters=found)
    assert meter.between(meter.look(), meter.look()).energy is None
    assert "energy of gpu0 unknown" in meter.describe


def test_boards_without_the_package_are_unknown_and_the_mend_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(chain, "NVIDIA_DEVICE", tmp_path)
    monkeypatch.setattr(nvml, "find_spec", lambda _: None)
    meter = local_meter()
    assert meter.between(meter.look(), meter.look()).energy is None
    assert "pip install 'rung[gpu]'" in meter.describe
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpu_counters() == ()


def test_a_driver_that_does_not_start_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Driver):
        def nvmlInit(self) -> None:
            raise NVMLError("driver not loaded")

    monkeypatch.setattr(nvml, "find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "pynvml", Broken())  # type: ignore[arg-type]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    (counter,) = gpu_counters()
    assert "driver not loaded" in counter.describe
    assert counter.joules(0.0, 0.0) is None
