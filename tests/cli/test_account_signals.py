"""Signals while a command runs under the meter: who gets them, and that the account is written all the same."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

from .conftest import Project


def test_an_interrupt_reaches_the_command_and_the_account_is_still_written(project: Project) -> None:
    child = project.folder / "wait.py"
    child.write_text(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    process = project.start(
        "account", "--region", "FR", "--", sys.executable, str(child), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    ran = project.finish(process, within_s=30)
    assert ran.code == 7
    assert "SCI" in ran.err
    assert project.events()[-1].kind == "accounted"


GRANDCHILD = """
import os, signal, sys, time
from pathlib import Path
def ended(number, frame):
    Path("ended").write_text(str(number))
    sys.exit(0)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, ended)
print("ready", os.getpgrp(), flush=True)
time.sleep(60)
"""


@pytest.mark.capability("account-command", verified="real")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_what_a_shell_has_started(project: Project, number: signal.Signals) -> None:
    """The shell is our child, Python is its child, and the signal comes to us alone."""
    (project.folder / "grandchild.py").write_text(GRANDCHILD)
    line = f"{shlex.quote(sys.executable)} grandchild.py; true"
    process = project.start("account", "--region", "FR", "--out", "o", "--", "sh", "-c", line)
    assert process.stdout is not None
    ready, group = process.stdout.readline().split()
    assert (ready, int(group)) == (b"ready", os.getpgid(process.pid)), "one job for the terminal"
    process.send_signal(number)
    ran = project.finish(process, within_s=30)
    told = project.folder / "ended"
    deadline = time.monotonic() + 10
    while not told.exists() and time.monotonic() < deadline:
        time.sleep(0.02)  # the shell may be gone before its child is
    assert told.read_text() == str(int(number))
    assert ran.code in (0, 128 + number)
    assert "SCI" in ran.err
    assert json.loads((project.folder / "o/account.json").read_text())["complete"]
    assert project.events()[-1].kind == "accounted"


COUNTER = """
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
print("ready", flush=True)
end = time.monotonic() + 1.5
while time.monotonic() < end:
    time.sleep(0.05)
print(f"seen {len(seen)}", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a terminal is made by pty and TIOCSCTTY")
def test_an_interrupt_from_the_terminal_reaches_the_command_once(project: Project) -> None:
    """Ctrl-C goes to the whole foreground group; passing it on as well would make it two."""
    import fcntl
    import os
    import pty
    import termios

    (project.folder / "counter.py").write_text(COUNTER)
    ours, theirs = pty.openpty()

    def terminal() -> None:
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    command = [sys.executable, "-m", "rung", "account", "--region", "FR", "--", sys.executable, "counter.py"]
    process = subprocess.Popen(
        command,
        cwd=project.folder,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=terminal,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.write(ours, b"\x03")
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)
    assert out == b"seen 1\n", err
    assert process.returncode == 0, err
    assert b"SCI" in err
