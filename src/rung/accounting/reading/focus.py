"""Rows of bills in the columns of FOCUS 1.0 and 1.1."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rung.accounting.activities import Activity
from rung.accounting.conditions import Conditions, Options
from rung.accounting.hosted import TokenUse, token_activity
from rung.accounting.instances import instance_activity
from rung.accounting.reading.charges import Charges, charge_alone
from rung.accounting.reading.places import Places
from rung.accounting.reading.rows import BadCell, Row
from rung.accounting.reading.tables import PROVIDERS
from rung.footprint import Worked, nothing, unknown

NO_USE: Final = ("tax", "credit", "adjustment", "purchase")
"""Charge categories of FOCUS that are money only."""
CATEGORIES: Final = ("usage", *NO_USE)


def focus_reader(options: Options) -> Callable[[Row], Activity | None]:
    """Rows of a FOCUS 1.0 or 1.1 bill: machine-hours, storage, traffic and tokens have energy; money alone has none.

    What is used and has no formula here has an unknown energy, and says what to do.
    """
    places = Places(options)
    charges = Charges(options)

    def read(row: Row) -> Activity:
        charged = _billed(row, charges)
        provider = _provider(row)
        region = row.text("RegionId", "Region")
        known = f"{provider}:{region}" if provider and region and region.casefold() != "global" else None
        period = row.period(("ChargePeriodStart",), ("ChargePeriodEnd",))
        activity = _focus_use(row, places, known, charged, options)
        dimensions = {name: str(value) for name, value in row.values.items()}
        return replace(activity, where=row.where, period=period, dimensions=dimensions)

    return read


def _focus_use(row: Row, places: Places, region: str | None, charged: Worked, options: Options) -> Activity:
    category = _category(row)
    name = row.text("ResourceName", "ResourceId", "ChargeDescription", "ServiceName") or "charge"
    if category in NO_USE:
        none = nothing("IT energy", "J", f"{category}: money alone")
        return charge_alone(name, places.anywhere(region), charged, none)
    unit, amount = row.text("ConsumedUnit"), row.number("ConsumedQuantity")
    service, machine = row.text("ServiceCategory").casefold(), _instance_in(row)
    if unit and amount is not None:
        if machine:
            hours = amount * _scaled(unit, _HOURS, "machine-hours")
            return instance_activity(machine, hours, places.at(region), where="", charged=charged)
        zero = nothing("IT energy", "J", "of compute")
        if service == "storage":
            kept = amount * _scaled(unit, _GB_MONTHS, "storage")
            return replace(charge_alone(name, places.at(region), charged, zero), storage_gb_months=kept)
        if service == "networking":
            moved = amount * _scaled(unit, _GB, "traffic")
            return replace(charge_alone(name, places.at(region), charged, zero), network_gb=moved)
        if "token" in unit.casefold():
            tokens = amount * _scaled(unit, _TOKENS, "tokens")
            return replace(_tokens(row, region, places.at(region), tokens, options), charged=charged)
    what = row.text("ServiceName") or service or "this service"
    reason = (
        f"no formula for {what} in {unit or 'no unit'}; name the instance type in x_InstanceType or SkuPriceDetails"
    )
    activity = charge_alone(name, places.anywhere(region), charged, unknown("IT energy", "J", reason))
    return replace(activity, embodied=unknown("embodied carbon", "gCO2e", reason))


def _category(row: Row) -> str:
    """The charge category; an unknown one may be use or money alone, and is not guessed."""
    category = row.text("ChargeCategory")
    if category.casefold() not in CATEGORIES:
        known = ", ".join(name.capitalize() for name in CATEGORIES)
        raise BadCell(
            f"unknown ChargeCategory {category!r}" if category else "no ChargeCategory",
            mend=f"FOCUS has {known}; mend the row, or pass --skip-bad",
        )
    return category.casefold()


def _tokens(row: Row, region: str | None, at: Conditions, tokens: float, options: Options) -> Activity:
    """Tokens of a hosted model on a bill: what the description calls input costs no EcoLogits energy, but stands."""
    text = row.text("ChargeDescription", "SkuMeter", "SkuId")
    is_input = bool(re.search("input|prompt", text, re.IGNORECASE))
    model = row.text("x_Model", "ResourceName", "ResourceId", "SkuMeter") or text
    use = TokenUse(model, region, tokens if is_input else 0.0, 0.0 if is_input else tokens, requests=0.0)
    return token_activity(use, at, options)


def _billed(row: Row, charges: Charges) -> Worked:
    column = "EffectiveCost" if row.text("EffectiveCost") else "BilledCost"
    amount = row.number(column, negative=True)
    if amount is None:
        raise BadCell("no EffectiveCost and no BilledCost", mend="export the bill with its costs")
    return charges.of(amount, row.text("BillingCurrency").upper(), column, row.where)


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
