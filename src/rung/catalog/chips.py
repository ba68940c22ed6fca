"""Processors and accelerators: what they can do, draw and cost to make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from rung.catalog.facts import Fact, cached, fact, find, group, rows
from rung.catalog.names import missing
from rung.catalog.schema import PRECISIONS
from rung.errors import MissingFactor

Kind = Literal["cpu", "gpu", "accelerator"]


@dataclass(frozen=True, slots=True)
class Chip:
    """A processor (figures per socket) or an accelerator (figures per board or package that the system counts as one).

    Args:
        key: name of the row, e.g. `graviton4` or `H100`.
        name: for readers.
        vendor: who designs it.
        kind: `cpu`, `gpu`, or `accelerator` for what is neither.
        threads: hardware threads of a socket; None for accelerators.
        vcpus: vCPUs that a cloud sells of a socket (fewer than threads where it keeps some, or switches
            simultaneous threads off); None for accelerators.
        sockets: of the usual cloud server; None for accelerators.
        flops: peak dense rate [FLOP/s] by number format, without sparsity: fp64, fp32, tf32, bf16 (fp16 too), fp8,
            fp4, int8 (operations); formats that nobody published are absent.
        memory_gb: on-board memory [GB]; None for processors.
        bandwidth_gb_s: of that memory [GB/s]; None for processors.
        link_gb_s: to the other accelerators of a server, all of them together and both directions together [GB/s], as
            makers print it: NVLink, Infinity Fabric, NeuronLink, Ethernet of Gaudi, else PCI Express. One direction
            has half of it. None for processors.
        slices: the most parts that it can be split into in hardware (MIG); None where it cannot.
        slice_memory_gb: of the smallest part [GB].
        idle_w: idle power [W].
        max_w: power under full load [W]; the mid is the design power where one is published.
        embodied_kg: emissions of making it [kgCO2e].
    """

    key: str
    name: str
    vendor: str
    kind: Kind
    threads: int | None
    vcpus: int | None
    sockets: int | None
    flops: Mapping[str, Fact]
    memory_gb: Fact | None
    bandwidth_gb_s: Fact | None
    link_gb_s: Fact | None
    slices: int | None
    slice_memory_gb: Fact | None
    idle_w: Fact
    max_w: Fact
    embodied_kg: Fact


@dataclass(frozen=True, slots=True)
class CpuRow:
    """A server processor by the name that the operating system gives.

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
    """An accelerator by the name that its driver gives.

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


def silicon() -> tuple[str, ...]:
    """The names of all chips."""
    return tuple(row["chip"] for row in rows("chips"))


@cached
def chip(name: str) -> Chip:
    """What is known of a chip.

    Raises:
        MissingFactor: no table has it, or a row that it needs is missing.
    """
    row = find("chips", name)
    if row is None:
        raise missing("chip", name, silicon(), otherwise="`rung.catalog.chips` lists them")
    held = {r["quantity"]: fact(r, name=f"{_SOURCES[r['quantity']]}:{name}") for r in group("silicon", name)}
    if absent := {"idle", "max", "embodied"} - held.keys():
        raise MissingFactor(f"the chip {name!r} has no {', '.join(sorted(absent))}", mend="add the rows to silicon.csv")
    return Chip(
        key=name,
        name=row["name"],
        vendor=row["vendor"],
        kind=cast("Kind", row["kind"]),
        threads=_count(row["threads"]),
        vcpus=_count(row["vcpus"]),
        sockets=_count(row["sockets"]),
        flops={p: held[p] for p in PRECISIONS if p in held},
        memory_gb=held.get("memory"),
        bandwidth_gb_s=held.get("bandwidth"),
        link_gb_s=held.get("link"),
        slices=round(held["slices"].quantity.value) if "slices" in held else None,
        slice_memory_gb=held.get("slice_memory"),
        idle_w=held["idle"],
        max_w=held["max"],
        embodied_kg=held["embodied"],
    )


def _count(text: str) -> int | None:
    return int(text) if text else None


_SOURCES = {
    **dict.fromkeys(PRECISIONS, "peak"),
    "memory": "memory",
    "bandwidth": "bandwidth",
    "link": "link",
    "slices": "slices",
    "slice_memory": "memory",
    "idle": "idle-watts",
    "max": "max-watts",
    "embodied": "embodied",
}
"""Quantity -> first word of the error source; the rates of one chip move together."""


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
    """The chip whose pattern fits the name that the driver gives.

    Raises:
        MissingFactor: no row fits.
    """
    boards = [row for row in rows("chips") if row["kind"] != "cpu" and row["pattern"]]
    for row in boards:
        if re.search(row["pattern"], model_name):
            found = chip(row["chip"])
            memory = found.memory_gb
            if memory is not None:
                return GpuRow(found.key, found.max_w.quantity.value, memory.quantity.value, found.embodied_kg)
    known = ", ".join(row["chip"] for row in boards)
    raise MissingFactor(f"no row for the accelerator {model_name!r}", mend=f"add a row to chips.csv; known are {known}")


@cached
def _cpu(key: str) -> CpuRow:
    row = find("cpus", key)
    if row is None:
        raise MissingFactor(f"no processor {key!r}", mend="add a row to cpus.csv (TDP over threads)")
    return CpuRow(key, _count(row["threads"]), fact(row, name=f"cpu:{key}"))
