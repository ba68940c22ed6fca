"""One process in `/proc`, read through descriptors that stay open: an open costs ten times what a read costs."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Final

_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_BYTES: Final = 4096
_READ: Final = os.O_RDONLY | os.O_CLOEXEC


def tick_ns() -> int:
    """The resolution of the times in `/proc/PID/stat` [ns]."""
    return _TICK_NS


class Gone(Exception):
    """The process is not there any more."""


class ProcFiles:
    """The children, the CPU clock and the statistics of one process.

    Args:
        pid: of the process.

    Raises:
        Gone: there is no such process.
    """

    __slots__ = ("_clock", "_stat", "_task", "_tids", "ended_ns", "own_ns", "pid", "start")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.own_ns = 0
        self.ended_ns = 0
        # The CPU clock of another process (clock_getcpuclockid): its number is made of the complement of the pid.
        self._clock = (~pid << 3) | 2
        self._tids: dict[str, int] = {}
        self._task = self._stat = -1
        try:
            self._stat = os.open(f"/proc/{pid}/stat", _READ)
            # Another user's process shows its times, but not always its children.
            with suppress(PermissionError):
                self._task = os.open(f"/proc/{pid}/task", _READ)
            self.start = self._fields()[19]
        except OSError as error:
            self.close()
            raise Gone from error

    def close(self) -> None:
        """Close the descriptors; it may be called twice."""
        for fd in (self._stat, self._task, *self._tids.values()):
            if fd >= 0:
                os.close(fd)
        self._stat = self._task = -1
        self._tids = {}

    def read_times(self) -> None:
        """Bring `own_ns` and `ended_ns` (of its ended and awaited children) up to date.

        Raises:
            Gone: it has ended and was awaited, or its number belongs to another process now.
        """
        try:
            fields = self._fields()
        except OSError as error:
            raise Gone from error
        if fields[19] != self.start:
            raise Gone
        try:
            self.read_clock()
        except Gone:  # a zombie on some kernels; its ticks stay readable
            self.own_ns = max(self.own_ns, (int(fields[11]) + int(fields[12])) * _TICK_NS)
        self.ended_ns = (int(fields[13]) + int(fields[14])) * _TICK_NS

    def read_clock(self) -> int:
        """Bring `own_ns` alone up to date, and return it; whose number it is now is not looked at.

        Raises:
            Gone: it has ended.
        """
        try:
            self.own_ns = max(self.own_ns, time.clock_gettime_ns(self._clock))
        except OSError as error:
            raise Gone from error
        return self.own_ns

    def children(self) -> list[int]:
        """The pids of its children, zombies included."""
        if self._task < 0:
            return []
        try:
            # The link count of the folder is the number of threads + 2: cheaper than listing it.
            if os.fstat(self._task).st_nlink - 2 != len(self._tids):
                self._list_threads()
            return self._read_children()
        except OSError:  # a thread has ended
            try:
                self._list_threads()
                return self._read_children()
            except OSError:
                return []

    def _read_children(self) -> list[int]:
        pids: list[int] = []
        for fd in self._tids.values():
            data = os.pread(fd, _BYTES, 0)
            if data:
                while more := os.pread(fd, _BYTES, len(data)):
                    data += more
                pids.extend(map(int, data.split()))
        return pids

    def _list_threads(self) -> None:
        listed = set(os.listdir(f"/proc/{self.pid}/task"))  # noqa: PTH208 - names only, in the hot path
        for tid in self._tids.keys() - listed:
            os.close(self._tids.pop(tid))
        for tid in listed - self._tids.keys():
            with suppress(OSError):
                self._tids[tid] = os.open(f"/proc/{self.pid}/task/{tid}/children", _READ)

    def _fields(self) -> list[bytes]:
        data = os.pread(self._stat, _BYTES, 0)
        # The name may hold blanks and brackets; the fields begin after its last bracket.
        return data[data.rindex(b")") + 2 :].split(b" ", 20)
