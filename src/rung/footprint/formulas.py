"""The formulas, each on plain numbers with its source: what a test can hold against a published figure."""

from __future__ import annotations

from rung.units import G_PER_KG, HOURS_PER_YEAR, J_PER_KWH, S_PER_HOUR

__all__ = [
    "device_energy_j",
    "embodied_carbon_g",
    "embodied_g_per_core_s",
    "energy_cost_usd",
    "facility_energy_j",
    "memory_energy_j",
    "network_energy_j",
    "operational_carbon_g",
    "sci",
    "storage_energy_j",
    "water_l",
]


def facility_energy_j(energy_j: float, *, pue: float) -> float:
    """Facility energy [J] = IT energy x PUE (ISO/IEC 30134-2)."""
    return energy_j * pue


def operational_carbon_g(energy_j: float, *, pue: float, intensity_g_per_kwh: float) -> float:
    """Operational carbon [gCO2e] = energy_j / 3.6e6 * pue * intensity (SCI, ISO/IEC 21031, the term E*I)."""
    return energy_j / J_PER_KWH * pue * intensity_g_per_kwh


def embodied_carbon_g(total_g: float, *, used_s: float, lifetime_s: float, share: float = 1.0) -> float:
    """Embodied carbon [gCO2e] = total x (time used / lifetime) x share reserved (SCI: M = TE * TiR/EL * RR/ToR)."""
    return total_g * (used_s / lifetime_s) * share


def embodied_g_per_core_s(kg_per_core: float, *, lifetime_years: float) -> float:
    """Embodied carbon of a core in use for a second [gCO2e/s]: the SCI term M per unit of time and resource."""
    return embodied_carbon_g(
        kg_per_core * G_PER_KG, used_s=1.0, lifetime_s=lifetime_years * HOURS_PER_YEAR * S_PER_HOUR
    )


def sci(*, operational_g: float, embodied_g: float, functional_units: float) -> float:
    """Software carbon intensity [gCO2e per functional unit] = (E*I + M) per R (ISO/IEC 21031)."""
    return (operational_g + embodied_g) / functional_units


def water_l(energy_j: float, *, pue: float, wue_l_per_kwh: float, grid_l_per_kwh: float) -> float:
    """Water [L] = IT kWh x site WUE + facility kWh x grid water; WUE is per IT energy (ISO/IEC 30134-9)."""
    it_kwh = energy_j / J_PER_KWH
    return it_kwh * wue_l_per_kwh + it_kwh * pue * grid_l_per_kwh


def energy_cost_usd(energy_j: float, *, pue: float, usd_per_kwh: float) -> float:
    """What an owner pays for electricity [USD] = facility kWh x tariff."""
    return energy_j / J_PER_KWH * pue * usd_per_kwh


def network_energy_j(gigabytes: float, *, kwh_per_gb: float) -> float:
    """Energy of moving data [J] = GB x kWh/GB (Cloud Carbon Footprint, networking)."""
    return gigabytes * kwh_per_gb * J_PER_KWH


def storage_energy_j(terabyte_hours: float, *, w_per_tb: float, replicas: float = 1.0) -> float:
    """Energy of keeping data [J] = TB-hours x W/TB x replicas (Cloud Carbon Footprint, storage)."""
    return terabyte_hours * S_PER_HOUR * w_per_tb * replicas


def memory_energy_j(gigabyte_hours: float, *, w_per_gb: float, replicas: float = 1.0) -> float:
    """Energy of keeping memory powered [J] = GB-hours x W/GB x replicas (Cloud Carbon Footprint; Green Algorithms)."""
    return gigabyte_hours * S_PER_HOUR * w_per_gb * replicas


def device_energy_j(
    device_hours: float, *, idle_w: float, full_w: float, utilisation: float, replicas: float = 1.0
) -> float:
    """Energy of a device [J] = hours x (idle + (full - idle) x utilisation) x replicas (CCF, compute)."""
    return device_hours * S_PER_HOUR * (idle_w + (full_w - idle_w) * utilisation) * replicas
