"""Steps: own parts sum to the whole, in one thread and in many, and land in the ledger."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rung
from rung.accounting import Step, Tracker, track
from rung.ledger import Ledger
from rung.testing.meters import FakeMeter
from rung.types import Reading

Plan = list["Plan"] | float
plans: st.SearchStrategy[Plan] = st.recursive(
    st.floats(0, 10), lambda inner: st.lists(inner, max_size=4), max_leaves=12
)


def joules(reading: Reading) -> float:
    assert reading.energy is not None
    return reading.energy.value


def run(plan: Plan, meter: FakeMeter, tracker: Tracker, name: str, found: list[Step]) -> None:
    """Spend where the plan has a number, and open a step where it has a list."""
    if not isinstance(plan, list):
        meter.spend(plan)
        return
    with track(name, tracker=tracker) as step:
        found.append(step._entered[-1][1])
        for number, part in enumerate(plan):
            run(part, meter, tracker, f"s{number}", found)
            meter.spend(0.5)


@pytest.mark.capability("tracking", verified="real")
@given(plan=st.lists(plans, max_size=4))
@settings(deadline=None, max_examples=25)
def test_own_parts_sum_to_the_whole(tmp_path_factory: pytest.TempPathFactory, plan: list[Plan]) -> None:
    meter = FakeMeter()
    tracker = Tracker(meter, tmp_path_factory.mktemp("t") / "ledger.db")
    start = meter.look()
    found: list[Step] = []
    run(plan, meter, tracker, "whole", found)
    whole = meter.between(start, meter.look())
    assert math.fsum(joules(step.own) for step in found) == pytest.approx(joules(whole), abs=1e-9)
    assert joules(found[0].total) == pytest.approx(joules(whole), abs=1e-9)
    for step in found:
        children = math.fsum(joules(child.total) for child in found if child.parent is step)
        assert joules(step.own) + children == pytest.approx(joules(step.total), abs=1e-9)
        assert step.own.cpu_s >= 0
    tracker.flush()


@pytest.mark.capability("tracking", verified="real")
@given(st.lists(st.lists(st.floats(0, 3), min_size=1, max_size=4), min_size=1, max_size=6))
@settings(deadline=None, max_examples=15)
def test_threads_share_what_the_meter_saw(tmp_path_factory: pytest.TempPathFactory, work: list[list[float]]) -> None:
    """Every joule of the process stands under one step, none under two, however threads interleave."""
    meter, lock = FakeMeter(), threading.Lock()
    tracker = Tracker(meter, tmp_path_factory.mktemp("t") / "ledger.db")
    start = meter.look()
    barrier = threading.Barrier(len(work))

    def worker(number: int) -> None:
        barrier.wait()
        with track(f"w{number}", tracker=tracker):
            for amount in work[number]:
                with track("inner", tracker=tracker), lock:
                    meter.spend(amount)

    with track("main", tracker=tracker):
        threads = [threading.Thread(target=worker, args=(n,)) for n in range(len(work))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    whole = meter.between(start, meter.look())
    tracker.flush()
    with Ledger(tracker._ledger) as ledger:
        readings = [Reading.from_json(event.body["reading"]) for event in ledger.events(kind="spent")]
    assert len(readings) == 1 + len(work) + sum(map(len, work))
    assert math.fsum(map(joules, readings)) == pytest.approx(joules(whole), rel=1e-9, abs=1e-9)
    assert math.fsum(r.cpu_s for r in readings) == pytest.approx(whole.cpu_s, rel=1e-9, abs=1e-9)


def test_what_runs_outside_of_steps_is_nobodys(tmp_path: Path) -> None:
    meter = FakeMeter()
    tracker = Tracker(meter, tmp_path / "ledger.db")
    with track("a", tracker=tracker) as a:
        meter.spend(1)
    meter.spend(100)
    with track("b", tracker=tracker) as b:
        meter.spend(2)
    assert a.reading is not None
    assert b.reading is not None
    assert (a.reading.cpu_s, b.reading.cpu_s) == pytest.approx((1, 2))


def test_an_error_ends_the_step_and_is_not_swallowed(tmp_path: Path) -> None:
    meter = FakeMeter()
    tracker = Tracker(meter, tmp_path / "ledger.db")

    @track("a", tracker=tracker)
    def broken() -> None:
        meter.spend(1)
        raise KeyError

    with pytest.raises(KeyError):
        broken()
    with track("b", tracker=tracker) as after:
        meter.spend(1)
    tracker.flush()
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert [event.body["part"] for event in ledger.events()] == ["a", "b"]
    assert after.reading is not None


def test_decorators_name_each_call_and_keep_the_function(tmp_path: Path) -> None:
    meter = FakeMeter()
    tracker = Tracker(meter, tmp_path / "ledger.db", owner={"team": "search", "cost_center": "42"})

    @track("outer", tracker=tracker)
    def outer(n: int) -> int:
        """Docs."""
        meter.spend(1)
        return n if n == 0 else outer(n - 1)

    @track("later", tracker=tracker)
    async def later() -> str:
        await asyncio.sleep(0)
        meter.spend(3)
        return "x"

    async def both() -> list[str]:
        return list(await asyncio.gather(later(), later()))

    assert outer(2) == 0
    assert outer.__doc__ == "Docs."
    assert asyncio.run(both()) == ["x", "x"]
    tracker.flush()
    with Ledger(tmp_path / "ledger.db") as ledger:
        events = list(ledger.events(kind="spent"))
    parts = [event.body["part"] for event in events]
    assert sorted(parts) == ["later", "later", "outer", "outer/outer", "outer/outer/outer"]
    assert events[0].owner["team"] == "search"
    assert events[0].owner["cost_center"] == "42"
    total = math.fsum(event.body["reading"]["cpu_s"] for event in events)
    assert total == pytest.approx(3 + 6)


def test_writes_are_buffered_and_unwritable_ledgers_only_warn(tmp_path: Path) -> None:
    meter = FakeMeter()
    tracker = Tracker(meter, tmp_path / "ledger.db")
    for _ in range(10):
        with track("a", tracker=tracker):
            meter.spend(1)
    assert not (tmp_path / "ledger.db").exists()
    tracker.flush()
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert ledger.counts() == {"spent": 10}
    broken = Tracker(meter, tmp_path / "ledger.db" / "no")
    with track("a", tracker=broken):
        meter.spend(1)
    with pytest.warns(RuntimeWarning, match="rung.track"):
        broken.flush()


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_name_is_one_word_of_a_path(name: str) -> None:
    with pytest.raises(ValueError, match="slash"):
        track(name)


@pytest.mark.parametrize(
    ("name", "words"), [("   ", "slash"), ("a\nb", "one line"), ("\ud800", "one line"), ("x" * 201, "200")]
)
def test_a_name_that_no_ledger_or_line_can_hold(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        track(name)


@pytest.mark.parametrize("name", [None, 5, b"step", len, ["a"]])
def test_a_name_is_text(name: Any) -> None:
    """`@rung.track` without its name is the usual slip, and is told as that."""
    with pytest.raises(TypeError, match=r"rung.track\('prepare'\)"):
        track(name)
    with pytest.raises(TypeError, match="Tracker"):
        track("step", tracker=cast("Any", name or "none"))


def test_what_has_no_end_of_its_own_is_not_decorated() -> None:
    def rows() -> Iterator[int]:
        yield 1

    async def arows() -> AsyncIterator[int]:
        yield 1

    for function in (rows, arows):
        with pytest.raises(TypeError, match="makes a generator"):
            track("step")(function)
    with pytest.raises(TypeError, match="decorates functions, not a int"):
        track("step")(cast("Any", 5))


PROGRAM = """
import multiprocessing, subprocess, sys, rung
assert "numpy" not in sys.modules and "rung.accounting" not in sys.modules
def spin(n):
    with rung.track("inside"):
        return sum(i * i for i in range(n))
if __name__ == "__main__":
    with rung.track("whole"):
        with rung.track("own"):
            spin(300_000)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map(spin, [400_000] * 2)
        subprocess.run([sys.executable, "-c", "import rung\\nwith rung.track('child'): sum(range(10**6))"], check=True)
    assert "torch" not in sys.modules and "numpy" not in sys.modules
"""


def test_a_program_leaves_its_steps_in_the_ledger(tmp_path: Path) -> None:
    """Child processes of an open step are in it already, so their own steps are not written a second time."""
    (tmp_path / "program.py").write_text(PROGRAM)
    env = {**os.environ, "RUNG_HOME": str(tmp_path / "home"), "RUNG_TEAM": "search"}
    subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env=env, check=True, timeout=120)
    by_part: dict[str, float] = defaultdict(float)
    with Ledger(tmp_path / "home/ledger.db") as ledger:
        for event in ledger.events(kind="spent"):
            by_part[event.body["part"]] += event.body["reading"]["cpu_s"]
            assert event.owner["team"] == "search"
    assert set(by_part) == {"whole", "whole/own", "whole/own/inside"}
    assert by_part["whole"] > 0.01  # the pool and the child program
    assert by_part["whole/own/inside"] > 0


def test_track_is_there_and_light() -> None:
    assert rung.track is track
    code = "import sys, rung; print('rung.accounting' in sys.modules); rung.track; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    first, second = done.stdout.splitlines()
    assert first == "False"
    assert not {"numpy", "pydantic", "httpx", "torch", "scipy", "rung.catalog"} & set(
        json.loads(second.replace("'", '"'))
    )
    with pytest.raises(AttributeError):
        rung.nothing_of_that_name  # noqa: B018
