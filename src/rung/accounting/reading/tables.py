"""Tables of machines: CodeCarbon's emissions.csv, instance-hours, and FOCUS billing files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from rung import catalog
from rung.accounting.activities import Activity
from rung.accounting.conditions import Conditions, Options
from rung.accounting.hosted import TokenUse, token_activity
from rung.accounting.instances import instance_activity
from rung.accounting.reading.countries import ISO2
from rung.accounting.reading.rows import BadCell, Row
from rung.errors import MissingFactor
from rung.footprint import Worked, counted, given, nothing, product, summed, unknown
from rung.types import Factor, Origin, Quantity
from rung.units import J_PER_KWH, PUE_RANGE

PROVIDERS: Final = {
    "aws": ("aws", "amazon"),
    "azure": ("azure", "microsoft"),
    "gcp": ("gcp", "google"),
}
NOT_NETTED: Final = "a credit, not netted"
NO_USE: Final = ("tax", "credit", "adjustment", "purchase")
"""Charge categories of FOCUS that are money only."""

CODECARBON_ERRORS: Final = (
    ("cpu_energy", Factor("codecarbon:cpu", 0.3, 3.2), "RAPL or a model; the file does not say which"),
    ("gpu_energy", Factor("codecarbon:gpu", 0.9, 1.1), "NVML"),
    ("ram_energy", Factor("codecarbon:ram", 0.2, 3.0), "5 W per assumed DIMM; CCF and Green Algorithms 0.4 W/GB"),
)
"""Column, error source and why: low and high are ours, from what the curves in use differ by."""


@dataclass
class Places:
    """The conditions at the regions of a file; each is looked up once.

    Args:
        options: what the user gave.
    """

    options: Options
    _known: dict[str | None, Conditions] = field(default_factory=dict[str | None, Conditions])

    def at(self, region: str | None) -> Conditions:
        """The conditions at a region.

        Raises:
            MissingFactor: no table has it, and the user gave no intensity.
        """
        if region not in self._known:
            self._known[region] = self.options.at(region)
        return self._known[region]


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


def focus_reader(options: Options) -> Callable[[Row], Activity | None]:
    """Rows of a FOCUS 1.0 or 1.1 bill: machine-hours, storage, traffic and tokens have energy; money alone has none.

    What is used and has no formula here has an unknown energy, and says what to do.
    """
    places = Places(options)
    currencies: list[str] = []

    def read(row: Row) -> Activity:
        charged = _billed(row, options, currencies)
        provider = _provider(row)
        region = row.text("RegionId", "Region")
        known = f"{provider}:{region}" if provider and region and region.casefold() != "global" else None
        period = row.period(("ChargePeriodStart",), ("ChargePeriodEnd",))
        activity = _focus_use(row, places, known, charged, options)
        dimensions = {name: str(value) for name, value in row.values.items()}
        return replace(activity, where=row.where, period=period, dimensions=dimensions)

    return read


def _focus_use(row: Row, places: Places, region: str | None, charged: Worked, options: Options) -> Activity:
    category = row.text("ChargeCategory").casefold()
    name = row.text("ResourceName", "ResourceId", "ChargeDescription", "ServiceName") or "charge"
    if category in NO_USE:
        none = nothing("IT energy", "J", f"{category}: money alone")
        return _plain(name, _anywhere(places, region), charged, none)
    unit, amount = row.text("ConsumedUnit"), row.number("ConsumedQuantity")
    service, machine = row.text("ServiceCategory").casefold(), _instance_in(row)
    if unit and amount is not None:
        if machine:
            hours = amount * _scaled(unit, _HOURS, "machine-hours")
            return instance_activity(machine, hours, places.at(region), where="", charged=charged)
        zero = nothing("IT energy", "J", "of compute")
        if service == "storage":
            kept = amount * _scaled(unit, _GB_MONTHS, "storage")
            return replace(_plain(name, places.at(region), charged, zero), storage_gb_months=kept)
        if service == "networking":
            moved = amount * _scaled(unit, _GB, "traffic")
            return replace(_plain(name, places.at(region), charged, zero), network_gb=moved)
        if "token" in unit.casefold():
            return _tokens(row, places.at(region), charged, amount * _scaled(unit, _TOKENS, "tokens"), options)
    what = row.text("ServiceName") or service or "this service"
    reason = (
        f"no formula for {what} in {unit or 'no unit'}; name the instance type in x_InstanceType or SkuPriceDetails"
    )
    activity = _plain(name, _anywhere(places, region), charged, unknown("IT energy", "J", reason))
    return replace(activity, embodied=unknown("embodied carbon", "gCO2e", reason))


def _anywhere(places: Places, region: str | None) -> Conditions:
    """A place for a charge whose energy is none or unknown, so that the place does not matter."""
    try:
        return places.at(region)
    except MissingFactor:
        return places.at(catalog.regions()[0])


def _tokens(row: Row, at: Conditions, charged: Worked, tokens: float, options: Options) -> Activity:
    """Tokens of a hosted model on a bill: what the description calls input costs no EcoLogits energy, but stands."""
    text = row.text("ChargeDescription", "SkuMeter", "SkuId")
    is_input = bool(re.search("input|prompt", text, re.IGNORECASE))
    model = row.text("x_Model", "ResourceName", "ResourceId", "SkuMeter") or text
    use = TokenUse(model, None, tokens if is_input else 0.0, 0.0 if is_input else tokens, requests=0.0)
    return replace(token_activity(use, at, options), charged=charged)


def _plain(name: str, at: Conditions, charged: Worked, energy: Worked) -> Activity:
    return Activity(name, "", at, "cloud", energy, nothing("embodied carbon", "gCO2e", energy.note), charged)


def _billed(row: Row, options: Options, currencies: list[str]) -> Worked:
    """The cost of a row, in one currency for the whole bill."""
    column = "EffectiveCost" if row.text("EffectiveCost") else "BilledCost"
    amount, currency = row.number(column, negative=True), row.text("BillingCurrency").upper()
    if amount is None:
        raise BadCell("no EffectiveCost and no BilledCost", mend="export the bill with its costs")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise BadCell(f"no currency: {currency!r}", mend="BillingCurrency is a code of ISO 4217, e.g. USD")
    rate = 1.0 if currency == "USD" else options.exchange.get(currency)
    unit = currency if rate is None else "USD"
    if not currencies:
        currencies.append(unit)
    elif unit != currencies[0]:
        mend = (
            f"give --exchange {currency if rate is None else currencies[0]}=RATE (USD for one unit), or split the bill"
        )
        raise BadCell(f"mixed currencies: {unit} after {currencies[0]}", mend=mend)
    if amount < 0:
        # A credit lowers what is paid and nothing else; a quantity is not negative.
        return nothing("charged", unit, f"{column} {amount:g} {currency}: {NOT_NETTED}")
    return given("charged", Quantity.of(amount * (rate or 1.0), unit, Origin.QUOTED), f"{column}, {row.where}")


def _provider(row: Row) -> str | None:
    text = row.text("ProviderName", "PublisherName", "Provider").casefold()
    return next((key for key, words in PROVIDERS.items() if any(word in text for word in words)), None)


def _instance_in(row: Row) -> str:
    """The instance type of a bill's row: an x_ column, SkuPriceDetails, or the resource type."""
    named = row.text("x_InstanceType", "x_instance_type", "SkuPriceDetails.InstanceType")
    if named:
        return named
    found = re.search(r'"(?:x_)?InstanceType"\s*:\s*"([^"]+)"', row.text("SkuPriceDetails", "x_SkuDetails"))
    if found:
        return found[1]
    usage = re.search(r"BoxUsage:([a-z0-9-]+\.[a-z0-9]+)", row.text("x_UsageType", "SkuMeter", "ChargeDescription"))
    return usage[1] if usage else ""


_HOURS = {"hour": 1.0, "hours": 1.0, "hrs": 1.0, "hr": 1.0, "minutes": 1 / 60, "seconds": 1 / 3600, "second": 1 / 3600}
_GB = {"gb": 1.0, "gib": 1.073741824, "tb": 1000.0, "tib": 1099.511627776, "mb": 1e-3, "gigabytes": 1.0}
_GB_MONTHS = {
    **{f"{unit}-{word}": by for unit, by in _GB.items() for word in ("mo", "month", "months")},
    **{f"{unit}-{word}": by / 730 for unit, by in _GB.items() for word in ("hour", "hours", "hr", "hrs")},
}
_TOKENS = {"tokens": 1.0, "token": 1.0, "1k tokens": 1e3, "1m tokens": 1e6, "ktokens": 1e3, "mtokens": 1e6}


def _scaled(unit: str, known: dict[str, float], of: str) -> float:
    """What one unit of the bill is of ours.

    Raises:
        BadCell: the unit is not known.
    """
    plain = re.sub(r"\s*[-/]\s*", "-", unit.strip().casefold())
    if plain not in known:
        raise BadCell(f"unknown unit {unit!r} for {of}", mend=f"one of {', '.join(known)}; or pass --skip-bad")
    return known[plain]
