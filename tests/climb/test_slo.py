"""The latency objective: held against single requests, and by the same ones again after a resume."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rung.climb import Setting, run_climb
from rung.errors import UpstreamFailed
from rung.ledger import Ledger
from rung.testing.meters import FakeMeter
from rung.testing.recorded import RecordedMethod
from rung.workload import Slo
from tests.climb.conftest import items, recording, setting_of, workload_of

EVALUATION = items(200)
QUICK_BATCH = 8


class Machine:
    """Cheap answers take `slow_s` each; counts single requests; may break when the dear one is asked."""

    def __init__(self, home: Path, *, slow_s: float, breaks: bool = False) -> None:
        self.meter = FakeMeter(cpu_s_per_look=1e-4, wall_s_per_look=1e-4)
        self.single: list[str] = []
        self._slow_s = slow_s
        self._breaks = breaks
        recordings = [recording("cheap", 0.95, 0.001, EVALUATION), recording("dear", 0.95, 0.01, EVALUATION)]
        method = RecordedMethod(recordings, batch_size=QUICK_BATCH, heard=self._hear)
        self.setting: Setting = setting_of(home, method, meter=self.meter)

    def _hear(self, name: str, inputs: Sequence[str]) -> None:
        if name == "dear" and self._breaks:
            raise UpstreamFailed("the model is gone", mend="start it again")
        if name == "cheap":
            self.meter.spend(0.0, self._slow_s * len(inputs))
        if len(inputs) == 1:
            self.single.append(name)


@pytest.mark.capability("slo", verified="real")
def test_what_is_too_slow_fails_and_says_by_how_much(tmp_path: Path):
    machine = Machine(tmp_path, slow_s=0.3)
    plan = run_climb(workload_of(EVALUATION, slo=Slo(0.2, 0.9)), machine.setting)
    assert plan.policies[0].candidate == "dear"
    rejected = next(c for c in plan.candidates if c.name == "cheap")
    assert rejected.decision == "failed"
    assert rejected.rejection is not None
    assert rejected.rejection.constraint == "SLO p90 latency"
    assert rejected.rejection.needed == "at most 0.2 s"
    assert rejected.rejection.got.startswith("0.3 s on 20 single requests")
    # One more to warm up, of each that passed the bar.
    assert [machine.single.count(name) for name in ("cheap", "dear")] == [21, 21]


def test_what_is_quick_enough_passes(tmp_path: Path):
    plan = run_climb(workload_of(EVALUATION, slo=Slo(0.4)), Machine(tmp_path, slow_s=0.3).setting)
    assert plan.policies[0].candidate == "cheap"


@pytest.mark.capability("slo", verified="real")
def test_a_resumed_climb_decides_by_the_latencies_it_measured(tmp_path: Path):
    """The machine is quicker by then: the verdict of the run stands, and no request is sent again."""
    workload = workload_of(EVALUATION, slo=Slo(0.2))
    with pytest.raises(UpstreamFailed):
        run_climb(workload, Machine(tmp_path, slow_s=0.3, breaks=True).setting)
    quicker = Machine(tmp_path, slow_s=0.01)
    plan = run_climb(workload, quicker.setting, resume=True)
    assert plan.policies[0].candidate == "dear"
    assert "cheap" not in quicker.single
    cheap = next(c for c in plan.candidates if c.name == "cheap")
    assert cheap.latency_quantile_s == pytest.approx(0.3, rel=0.01)
    with Ledger(tmp_path / "ledger.db") as ledger:
        calls = sum(event.body["calls"] for event in ledger.events(kind="spent"))
        assert calls == ledger.counts()["trial"] + 21 * ledger.counts()["latency"]


def test_another_run_measures_for_itself(tmp_path: Path):
    workload = workload_of(EVALUATION, slo=Slo(0.2))
    assert run_climb(workload, Machine(tmp_path, slow_s=0.3).setting).policies[0].candidate == "dear"
    assert run_climb(workload, Machine(tmp_path, slow_s=0.01).setting).policies[0].candidate == "cheap"
