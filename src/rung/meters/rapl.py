"""RAPL: the package energy counter of Intel and AMD processors, through /sys/class/powercap."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rung.meters.background import call_every
from rung.meters.local import Joules

_POWERCAP: Final = Path("/sys/class/powercap")
_STAT: Final = Path("/proc/stat")
_SHARE_EVERY_S: Final = 0.2
_READ_EVERY_S: Final = 60.0
"""Counters wrap around after a quarter of an hour under full load; they must be read more often than that."""


@dataclass(slots=True)
class _Zone:
    """A package (or memory) domain: its file, where it wraps around, and what it has counted."""

    path: Path
    range_uj: int
    last_uj: int
    total_uj: int = 0

    def advance(self) -> int:
        now = int(self.path.read_text())
        passed = now - self.last_uj
        if passed < 0:
            passed += self.range_uj + 1
        self.last_uj = now
        self.total_uj += passed
        return self.total_uj


class RaplCounter:
    """Joules of the processor packages that this process tree caused.

    The counter sees the whole package. This tree's part is its share of the CPU time that all processes used since
    the last 0.2 s mark; at least its share of all threads' time, at most the whole package.
    """

    part = "cpu"

    def __init__(self, zones: list[_Zone], *, stat: Path = _STAT, threads: int | None = None) -> None:
        self._zones = zones
        self._stat = stat
        self._threads = threads or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._uj = 0
        self._joules = Joules(0.0, 0.0, 0.0)
        self._share, self._floor = 1.0, 0.0
        self._mark: tuple[float, float, float] | None = None

    @property
    def describe(self) -> str:
        """One line."""
        return (
            f"RAPL energy counter of {len(self._zones)} domain(s), this process tree's share by CPU time "
            f"(at most the whole package)"
        )

    def joules(self, cpu_s: float, wall_s: float) -> Joules:
        """The counter now, given the process tree's CPU time and the clock now [s]."""
        with self._lock:
            self._take_share(cpu_s, wall_s)
            uj = self._advance()
            passed_j, self._uj = (uj - self._uj) * 1e-6, uj
            before = self._joules
            self._joules = Joules(
                before.low + passed_j * self._floor, before.mid + passed_j * self._share, before.high + passed_j
            )
            return self._joules

    def keep_up(self) -> None:
        """Read the counters, so that no turn-around is missed between two looks far apart."""
        with self._lock:
            self._advance()

    def _advance(self) -> int:
        return sum(zone.advance() for zone in self._zones)

    def _take_share(self, cpu_s: float, wall_s: float) -> None:
        """Ticks of /proc/stat are coarse, so the share is taken over a while and holds until the next mark."""
        if self._mark is None:
            self._mark = (cpu_s, wall_s, self._busy_s())
            return
        mark_cpu, mark_wall, mark_busy = self._mark
        if wall_s - mark_wall < _SHARE_EVERY_S:
            return
        busy = self._busy_s()
        mine = max(cpu_s - mark_cpu, 0.0)
        everyone = max(busy - mark_busy, mine)
        self._share = mine / everyone if everyone > 0 else 0.0
        self._floor = min(self._share, mine / ((wall_s - mark_wall) * self._threads))
        self._mark = (cpu_s, wall_s, busy)

    def _busy_s(self) -> float:
        fields = self._stat.read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, fields)
        return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def rapl_counter(root: Path = _POWERCAP, *, stat: Path = _STAT) -> RaplCounter | None:
    """The counter, or None where there is none or it may not be read (it is the administrator's by default)."""
    zones: list[_Zone] = []
    for folder in sorted(root.glob("*-rapl:*")):
        try:
            name = (folder / "name").read_text().strip()
            # Cores and graphics are inside the package; memory is beside it.
            if not name.startswith(("package", "dram")):
                continue
            path = folder / "energy_uj"
            zones.append(_Zone(path, int((folder / "max_energy_range_uj").read_text()), int(path.read_text())))
        except (OSError, ValueError):
            continue
    packages = [zone for zone in zones if _name(zone).startswith("package")]
    if not packages:
        return None
    counter = RaplCounter(zones, stat=stat)
    call_every(_READ_EVERY_S, counter, RaplCounter.keep_up)
    return counter


def _name(zone: _Zone) -> str:
    return (zone.path.parent / "name").read_text().strip()
