"""What ran: energy, hardware, charge and functional units of one thing, before a place turns it into carbon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rung.accounting.conditions import Conditions, Control
from rung.footprint import Worked, counted, nothing, product, summed
from rung.units import HOURS_PER_YEAR, J_PER_KWH

HOURS_PER_MONTH = HOURS_PER_YEAR / 12


@dataclass(frozen=True, slots=True)
class Activity:
    """One line to account for.

    Args:
        name: e.g. a command, a model, an instance.
        where: where it was read: `file:line`, `file:first-last`, or empty.
        conditions: at its place.
        control: whose hardware it is.
        it_energy: IT energy [J].
        embodied: embodied carbon [gCO2e].
        charged: what a provider charges [USD, or the bill's currency]; own hardware pays electricity on top.
        network_gb: moved [GB].
        storage_gb_months: kept [GB-months], times replicas.
        counts: how many of each functional unit it did, e.g. `{"request": 12}`.
        period: first and last moment, ISO text, as far as known.
        dimensions: the row it came from, for the FOCUS file.
    """

    name: str
    where: str
    conditions: Conditions
    control: Control
    it_energy: Worked
    embodied: Worked
    charged: Worked
    network_gb: float = 0.0
    storage_gb_months: float = 0.0
    replicas: float = 1.0
    counts: Mapping[str, float] = field(default_factory=dict[str, float])
    period: tuple[str, str] = ("", "")
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Line:
    """The footprint of an activity, every figure with its derivation.

    Args:
        activity: what it is of.
        energy: at the meter: facility energy of compute and storage, and network energy [kWh].
        compute: operational carbon of compute, location-based [gCO2e].
        compute_market: the same, market-based.
        embodied: of the machines [gCO2e].
        storage: operational and embodied carbon of what is kept, location-based.
        storage_market: the same with market-based electricity.
        network: carbon of what is moved, always location-based.
        carbon: their sum, location-based: what SCI is made of.
        carbon_market: the sum with the market-based figures.
        water: [L].
        cost: [currency].
    """

    activity: Activity
    energy: Worked
    compute: Worked
    compute_market: Worked
    embodied: Worked
    storage: Worked
    storage_market: Worked
    network: Worked
    carbon: Worked
    carbon_market: Worked
    water: Worked
    cost: Worked

    def figures(self) -> dict[str, Worked]:
        """By name, in the order in which they are printed."""
        return {
            "energy": self.energy,
            "operational": self.compute,
            "operational_market_based": self.compute_market,
            "embodied": self.embodied,
            "storage": self.storage,
            "storage_market_based": self.storage_market,
            "network": self.network,
            "carbon": self.carbon,
            "carbon_market_based": self.carbon_market,
            "water": self.water,
            "cost": self.cost,
        }


def line_of(activity: Activity) -> Line:
    """The footprint of an activity.

    facility kWh = IT kWh x PUE; operational = facility kWh x intensity;
    water = IT kWh x WUE + facility kWh x grid water;
    carbon = operational + embodied + storage + network (SCI, ISO/IEC 21031: E x I + M).
    """
    at = activity.conditions
    it = product("IT energy of compute", "kWh", activity.it_energy, constant=1 / J_PER_KWH)
    facility = product("facility energy of compute", "kWh", it, at.pue)
    compute = product("operational carbon, location-based", "gCO2e", facility, at.location)
    compute_market = product("operational carbon, market-based", "gCO2e", facility, at.market)
    kept_it, kept, storage, storage_market = _storage(activity)
    moved, network = _network(activity)
    water = summed(
        "water",
        "L",
        [
            *_water("compute", it, facility, at),
            *(_water("storage", kept_it, kept, at) if activity.storage_gb_months else ()),
        ],
    )
    return Line(
        activity=activity,
        energy=summed("energy", "kWh", [facility, kept, moved]),
        compute=compute,
        compute_market=compute_market,
        embodied=activity.embodied,
        storage=storage,
        storage_market=storage_market,
        network=network,
        carbon=summed("carbon, location-based", "gCO2e", [compute, activity.embodied, storage, network]),
        carbon_market=summed(
            "carbon, market-based", "gCO2e", [compute_market, activity.embodied, storage_market, network]
        ),
        water=water,
        cost=_cost(activity, facility, kept),
    )


def _storage(activity: Activity) -> tuple[Worked, Worked, Worked, Worked]:
    """IT and facility energy [kWh], carbon by location and by market [gCO2e], of what is kept."""
    at = activity.conditions
    if activity.storage_gb_months == 0:
        none = nothing("storage", "gCO2e", "none declared: outside the boundary")
        energy = nothing("storage energy", "kWh", "none declared")
        return energy, energy, none, none
    months = counted("data kept", activity.storage_gb_months * activity.replicas, "GB-month", "replicas included")
    # 1 GB-month is HOURS_PER_MONTH / 1000 TB-hours, and W/TB x TB-hours are Wh.
    it = product("IT energy of storage", "kWh", months, at.ssd_power, constant=HOURS_PER_MONTH / 1e6)
    facility = product("facility energy of storage", "kWh", it, at.pue)
    made = product("embodied carbon of storage", "gCO2e", months, at.ssd_embodied)
    location = product("operational carbon of storage, location-based", "gCO2e", facility, at.location)
    market = product("operational carbon of storage, market-based", "gCO2e", facility, at.market)
    return (
        it,
        facility,
        summed("carbon of storage, location-based", "gCO2e", [location, made]),
        summed("carbon of storage, market-based", "gCO2e", [market, made]),
    )


def _network(activity: Activity) -> tuple[Worked, Worked]:
    """Energy [kWh] and carbon [gCO2e] of what is moved; the published kWh/GB are of the field, without a PUE on top."""
    at = activity.conditions
    if activity.network_gb == 0:
        note = "none declared: outside the boundary"
        return nothing("network energy", "kWh", "none declared"), nothing("carbon of the network", "gCO2e", note)
    moved = counted("data moved", activity.network_gb, "GB")
    energy = product("energy of the network", "kWh", moved, at.network)
    return energy, product("carbon of the network", "gCO2e", energy, at.location)


def _water(of: str, it: Worked, facility: Worked, at: Conditions) -> list[Worked]:
    return [
        product(f"site water of {of}", "L", it, at.wue),
        product(f"grid water of {of}", "L", facility, at.grid_water),
    ]


def _cost(activity: Activity, facility: Worked, kept: Worked) -> Worked:
    """What is charged; on own hardware the electricity too. A provider's price holds its electricity already."""
    unit = activity.charged.unit
    if activity.control == "cloud":
        return summed("cost", unit, [activity.charged])
    at = activity.conditions
    paid = [product("electricity of compute", unit, facility, at.tariff)]
    if activity.storage_gb_months:
        paid.append(product("electricity of storage", unit, kept, at.tariff))
    return summed("cost", unit, [activity.charged, *paid])
