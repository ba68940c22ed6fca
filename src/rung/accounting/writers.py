"""Writing an account: JSON, CSV, FOCUS extension columns, and the table for a GHG inventory and ESRS E1."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from rung.accounting.account import Account
from rung.accounting.activities import Line
from rung.accounting.by_region import RegionPart, by_region, period_json
from rung.accounting.quality import MEANINGS, DataQuality
from rung.accounting.statement import Statement, statements
from rung.footprint import Worked
from rung.types import Quantity

SCHEMA: Final = "rung.account/1"
MOST_LINES: Final = 1000
"""Lines in account.json; account.csv has them all."""

FOCUS_COLUMNS: Final = {
    "energy": "x_EnergyKwh",
    "carbon": "x_CarbonLocationGrams",
    "carbon_market_based": "x_CarbonMarketGrams",
    "embodied": "x_CarbonEmbodiedGrams",
    "water": "x_WaterLitres",
}
"""FOCUS wants columns of one's own to begin with x_."""


def write_account(account: Account, folder: Path) -> dict[str, Path]:
    """Write account.json, account.csv, focus.csv and esrs-e1.csv; their paths by name."""
    texts = {
        "account.json": json.dumps(account_json(account), indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        "account.csv": account_csv(account),
        "focus.csv": focus_csv(account),
        "esrs-e1.csv": esrs_csv(account),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return {name: folder / name for name in texts}


def account_json(account: Account) -> dict[str, Any]:
    """The account for a program; a figure that is unknown has its reasons in place of numbers."""
    lines = [_line(line, quality) for line, quality in zip(account.lines, account.quality, strict=True)]
    return {
        "schema": SCHEMA,
        "id": account.id,
        "at": account.at,
        "kind": account.kind,
        "what": account.what,
        "complete": not account.stopped,
        "stopped": account.stopped or None,
        "skipped": list(account.skipped),
        "skipped_count": len(account.skipped),
        "functional_unit": {"name": account.unit.name, "count": account.unit.count},
        "boundary": {"excluded": list(account.excluded)},
        "sci": figure(account.sci),
        "market_based_per_unit": figure(account.market_rate),
        "period": period_json(account),
        "totals": {name: figure(total) for name, total in account.totals.items()},
        "known_parts": _known_parts(account),
        "regions": {region: _region(part) for region, part in by_region(account).items()},
        "lines": lines[:MOST_LINES],
        "lines_left_to_csv": max(len(lines) - MOST_LINES, 0),
        "factors": _factors(account),
        "esrs_e1": [_statement(row) for row in statements(account)],
        "data_quality_classes": {str(grade): text for grade, text in MEANINGS.items()},
        "notes": list(account.notes),
    }


def figure(worked: Worked) -> dict[str, Any]:
    """Value, low, high, unit, origin and error sources; or why it is unknown."""
    if worked.quantity is None:
        return {"unknown": list(worked.missing()), "unit": worked.unit}
    return quantity_json(worked.quantity)


def quantity_json(quantity: Quantity) -> dict[str, Any]:
    """A quantity for a reader: it does not read back."""
    return {
        "value": quantity.value,
        "low": quantity.low,
        "high": quantity.high,
        "unit": quantity.unit,
        "origin": quantity.origin.label,
        "sources": sorted(quantity.sources),
    }


def account_csv(account: Account) -> str:
    """A row for each line and figure: low, value, high, unit, origin, sources."""
    head = ("line", "where", "region", "control", "data_quality", "figure")
    rows: list[tuple[Any, ...]] = []
    for line, quality in zip(account.lines, account.quality, strict=True):
        about = (
            line.activity.name,
            line.activity.where,
            line.activity.conditions.where,
            line.activity.control,
            quality.grade,
        )
        rows += [(*about, name, *_cells(worked)) for name, worked in line.figures().items()]
    rows += [("total", "", "", "", "", name, *_cells(total)) for name, total in account.totals.items()]
    rows += [("per unit", "", "", "", "", "sci", *_cells(account.sci))]
    rows += [("per unit", "", "", "", "", "market_based_per_unit", *_cells(account.market_rate))]
    return _csv((*head, "low", "value", "high", "unit", "origin", "sources", "unknown"), rows)


def focus_csv(account: Account) -> str:
    """The rows of the bill with extension columns; a row for each line where the account is of no bill."""
    billed = [line.activity.dimensions or _as_charge(account, line) for line in account.lines]
    own = dict.fromkeys(column for row in billed for column in row)
    extension = [f"{name}{end}" for name in FOCUS_COLUMNS.values() for end in ("", "Low", "High")]
    head = (*own, *extension, "x_CarbonOrigin", "x_CarbonSources", "x_DataQualityClass")
    rows: list[list[Any]] = []
    for row, line, quality in zip(billed, account.lines, account.quality, strict=True):
        figures = line.figures()
        cells: list[Any] = [row.get(column, "") for column in own]
        for name in FOCUS_COLUMNS:
            quantity = figures[name].quantity
            cells += ["", "", ""] if quantity is None else [quantity.value, quantity.low, quantity.high]
        carbon = line.carbon.quantity
        cells += ["unknown", ""] if carbon is None else [carbon.origin.label, "; ".join(sorted(carbon.sources))]
        rows.append([*cells, quality.grade])
    return _csv(head, rows)


def _as_charge(account: Account, line: Line) -> Mapping[str, str]:
    """The columns of FOCUS that a line can fill."""
    at, cost = line.activity.conditions, line.cost.quantity
    amount = "" if cost is None else repr(cost.value)
    start, end = line.activity.period
    return {
        "BilledCost": amount,
        "EffectiveCost": amount,
        "BillingCurrency": line.cost.unit,
        "ChargeCategory": "Usage",
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "ChargeDescription": line.activity.name,
        "ProviderName": {"aws": "AWS", "azure": "Microsoft", "gcp": "Google Cloud"}.get(at.provider or "", ""),
        "RegionId": at.where.partition(":")[2] if at.provider else "",
        "ResourceName": line.activity.name,
        "x_Account": account.id,
    }


def esrs_csv(account: Account) -> str:
    """The table for a GHG inventory and ESRS E1."""
    head = [f.name for f in fields(Statement) if f.name not in ("amount", "known", "coverage")]
    place = head.index("basis") + 1
    known = ["known_low", "known_value", "known_high", "coverage"]
    names = [*head[:place], "low", "value", "high", *head[place:], "origin", "sources", *known]
    rows: list[list[Any]] = []
    for row in statements(account):
        about = [getattr(row, name) for name in head]
        about = ["" if value is None else value for value in about]
        origin = ["unknown", ""]
        if row.amount is not None:
            origin = [row.amount.origin.label, "; ".join(sorted(row.amount.sources))]
        partial = [*_three(row.known), row.coverage]
        rows.append([*about[:place], *_three(row.amount), *about[place:], *origin, *partial])
    return _csv(names, rows)


def _three(quantity: Quantity | None) -> list[float | str]:
    """Low, value and high as cells; empty where it is unknown."""
    return ["", "", ""] if quantity is None else [quantity.low, quantity.value, quantity.high]


def _line(line: Line, quality: DataQuality) -> dict[str, Any]:
    activity = line.activity
    return {
        "name": activity.name,
        "where": activity.where or None,
        "region": activity.conditions.where,
        "control": activity.control,
        "period": [moment or None for moment in activity.period],
        "counts": dict(activity.counts),
        "data_quality": {"class": quality.grade, "unchecked": list(quality.unchecked)},
        **{name: figure(worked) for name, worked in line.figures().items()},
    }


def _region(part: RegionPart) -> dict[str, Any]:
    figures = {"carbon": part.carbon, "embodied": part.embodied}
    known = {name: None if figure is None else quantity_json(figure) for name, figure in figures.items()}
    return {"lines": part.lines, "lines_unknown": part.unknown, **known}


def _known_parts(account: Account) -> dict[str, Any]:
    """For each total that is unknown: the sum of the lines that are known, and how many are not."""
    found: dict[str, Any] = {}
    for name in account.totals:
        part = account.known_part(name)
        if part is not None:
            found[name] = {**quantity_json(part.known), "lines_unknown": part.unknown, "lines": len(account.lines)}
    return found


def _factors(account: Account) -> list[dict[str, Any]]:
    """What the figures rest on, each once, with source and how far it was checked."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for total in account.totals.values():
        for leaf in total.leaves():
            if leaf.quantity is not None and leaf.checked is not None:
                row = {"name": leaf.name, **quantity_json(leaf.quantity), "source": leaf.note, "checked": leaf.checked}
                found[(leaf.name, leaf.note)] = row
    return list(found.values())


def _statement(row: Statement) -> dict[str, Any]:
    amount = {"unknown": True} if row.amount is None else quantity_json(row.amount)
    known = None if row.known is None else quantity_json(row.known)
    return {f.name: getattr(row, f.name) for f in fields(Statement)} | {"amount": amount, "known": known}


def _cells(worked: Worked) -> tuple[Any, ...]:
    quantity = worked.quantity
    if quantity is None:
        return ("", "", "", worked.unit, "unknown", "", "; ".join(worked.missing()))
    sources = "; ".join(sorted(quantity.sources))
    return (quantity.low, quantity.value, quantity.high, quantity.unit, quantity.origin.label, sources, "")


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
