"""The footprint of work at a site: a region, or a mix of regions that a request may be sent to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rung import catalog
from rung.catalog import GridRow
from rung.errors import BadInput
from rung.placement.place_load import Machine, Work
from rung.placement.transfer import Data, moving, traffic
from rung.types import Footprint, Quantity, sum_footprints
from rung.units import J_PER_KWH, S_PER_HOUR


@dataclass(frozen=True, slots=True)
class Site:
    """Where work may go: one region, or several with the share of the requests that each serves.

    Args:
        name: as printed.
        parts: places and shares; shares sum to 1.
    """

    name: str
    parts: tuple[tuple[GridRow, float], ...]

    @classmethod
    def at(cls, region: str) -> Site:
        """A single region or zone.

        Raises:
            MissingFactor: the catalog does not hold it.
        """
        return cls(region, ((catalog.grid(region), 1.0),))

    @classmethod
    def mix(cls, name: str, shares: Mapping[str, float]) -> Site:
        """Several regions.

        Raises:
            BadInput: the shares do not sum to 1, or one is not above 0.
        """
        if any(not (share > 0 and math.isfinite(share)) for share in shares.values()):
            raise BadInput(
                f"{name}: every region of a mix has a share above 0", mend="leave out the ones that have none"
            )
        whole = math.fsum(shares.values())
        if abs(whole - 1) > 1e-6:
            raise BadInput(f"{name}: the shares sum to {whole:g}", mend="make the shares of a mix sum to 1")
        return cls(name, tuple((catalog.grid(region), share / whole) for region, share in shares.items()))

    @property
    def only(self) -> GridRow | None:
        """Its region where it is a single one; None for a mix."""
        return None if len(self.parts) > 1 else next(iter(self.parts))[0]

    @property
    def providers(self) -> frozenset[str | None]:
        """Who runs its regions; None is oneself."""
        return frozenset(place.provider for place, _ in self.parts)


def running(site: Site, work: Work, machine: Machine | None, hours: float) -> Footprint:
    """The footprint of work at a site: that of its parts, each in proportion to its share."""
    return sum_footprints(_running_at(place, work, machine, hours).scaled(share) for place, share in site.parts)


def _running_at(place: GridRow, work: Work, machine: Machine | None, hours: float) -> Footprint:
    """The footprint at one place.

    Facility = IT x PUE; carbon = facility x intensity + machines x hours x embodied rate; water = IT x WUE +
    facility x grid water; cost = machines x hours x price, or on a machine of one's own facility x tariff.

    Without a machine the embodied carbon is left out (it is the same everywhere), and the cost in a cloud is unknown.
    """
    it_kwh = work.energy.scaled(1 / J_PER_KWH, "kWh")
    facility = it_kwh.times(place.pue.quantity, "kWh")
    carbon = facility.times(place.intensity.quantity, "gCO2e")
    machine_h = work.machines * hours
    if machine is not None:
        carbon = carbon + machine.embodied_g_per_h.scaled(machine_h, "gCO2e")
    return Footprint(
        energy=facility.scaled(J_PER_KWH, "J"),
        carbon=carbon,
        water=it_kwh.times(place.wue.quantity, "L") + facility.times(place.grid_water.quantity, "L"),
        cost=_cost(place, machine, machine_h, facility),
    )


def _cost(place: GridRow, machine: Machine | None, machine_h: float, facility_kwh: Quantity) -> Quantity | None:
    if place.provider is None:
        return facility_kwh.times(place.tariff.quantity, "USD")
    return None if machine is None else price_at(place, machine).scaled(machine_h, "USD")


def price_at(place: GridRow, machine: Machine) -> Quantity:
    """What an hour of a machine costs in a region [USD/h]: the catalog's price, elsewhere times an assumed ratio."""
    ratio = catalog.regional_price(place.region)
    return machine.usd_per_h if ratio is None else machine.usd_per_h.times(ratio, "USD/h")


def standing_by(site: Site, spare_w: Quantity, machine: Machine | None, machines: int, hours: float) -> Footprint:
    """The footprint of machines that wait at a site: they idle, and are paid for in full."""
    energy = spare_w.scaled(machines * hours * S_PER_HOUR, "J")
    return running(site, Work(machines, energy, spare_w), machine, hours)


def bringing(data: Data, site: Site, hours: float) -> Footprint:
    """The footprint of having data at a site: every region of a mix holds all of it."""
    source, gigabytes = catalog.grid(data.at), data.total_gb(hours)
    return sum_footprints(moving(gigabytes, source, place) for place, _ in site.parts)


def requests_on_the_way(gigabytes: float, site: Site) -> Footprint:
    """The footprint of requests and answers between users and a site."""
    return sum_footprints(traffic(gigabytes, place).scaled(share) for place, share in site.parts)
