"""A child process that is fed lines and gives lines, and that never outlives its owner."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from rung.errors import BadModel

GRACE_S = 2.0
TAIL_LINES = 5


class ChildFailed(Exception):
    """The child ended, was too slow, or could not be fed; the text says which, with the tail of its stderr."""


class Child:
    """A command in a process group of its own; its CPU time is that of a child of this process.

    Args:
        command: program and arguments.
        env: variables beside those of this process.
        cwd: working directory.

    Raises:
        BadModel: there is no such program, or it cannot be run.
    """

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None) -> None:
        program = shutil.which(
            command[0], path=None if cwd is None else f"{cwd}{os.pathsep}{os.environ.get('PATH', '')}"
        )
        if program is None:
            raise BadModel(f"no command {command[0]!r}", mend="give a program on the PATH, or its full path")
        try:
            self._process = subprocess.Popen(
                [program, *command[1:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **env},
                cwd=cwd,
                # Ctrl-C goes to us, and we end the whole group; no grandchild is left.
                start_new_session=True,
            )
        except OSError as error:
            raise BadModel(f"cannot run {command[0]!r}: {error.strerror}", mend="check that it may be run") from error
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._readers = [
            threading.Thread(target=_read_lines, args=(self._process.stdout, self._lines.put), daemon=True),
            threading.Thread(target=_read_tail, args=(self._process.stderr, self._tail), daemon=True),
        ]
        # The threads know nothing of this object, or it would never be collected.
        for reader in self._readers:
            reader.start()
        # Also at exit of the interpreter, when nobody called close.
        self._ender = weakref.finalize(self, _end, self._process)

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    def send(self, lines: Sequence[str], *, last: bool) -> None:
        """Feed lines from a thread, since the child may answer before it has read all of them.

        Args:
            lines: without line breaks.
            last: whether the input ends with them.
        """
        data = "".join(f"{line}\n" for line in lines).encode()
        stdin = self._process.stdin

        def feed() -> None:
            # A child that went away is noticed where its lines are awaited.
            with contextlib.suppress(OSError, ValueError):
                if stdin is not None:
                    stdin.write(data)
                    stdin.flush()
                    if last:
                        stdin.close()

        threading.Thread(target=feed, daemon=True).start()

    def receive(self, *, until_s: float) -> bytes:
        """The next line of its output.

        Args:
            until_s: when to give up, on the clock of `time.monotonic` [s].

        Raises:
            ChildFailed: no line came.
        """
        try:
            line = self._lines.get(timeout=max(0.0, until_s - time.monotonic()))
        except queue.Empty:
            raise ChildFailed(f"no answer in time{self._said()}") from None
        if line is None:
            self._lines.put(None)
            raise ChildFailed(f"the command ended{self._code()} before it had answered{self._said()}")
        return line

    def close(self) -> None:
        """End the process and its group."""
        self._ender()

    def _code(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return f" with status {self._process.wait(timeout=GRACE_S)}"
        return ""

    def _said(self) -> str:
        if self._process.poll() is not None:
            self._readers[1].join(timeout=GRACE_S)
        return f"; its stderr ends: {' | '.join(self._tail)}" if self._tail else ""


def _read_lines(stream: IO[bytes] | None, put: Callable[[bytes | None], object]) -> None:
    if stream is not None:
        with stream:
            for line in stream:
                put(line)
    put(None)


def _read_tail(stream: IO[bytes] | None, tail: deque[str]) -> None:
    if stream is not None:
        with stream:
            for line in stream:
                tail.append(line.decode(errors="replace").rstrip())


def _end(process: subprocess.Popen[bytes]) -> None:
    # The end of its input is the polite way, and lets a child that answers line by line leave by itself.
    with contextlib.suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.close()
    for what in (None, signal.SIGTERM, signal.SIGKILL):
        if what is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, what)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2 if what is None else GRACE_S)
            break
    # Grandchildren that stayed behind when the child left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
