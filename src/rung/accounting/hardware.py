"""Embodied carbon of the machines that something ran on: the share of their life that was used."""

from __future__ import annotations

from collections.abc import Sequence

from rung import catalog
from rung.accounting.conditions import Conditions
from rung.catalog import Fact
from rung.footprint import Worked, counted, given, product, summed, unknown
from rung.types import Factor
from rung.units import G_PER_KG, HOURS_PER_YEAR, S_PER_HOUR


def cores_embodied(core_s: float, at: Conditions) -> Worked:
    """Embodied carbon of cores in use [gCO2e] = core-seconds x rate (SCI: M = TE x TiR/EL x RR/ToR)."""
    return product("embodied carbon of cores", "gCO2e", counted("core time", core_s, "core-s"), at.core)


def board_embodied(name: str, seconds: float) -> Worked:
    """Embodied carbon of an accelerator board, by the name that its driver gives [gCO2e].

    Raises:
        MissingFactor: the catalog does not hold it.
    """
    return _reserved(name, catalog.gpu(name).embodied, seconds)


def machine_embodied(core_s: float, seconds: float, at: Conditions, *, gpus: Sequence[str], seen: int) -> Worked:
    """Embodied carbon of cores and boards.

    Args:
        core_s: CPU time [s].
        seconds: elapsed time [s].
        at: the place.
        gpus: names of the boards.
        seen: how many boards the meter saw; boards without a name leave the figure unknown.
    """
    parts = [cores_embodied(core_s, at), *(board_embodied(name, seconds) for name in gpus)]
    if len(gpus) < seen:
        note = f"the meter saw {seen} board(s) and {len(gpus)} are named; give --gpu NAME for each"
        parts.append(unknown("embodied carbon of boards", "gCO2e", note))
    return summed("embodied carbon", "gCO2e", parts)


def _reserved(name: str, fact: Fact, seconds: float) -> Worked:
    years = catalog.keyed("embodied", "server-lifetime")
    life = years.quantity
    # A longer life is a lower rate: the interval of the rate is the inverse of the interval of the years.
    spread = Factor(years.name, life.value / life.high, life.value / life.low)
    seconds_of_life = life.value * HOURS_PER_YEAR * S_PER_HOUR
    rate = fact.quantity.scaled(G_PER_KG / seconds_of_life, "gCO2e/s").with_factor(spread)
    leaf = given(f"embodied rate of {name}", rate, f"{fact.source}; {years.source}", checked=fact.checked)
    return product(f"embodied carbon of {name}", "gCO2e", counted("time reserved", seconds, "s"), leaf)
