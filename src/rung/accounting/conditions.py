"""What holds at a place while something runs there: sourced factors as leaves of what is worked out from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, cast

from rung import catalog
from rung.accounting.places import factors_for
from rung.catalog import Fact, GridRow
from rung.errors import BadInput
from rung.footprint import SourcedFactor, Worked, given, unknown
from rung.footprint.worked import Checked
from rung.types import Factor, Origin, Quantity
from rung.workload import Place

Ends = tuple[float, float, float]
Control = Literal["own", "cloud"]
EnergyModel = Literal["ecologits", "rung"]

SSD_EMBODIED: Final = SourcedFactor(
    "embodied carbon of an SSD",
    Quantity.between(0.02, 0.16, 0.3, "kgCO2e/GB", source="embodied:ssd", origin=Origin.ASSUMED),
    "Tannu and Nair 2023, 0.16 kgCO2e/GB over vendors' reports; CCF 100 kg for a disk, 0.02 at 5 TB; high our margin",
    2023,
    "memory",
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The size of a hosted model, each as low, mid, high [10^9 parameters]."""

    active: Ends
    total: Ends


@dataclass(frozen=True, slots=True)
class Price:
    """What a provider charges for tokens [USD per 10^6 tokens]; cached input as input where it is None."""

    input: float
    output: float
    cached: float | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says besides the thing to account for.

    Args:
        place: region, intensity, PUE and tariff; what is None comes from the catalog.
        market: contractual intensity, low, mid, high [gCO2e/kWh]; None is unknown.
        direct: intensity of combustion alone, for the split of Scope 2 and Scope 3 category 3 [gCO2e/kWh].
        control: whether the hardware is one's own; None: as the region and the file say.
        network_gb: data moved over networks [GB]; 0 leaves the network outside the boundary.
        storage_gb_months: data kept [GB-months]; 0 leaves it outside.
        replicas: copies of what is kept.
        gpus: names of the boards that the command used, for their embodied carbon.
        instance: the instance that the command ran on, for price and embodied carbon.
        parameters: sizes of hosted models by name.
        prices: by model name.
        energy_model: which model of hosted energy.
        exchange: USD for one unit of a currency.
    """

    place: Place = field(default_factory=Place)
    market: Ends | None = None
    direct: Ends | None = None
    control: Control | None = None
    network_gb: float = 0.0
    storage_gb_months: float = 0.0
    replicas: float = 1.0
    gpus: tuple[str, ...] = ()
    instance: str | None = None
    parameters: Mapping[str, Parameters] = field(default_factory=dict[str, Parameters])
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    energy_model: EnergyModel = "ecologits"
    exchange: Mapping[str, float] = field(default_factory=dict[str, float])

    def at(self, region: str | None) -> Conditions:
        """The conditions at a region; what the user gave comes first, and the user's region where it is None.

        Raises:
            MissingFactor: there is neither a region nor an intensity, or the catalog does not hold it.
            BadInput: a figure of the user's is impossible.
        """
        return conditions_at(replace(self.place, region=region or self.place.region), self)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The factors at one place, as leaves.

    Args:
        where: the region, or `given`.
        provider: of the cloud; None for a place of one's own.
        basis: whether the intensity is life-cycle or direct; `given` when the user gave it.
        location: grid intensity, location-based [gCO2e/kWh].
        market: contractual intensity [gCO2e/kWh]; often unknown.
        direct: combustion alone [gCO2e/kWh]; unknown unless given.
    """

    where: str
    provider: str | None
    basis: str
    location: Worked
    market: Worked
    direct: Worked
    pue: Worked
    wue: Worked
    grid_water: Worked
    tariff: Worked
    core: Worked
    network: Worked
    ssd_power: Worked
    ssd_embodied: Worked


def conditions_at(place: Place, options: Options) -> Conditions:
    """The factors at a place, each a leaf with its source."""
    factors = factors_for(place)
    row = None if place.region is None else catalog.grid(place.region)
    basis = "given" if place.grid_g_per_kwh is not None or row is None else row.basis
    direct = _ends("direct grid intensity", options.direct, "give --direct-intensity LOW,MID,HIGH")
    _refuse_more_direct(direct, factors.intensity.quantity, basis, place.region)
    return Conditions(
        where=place.region or "given",
        provider=None if row is None else row.provider,
        basis=basis,
        location=leaf(factors.intensity, "grid intensity, location-based"),
        market=_market(options.market, row),
        direct=direct,
        pue=leaf(factors.pue, "PUE"),
        wue=leaf(factors.wue, "site water"),
        grid_water=leaf(factors.grid_water, "grid water"),
        tariff=leaf(factors.tariff, "electricity tariff"),
        core=leaf(factors.embodied, "embodied rate of a core"),
        network=_row("network energy", catalog.keyed("devices", "network")),
        ssd_power=_row("SSD power", catalog.keyed("devices", "storage-ssd")),
        ssd_embodied=_ssd_embodied(),
    )


def _refuse_more_direct(direct: Worked, whole: Quantity, basis: str, region: str | None) -> None:
    """Combustion is a part of the life cycle: a direct intensity above the other would make a negative upstream.

    Raises:
        BadInput: its best figure is above that of the life-cycle intensity, or its highest above the highest.
    """
    part = direct.quantity
    if part is None or basis == "direct" or (part.value <= whole.value and part.high <= whole.high):
        return
    at = f" at {region}" if region else ""
    raise BadInput(
        f"a direct intensity of {part.value:g} ({part.low:g} to {part.high:g}) is above the life-cycle intensity"
        f"{at}, {whole.value:g} ({whole.low:g} to {whole.high:g}) gCO2e/kWh, which holds it",
        mend="lower --direct-intensity, or give the life-cycle figure that belongs to it by --grid-intensity",
    )


def leaf(factor: SourcedFactor, name: str) -> Worked:
    """A sourced factor as a leaf, named shortly; its source and year in the note."""
    detail = factor.name.partition(" (")[2].rstrip(")")
    source = ", ".join(str(part) for part in (detail, factor.source, factor.year) if part)
    checked = cast("Checked", factor.checked or "given")
    return given(name, factor.quantity, source, checked=checked)


def _row(name: str, fact: Fact) -> Worked:
    return given(name, fact.quantity, f"{fact.source}, {fact.year}", checked=fact.checked)


def _market(ends: Ends | None, row: GridRow | None) -> Worked:
    """The user's contract first, then what the provider claims for the region; else unknown."""
    name = "grid intensity, market-based"
    if ends is None and row is not None and row.renewable_claim is not None:
        claim = row.renewable_claim
        note = f"intensity x (1 - {claim.quantity.value:g} matched with renewables): {claim.source}"
        return given(name, row.market_intensity, note, checked=claim.checked)
    return _ends(name, ends, "no contract or residual mix is known; give --market-intensity LOW,MID,HIGH [gCO2e/kWh]")


def _ends(name: str, ends: Ends | None, mend: str) -> Worked:
    if ends is None:
        return unknown(name, "gCO2e/kWh", mend)
    low, mid, high = ends
    if not (0 <= low <= mid <= high < math.inf):
        raise BadInput(
            f"{name} {low:g}, {mid:g}, {high:g} is not low <= mid <= high", mend="order the three, 0 or more"
        )
    if mid == 0 and high > 0:
        raise BadInput(f"a {name} of mid 0 has no interval around it", mend="give a mid above 0, or 0,0,0")
    source = f"{'market' if 'market' in name else 'direct'}:given"
    quantity = Quantity.between(low, mid, high, "gCO2e/kWh", source=source, origin=Origin.ASSUMED)
    return given(name, quantity, "given by the user", checked="given")


def _ssd_embodied() -> Worked:
    """Embodied carbon of keeping a gigabyte for a month [gCO2e/GB-month]: kg per GB over the years of use."""
    years = catalog.keyed("embodied", "server-lifetime")
    life = years.quantity
    spread = Factor(years.name, life.value / life.high, life.value / life.low)
    rate = SSD_EMBODIED.quantity.scaled(1000 / (life.value * 12), "gCO2e/GB-month").with_factor(spread)
    note = f"{SSD_EMBODIED.source}; over {life.value:g} years: {years.source}"
    return given("embodied rate of an SSD", rate, note, checked="memory")
