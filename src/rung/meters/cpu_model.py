"""The energy of CPU time where no counter tells it: a model with a range.

    energy [J] = CPU time [s] x TDP per hardware thread [W] x (0.3, 1.0, 3.2)

It is the marginal energy of busy threads: idle power, memory, disks and fans are not in it (hosting counts those).
The multipliers are what a busy thread costs as a share of TDP over threads:

- low 0.3: busy threads that share the uncore at a low clock. RAPL of five machines gives 0.33 at the least, and 0.47
  to 1.5 at full load; Cloud Carbon Footprint's (max - min) watts per vCPU are 0.6 to 0.9.
- mid 1.0: the medians of the same five machines over all loads are 0.7 to 1.4.
- high 3.2: the first busy threads wake the uncore and turbo. The Teads curve (0.12, 0.32, 0.75, 1.02 of TDP at 0, 10,
  50, 100% load, used by the Impact Framework) gives 3.2 when the whole package at 10% is charged to its busy threads,
  2.0 without its idle share; RAPL gives 2.9 at the most, on an EPYC 8024P.

A curve with the cube of the load (codecarbon's fallback) would be lower still below half load; the measurements
contradict it. Green Algorithms charges TDP per physical core, 2.0 here. So curves in use differ by a factor of ten at
one load, and the interval says so.
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

LOW_SHARE: Final = 0.3
HIGH_SHARE: Final = 3.2


@dataclass(frozen=True, slots=True)
class CpuPowerModel:
    """Joules from CPU time.

    Args:
        cpu_name: as the operating system gives it; empty where it does not.
        row: the catalog row in use, `generic` when none fits.
        watts: of one busy hardware thread [W]; its one error source is `CPU_POWER_MODEL`.
    """

    cpu_name: str
    row: CpuRow
    watts: Quantity

    @classmethod
    def for_cpu(cls, cpu_name: str) -> CpuPowerModel:
        """The model of a processor, or of a generic server processor (with a wider range) when no row fits."""
        try:
            row = catalog.cpu(cpu_name)
        except MissingFactor:
            row = catalog.generic_cpu()
        tdp = row.tdp_per_thread.quantity
        watts = Quantity.between(
            tdp.low * LOW_SHARE, tdp.value, tdp.high * HIGH_SHARE, "W", source=CPU_POWER_MODEL, origin=Origin.MODELLED
        )
        return cls(cpu_name, row, watts)

    def energy(self, cpu_s: float) -> Quantity:
        """Energy of CPU time [J]."""
        return self.watts.scaled(cpu_s, "J")

    @property
    def describe(self) -> str:
        """One line for the report."""
        low, mid, high = self.watts.low, self.watts.value, self.watts.high
        name = self.cpu_name or "unnamed processor"
        return (
            f"modelled: CPU time x {mid:.2g} W per busy hardware thread ({low:.2g} to {high:.2g}), "
            f"{name}, catalog row {self.row.key}; idle power and memory are not in it"
        )


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
