"""Pure sums: energy to carbon, water and money, lifetime totals, and comparisons under common factors."""

from __future__ import annotations

from rung.footprint.accounts import Factors, SourcedFactor, footprint_of, lifetime_total
from rung.footprint.comparing import break_even_requests, p_cheapest
from rung.footprint.formulas import (
    device_energy_j,
    embodied_carbon_g,
    embodied_g_per_core_s,
    energy_cost_usd,
    facility_energy_j,
    memory_energy_j,
    network_energy_j,
    operational_carbon_g,
    sci,
    storage_energy_j,
    water_l,
)
from rung.footprint.sharing import scaled, work_shares
from rung.footprint.worked import Worked, counted, described, explained, given, nothing, per, product, summed, unknown

__all__ = [
    "Factors",
    "SourcedFactor",
    "Worked",
    "break_even_requests",
    "counted",
    "described",
    "device_energy_j",
    "embodied_carbon_g",
    "embodied_g_per_core_s",
    "energy_cost_usd",
    "explained",
    "facility_energy_j",
    "footprint_of",
    "given",
    "lifetime_total",
    "memory_energy_j",
    "network_energy_j",
    "nothing",
    "operational_carbon_g",
    "p_cheapest",
    "per",
    "product",
    "scaled",
    "sci",
    "storage_energy_j",
    "summed",
    "unknown",
    "water_l",
    "work_shares",
]
