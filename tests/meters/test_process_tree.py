"""CPU time of the process tree: own exactly, children within 2%, each counted once."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rung.meters.process_tree import CpuClock, PortableTree, tree_clock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

SPIN = """
import sys, time
until = float(sys.argv[1])
while time.process_time() < until: pass
print(time.process_time(), flush=True)
sys.stdin.readline()
"""

NEST = """
import subprocess, sys
inner = subprocess.Popen([sys.executable, "-S", "-c", sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE, text=True)
sys.stdin.readline()
inner.communicate("")
"""


def spinner(seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", SPIN, str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def reported(child: subprocess.Popen[str]) -> float:
    assert child.stdout is not None
    return float(child.stdout.readline())


def end(child: subprocess.Popen[str]) -> None:
    child.communicate("\n")


def others_s(clock: CpuClock) -> float:
    own = time.process_time_ns()
    return (clock.cpu_ns() - own) * 1e-9


def ended_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def clock() -> CpuClock:
    return tree_clock()


def test_own_time_is_the_systems_own_figure(clock: CpuClock) -> None:
    base = clock.cpu_ns() - time.process_time_ns()
    sum(range(1_000_000))
    before = time.process_time_ns()
    seen = clock.cpu_ns() - base
    after = time.process_time_ns()
    assert before - 100_000 <= seen <= after + 100_000


@pytest.mark.capability("meter-process-tree", verified="real")
def test_eight_live_children_then_ended_are_within_two_percent(clock: CpuClock) -> None:
    start, gone = others_s(clock), ended_s()
    children = [spinner(0.15) for _ in range(8)]
    truth = sum(reported(child) for child in children)
    live = others_s(clock) - start
    assert live == pytest.approx(truth, rel=0.02)
    for child in children:
        end(child)
    ended = others_s(clock) - start
    # Ending takes time of its own, which no child can report.
    assert ended == pytest.approx(ended_s() - gone, rel=0.02)
    assert ended >= live


def test_children_that_end_between_looks_unseen_are_counted(clock: CpuClock) -> None:
    start = others_s(clock)
    child = spinner(0.2)
    truth = reported(child)
    end(child)
    assert others_s(clock) - start == pytest.approx(truth, rel=0.02)


def test_a_zombie_keeps_its_time(clock: CpuClock) -> None:
    start, gone = others_s(clock), ended_s()
    child = spinner(0.2)
    reported(child)
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    zombie = others_s(clock) - start
    child.wait()
    assert child.stdout is not None
    child.stdout.close()
    truth = ended_s() - gone
    assert truth > 0.2
    assert zombie == pytest.approx(truth, rel=0.02)
    assert others_s(clock) - start == pytest.approx(truth, rel=0.02)


def test_a_grandchild_that_comes_later_is_found_within_a_second(clock: CpuClock) -> None:
    """The child is known already when it starts a child of its own; that one's time comes with a look 1 s later."""
    code = "import subprocess, sys; sys.stdin.readline(); subprocess.run([sys.executable, '-S', '-c', *sys.argv[1:]])"
    middle = subprocess.Popen(
        [sys.executable, "-S", "-c", code, SPIN, "0.3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    start = others_s(clock)
    assert middle.stdin is not None
    middle.stdin.write("\n")
    middle.stdin.flush()
    for _ in range(20):
        others_s(clock)
    truth = reported(middle)
    time.sleep(1.05)
    assert others_s(clock) - start >= truth * 0.98
    end(middle)


@pytest.mark.capability("meter-process-tree", verified="real")
def test_grandchildren_are_counted_live_and_ended(clock: CpuClock) -> None:
    start = others_s(clock)
    middle = subprocess.Popen(
        [sys.executable, "-S", "-c", NEST, SPIN, "0.4"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    truth = reported(middle)
    live = others_s(clock) - start
    assert truth * 0.98 <= live <= truth + 0.2  # the middle one's own start is in it
    end(middle)
    assert live - 1e-3 <= others_s(clock) - start <= truth + 0.25


def test_an_orphan_that_was_seen_stays_counted(clock: CpuClock) -> None:
    start = others_s(clock)
    middle = subprocess.Popen(
        [sys.executable, "-S", "-c", NEST, SPIN, "0.2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    reported(middle)
    live = others_s(clock) - start
    middle.kill()
    middle.wait()
    assert middle.stdin is not None
    assert middle.stdout is not None
    middle.stdin.close()  # the orphan ends now, awaited by nobody of ours
    middle.stdout.close()
    time.sleep(0.1)
    assert others_s(clock) - start >= live - 1e-3


def test_children_that_nobody_awaits_keep_what_was_seen(clock: CpuClock) -> None:
    """With SIGCHLD ignored the system adds an ended child to nobody's account."""
    start = others_s(clock)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        child = spinner(0.15)
        truth = reported(child)
        seen = others_s(clock) - start
        end(child)
        time.sleep(0.05)
        assert seen == pytest.approx(truth, rel=0.02)
        assert others_s(clock) - start == pytest.approx(seen, rel=0.05)
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_children_of_other_threads_are_seen(clock: CpuClock) -> None:
    start = others_s(clock)
    made: list[subprocess.Popen[str]] = []
    ready, leave = threading.Event(), threading.Event()

    def work() -> None:
        made.append(spinner(0.1))
        ready.set()
        leave.wait()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    truth = reported(made[0])
    assert others_s(clock) - start == pytest.approx(truth, rel=0.02)
    leave.set()
    thread.join()  # its child falls to another thread of ours
    assert others_s(clock) - start == pytest.approx(truth, rel=0.02)
    end(made[0])


def test_churn_never_runs_backwards_and_adds_up(clock: CpuClock) -> None:
    start, ended = others_s(clock), ended_s()
    last, stop = 0, threading.Event()
    backwards: list[int] = []

    def watch() -> None:
        nonlocal last
        while not stop.is_set():
            now = clock.cpu_ns()
            if now < last:
                backwards.append(last - now)
            last = now

    thread = threading.Thread(target=watch)
    thread.start()
    for _ in range(12):
        pair = [spinner(0.02), spinner(0.03)]
        for child in pair:
            reported(child)
            end(child)
    stop.set()
    thread.join()
    assert not backwards
    # When all have ended, the system's own account of ended children is the truth.
    assert others_s(clock) - start == pytest.approx(ended_s() - ended, rel=0.01)


def test_a_forked_process_counts_itself() -> None:
    clock = tree_clock()
    clock.cpu_ns()
    child = multiprocessing.get_context("fork").Process(target=_forked, args=(clock,))
    child.start()
    child.join()
    assert child.exitcode == 0


def _forked(clock: CpuClock) -> None:
    seen, own = clock.cpu_ns(), time.process_time_ns()
    os._exit(0 if abs(seen - own) < 20_000_000 else 1)


def test_the_descriptors_are_given_back() -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    clock = tree_clock()
    clock.cpu_ns()
    with_clock = count()
    child = spinner(0.0)
    reported(child)
    clock.cpu_ns()
    end(child)
    clock.cpu_ns()
    assert count() == with_clock
    del clock
    assert count() < with_clock


def test_the_portable_clock_sees_live_and_ended_children() -> None:
    clock = PortableTree()
    clock.cpu_ns()  # the first look imports psutil, which is work of our own
    start = others_s(clock)
    child = spinner(0.3)
    truth = reported(child)
    live = others_s(clock) - start
    end(child)
    assert live == pytest.approx(truth, abs=0.03)  # psutil's ticks
    assert others_s(clock) - start == pytest.approx(truth, rel=0.05)


@pytest.mark.capability("meter-cost", verified="real")
def test_a_window_costs_microseconds() -> None:
    """The aims are 50 us alone and 300 us with eight children (bench/meter_window.py); a loaded machine gets slack."""
    clock = tree_clock()
    assert _median_window_us(clock) < 150
    children = [spinner(0.0) for _ in range(8)]
    for child in children:
        reported(child)
    assert _median_window_us(clock) < 900
    for child in children:
        end(child)


def _median_window_us(clock: CpuClock) -> float:
    times: list[int] = []
    for _ in range(200):
        begin = time.perf_counter_ns()
        clock.cpu_ns()
        clock.cpu_ns()
        times.append(time.perf_counter_ns() - begin)
    return sorted(times)[100] / 1000
