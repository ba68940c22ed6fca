"""CPU time of this process and all its descendants, live and ended."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from typing import Protocol


class CpuClock(Protocol):
    """A clock that runs with CPU time."""

    def cpu_ns(self) -> int:
        """CPU time so far [ns]; it never goes down."""
        ...


class TreeClock(CpuClock, Protocol):
    """The CPU clock of a process tree, which knows its processes."""

    def pids(self) -> frozenset[int]:
        """The processes of the tree, as of the last call of `cpu_ns`."""
        ...


def tree_clock() -> TreeClock:
    """The clock of this process and its descendants, for this operating system."""
    own_children = f"/proc/self/task/{threading.get_native_id()}/children"
    if sys.platform == "linux" and os.path.exists(own_children):  # noqa: PTH110
        from rung.meters.linux_tree import LinuxTree

        return LinuxTree()
    return PortableTree()


class PortableTree:
    """The same by psutil: slower, and a child that ends unseen is counted only where the system accounts for it."""

    def __init__(self) -> None:
        self._floor_ns = 0
        self._lock = threading.Lock()
        self._pids: frozenset[int] = frozenset()

    def cpu_ns(self) -> int:
        """CPU time so far [ns]; it never goes down."""
        import psutil

        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        live = 0.0
        children = psutil.Process().children(recursive=True)
        self._pids = frozenset(child.pid for child in children)
        for child in children:
            try:
                times = child.cpu_times()
            except psutil.Error:
                continue
            live += times.user + times.system
        now = time.process_time_ns() + int((ended.ru_utime + ended.ru_stime + live) * 1e9)
        with self._lock:
            self._floor_ns = max(self._floor_ns, now)
            return self._floor_ns

    def pids(self) -> frozenset[int]:
        """The processes of the tree, as of the last call of `cpu_ns`."""
        return self._pids | {os.getpid()}
