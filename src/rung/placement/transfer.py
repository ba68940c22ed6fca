"""What moving data takes: energy by the gigabyte on the way, money by the gigabyte to the provider that it leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from rung import catalog
from rung.catalog import GridRow
from rung.errors import BadInput
from rung.footprint import SourcedFactor
from rung.types import Footprint, Origin, Quantity
from rung.units import J_PER_KWH

HOURS_PER_MONTH: Final = 730.0

BETWEEN_REGIONS: Final = SourcedFactor(
    "transfer price between regions of a provider",
    Quantity.between(0.01, 0.02, 0.147, "USD/GB", source="transfer-price:regions", origin=Origin.ASSUMED),
    "list prices of AWS, Google Cloud and Azure: 0.01 to 0.02 within the US and Europe, up to 0.147 out of Cape Town",
    2024,
    "memory",
)
OUT: Final = SourcedFactor(
    "transfer price out of a cloud",
    Quantity.between(0.05, 0.09, 0.154, "USD/GB", source="transfer-price:out", origin=Origin.ASSUMED),
    "list prices of AWS: 0.09 for the first 10 TB of a month, 0.05 above 150 TB, 0.154 out of Cape Town",
    2024,
    "memory",
)


@dataclass(frozen=True, slots=True)
class Data:
    """Data that must be where the work is.

    Args:
        gigabytes: how much [GB].
        at: the region or zone where it lies today.
        moved: whether it goes there `once`, or anew every `month`.
    """

    gigabytes: float
    at: str
    moved: Literal["once", "month"] = "once"

    def __post_init__(self) -> None:
        if not (self.gigabytes >= 0 and math.isfinite(self.gigabytes)):
            raise BadInput(f"{self.gigabytes:g} GB of data", mend="give 0 or more gigabytes")

    def total_gb(self, hours: float) -> float:
        """What is moved over so many hours [GB]."""
        return self.gigabytes * (1.0 if self.moved == "once" else hours / HOURS_PER_MONTH)


def price_per_gb(source: GridRow, target: GridRow) -> SourcedFactor | None:
    """What leaving `source` for `target` costs [USD/GB]; None where nothing is charged.

    Clouds do not charge for what comes in; a line of one's own is taken to be paid for already.
    """
    if source.region == target.region or source.provider is None:
        return None
    return BETWEEN_REGIONS if source.provider == target.provider else OUT


def moving(gigabytes: float, source: GridRow, target: GridRow) -> Footprint:
    """The footprint of moving so many gigabytes; nothing where they lie there already.

    kWh = GB x kWh/GB, half of it on the grid at each end; USD = GB x the price of leaving. Networks publish neither
    their water nor the embodied carbon of a gigabyte: the first is that of the electricity, the second is left out.
    """
    if gigabytes == 0 or source.region == target.region:
        return Footprint.zero()
    half = catalog.keyed("devices", "network").quantity.scaled(gigabytes / 2, "kWh")
    price = price_per_gb(source, target)
    ends = (source, target)
    carbon, water = Quantity.zero("gCO2e"), Quantity.zero("L")
    for end in ends:
        carbon = carbon + half.times(end.intensity.quantity, "gCO2e")
        water = water + half.times(end.grid_water.quantity, "L")
    cost = Quantity.zero("USD") if price is None else price.quantity.scaled(gigabytes, "USD")
    return Footprint((half + half).scaled(J_PER_KWH, "J"), carbon, water, cost)


def traffic(gigabytes: float, place: GridRow) -> Footprint:
    """The footprint of requests and answers on the way between users and a place.

    The grids on the way are not known: the electricity is counted on the place's. Answers that leave a cloud are
    charged; requests come in free, so the price is that of half of the bytes.
    """
    if gigabytes == 0:
        return Footprint.zero()
    kwh = catalog.keyed("devices", "network").quantity.scaled(gigabytes, "kWh")
    cost = Quantity.zero("USD") if place.provider is None else OUT.quantity.scaled(gigabytes / 2, "USD")
    return Footprint(
        kwh.scaled(J_PER_KWH, "J"),
        kwh.times(place.intensity.quantity, "gCO2e"),
        kwh.times(place.grid_water.quantity, "L"),
        cost,
    )
