"""Grids and regions: what a kilowatt-hour causes there, and what the building adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from rung.catalog.facts import Fact, cached, fact, find, group, rows
from rung.catalog.names import missing
from rung.errors import MissingFactor
from rung.types import Quantity

Basis = Literal["life-cycle", "direct"]


@dataclass(frozen=True, slots=True)
class GridRow:
    """What is known of a place: a cloud region, or a grid zone with a machine of one's own.

    Args:
        region: as asked for, e.g. `aws:eu-west-3` or `FR`.
        name: for readers.
        provider: `aws`, `gcp` or `azure`; None for a machine of one's own.
        zone: the grid zone, e.g. `FR` or `US-VA`; regions on one grid share its error source.
        basis: whether the intensity is life-cycle or direct; always a yearly average, location-based.
        intensity: [gCO2e/kWh]; its interval spans the publishers in `intensities`.
        pue: facility over IT energy.
        wue: site water [L per IT kWh].
        grid_water: water that generation consumes [L per facility kWh].
        tariff: electricity price for a machine of one's own [USD/kWh].
        country: ISO 3166 code of two letters.
        latitude: [degrees north]; None for a zone, which is no point.
        longitude: [degrees east]; None for a zone.
        renewable_claim: share of the electricity that the provider says it matches with renewables over a year: the
            market-based figure; None without a provider.
        published: the provider's own location-based intensity of the region [gCO2e/kWh], where there is one.
        carbon_free: share of the hours' electricity that was carbon-free on the grid or by contract, where the
            provider publishes it (Google's CFE).
    """

    region: str
    name: str
    provider: str | None
    zone: str
    basis: Basis
    intensity: Fact
    pue: Fact
    wue: Fact
    grid_water: Fact
    tariff: Fact
    country: str
    latitude: float | None
    longitude: float | None
    renewable_claim: Fact | None
    published: Fact | None
    carbon_free: Fact | None

    @property
    def market_intensity(self) -> Quantity | None:
        """What the claim leaves [gCO2e/kWh]: intensity x (1 - claim). It stands beside the intensity, never instead."""
        if self.renewable_claim is None:
            return None
        claim = self.renewable_claim.quantity
        left = self.intensity.quantity.scaled(1 - claim.value)
        return Quantity(left.terms, left.unit, max(left.origin, claim.origin))


def zones() -> tuple[str, ...]:
    """Every grid zone: countries, and parts of large ones."""
    return tuple(row["zone"] for row in rows("zones"))


def regions() -> tuple[str, ...]:
    """Every cloud region, then every zone; what `grid` takes."""
    return (*(row["region"] for row in rows("regions")), *zones())


@cached
def grid(region: str) -> GridRow:
    """What is known of a region or zone.

    Raises:
        MissingFactor: no table has it; the mend names close matches.
    """
    place = find("regions", region)
    zone = find("zones", place["zone"] if place else region)
    if zone is None:
        known = regions()
        otherwise = "give the grid's own intensity (low, mid, high gCO2e/kWh), or add a row to zones.csv"
        raise missing("grid intensity for region", region, known, otherwise=otherwise)
    return GridRow(
        region=region,
        name=place["name"] if place else zone["name"],
        provider=place["provider"] if place else None,
        zone=zone["zone"],
        basis=cast("Basis", zone["basis"]),
        intensity=fact(zone, name=f"grid:{zone['zone']}"),
        pue=keyed("pue", place["pue_key"] if place else "own"),
        wue=keyed("wue", place["wue_key"] if place else "own"),
        grid_water=_by_country("grid_water", zone["zone"]),
        tariff=_by_country("tariffs", zone["zone"]),
        country=place["country"] if place else zone["zone"].split("-")[0],
        latitude=float(place["latitude"]) if place else None,
        longitude=float(place["longitude"]) if place else None,
        renewable_claim=keyed("claims", place["claim_key"]) if place else None,
        published=_published(region, "grid_intensity", "published-grid"),
        carbon_free=_published(region, "carbon_free", "carbon-free"),
    )


def region(name: str) -> GridRow:
    """What is known of a cloud region; `grid` takes zones too.

    Raises:
        MissingFactor: no cloud has it; the mend names close matches.
    """
    if find("regions", name) is None:
        known = [row["region"] for row in rows("regions")]
        raise missing("cloud region", name, known, otherwise="add a row to regions.csv by `rung.catalog.overlay`")
    return grid(name)


@cached
def intensities(zone: str) -> Mapping[str, Fact]:
    """What each publisher says of a zone's intensity [gCO2e/kWh], by publisher."""
    return {row["publisher"]: fact(row, name=f"grid:{zone}") for row in group("zone_sources", zone)}


FACTOR_NAMES = {
    "claims": "renewable-claim",
    "constants": "ratio",
    "devices": "device",
    "embodied": "embodied",
    "grid_water": "grid-water",
    "pue": "pue",
    "tariffs": "tariff",
    "wue": "wue",
}
"""Table -> first word of its facts' names, for tables of single facts."""


@cached
def keyed(table: str, key: str) -> Fact:
    """The fact of a table under a key, named e.g. `pue:aws`.

    Raises:
        MissingFactor: the table has no such key.
    """
    row = find(table, key)
    if row is None:
        known = ", ".join(r["key"] for r in rows(table))
        raise MissingFactor(f"no {key!r} in the table {table}", mend=f"use one of: {known}")
    return fact(row, name=f"{FACTOR_NAMES[table]}:{key}")


def _published(region: str, quantity: str, name: str) -> Fact | None:
    row = find("region_facts", region, quantity)
    return None if row is None else fact(row, name=f"{name}:{region}")


def _by_country(table: str, zone: str) -> Fact:
    """The zone's row, else its country's, else the world's: its name says which was taken."""
    return keyed(table, next(k for k in (zone, zone.split("-")[0], "world") if find(table, k) is not None))
