"""The energy of CPU time where no counter tells it: a model with a range, fitted to measured processors.

    power of a package [W] = idle + TDP per hardware thread [W] x busy threads x 1.3 (0.4 to 2.2)
    energy of a process [J] = CPU time [s] x TDP per hardware thread [W] x 1.3 (0.4 to 2.2)
    idle [W] = TDP x 0.12 (0.002 to 0.4)

A process is charged for its load only; idle power is a part of its own, in no reading.

The load multiplier comes from `bench/cpu_model.py`: RAPL power of five machines under stepped loads, over TDP and
load. Of the forms tried (proportional to load; with an intercept; a power of the load; saturating) the proportional
one holds as many rows of machines that the fit has not seen as any (one of 96 fewer than the best), and it alone makes
laps sum to the whole. Its scale is the
one nearest to the mean of the machines (1.07) whose band of 70% to either side holds 95% of the rows; so the mid lies
above the typical row by a fifth. Left out one at a time, nine rows in ten above 5% load lie inside; the bench prints
it. Two machines with one and the same processor differ by 1.9, which no model of TDP and load can tell.

What others use: Cloud Carbon Footprint's (max - min) watts per vCPU are 0.6 to 0.9 here, the Teads curve (0.12, 0.32,
0.75, 1.02 of TDP at 0, 10, 50, 100% load) 2.0, 1.3 and 0.9 above its idle share, Green Algorithms 2.0. A curve with the
cube of the load (codecarbon's fallback) is lower than measured below half load.

Idle: the packages of the five machines draw 0.003 to 0.008 of TDP asleep; Teads gives 0.12, Cloud Carbon Footprint's
minimum is 0.12 to 0.39.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rung import catalog
from rung.catalog import CpuRow
from rung.errors import MissingFactor
from rung.types import Origin, Quantity

CPU_POWER_MODEL: Final = "cpu-power-model"
"""The error source of every joule that the CPU model gives, metered or predicted."""

IDLE_POWER_MODEL: Final = "cpu-idle-model"
"""The error source of idle power."""

LOAD: Final = (0.4, 1.3, 2.2)
"""Low, mid and high power of a busy thread, over TDP per thread; `bench/cpu_model.py` fits it."""

IDLE: Final = (0.002, 0.12, 0.4)
"""Low, mid and high idle power over TDP."""


@dataclass(frozen=True, slots=True)
class CpuPowerModel:
    """Joules from CPU time.

    Args:
        cpu_name: as the operating system gives it; empty where it does not.
        row: the catalog row in use, `generic` when none fits.
        watts: of one busy hardware thread [W]; its one error source is `CPU_POWER_MODEL`.
        idle: of one hardware thread's part of the package, whether it works or not [W]; in no reading.
    """

    cpu_name: str
    row: CpuRow
    watts: Quantity
    idle: Quantity

    @classmethod
    def for_cpu(cls, cpu_name: str) -> CpuPowerModel:
        """The model of a processor, or of a generic server processor (with a wider range) when no row fits."""
        try:
            row = catalog.cpu(cpu_name)
        except MissingFactor:
            row = catalog.generic_cpu()
        tdp = row.tdp_per_thread.quantity
        return cls(cpu_name, row, _share(tdp, LOAD, CPU_POWER_MODEL), _share(tdp, IDLE, IDLE_POWER_MODEL))

    def energy(self, cpu_s: float) -> Quantity:
        """Energy of CPU time [J]."""
        return self.watts.scaled(cpu_s, "J")

    def idle_energy(self, wall_s: float, threads: int) -> Quantity:
        """Idle energy of so many hardware threads' part of a package, which `energy` does not hold [J]."""
        return self.idle.scaled(wall_s * threads, "J")

    def package_watts(self, load: float, threads: int) -> Quantity:
        """Power of a package with so many hardware threads at a load in [0, 1], idle power included [W]."""
        return self.idle.scaled(threads) + self.watts.scaled(load * threads)

    @property
    def describe(self) -> str:
        """One line for the report."""
        low, mid, high = self.watts.low, self.watts.value, self.watts.high
        name = self.cpu_name or "unnamed processor"
        return (
            f"modelled: CPU time x {mid:.2g} W per busy hardware thread ({low:.2g} to {high:.2g}), "
            f"{name}, catalog row {self.row.key}; idle power and memory are not in it"
        )


def _share(tdp: Quantity, share: tuple[float, float, float], source: str) -> Quantity:
    low, mid, high = share
    return Quantity.between(tdp.low * low, tdp.value * mid, tdp.high * high, "W", source=source, origin=Origin.MODELLED)


@cache
def local_cpu_name() -> str:
    """The name of this machine's processor, or an empty string."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    fields = (line.partition(":") for line in text.splitlines())
    named = {key.strip(): value.strip() for key, _, value in fields if value}
    return named.get("model name", "") or _ARM_PARTS.get(named.get("CPU part", ""), "")


_ARM_PARTS: Final = {"0xd0c": "Neoverse-N1", "0xd40": "Neoverse-V1", "0xd4f": "Neoverse-V2"}
