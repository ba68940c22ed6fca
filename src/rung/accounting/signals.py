"""SIGINT and SIGTERM for a command that runs under the meter: they reach it and all its descendants.

The command stays in our process group, so that a terminal's job control sees one job: Ctrl-C and Ctrl-Z reach all of
it, `fg` and `bg` move all of it, and a command may read from the terminal. A signal that comes to us alone, as from
`kill` or a service manager, is passed on to each process of the tree instead.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import psutil


class Tree:
    """A process and its descendants, as far as they were seen.

    Args:
        process: the root.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._known: dict[int, psutil.Process] = {}

    def send(self, number: int) -> None:
        """Send a signal to each; one that has lost its parent since an earlier signal is still reached."""
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self._process.pid).children(recursive=True):
                self._known[child.pid] = child
        self._process.send_signal(number)
        for child in self._known.values():
            # psutil refuses a pid that belongs to another process by now.
            with contextlib.suppress(psutil.Error):
                child.send_signal(number)


@contextmanager
def signals_passed_to(process: subprocess.Popen[bytes]) -> Generator[None]:
    """SIGINT and SIGTERM go to the process and its descendants; a terminal's interrupt reaches them without us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    tree = Tree(process)

    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        if not (number == signal.SIGINT and _in_foreground()):
            tree.send(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether the terminal sends its interrupts to our process group, and so to the whole tree."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
