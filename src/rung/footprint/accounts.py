"""From joules, CPU seconds and dollars to a footprint, under named factors."""

from __future__ import annotations

from dataclasses import dataclass

from rung.types import Footprint, Origin, Quantity
from rung.units import J_PER_KWH


@dataclass(frozen=True, slots=True)
class SourcedFactor:
    """A number that footprints rest on, and where it comes from.

    Args:
        name: what it is, e.g. `grid intensity`.
        quantity: with its error source, e.g. `grid:FR`.
        source: who says so.
        year: that it describes, or None.
        checked: how far the source was checked, as in the catalog; None when the user gave the number.

    Raises:
        ValueError: a number from memory claims a better origin than assumed.
    """

    name: str
    quantity: Quantity
    source: str
    year: int | None
    checked: str | None = None

    def __post_init__(self) -> None:
        if self.checked == "memory" and self.quantity.origin is not Origin.ASSUMED:
            raise ValueError(f"{self.name}: what is from memory is assumed, not {self.quantity.origin.label}")


@dataclass(frozen=True, slots=True)
class Factors:
    """The numbers that turn energy into carbon, water and money at one place.

    Args:
        intensity: yearly average, location-based [gCO2e/kWh].
        pue: facility over IT energy.
        wue: site water [L per IT kWh].
        grid_water: water of generation [L per facility kWh].
        tariff: what the owner pays [USD/kWh].
        embodied: of one core in use [gCO2e per core-second].
    """

    intensity: SourcedFactor
    pue: SourcedFactor
    wue: SourcedFactor
    grid_water: SourcedFactor
    tariff: SourcedFactor
    embodied: SourcedFactor

    def used(self) -> tuple[SourcedFactor, ...]:
        """All of them, for the report."""
        return (self.intensity, self.pue, self.wue, self.grid_water, self.tariff, self.embodied)


def footprint_of(energy: Quantity | None, cpu_s: float | Quantity, usd: Quantity, factors: Factors) -> Footprint:
    """The footprint of work done on a machine of one's own at a place.

    facility energy [J] = IT x PUE; carbon [g] = facility kWh x intensity + CPU time x embodied rate;
    water [L] = IT kWh x WUE + facility kWh x grid water; cost [USD] = charged + facility kWh x tariff.

    Args:
        energy: IT energy [J]; None is unknown, and leaves everything unknown.
        cpu_s: CPU time [s], all cores: the time x share of the machine that the embodied term counts.
        usd: what a provider charges besides [USD]; zero when nothing.
        factors: at the place.
    """
    if energy is None:
        return Footprint(None, None, None, None)
    it_kwh = energy.scaled(1 / J_PER_KWH, "kWh")
    facility_kwh = it_kwh.times(factors.pue.quantity, "kWh")
    core_s = cpu_s if isinstance(cpu_s, Quantity) else Quantity.of(cpu_s, "s")
    embodied = core_s.times(factors.embodied.quantity, "gCO2e")
    return Footprint(
        energy=facility_kwh.scaled(J_PER_KWH, "J"),
        carbon=facility_kwh.times(factors.intensity.quantity, "gCO2e") + embodied,
        water=it_kwh.times(factors.wue.quantity, "L") + facility_kwh.times(factors.grid_water.quantity, "L"),
        cost=usd + facility_kwh.times(factors.tariff.quantity, "USD"),
    )


def lifetime_total(
    build: Footprint, per_request: Footprint, requests: float, hosting: Footprint | None = None
) -> Footprint:
    """The total that is minimised: build + hosting + requests x per_request.

    Args:
        build: making the candidate, once.
        per_request: one request, without the idle and resident energy that hosting counts.
        requests: in the lifetime.
        hosting: keeping it loaded over the whole lifetime; None where nothing is kept loaded.
    """
    total = build + per_request.scaled(requests)
    return total if hosting is None else total + hosting
