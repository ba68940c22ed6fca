"""Versioned facts: grids, regions, silicon, machines, hosted models. A region is a row with a source, not code."""

from __future__ import annotations

from rung.catalog.chips import Chip, CpuRow, GpuRow, chip, cpu, generic_cpu, gpu, silicon
from rung.catalog.facts import Checked, Fact, overlay_folder, rows, tables, use
from rung.catalog.grids import Basis, GridRow, grid, intensities, keyed, region, regions, zones
from rung.catalog.machines import ELSEWHERE, Instance, instance, instances, price_ratio, regional_price
from rung.catalog.models import HostedModel, hosted, hosted_models
from rung.catalog.overlay import Refreshed, refresh
from rung.catalog.shares import Watts, embodied, embodied_g_per_hour, watts

__all__ = [
    "ELSEWHERE",
    "Basis",
    "Checked",
    "Chip",
    "CpuRow",
    "Fact",
    "GpuRow",
    "GridRow",
    "HostedModel",
    "Instance",
    "Refreshed",
    "Watts",
    "chip",
    "cpu",
    "embodied",
    "embodied_g_per_hour",
    "generic_cpu",
    "gpu",
    "grid",
    "hosted",
    "hosted_models",
    "instance",
    "instances",
    "intensities",
    "keyed",
    "overlay_folder",
    "price_ratio",
    "refresh",
    "region",
    "regional_price",
    "regions",
    "rows",
    "silicon",
    "tables",
    "use",
    "watts",
    "zones",
]
