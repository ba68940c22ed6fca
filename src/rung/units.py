"""Unit conversions. Units live in names: a number without a unit in its name is a count, a share or a ratio."""

from __future__ import annotations

from typing import Final

J_PER_KWH: Final = 3.6e6
S_PER_HOUR: Final = 3600.0
HOURS_PER_YEAR: Final = 8760.0
DAYS_PER_YEAR: Final = 365.0
BYTES_PER_GB: Final = 1e9
G_PER_KG: Final = 1e3
TOKENS_PER_MTOK: Final = 1e6

PUE_RANGE: Final = (1.0, 10.0)
"""Facility over IT energy: what a user's figure may be, generously."""
GRID_RANGE: Final = (0.0, 5000.0)
"""Grid intensity [gCO2e/kWh] likewise: the worst coal plants emit about 1,500."""
TARIFF_RANGE: Final = (0.0, 100.0)
"""Electricity price [USD/kWh] likewise."""


def kwh_from_j(energy_j: float) -> float:
    """Energy [kWh] from energy [J]."""
    return energy_j / J_PER_KWH
