"""What energy of a prediction becomes in a place, and how predictions are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rung.types import Quantity
from rung.units import G_PER_KG, J_PER_KWH


@dataclass(frozen=True, slots=True)
class Placed:
    """IT energy, put somewhere.

    Args:
        facility_j: with the building [J]; without a place as the IT energy.
        carbon: location-based [gCO2e]; None without a place.
        region: where; None without a place.
    """

    facility_j: Quantity
    carbon: Quantity | None
    region: str | None


def placed(it_j: Quantity, region: str | None) -> Placed:
    """Energy x PUE x grid intensity of a region or zone.

    Raises:
        MissingFactor: no table has the region.
    """
    if region is None:
        return Placed(it_j, None, None)
    from rung.catalog import grid

    row = grid(region)
    facility = it_j.times(row.pue.quantity, "J")
    return Placed(facility, facility.scaled(1 / J_PER_KWH, "kWh").times(row.intensity.quantity, "gCO2e"), region)


def kilowatt_hours(energy_j: Quantity) -> Quantity:
    """The same energy in kWh."""
    return energy_j.scaled(1 / J_PER_KWH, "kWh")


def kilograms(carbon_g: Quantity) -> Quantity:
    """The same mass in kgCO2e."""
    return carbon_g.scaled(1 / G_PER_KG, "kgCO2e")


def laid_out(title: str, rows: Sequence[tuple[str, str]], notes: Sequence[str]) -> str:
    """A title, two columns, and the notes."""
    width = max(len(name) for name, _ in rows)
    lines = [title, *(f"  {name:<{width}}  {value}" for name, value in rows)]
    return "\n".join([*lines, *(f"  - {note}" for note in notes)])
