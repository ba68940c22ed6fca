"""`rung` as a process: interrupts, pipes that close early, killed and resumed, and a traceback never."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Project, rows

SLOW = """\
import json, pathlib, sys, time
pause_s = float(pathlib.Path(__file__).with_name("pause_s").read_text())
for line in sys.stdin:
    time.sleep(pause_s)
    print(json.dumps({"id": json.loads(line)["id"], "text": "lost"}), flush=True)
"""
"""A command that any label is one third right for, and that takes its time."""


@pytest.fixture
def slow(project: Project) -> Project:
    """A project whose second candidate is a command that answers slowly."""
    (project.folder / "slow.py").write_text(SLOW)
    (project.folder / "pause_s").write_text("0.02")
    project.change("[tfidf-logreg, tfidf-svm]", "[system]")
    project.change("at_least: 0.7", "at_least: 0.35")
    project.jsonl("eval.jsonl", rows("eval", 600))
    with project.workload.open("a") as file:
        file.write(f"models: [{{name: slow, command: {sys.executable} slow.py}}]\nobjective: energy\n")
    return project


def wait_for(true: Callable[[], bool], process: subprocess.Popen[bytes], *, within_s: float = 60) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def trials(project: Project) -> list[str | None]:
    if not (project.home / "ledger.db").exists():
        return []
    return [event.key for event in project.events() if event.kind == "trial"]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


@pytest.mark.capability("resume", verified="real")
def test_ctrl_c_ends_a_climb_with_what_is_known_and_it_goes_on(slow: Project):
    process = slow.start("climb", "workload.yaml", "--json")
    wait_for(lambda: bool(trials(slow)), process)
    children = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    ran = slow.finish(process)
    assert ran.code == 130, ran
    assert "interrupted; go on with --resume" in ran.err
    assert "Traceback" not in ran.err
    assert not [pid for pid in children if alive(pid)]
    plan = ran.json()
    assert plan["stopped_because"] == "interrupted"
    assert not plan["finished"]
    known = trials(slow)
    assert known

    (slow.folder / "pause_s").write_text("0")
    assert slow.rung("ledger", "verify").code == 0
    on = slow.rung("climb", "workload.yaml", "--resume", "--json")
    assert on.json()["finished"]
    assert on.json()["run"] == plan["run"]
    assert trials(slow)[: len(known)] == known
    assert len(set(trials(slow))) == len(trials(slow)) == on.json()["search"]["calls"]


def test_ctrl_c_before_a_climb_has_begun_is_130_too(slow: Project):
    process = slow.start("climb", "workload.yaml")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    ran = slow.finish(process)
    # So early that not even Python was up is -2.
    assert ran.code in {130, -signal.SIGINT}, ran


@pytest.mark.parametrize(
    "command",
    [("ledger", "show", "--events", "--json"), ("schema",), ("report", "last", "--json"), ("--help",), ("runs",)],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(climbed: Project, command: tuple[str, ...]):
    process = climbed.start(*command)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_a_reader_that_goes_away_ends_no_climb(climbed: Project):
    process = climbed.start("climb", "workload.yaml")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    code, said = process.wait(120), process.stderr.read().decode()
    process.stderr.close()
    assert code == 0, said
    assert "Traceback" not in said
    assert [event.body["finished"] for event in climbed.events() if event.kind == "planned"] == [True, True]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", [("runs",), ("report", "last", "--json")], ids=" ".join)
def test_a_disk_that_is_full_is_told(climbed: Project, command: tuple[str, ...]):
    with Path("/dev/full").open("w") as full:
        ran = climbed.finish(climbed.start(*command, stdout=full.fileno()))
    assert "No space left on device" in ran.refused()[0]


@pytest.mark.capability("resume", verified="real")
def test_a_killed_climb_of_the_command_line_goes_on(slow: Project):
    process = slow.start("climb", "workload.yaml", "--json")
    wait_for(lambda: len(trials(slow)) > 20, process)
    children = children_of(process.pid)
    before = slow.events()
    process.kill()
    slow.finish(process)
    for pid in children:  # a command whose reader is gone ends by itself; not waiting for it here
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    (slow.folder / "pause_s").write_text("0")
    assert slow.rung("ledger", "verify").code == 0
    on = slow.rung("climb", "workload.yaml", "--resume", "--json").json()
    assert on["finished"]
    assert slow.events()[: len(before)] == before
    assert len(set(trials(slow))) == len(trials(slow)) == on["search"]["calls"]


def test_the_module_runs_as_the_script_does(climbed: Project):
    script = Path(sys.executable).with_name("rung")
    if not script.exists():
        pytest.skip("not installed")
    by_script = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert climbed.finish(climbed.start("--version")).out == by_script.stdout != ""


@pytest.mark.capability("live-progress", verified="real")
def test_a_terminal_shows_candidate_items_wealth_and_spending(slow: Project):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 160))
    process = slow.start("climb", "workload.yaml", stderr=theirs)
    os.close(theirs)
    shown = b""
    until = time.monotonic() + 60
    wanted = (b"system(slow): trial", b"/600 items", b"mean 0.", b"pass ", b"fail ", b" kJ")
    try:
        while not all(word in shown for word in wanted):
            assert time.monotonic() < until, shown
            try:
                shown += os.read(ours, 4096)
            except OSError:
                pytest.fail(f"the process ended: {shown[-3000:]!r}")
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
