"""This process tree's share of what a whole processor used, by CPU time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

STAT: Final = Path("/proc/stat")
_EVERY_S: Final = 0.2


class CpuShare:
    """The share of the busy time of all processes; ticks are coarse, so it is taken over 0.2 s and holds until then.

    Args:
        stat: the kernel's account of CPU time.
        threads: hardware threads of the machine.
    """

    def __init__(self, stat: Path = STAT, threads: int | None = None) -> None:
        self._stat = stat
        self._threads = threads or os.cpu_count() or 1
        self._mark: tuple[float, float, float] | None = None
        self.mid, self.low = 1.0, 0.0

    def update(self, cpu_s: float, wall_s: float) -> None:
        """Take the share anew when it is due, given the tree's CPU time and the clock [s].

        `mid` is the share of the busy time, `low` that of all threads' time: joules of idle threads are nobody's.
        """
        if self._mark is None:
            self._mark = (cpu_s, wall_s, self._busy_s())
            return
        mark_cpu, mark_wall, mark_busy = self._mark
        if wall_s - mark_wall < _EVERY_S:
            return
        busy = self._busy_s()
        mine = max(cpu_s - mark_cpu, 0.0)
        everyone = max(busy - mark_busy, mine)
        self.mid = mine / everyone if everyone > 0 else 0.0
        self.low = min(self.mid, mine / ((wall_s - mark_wall) * self._threads))
        self._mark = (cpu_s, wall_s, busy)

    def _busy_s(self) -> float:
        fields = self._stat.read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, fields)
        return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
