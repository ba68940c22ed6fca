"""Machine-hours of the cloud: energy from idle and full watts, embodied carbon, list price."""

from __future__ import annotations

from typing import Final

from rung import catalog
from rung.accounting.activities import Activity
from rung.accounting.conditions import Conditions
from rung.catalog import Fact, Instance, Watts
from rung.footprint import Worked, counted, given, product, summed
from rung.footprint.worked import Checked
from rung.types import Origin, Quantity
from rung.units import S_PER_HOUR

_POWER_NOTE: Final = "catalog: processors, board, memory and accelerators by share"

ASSUMED_UTILISATION: Final = (0.05, 0.5, 1.0)
"""Low, mid, high where nobody says: 50% is Cloud Carbon Footprint's default."""


def instance_activity(
    name: str,
    hours: float,
    at: Conditions,
    *,
    where: str,
    utilisation: float | None = None,
    charged: Worked | None = None,
    period: tuple[str, str] = ("", ""),
) -> Activity:
    """An instance that was rented for so long.

    Args:
        name: of the instance, as the provider has it.
        hours: rented [h].
        at: the place.
        where: `file:line`.
        utilisation: share of full load, in [0, 1]; None is assumed to lie between 5% and all, and says so.
        charged: what it cost; None takes the list price, times an assumed ratio elsewhere than in us-east-1.
        period: first and last moment.

    Raises:
        MissingFactor: the catalog does not hold the instance.
    """
    machine = catalog.instance(name)
    watts, time = catalog.watts(machine), counted("machine-hours", hours, "h")
    parts = [_power(name, watts, utilisation), time]
    if utilisation is None:
        parts.append(_assumed_load(watts))
    made = catalog.embodied_g_per_hour(machine)
    rate = given(f"embodied rate of {name}", made, "catalog: parts of the server over its life", checked=_checked(made))
    return Activity(
        name=name,
        where=where,
        conditions=at,
        control="cloud",
        it_energy=product("IT energy", "J", *parts, constant=S_PER_HOUR),
        embodied=product("embodied carbon", "gCO2e", time, rate),
        charged=charged or _listed(machine, time, at.where),
        counts={"hour": hours},
        period=period,
    )


def instance_idle(name: str, hours: float) -> Worked:
    """What a rented machine draws for so long [h] before it does anything [J].

    Raises:
        MissingFactor: the catalog does not hold the instance.
    """
    idle = catalog.watts(catalog.instance(name)).idle
    power = given(f"idle power of {name}", idle, _POWER_NOTE, checked=_checked(idle))
    return product("idle energy of the machine", "J", power, counted("machine-hours", hours, "h"), constant=S_PER_HOUR)


def _listed(machine: Instance, time: Worked, where: str) -> Worked:
    """What a machine costs by the hour: the catalog's price, elsewhere than where it holds times an assumed ratio."""
    parts = [time, from_fact(f"list price of {machine.name}", machine.price)]
    ratio = catalog.regional_price(where)
    if ratio is not None:
        parts.append(given("regional price", ratio, "over us-east-1's list price, from memory", checked="memory"))
    return product("charged", "USD", *parts)


def from_fact(name: str, fact: Fact) -> Worked:
    """A row of the catalog as a leaf."""
    return given(name, fact.quantity, f"{fact.source}, {fact.year}", checked=fact.checked)


def _power(name: str, watts: Watts, utilisation: float | None) -> Worked:
    """Power [W] = idle x (1 - load) + full x load: a straight line between two modelled points."""
    load, origin = (ASSUMED_UTILISATION[1], Origin.ASSUMED) if utilisation is None else (utilisation, Origin.MEASURED)
    idle = given(f"idle power of {name}", watts.idle, _POWER_NOTE, checked=_checked(watts.idle))
    full = given(f"full power of {name}", watts.max, _POWER_NOTE, checked=_checked(watts.max))
    parts = [
        product("idle part", "W", counted("share of idle", 1 - load, "ratio", origin=origin), idle),
        product("busy part", "W", counted("share of load", load, "ratio", origin=origin), full),
    ]
    return summed(f"power of {name}", "W", parts)


def _checked(quantity: Quantity) -> Checked:
    """A row from memory reads as assumed, and a sum keeps its weakest part."""
    return "memory" if quantity.origin is Origin.ASSUMED else "file"


def _assumed_load(watts: Watts) -> Worked:
    """The spread of the power over the loads that are possible, around the assumed one."""
    low, mid, high = (watts.idle.value * (1 - load) + watts.max.value * load for load in ASSUMED_UTILISATION)
    spread = Quantity.between(low / mid, 1.0, high / mid, "ratio", source="utilisation", origin=Origin.ASSUMED)
    return given("assumed load", spread, "no utilisation is given: 50%, from 5% to all")
