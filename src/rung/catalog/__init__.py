"""Versioned facts: grids, regions, processors, accelerators, devices. A region is a row with a source, not code."""

from __future__ import annotations

from rung.catalog.facts import Checked, Fact, rows, tables
from rung.catalog.grids import Basis, GridRow, grid, keyed, regions, zones
from rung.catalog.silicon import CpuRow, GpuRow, cpu, generic_cpu, gpu

__all__ = [
    "Basis",
    "Checked",
    "CpuRow",
    "Fact",
    "GpuRow",
    "GridRow",
    "cpu",
    "generic_cpu",
    "gpu",
    "grid",
    "keyed",
    "regions",
    "rows",
    "tables",
    "zones",
]
