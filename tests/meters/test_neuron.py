"""Neuron Monitor: its stream, and power between idle and maximum. After the documentation alone: unverified."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung import catalog
from rung.errors import MissingFactor
from rung.meters import CpuPowerModel, Joules, LocalMeter, chain, local_meter
from rung.meters.neuron import NeuronCounter, NeuronMonitor, NeuronReport, counter_for, neuron_counters, parse_report
from rung.types import Origin

STREAM = Path(__file__).parent / "exchanges" / "handwritten_neuron_monitor.jsonl"
LINES = STREAM.read_text("utf-8").splitlines()
CPU = CpuPowerModel.for_cpu("AMD EPYC 7763")
PID = 2199
CHIP = catalog.chip("trainium1")
IDLE, TOP = CHIP.idle_w.quantity, CHIP.max_w.quantity


class Clock:
    def cpu_ns(self) -> int:
        return 0


def ours() -> frozenset[int]:
    return frozenset((PID,))


def report(busy: dict[int, float], *, chips: int = 1, cores: int = 2) -> NeuronReport:
    return NeuronReport("trn1.2xlarge", chips, cores, busy, 1.0)


def counter() -> NeuronCounter:
    return counter_for(report({}), pids=ours)


def passed(counter: NeuronCounter, seconds: float, told: NeuronReport) -> Joules:
    """What a report that holds for so long adds."""
    counter.hear(told, 100.0)
    before = counter.joules(0.0, 100.0)
    after = counter.joules(0.0, 100.0 + seconds)
    assert before is not None
    assert after is not None
    return Joules(after.low - before.low, after.mid - before.mid, after.high - before.high)


@pytest.mark.capability("meter-neuron", verified="stub")
def test_the_handwritten_stream_is_read() -> None:
    reports = [parse_report(line) for line in LINES]
    assert [dict(r.busy) for r in reports] == [{PID: 0.0}, {PID: 2.0}, {PID: pytest.approx(0.894)}, {}]
    assert {(r.instance_type, r.chips, r.cores_per_chip) for r in reports} == {("trn1.2xlarge", 1, 2)}
    assert reports[1].period_s == pytest.approx(1.0, abs=0.01)


def test_power_runs_from_idle_to_the_maximum_of_the_chip() -> None:
    """Both cores at rest: idle; both busy: the maximum; one of them busy: half way. All modelled, with a range."""
    for work, watts in ((0.0, IDLE.value), (2.0, TOP.value), (1.0, (IDLE.value + TOP.value) / 2)):
        joules = passed(counter(), 10.0, report({PID: work}))
        assert joules.mid == pytest.approx(10 * watts)
        assert joules.low < joules.mid < joules.high
    meter = LocalMeter(Clock(), lambda: CPU, gpu_counters=[(neurons := counter())])
    neurons.hear(report({PID: 1.0}), time.perf_counter())
    start = meter.look()
    time.sleep(0.01)
    energy = meter.between(start, meter.look()).energy
    assert energy is not None
    assert energy.origin is Origin.MODELLED
    assert "neuron-power-model" in energy.sources


@settings(deadline=None)
@given(st.floats(0, 2), st.floats(0, 2), st.integers(1, 16))
def test_two_processes_together_get_no_more_than_the_machine(mine: float, theirs: float, chips: int) -> None:
    told = report({PID: mine, 7: theirs}, chips=chips)
    alone = report({PID: mine + theirs}, chips=chips)
    first, second = counter(), counter_for(told, pids=lambda: frozenset((7,)))
    whole = passed(counter(), 1.0, alone)
    one, other = passed(first, 1.0, told), passed(second, 1.0, told)
    if mine + theirs > 0:
        assert one.mid + other.mid == pytest.approx(whole.mid)
    assert one.low + other.low <= whole.low + 1e-9
    for joules in (one, other):
        assert joules.low <= joules.mid + 1e-9 <= joules.high + 2e-9


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ("{", "line"),
        ("[]", "no report"),
        ('{"neuron_hardware_info": {"error": "no driver"}}', "no driver"),
        ('{"neuron_hardware_info": {"neuron_device_count": 0, "neuroncore_per_device_count": 2}}', "device_count"),
        (LINES[1].replace("100.0", "-3.0"), "utilization"),
        (LINES[1].replace("100.0", "NaN"), "utilization"),
        (LINES[1].replace('"0": {"neuroncore_utilization": 100.0,', '"0": {'), "utilization"),
    ],
)
def test_a_line_that_cannot_be_used_is_unknown_until_the_next_report(broken: str, problem: str) -> None:
    monitor = NeuronMonitor([sys.executable, "-c", ""], pids=ours)
    monitor.close()
    monitor.follow(LINES[:1])
    assert monitor.counter is not None
    monitor.counter.hear(parse_report(LINES[0]), 5.0)
    before = monitor.joules(0.0, 5.0)
    told: list[str] = []

    def lines() -> Any:
        yield broken
        told.append(monitor.problem)
        assert monitor.joules(0.0, time.perf_counter()) is None
        yield LINES[1]
        assert monitor.joules(0.0, time.perf_counter()) is not None

    monitor.follow(lines())
    assert problem in told[0]
    monitor.counter.hear(parse_report(LINES[0]), 5.0)
    after = monitor.joules(0.0, 5.0)
    assert before is not None
    assert after is not None
    assert after.breaks > before.breaks


def test_silence_is_unknown() -> None:
    neurons = counter()
    assert neurons.joules(0.0, 0.0) is None
    neurons.hear(report({PID: 1.0}), 1.0)
    assert neurons.joules(0.0, 2.0) is not None
    assert neurons.joules(0.0, 60.0) is None


def test_a_real_subprocess_is_followed_until_it_ends(tmp_path: Path) -> None:
    """A program that writes the stream, a line at a time, as the tool does."""
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import sys, time\n"
        f"for line in open({str(STREAM)!r}):\n"
        "    print(line, end='', flush=True); time.sleep(0.05)\n"
        "sys.stdin.read()\n"
    )
    monitor = NeuronMonitor([sys.executable, str(tool)], pids=ours)
    meter = LocalMeter(Clock(), lambda: CPU, gpu_counters=[monitor])
    assert "no report yet" in meter.describe or monitor.counter
    until = time.monotonic() + 20
    while monitor.counter is None and time.monotonic() < until:
        time.sleep(0.01)
    start = meter.look()
    time.sleep(0.1)
    reading = meter.between(start, meter.look())
    assert reading.energy is not None
    assert reading.parts_j["neuron"] > 0
    assert "Neuron Monitor" in meter.describe
    monitor.close()
    monitor.close()
    assert meter.between(start, meter.look()).energy is None
    assert "has ended" in meter.describe


def test_every_family_has_a_chip_and_others_are_refused() -> None:
    for family in ("inf1", "inf2", "trn1", "trn1n", "trn2", "trn3"):
        told = NeuronReport(f"{family}.48xlarge", 1, 2, {}, None)
        assert "W idle" in counter_for(told, pids=ours).describe
    with pytest.raises(MissingFactor, match="xyz1"):
        counter_for(NeuronReport("xyz1.large", 1, 2, {}, None), pids=ours)


def test_chips_without_the_tool_are_unknown_and_without_chips_there_is_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chain, "NEURON_DEVICE", tmp_path / "absent")
    assert "neuron" not in local_meter().describe
    monkeypatch.setattr(chain, "NEURON_DEVICE", tmp_path)
    meter = local_meter()
    assert meter.between(meter.look(), meter.look()).energy is None
    assert "aws-neuronx-tools" in meter.describe


def test_the_tool_is_asked_for_utilization_each_second(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "neuron-monitor"
    tool.write_text(f'#!/bin/sh\n[ "$1" = -c ] && cp "$2" {tmp_path}/asked.json && cat {STREAM} && sleep 30\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (monitor,) = neuron_counters(ours)
    assert isinstance(monitor, NeuronMonitor)
    until = time.monotonic() + 20
    while monitor.counter is None and time.monotonic() < until:
        time.sleep(0.01)
    monitor.close()
    asked = json.loads((tmp_path / "asked.json").read_text())
    assert asked["period"] == "1s"
    assert asked["neuron_runtimes"][0]["metrics"] == [{"type": "neuroncore_counters"}]
