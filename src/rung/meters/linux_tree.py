"""CPU time of the process tree on Linux.

    tree = own + ended children (RUSAGE_CHILDREN) + sum over live descendants of (own + their ended children)

Own time and that of each live descendant come from its POSIX CPU clock (nanoseconds, one system call); the time of a
descendant's ended children from `/proc/PID/stat` (clock ticks). Who descends is read from
`/proc/PID/task/TID/children`.

A child that ends moves from one term to another, and must be counted once:

- ended terms are read before live ones, and all is read again when a descendant came or went meanwhile;
- what a vanished descendant had used must reappear as somebody's ended children. What does not, because nobody
  awaited it, is kept in an account of its own;
- a descendant whose parent went first is still one, as long as it was seen before.

Children are found at a look that is 10 ms or more after the last finding, their children once a second: what these use
until then comes with a later look. In between, a look is a few clock readings. A descendant that is born and orphaned
between two such moments is not seen.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from contextlib import suppress
from typing import Final

from rung.meters.proc_files import Gone, ProcFiles, tick_ns

_MAX_SCANS: Final = 6
_FIND_EVERY_S: Final = 0.01
_DEEP_EVERY_S: Final = 1.0
_RUSAGE_ROUNDING_NS: Final = 2_000


class LinuxTree:
    """The CPU clock of this process and its descendants. Safe to use from many threads, and after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._root = ProcFiles(self._pid)
        self._known: dict[int, ProcFiles] = {}
        self._ended_ns = 0
        self._lost_ns = 0
        self._floor_ns = 0
        self._deep, self._deep_s, self._found_s = True, 0.0, 0.0

    def cpu_ns(self) -> int:
        """CPU time so far [ns]; it never goes down."""
        if os.getpid() != self._pid:  # forked: the files speak of the parent, and its threads may hold the lock
            self._lock = threading.Lock()
            self._forget()
            self._begin()
        with self._lock:
            self._floor_ns = max(self._floor_ns, self._others_ns())
            # Own time comes last: what the look itself uses belongs to the window that it closes.
            return time.process_time_ns() + self._floor_ns

    def pids(self) -> frozenset[int]:
        """The processes of the tree, as of the last call of `cpu_ns`."""
        return frozenset(self._known) | {os.getpid()}

    def close(self) -> None:
        """Close the descriptors; it may be called twice."""
        with self._lock:
            self._forget()

    def __del__(self) -> None:
        if hasattr(self, "_known"):  # not when /proc refused
            self._forget()

    def _forget(self) -> None:
        for process in (self._root, *self._known.values()):
            process.close()
        self._known = {}

    def _others_ns(self) -> int:
        """CPU time of all descendants so far [ns]; ticks may let it dip."""
        now = time.monotonic()
        if now - self._found_s < _FIND_EVERY_S:
            with suppress(Gone):
                return self._known_ns()
        self._found_s = now
        before = {pid: (p.own_ns, p.ended_ns) for pid, p in self._known.items()}
        self._deep = now - self._deep_s >= _DEEP_EVERY_S
        if self._deep:
            self._deep_s = now
        ended, live = self._settled()
        if before.keys() - live.keys():
            self._lost_ns += self._unclaimed_ns(before, ended, live)
        for pid in self._known.keys() - live.keys():
            self._known[pid].close()
        self._known, self._ended_ns = live, ended
        return ended + self._lost_ns + sum(p.own_ns + p.ended_ns for p in live.values())

    def _known_ns(self) -> int:
        """CPU time of the descendants that are known, and of ended children, so far [ns].

        Raises:
            Gone: one of them has ended, or its clock tells nothing.
        """
        ended = _ended_children_ns()
        so_far = ended + self._lost_ns
        for process in self._known.values():
            so_far += process.read_clock() + process.ended_ns
        self._ended_ns = ended
        return so_far

    def _settled(self) -> tuple[int, dict[int, ProcFiles]]:
        """The root's ended time and the live descendants, read until none came or went while reading."""
        ended, live = self._scan(self._known)
        seen = self._known
        for _ in range(_MAX_SCANS):
            if live.keys() == seen.keys():
                break
            self._deep = True
            seen = live
            ended, live = self._scan(seen)
            for pid in seen.keys() - live.keys() - self._known.keys():
                seen[pid].close()
        return ended, live

    def _scan(self, known: dict[int, ProcFiles]) -> tuple[int, dict[int, ProcFiles]]:
        ended = _ended_children_ns()
        live: dict[int, ProcFiles] = {}
        queue = self._root.children()
        if not queue and not known:
            return ended, live
        self._walk(queue, known, live)
        # Known ones that are no longer listed: gone, or orphaned and still at work.
        self._walk([pid for pid in known if pid not in live], known, live)
        return ended, live

    def _walk(self, queue: list[int], known: dict[int, ProcFiles], live: dict[int, ProcFiles]) -> None:
        while queue:
            pid = queue.pop()
            if pid in live:
                continue
            try:
                process = known.get(pid) or self._known.get(pid) or ProcFiles(pid)
                process.read_times()
            except Gone:
                continue
            live[pid] = process
            # Children of ours are found at each look; theirs once a second, when they are new, or with a vanished one.
            if self._deep or pid not in known:
                queue.extend(process.children())

    def _unclaimed_ns(self, before: dict[int, tuple[int, int]], ended: int, live: dict[int, ProcFiles]) -> int:
        """What vanished descendants had used and nobody has taken over [ns]."""
        stayed = before.keys() & live.keys()
        used = sum(own + theirs for pid, (own, theirs) in before.items() if pid not in stayed)
        taken = ended - self._ended_ns + sum(live[pid].ended_ns - before[pid][1] for pid in stayed)
        # User and system ticks of each that stayed may both have been rounded down.
        rounding = _RUSAGE_ROUNDING_NS * (len(before) - len(stayed)) + 2 * tick_ns() * len(stayed)
        missing = used - taken
        return missing if missing > rounding else 0


def _ended_children_ns() -> int:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((used.ru_utime + used.ru_stime) * 1e9)
