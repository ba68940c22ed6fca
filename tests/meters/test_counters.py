"""RAPL on a made-up sysfs, and meters made of it."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.meters import CpuPowerModel, Joules, LocalLook, LocalMeter, local_meter
from rung.meters import rapl as rapl_module
from rung.meters.background import call_every
from rung.meters.rapl import RaplCounter, rapl_counter, why_not
from rung.types import Origin

CPU = CpuPowerModel.for_cpu("AMD EPYC 7763")
TICKS = 100


class Clock:
    def __init__(self) -> None:
        self.ns = 0

    def cpu_ns(self) -> int:
        return self.ns


def powercap(root: Path, *, package_uj: int, dram_uj: int = 0, core_uj: int = 0, range_uj: int = 1_000_000) -> None:
    zone(root, "intel-rapl:0", "package-0", package_uj, range_uj)
    zone(root, "intel-rapl:0:0", "core", core_uj, range_uj)
    zone(root, "intel-rapl:0:1", "dram", dram_uj, range_uj)


def busy(stat: Path, seconds: float) -> None:
    stat.write_text(f"cpu  {round(seconds * TICKS)} 0 0 999 5 0 0 0 0 0\ncpu0 1 2 3\n")


def zone(root: Path, folder: str, name: str, uj: int, range_uj: int = 1_000_000) -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    (root / folder / "name").write_text(name + "\n")
    (root / folder / "energy_uj").write_text(f"{uj}\n")
    (root / folder / "max_energy_range_uj").write_text(f"{range_uj}\n")


def hwmon(root: Path, *, name: str = "amd_energy", sockets: tuple[int, ...] = (0, 0), cores: int = 0) -> None:
    device = root / "hwmon3"
    device.mkdir(parents=True, exist_ok=True)
    (device / "name").write_text(name + "\n")
    labels = [("Ecore000", cores), *((f"Esocket{i}", uj) for i, uj in enumerate(sockets))]
    for number, (label, uj) in enumerate(labels, start=1):
        (device / f"energy{number}_label").write_text(label + "\n")
        (device / f"energy{number}_input").write_text(f"{uj}\n")


def rapl(root: Path, stat: Path) -> RaplCounter:
    counter = rapl_counter(root, hwmon=root / "hwmon", stat=stat)
    assert counter is not None
    return counter


def now(counter: RaplCounter, cpu_s: float = 0.0, wall_s: float = 0.0) -> Joules:
    joules = counter.joules(cpu_s, wall_s)
    assert joules is not None
    return joules


@pytest.mark.capability("meter-rapl", verified="stub")
def test_rapl_counts_package_and_memory_but_not_the_cores_inside(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=0)
    counter = rapl(tmp_path, stat)
    counter.joules(0.0, 0.0)
    powercap(tmp_path, package_uj=300_000, dram_uj=50_000, core_uj=200_000)
    assert now(counter, 0.01, 0.01).high == pytest.approx(0.35)


@pytest.mark.capability("meter-rapl", verified="stub")
def test_rapl_wraps_around(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=999_000, range_uj=1_000_000)
    counter = rapl(tmp_path, stat)
    powercap(tmp_path, package_uj=4_000, range_uj=1_000_000)
    assert now(counter).high == pytest.approx(5_001e-6)


def test_rapl_turns_around_between_looks_are_kept(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=900_000, range_uj=999_999)
    counter = rapl(tmp_path, stat)
    for uj in (400_000, 900_000, 400_000):
        powercap(tmp_path, package_uj=uj, range_uj=999_999)
        counter.keep_up()
    assert now(counter).high == pytest.approx(1.5)


@pytest.mark.capability("meter-rapl", verified="stub")
def test_rapl_is_shared_by_cpu_time_within_bounds(tmp_path: Path) -> None:
    """A quarter of the busy time is a quarter of the joules; at most all, at least the share of all threads."""
    stat = tmp_path / "stat"
    busy(stat, 0)
    powercap(tmp_path, package_uj=0, range_uj=10**9)
    clock = Clock()
    counter = rapl(tmp_path, stat)
    meter = LocalMeter(clock, lambda: CPU, cpu_counter=counter)
    meter.look()
    counter.joules(1.0, 1e6)  # the first mark is far away
    busy(stat, 4)
    counter.joules(2.0, 1e6 + 1)
    before = now(counter, 2.0, 1e6 + 1)
    powercap(tmp_path, package_uj=8_000_000, range_uj=10**9)
    after = now(counter, 2.0, 1e6 + 1)
    assert after.mid - before.mid == pytest.approx(2.0)
    assert after.high - before.high == pytest.approx(8.0)
    assert 0 < after.low - before.low <= 2.0
    reading = meter.between(LocalLook(0, 0, (before,)), LocalLook(10, 0, (after,)))
    assert reading.energy is not None
    assert reading.energy.origin is Origin.MODELLED
    assert reading.energy.high == pytest.approx(8.0)
    assert reading.parts_j == {"cpu": pytest.approx(2.0)}


@pytest.mark.capability("meter-rapl", verified="stub")
def test_several_packages_are_summed_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    """Two packages and their memory; not psys (they are in it), not cores, not the mmio view of the same packages."""

    def write(uj: int) -> None:
        zone(tmp_path, "intel-rapl:0", "package-0", 10 * uj)
        zone(tmp_path, "intel-rapl:0:0", "core", 5 * uj)
        zone(tmp_path, "intel-rapl:0:1", "dram", 2 * uj)
        zone(tmp_path, "intel-rapl:1", "package-1", 20 * uj)
        zone(tmp_path, "intel-rapl:1:0", "uncore", uj)
        zone(tmp_path, "intel-rapl:1:1", "dram", 3 * uj)
        zone(tmp_path, "intel-rapl:2", "psys", 50 * uj)
        zone(tmp_path, "intel-rapl-mmio:0", "package-0", 10 * uj)

    busy(tmp_path / "stat", 0)
    write(0)
    counter = rapl(tmp_path, tmp_path / "stat")
    write(1000)
    assert now(counter).high == pytest.approx(0.035)
    assert "4 domain(s)" in counter.describe


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=30), st.integers(900, 2000))
def test_wrap_arounds_of_each_package_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], top: int
) -> None:
    """Read at least once a turn, the counter's total is what was used, wherever its packages turn around."""
    root = tmp_path_factory.mktemp("powercap")
    busy(root / "stat", 0)
    used = [0, top // 2]

    def write() -> None:
        for i, uj in enumerate(used):
            zone(root, f"intel-rapl:{i}", f"package-{i}", uj % (top + 1), top)

    write()
    counter = rapl(root, root / "stat")
    for step in steps:
        used = [uj + step for uj in used]
        write()
        counter.keep_up()
    assert now(counter).high == pytest.approx(2 * sum(steps) * 1e-6, abs=1e-15)


@pytest.mark.capability("meter-rapl", verified="stub")
def test_amd_processors_through_powercap_have_packages_alone(tmp_path: Path) -> None:
    busy(tmp_path / "stat", 0)
    zone(tmp_path, "intel-rapl:0", "package-0", 0)
    zone(tmp_path, "intel-rapl:0:0", "core", 0)
    counter = rapl(tmp_path, tmp_path / "stat")
    zone(tmp_path, "intel-rapl:0", "package-0", 70)
    zone(tmp_path, "intel-rapl:0:0", "core", 60)
    assert now(counter).high == pytest.approx(70e-6)


@pytest.mark.capability("meter-rapl", verified="stub")
def test_amd_processors_through_hwmon_count_sockets_and_not_the_cores_in_them(tmp_path: Path) -> None:
    busy(tmp_path / "stat", 0)
    hwmon(tmp_path / "hwmon")
    counter = rapl(tmp_path, tmp_path / "stat")
    hwmon(tmp_path / "hwmon", sockets=(100, 300), cores=90)
    assert now(counter).high == pytest.approx(400e-6)
    assert "amd_energy" in counter.describe
    hwmon(tmp_path / "hwmon", sockets=(50, 300))  # 64 bits do not wrap around: the driver was reloaded
    assert counter.joules(0.0, 0.0) is None
    assert now(counter).breaks == 1


def test_other_sensors_are_no_counters(tmp_path: Path) -> None:
    hwmon(tmp_path, name="coretemp")
    assert rapl_counter(tmp_path / "absent", hwmon=tmp_path) is None
    assert why_not(tmp_path / "absent", hwmon=tmp_path) is None


def test_rapl_that_cannot_be_read_is_not_there_and_the_reason_is_said(tmp_path: Path) -> None:
    powercap(tmp_path, package_uj=0)
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    (tmp_path / "intel-rapl:0" / "energy_uj").mkdir()  # unreadable even for an administrator
    assert rapl_counter(tmp_path, hwmon=tmp_path / "absent") is None
    assert "cannot be read" in (why_not(tmp_path, hwmon=tmp_path / "absent") or "")
    assert rapl_counter(tmp_path / "absent", hwmon=tmp_path / "absent") is None


@pytest.mark.capability("meter-rapl", verified="stub")
def test_permission_denied_is_modelled_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels since 5.10 let the administrator alone read RAPL (CVE-2020-8694)."""
    powercap(tmp_path, package_uj=0)
    powers = (rapl_module, "POWERCAP"), (rapl_module, "HWMON")
    for (module, name), path in zip(powers, (tmp_path, tmp_path / "absent"), strict=True):
        monkeypatch.setattr(module, name, path)
    opened = os.open

    def refuse(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if str(path).endswith("energy_uj"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *args, **kwargs)

    def refuse_text(self: Path, *args: Any, **kwargs: Any) -> str:
        if self.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(self))
        with self.open(*args, **kwargs) as file:
            return file.read()

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(Path, "read_text", refuse_text)
    meter = local_meter(cpu_name="AMD EPYC 7763")
    monkeypatch.undo()
    start = meter.look()
    sum(range(100_000))
    reading = meter.between(start, meter.look())
    assert reading.energy is not None
    assert reading.energy.origin is Origin.MODELLED
    assert reading.energy.value > 0
    assert "may not read" in meter.describe
    assert "modelled: CPU time" in meter.describe
    assert "chmod" in meter.describe


def test_a_counter_that_stops_being_readable_is_unknown_not_zero(tmp_path: Path) -> None:
    busy(tmp_path / "stat", 0)
    powercap(tmp_path, package_uj=5)
    counter = rapl(tmp_path, tmp_path / "stat")
    meter = LocalMeter(Clock(), lambda: CPU, cpu_counter=counter)
    start = meter.look()
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("\n")
    assert meter.between(start, meter.look()).energy is None
    powercap(tmp_path, package_uj=9)
    assert meter.between(start, meter.look()).energy is None
    back = meter.look()
    assert meter.between(back, meter.look()).energy is not None


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


def test_joules_of_one_process_alone_are_measured() -> None:
    meter = LocalMeter(Clock(), lambda: CPU, cpu_counter=rapl_like())
    reading = meter.between(LocalLook(0, 0, (Joules(0, 0, 0),)), LocalLook(9, 9, (Joules(2, 2, 2),)))
    assert reading.energy is not None
    assert reading.energy.origin is Origin.MEASURED


def rapl_like() -> RaplCounter:
    return RaplCounter([])
