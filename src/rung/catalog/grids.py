"""Grids and regions: what a kilowatt-hour causes there, and what the building adds."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from rung.catalog.facts import Fact, fact, rows
from rung.errors import MissingFactor

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
        intensity: [gCO2e/kWh].
        pue: facility over IT energy.
        wue: site water [L per IT kWh].
        grid_water: water that generation consumes [L per facility kWh].
        tariff: electricity price for a machine of one's own [USD/kWh].
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


def zones() -> tuple[str, ...]:
    """Every grid zone: countries, and parts of large ones."""
    return tuple(row["zone"] for row in rows("zones"))


def regions() -> tuple[str, ...]:
    """Every cloud region, then every zone; what `grid` takes."""
    return (*(row["region"] for row in rows("regions")), *zones())


@cache
def grid(region: str) -> GridRow:
    """What is known of a region or zone.

    Raises:
        MissingFactor: no table has it; the mend names close matches.
    """
    place = _row("regions", "region", region)
    zone = _row("zones", "zone", place["zone"] if place else region)
    if zone is None:
        raise MissingFactor(f"no grid intensity for region {region!r}", mend=_mend(region))
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
    )


_FACTOR_NAMES = {
    "pue": "pue",
    "wue": "wue",
    "grid_water": "grid-water",
    "tariffs": "tariff",
    "embodied": "embodied",
    "devices": "device",
}


@cache
def keyed(table: str, key: str) -> Fact:
    """The fact of a table under a key, named e.g. `pue:aws`.

    Raises:
        MissingFactor: the table has no such key.
    """
    row = _row(table, "key", key)
    if row is None:
        known = ", ".join(r["key"] for r in rows(table))
        raise MissingFactor(f"no {key!r} in the table {table}", mend=f"use one of: {known}")
    return fact(row, name=f"{_FACTOR_NAMES[table]}:{key}")


def _by_country(table: str, zone: str) -> Fact:
    """The zone's row, else its country's, else the world's: its name says which was taken."""
    known = {row["key"] for row in rows(table)}
    return keyed(table, next(key for key in (zone, zone.split("-")[0], "world") if key in known))


def _row(table: str, column: str, key: str) -> dict[str, str] | None:
    return next((row for row in rows(table) if row[column] == key), None)


def _mend(region: str) -> str:
    wanted = region.casefold()
    folded = {name.casefold(): name for name in regions()}
    inside = [name for low, name in folded.items() if wanted and (wanted in low or low.split(":")[-1] == wanted)]
    close = inside or [folded[low] for low in difflib.get_close_matches(wanted, folded, n=4, cutoff=0.5)]
    near = f"did you mean {', '.join(close[:4])}? Else " if close else ""
    return f"{near}give the grid's own intensity (low, mid, high gCO2e/kWh), or add a row to zones.csv"
