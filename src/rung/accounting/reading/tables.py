"""Tables of machines: CodeCarbon's emissions.csv, and instance-hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rung import catalog
from rung.accounting.activities import Activity
from rung.accounting.conditions import Options
from rung.accounting.instances import instance_activity
from rung.accounting.reading.countries import ISO2
from rung.accounting.reading.places import Places
from rung.accounting.reading.rows import BadCell, Row
from rung.footprint import Worked, counted, given, nothing, product, summed, unknown
from rung.types import Factor, Origin, Quantity
from rung.units import J_PER_KWH, PUE_RANGE

PROVIDERS: Final = {
    "aws": ("aws", "amazon"),
    "azure": ("azure", "microsoft"),
    "gcp": ("gcp", "google"),
}
"""How a provider is named in tables, in lower case."""

CODECARBON_ERRORS: Final = (
    ("cpu_energy", Factor("codecarbon:cpu", 0.3, 3.2), "RAPL or a model; the file does not say which"),
    ("gpu_energy", Factor("codecarbon:gpu", 0.9, 1.1), "NVML"),
    ("ram_energy", Factor("codecarbon:ram", 0.2, 3.0), "5 W per assumed DIMM; CCF and Green Algorithms 0.4 W/GB"),
)
"""Column, error source and why: low and high are ours, from what the curves in use differ by."""


def codecarbon_reader(options: Options) -> Callable[[Row], Activity | None]:
    """Rows of emissions.csv: the energy is taken, the emissions are worked out again at the place."""
    places = Places(options)

    def read(row: Row) -> Activity:
        pue = row.number("pue") or 1.0
        if pue < 1:
            raise BadCell(f"a PUE of {pue:g} is below 1", mend="facility energy over IT energy is at least 1")
        if pue > PUE_RANGE[1]:
            raise BadCell(f"a PUE of {pue:g} cannot be", mend=f"give {PUE_RANGE[0]:g} to {PUE_RANGE[1]:g}")
        seconds, total = row.needed("duration"), row.needed("energy_consumed")
        region = _codecarbon_region(row)
        at = places.at(None if options.place.region else region)
        cloud = options.control == "cloud" or (options.control is None and row.text("on_cloud") == "Y")
        cores = row.number("cpu_count") or 1.0
        charge = unknown("charged", "USD", "a cloud machine has a price; account for the bill, or give --control own")
        return Activity(
            name=row.text("project_name") or "codecarbon",
            where=row.where,
            conditions=at,
            control="cloud" if cloud else "own",
            it_energy=_codecarbon_energy(row, total, pue),
            embodied=product(
                "embodied carbon", "gCO2e", counted("core time, all cores", cores * seconds, "core-s"), at.core
            ),
            charged=charge if cloud else nothing("charged", "USD", "own hardware"),
            counts={"run": 1.0, "hour": seconds / 3600},
            period=row.period((), ("timestamp",)),
        )

    return read


def _codecarbon_energy(row: Row, total_kwh: float, pue: float) -> Worked:
    """IT energy [J]: the columns by component, each with its own error; codecarbon has put the PUE on them."""
    parts: list[Worked] = []
    for column, error, why in CODECARBON_ERRORS:
        kwh = row.number(column) or 0.0
        if kwh > 0:
            quantity = Quantity.of(kwh, "kWh", Origin.MODELLED, error)
            leaf = given(column.replace("_", " "), quantity, f"{row.where}; {why}")
            parts.append(product(f"IT {leaf.name}", "J", leaf, constant=J_PER_KWH / pue))
    known = sum(part.parts[0].quantity.value for part in parts if part.parts[0].quantity is not None)
    if not parts or abs(known - total_kwh) > 0.01 * max(total_kwh, known):
        raise BadCell(
            f"cpu, gpu and ram energy sum to {known:.4g} kWh, energy_consumed is {total_kwh:.4g}",
            mend="export the run again; the file was changed",
        )
    return summed("IT energy", "J", parts)


def _codecarbon_region(row: Row) -> str | None:
    provider, region = row.text("cloud_provider").casefold(), row.text("cloud_region")
    if provider in PROVIDERS and region:
        return f"{provider}:{region}"
    code = row.text("country_iso_code").upper()
    if not code:
        return None
    if code not in ISO2:
        raise BadCell(f"unknown country {code!r}", mend="give --region or --grid-intensity for the file")
    return ISO2[code]


def hours_reader(options: Options) -> Callable[[Row], Activity | None]:
    """Rows of instance-hours: `instance`, `hours`, and `region`, `utilisation`, `count`, `cost_usd` where known."""
    places = Places(options)

    def read(row: Row) -> Activity:
        name, hours = row.text("instance", "instance_type"), row.needed("hours", most=1e9)
        if not name:
            raise BadCell("no instance", mend="name the instance type, e.g. m7g.large")
        hours *= row.number("count", most=1e9) or 1.0
        if hours > 1e12:
            raise BadCell(f"{hours:g} machine-hours cannot be", mend="mend hours and count, or pass --skip-bad")
        paid = row.number("cost_usd")
        at = places.at(_region_of(name, row.text("region")) or None)
        activity = instance_activity(
            name,
            hours,
            at,
            where=row.where,
            utilisation=_share(row),
            charged=None if paid is None else given("charged", Quantity.of(paid, "USD", Origin.QUOTED), row.where),
            period=row.period(("start",), ("end",)),
        )
        return replace(activity, control=options.control or "cloud", dimensions={"RegionId": row.text("region")})

    return read


def _share(row: Row) -> float | None:
    """A utilisation: a share from 0 to 1, or per cent with the sign."""
    text = row.text("utilisation", "utilization")
    if text.endswith("%"):
        share = Row(row.where, {"utilisation": text[:-1]}).needed("utilisation") / 100
    else:
        number = row.number("utilisation", "utilization")
        if number is None:
            return None
        share = number
    if share > 1:
        raise BadCell(f"a utilisation of {text} is above 1", mend="write a share from 0 to 1, or per cent as 35%")
    return share


def _region_of(instance: str, region: str) -> str:
    """`eu-west-1` of an EC2 instance is `aws:eu-west-1`."""
    if not region or ":" in region:
        return region
    return f"{catalog.instance(instance).provider}:{region}"
