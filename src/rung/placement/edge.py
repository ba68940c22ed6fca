"""The edge against the cloud: devices at the user's own place, with what making them took, and no way for the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rung import catalog
from rung.catalog import GridRow
from rung.errors import BadInput
from rung.placement.place_needs import OBJECTIVES, part_of
from rung.placement.place_paired import Saving, saving
from rung.placement.place_records import Option
from rung.placement.place_today import own_embodied
from rung.types import Footprint, Origin, Quantity
from rung.units import HOURS_PER_YEAR, J_PER_KWH, S_PER_HOUR
from rung.workload import Objective


@dataclass(frozen=True, slots=True)
class Edge:
    """Devices that do the work where the users are.

    Args:
        zone: grid zone of the users, e.g. `FR`.
        watts: what a device draws more while it works [W].
        working_h: hours that each device works on this, over the life of the load [h].
        devices: how many.
        embodied_kg: emissions of making one device [kgCO2e].
        life_years: of a device [years].
        dedicated: whether the devices are there for this alone; else the time worked is charged, not the life.
        usd_each: price of a device, charged like its embodied carbon [USD].
    """

    zone: str
    watts: float
    working_h: float
    devices: int = 1
    embodied_kg: float = 0.0
    life_years: float = 4.0
    dedicated: bool = False
    usd_each: float = 0.0

    def __post_init__(self) -> None:
        positive = {
            "watts": self.watts,
            "working hours": self.working_h,
            "life": self.life_years,
            "devices": self.devices,
        }
        for name, value in positive.items():
            if not (value > 0 and math.isfinite(value)):
                raise BadInput(f"an edge device with {name} of {value:g}", mend="give a number above 0")
        for name, value in {"embodied kg": self.embodied_kg, "price": self.usd_each}.items():
            if not (value >= 0 and math.isfinite(value)):
                raise BadInput(f"an edge device with {name} of {value:g}", mend="give 0 or more")


def at_the_edge(edge: Edge, hours: float) -> Footprint:
    """The footprint of the devices over the life of the load.

    Energy = watts x hours worked x devices, without a building around them; embodied = kg x devices x (time charged /
    life), the time charged being the hours worked, or all hours of the load where the devices are dedicated.

    Raises:
        BadInput: a device works longer than the load lives.
    """
    if edge.working_h > hours:
        raise BadInput(
            f"a device that works {edge.working_h:g} h of {hours:g} h",
            mend="give the hours worked over the load's life",
        )
    joules = Quantity.of(edge.watts * edge.working_h * S_PER_HOUR * edge.devices, "J", Origin.ASSUMED)
    base = _without_building(catalog.grid(edge.zone), joules)
    charged = hours if edge.dedicated else edge.working_h
    made = own_embodied(edge.embodied_kg * edge.devices, hours=charged, life_years=edge.life_years)
    usd = edge.usd_each * edge.devices * charged / (edge.life_years * HOURS_PER_YEAR)
    paid = Quantity.of(usd, "USD", Origin.ASSUMED)
    return base + Footprint(Quantity.zero("J"), made, Quantity.zero("L"), paid)


def _without_building(place: GridRow, joules: Quantity) -> Footprint:
    """A device on a desk has no facility: the energy is counted as it is, and no site water."""
    kwh = joules.scaled(1 / J_PER_KWH, "kWh")
    return Footprint(
        joules,
        kwh.times(place.intensity.quantity, "gCO2e"),
        kwh.times(place.grid_water.quantity, "L"),
        kwh.times(place.tariff.quantity, "USD"),
    )


@dataclass(frozen=True, slots=True)
class EdgeVerdict:
    """The edge against an option in the cloud.

    Args:
        edge: footprint of the devices.
        cloud: name of the option.
        saved: what the edge saves against it, by objective, where both are known.
    """

    edge: Footprint
    cloud: str
    saved: dict[Objective, Saving]


def against_cloud(edge: Edge, option: Option, hours: float) -> EdgeVerdict:
    """The edge against an option, under common errors, for all four objectives."""
    ours, total = at_the_edge(edge, hours), option.total
    saved: dict[Objective, Saving] = {}
    for objective in OBJECTIVES:
        mine, theirs = part_of(ours, objective), part_of(total, objective)
        if mine is not None and theirs is not None:
            saved[objective] = saving(mine, theirs)
    return EdgeVerdict(ours, option.name, saved)
