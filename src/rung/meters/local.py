"""The meter of this machine: a chain of counters, and the CPU model where they are missing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from rung.meters.process_tree import CpuClock
from rung.types import Factor, Origin, Quantity, Reading, sum_known

if TYPE_CHECKING:
    from rung.meters.cpu_model import CpuPowerModel
    from rung.types import Look


@dataclass(frozen=True, slots=True)
class Joules:
    """A counter's cumulative joules since it was found.

    Args:
        low: at the least this process tree's part [J].
        mid: the best figure of it [J].
        high: at the most [J].
        breaks: how often the counter was lost or went back; a window with a break inside is unknown.
    """

    low: float
    mid: float
    high: float
    breaks: int = 0

    def plus(self, passed_j: float, *, low: float = 1.0, mid: float = 1.0, high: float = 1.0) -> Joules:
        """After `passed_j` more, of which these shares are this tree's."""
        return Joules(self.low + passed_j * low, self.mid + passed_j * mid, self.high + passed_j * high, self.breaks)

    def broken(self) -> Joules:
        """After a break."""
        return replace(self, breaks=self.breaks + 1)


class JouleCounter(Protocol):
    """A device that counts joules from a fixed moment on."""

    @property
    def part(self) -> str:
        """The component, e.g. `gpu0`."""
        ...

    @property
    def error(self) -> str:
        """The name of the error source of its interval, e.g. `share-of-cpu`."""
        ...

    @property
    def describe(self) -> str:
        """One line."""
        ...

    def joules(self, cpu_s: float, wall_s: float) -> Joules | None:
        """The counter now, given the process tree's CPU time and the clock now [s]; None where it tells nothing."""
        ...


@dataclass(frozen=True, slots=True)
class LocalLook:
    """A snapshot: every field is cumulative, so that laps sum exactly to the whole."""

    wall_ns: int
    cpu_ns: int
    counters: tuple[Joules | None, ...] = ()

    @property
    def wall_s(self) -> float:
        """A steady clock [s]."""
        return self.wall_ns * 1e-9


class LocalMeter:
    """Reads this process and its descendants.

    Args:
        clock: the CPU time of the process tree.
        model: gives joules from CPU time, for predictions and where no CPU counter is; asked for when first needed, so
            that looks begin before the catalog is read.
        cpu_counter: RAPL, or None.
        gpu_counters: one for each accelerator.
        notes: what the report should say besides, e.g. why a counter that is there is not used.
    """

    def __init__(
        self,
        clock: CpuClock,
        model: Callable[[], CpuPowerModel],
        *,
        cpu_counter: JouleCounter | None = None,
        gpu_counters: Sequence[JouleCounter] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self._clock = clock
        self._make_model = model
        self._notes = tuple(notes)
        self._cpu_counted = cpu_counter is not None
        self._counters: tuple[JouleCounter, ...] = (*((cpu_counter,) if cpu_counter else ()), *gpu_counters)

    @property
    def describe(self) -> str:
        """One line: the counters in use, or the model and its range."""
        parts = [counter.describe for counter in self._counters]
        if not self._cpu_counted:
            parts.append(self.model.describe)
        return "; ".join((*parts, *self._notes))

    @cached_property
    def model(self) -> CpuPowerModel:
        """The CPU model, for predictions and for idle power, which is in no reading."""
        return self._make_model()

    def look(self) -> LocalLook:
        """The counters now."""
        wall_ns, cpu_ns = time.perf_counter_ns(), self._clock.cpu_ns()
        if not self._counters:
            return LocalLook(wall_ns, cpu_ns)
        cpu_s, wall_s = cpu_ns * 1e-9, wall_ns * 1e-9
        return LocalLook(wall_ns, cpu_ns, tuple(counter.joules(cpu_s, wall_s) for counter in self._counters))

    def between(self, start: Look, end: Look) -> Reading:
        """What was used between two looks of this meter.

        Raises:
            TypeError: the looks are another meter's.
            ValueError: they stand in the wrong order.
        """
        if not (isinstance(start, LocalLook) and isinstance(end, LocalLook)):
            raise TypeError("looks of another meter")
        if end.wall_ns < start.wall_ns:
            raise ValueError("the second look is older than the first")
        cpu_s = (end.cpu_ns - start.cpu_ns) * 1e-9
        parts: dict[str, Quantity | None] = {} if self._cpu_counted else {"cpu": self.model.energy(cpu_s)}
        for counter, before, after in zip(self._counters, start.counters, end.counters, strict=True):
            parts[counter.part] = _counted(counter, before, after)
        return _reading((end.wall_ns - start.wall_ns) * 1e-9, cpu_s, parts)

    def reading_for_cpu(self, cpu_s: float, wall_s: float) -> Reading:
        """The reading that the CPU model gives for so much work: the same error source as a modelled reading."""
        return _reading(wall_s, cpu_s, {"cpu": self.model.energy(cpu_s)})


def _reading(wall_s: float, cpu_s: float, parts: dict[str, Quantity | None]) -> Reading:
    known = {name: quantity.value for name, quantity in parts.items() if quantity is not None}
    return Reading(wall_s, cpu_s, sum_known(parts.values(), "J"), known)


def _counted(counter: JouleCounter, before: Joules | None, after: Joules | None) -> Quantity | None:
    """What a counter saw; None where it told nothing or broke off in between: that is unknown, not 0.

    Where a counter sees other processes' work too, this process's share is modelled, within bounds.
    """
    if before is None or after is None or before.breaks != after.breaks:
        return None
    low, mid, high = after.low - before.low, after.mid - before.mid, after.high - before.high
    if math.isclose(low, mid, rel_tol=1e-9) and math.isclose(mid, high, rel_tol=1e-9):
        return Quantity.of(mid, "J", Origin.MEASURED)
    if mid == 0:
        return Quantity.of(0.0, "J", Origin.MODELLED)
    error = Factor(counter.error, max(min(low / mid, 1.0), 0.0), max(high / mid, 1.0))
    return Quantity.of(mid, "J", Origin.MODELLED, error)
