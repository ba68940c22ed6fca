"""The factors at a place: what the user gave first, the catalog for the rest, never a silent default."""

from __future__ import annotations

from rung import catalog
from rung.catalog import Fact, GridRow
from rung.errors import BadInput, MissingFactor
from rung.footprint import Factors, SourcedFactor, embodied_g_per_core_s
from rung.types import Factor, Origin, Quantity
from rung.units import GRID_RANGE, PUE_RANGE, TARIFF_RANGE
from rung.workload import Place

_USER = "given by the user"


def factors_for(place: Place) -> Factors:
    """The factors at a place.

    Without a region, what the user did not give is taken from the rows for an unknown place, whose intervals are
    wide and whose names say so (`pue:own`, `tariff:world`). The grid's intensity has no such row.

    Raises:
        MissingFactor: neither a region nor an intensity is given, or the catalog does not hold the region.
        BadInput: a figure that the user gave is impossible.
    """
    row = None if place.region is None else catalog.grid(place.region)
    return Factors(
        intensity=_intensity(place, row),
        pue=_pue(place, row),
        wue=_from_fact("site water", row.wue if row else catalog.keyed("wue", "own")),
        grid_water=_from_fact("grid water", row.grid_water if row else catalog.keyed("grid_water", "world")),
        tariff=_tariff(place, row),
        embodied=_embodied(),
    )


def _intensity(place: Place, row: GridRow | None) -> SourcedFactor:
    name = "grid intensity"
    if place.grid_g_per_kwh is not None:
        low, mid, high = place.grid_g_per_kwh
        if not high <= GRID_RANGE[1]:
            mend = f"give 0 to {GRID_RANGE[1]:g} gCO2e/kWh"
            raise BadInput(f"a grid intensity of {high:g} gCO2e/kWh cannot be", mend=mend)
        if not 0 <= low <= mid <= high:
            raise BadInput(f"grid intensity {low}, {mid}, {high} is not low <= mid <= high", mend="order the three")
        if mid == 0 and high > 0:
            raise BadInput("a grid intensity of mid 0 has no interval around it", mend="give a mid above 0")
        quantity = Quantity.between(low, mid, high, "gCO2e/kWh", source="grid:given", origin=Origin.ASSUMED)
        return SourcedFactor(name, quantity, _USER, None)
    if row is None:
        raise MissingFactor(
            "neither a region nor a grid intensity is given",
            mend="pass --region (see `rung catalog regions`) or --grid-intensity; in Python, give a place",
        )
    known = _from_fact(name, row.intensity)
    return SourcedFactor(
        f"{name} ({row.basis}, yearly average)", known.quantity, known.source, known.year, known.checked
    )


def _pue(place: Place, row: GridRow | None) -> SourcedFactor:
    if place.pue is None:
        return _from_fact("PUE", row.pue if row else catalog.keyed("pue", "own"))
    if place.pue < 1:
        raise BadInput(f"a PUE of {place.pue} is below 1", mend="facility energy over IT energy is at least 1")
    if not place.pue <= PUE_RANGE[1]:
        raise BadInput(f"a PUE of {place.pue} cannot be", mend=f"give {PUE_RANGE[0]:g} to {PUE_RANGE[1]:g}")
    return SourcedFactor("PUE", Quantity.of(place.pue, "ratio", Origin.ASSUMED), _USER, None)


def _tariff(place: Place, row: GridRow | None) -> SourcedFactor:
    if place.usd_per_kwh is None:
        return _from_fact("electricity tariff", row.tariff if row else catalog.keyed("tariffs", "world"))
    if place.usd_per_kwh < 0:
        raise BadInput(f"a tariff of {place.usd_per_kwh} USD/kWh is negative", mend="give 0 or more")
    if not place.usd_per_kwh <= TARIFF_RANGE[1]:
        mend = f"give 0 to {TARIFF_RANGE[1]:g} USD/kWh"
        raise BadInput(f"a tariff of {place.usd_per_kwh} USD/kWh cannot be", mend=mend)
    return SourcedFactor("electricity tariff", Quantity.of(place.usd_per_kwh, "USD/kWh", Origin.ASSUMED), _USER, None)


def _embodied() -> SourcedFactor:
    """Embodied rate of a core: kilograms per vCPU over the lifetime, each with its own interval."""
    made, lifetime = catalog.keyed("embodied", "server-vcpu"), catalog.keyed("embodied", "server-lifetime")
    years = lifetime.quantity
    rate = embodied_g_per_core_s(made.quantity.value, lifetime_years=years.value)
    # A longer life is a lower rate: the interval of the rate is the inverse of the interval of the years.
    spread = Factor(lifetime.name, years.value / years.high, years.value / years.low)
    quantity = made.quantity.scaled(rate / made.quantity.value, "gCO2e/core-s").with_factor(spread)
    checked = made.checked if made.checked == "memory" else lifetime.checked
    return SourcedFactor("embodied carbon of a core", quantity, f"{made.source}; {lifetime.source}", made.year, checked)


def _from_fact(name: str, fact: Fact) -> SourcedFactor:
    return SourcedFactor(name, fact.quantity, fact.source, fact.year, fact.checked)
