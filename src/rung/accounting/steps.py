"""A step of a program: its name, its laps, and what it used with the steps inside it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from rung.types import Quantity, Reading

if TYPE_CHECKING:
    from rung.types import Look, Meter

MOST_LAPS: Final = 256
LONGEST_NAME: Final = 200
NOTHING_USED: Final = Reading(0.0, 0.0, Quantity.zero("J"))


class Step:
    """A step that is open or has ended. Its laps are kept as looks, and worked out when somebody asks.

    Args:
        path: the names of the steps around it and its own, with slashes.
        parent: the step around it, in the same thread or task.
        clock: the CPU clock of its thread.
        meter: gives the reading between two looks.
        lock: of the tracker.
    """

    __slots__ = ("_ended", "_inside", "_laps", "_lock", "_meter", "_own", "clock", "open_children", "parent", "path")

    def __init__(self, path: str, parent: Step | None, clock: int | None, meter: Meter, lock: threading.RLock) -> None:
        self.path, self.parent, self.clock = path, parent, clock
        self.open_children = 0
        self._meter, self._lock = meter, lock
        self._own = self._inside = NOTHING_USED
        self._laps: list[tuple[Look, Look, float]] = []
        self._ended: list[Step] = []

    @property
    def own(self) -> Reading:
        """What was used by it, without the steps inside it."""
        with self._lock:
            for start, end, share in self._laps:
                self._own = self._own + part_of(self._meter.between(start, end), share)
            self._laps = []
            return self._own

    @property
    def total(self) -> Reading:
        """Own part and the steps inside that have ended."""
        with self._lock:
            for step in self._ended:
                self._inside = self._inside + step.total
            self._ended = []
            return self.own + self._inside

    def lap(self, start: Look, end: Look, share: float) -> None:
        """A share of a lap is this step's own; laps that touch are one."""
        if self._laps and share == 1.0 and self._laps[-1][2] == 1.0 and self._laps[-1][1] is start:
            start = self._laps.pop()[0]
        self._laps.append((start, end, share))
        if len(self._laps) > MOST_LAPS:
            _ = self.own

    def holds(self, step: Step) -> None:
        """A step inside it has ended."""
        self._ended.append(step)
        if len(self._ended) > MOST_LAPS:
            _ = self.total


def refuse_name(name: Any) -> None:
    """A name is a part of a path in the ledger, so it has to be text that a line and a file can hold."""
    if not isinstance(name, str):
        got = f"{type(name).__name__} {name!r}"[:80]
        raise TypeError(f"rung.track needs the name of a step, e.g. rung.track('prepare'), not the {got}")
    if not name.strip() or "/" in name:
        raise ValueError(f"a step needs a name without a slash, got {name[:80]!r}")
    if len(name) > LONGEST_NAME or not name.isprintable():
        why = f"longer than {LONGEST_NAME} characters" if len(name) > LONGEST_NAME else "not printable on one line"
        raise ValueError(f"the name of a step is {why}: {name[:80]!r}")


def part_of(reading: Reading, share: float) -> Reading:
    """A share of a reading's CPU time and energy; elapsed time is shared by nobody, each has all of it."""
    if share == 1.0:
        return reading
    energy = None if reading.energy is None else reading.energy.scaled(share)
    parts = {name: value * share for name, value in reading.parts_j.items()}
    return Reading(reading.wall_s, reading.cpu_s * share, energy, parts)
