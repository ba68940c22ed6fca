"""Where the work runs now, so that a move is judged against it: a region, or a machine of one's own."""

from __future__ import annotations

from rung import catalog
from rung.errors import BadInput
from rung.placement.place_costs import Site, running
from rung.placement.place_load import GivenWatts, Load, Machine, Work
from rung.placement.place_records import Today
from rung.types import Factor, Footprint, Origin, Quantity, Rejection
from rung.units import G_PER_KG, HOURS_PER_YEAR, S_PER_HOUR


def today_at(region: str, machine: Machine | None, load: Load) -> Today:
    """The same work in a region of the catalog, on a machine of the catalog or on none.

    Raises:
        BadInput: the load does not run on that machine.
        MissingFactor: the catalog does not hold the region.
    """
    site = Site.at(region)
    work = load.on(machine)
    if isinstance(work, Rejection):
        raise BadInput(
            f"today's work is not known: {work.sentence()}", mend="name --from-instance, or give --from-watts"
        )
    name = region if machine is None else f"{region} {machine.name}"
    marginal = machine is None and not isinstance(load, GivenWatts)
    return Today(name, running(site, work, machine, load.hours), marginal)


def on_premises(
    zone: str,
    *,
    watts: Quantity,
    hours: float,
    embodied_kg: float | None = None,
    life_years: float = 4.0,
    usd_per_h: float | None = None,
) -> Today:
    """Machines of one's own in a grid zone: the PUE, water and tariff are those of the rows for own machines.

    The cost is that of the electricity, and of `usd_per_h` (hardware, space and people by the hour) where it is given.
    Without `embodied_kg` what making the machines emitted is left out, which favours staying; the command says so.

    Args:
        zone: grid zone, e.g. `DE`.
        watts: IT power [W], mean.
        hours: [h].
        embodied_kg: emissions of making the machines [kgCO2e]; None leaves them out.
        life_years: over which they are spread [years].
        usd_per_h: what they cost besides electricity [USD/h].

    Raises:
        BadInput: the zone is a cloud's region.
    """
    place = catalog.grid(zone)
    if place.provider is not None:
        raise BadInput(f"{zone} is a region of {place.provider}", mend="write --from onprem:ZONE, e.g. onprem:DE")
    base = running(Site.at(zone), Work(1, watts.scaled(hours * S_PER_HOUR, "J"), None), None, hours)
    made = own_embodied(embodied_kg or 0.0, hours=hours, life_years=life_years)
    paid = Quantity.of((usd_per_h or 0.0) * hours, "USD", Origin.ASSUMED) if usd_per_h else Quantity.zero("USD")
    return Today(f"on premises in {zone}", base + Footprint(Quantity.zero("J"), made, Quantity.zero("L"), paid))


def own_embodied(kg: float, *, hours: float, life_years: float, share: float = 1.0) -> Quantity:
    """Embodied carbon of hardware of one's own [gCO2e] = kg x 1000 x hours / life x share (SCI, the term M).

    What it took to make is the user's figure and its life a plan: half to one and a half of it, assumed.
    """
    if kg == 0:
        return Quantity.zero("gCO2e")
    grams = kg * G_PER_KG * hours / (life_years * HOURS_PER_YEAR) * share
    return Quantity.of(grams, "gCO2e", Origin.ASSUMED, Factor("embodied:own", 0.5, 1.5))
