"""Processors and accelerators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rung.catalog.facts import Fact, fact, rows
from rung.errors import MissingFactor


@dataclass(frozen=True, slots=True)
class CpuRow:
    """A server processor.

    Args:
        key: name of the row.
        threads: hardware threads of a socket; None where a row stands for many models.
        tdp_per_thread: thermal design power over hardware threads [W per thread].
    """

    key: str
    threads: int | None
    tdp_per_thread: Fact


@dataclass(frozen=True, slots=True)
class GpuRow:
    """An accelerator.

    Args:
        key: name of the row.
        tdp_w: thermal design power [W].
        memory_gb: [GB].
        embodied: emissions of making the board [kgCO2e].
    """

    key: str
    tdp_w: float
    memory_gb: float
    embodied: Fact


def cpu(model_name: str) -> CpuRow:
    """The row whose pattern fits the model name that the operating system gives.

    Raises:
        MissingFactor: no row fits; `generic_cpu` has the wide interval for that case.
    """
    for row in rows("cpus"):
        if row["pattern"] and re.search(row["pattern"], model_name.strip()):
            return _cpu(row["cpu"])
    raise MissingFactor(f"no row for the processor {model_name!r}", mend="add a row to cpus.csv (TDP over threads)")


def generic_cpu() -> CpuRow:
    """A server processor of which nothing is known; its interval is wide."""
    return _cpu("generic")


def gpu(model_name: str) -> GpuRow:
    """The row whose pattern fits the name that the driver gives.

    Raises:
        MissingFactor: no row fits.
    """
    for row in rows("gpus"):
        if re.search(row["pattern"], model_name):
            embodied = fact(row, name=f"embodied:{row['gpu']}")
            return GpuRow(row["gpu"], float(row["tdp_w"]), float(row["memory_gb"]), embodied)
    known = ", ".join(row["gpu"] for row in rows("gpus"))
    raise MissingFactor(f"no row for the accelerator {model_name!r}", mend=f"add a row to gpus.csv; known are {known}")


@cache
def _cpu(key: str) -> CpuRow:
    row = next(row for row in rows("cpus") if row["cpu"] == key)
    return CpuRow(key, int(row["threads"]) if row["threads"] else None, fact(row, name=f"cpu:{key}"))
