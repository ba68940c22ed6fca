"""`rung reconcile`: a month of ours beside what the provider says of it."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.accounting.months import OurMonth
    from rung.feeds.aws_sustainability import ProviderMonth
    from rung.feeds.reconcile import Reconciliation

UNVERIFIED = "unverified: nobody has held this against an answer of the real service yet"


def reconcile(
    account: Annotated[Path, typer.Argument(metavar="ACCOUNT", help="account.json of one month, or its folder.")],
    provider: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The provider's saved answer; else the AWS service is asked.")
    ] = None,
    region: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these AWS regions.")] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="The month that it must be of.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Hold a month of ours against what AWS says of it, and name what the difference is made of (unverified)."""
    from rung.accounting.months import read_month
    from rung.feeds.reconcile import reconcile as compare

    ours = read_month(account, cloud="aws", regions=region or ())
    _refuse_other_month(month, ours, account)
    theirs = _theirs(provider, ours, named=bool(region))
    embodied = ours.embodied if ours.embodied.value > 0 else None
    found = compare(ours.carbon, theirs, embodied=embodied)
    found = replace(found, why=(*found.why, *ours.notes))
    print(jsonlib.dumps(to_json(found, ours), ensure_ascii=False) if json else summary(found, ours))
    print(UNVERIFIED, file=sys.stderr)


def _refuse_other_month(month: str | None, ours: OurMonth, account: Path) -> None:
    if month is None:
        return
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise BadInput(f"--month {month!r} is no month", mend="write e.g. 2026-02")
    if month != f"{ours.month:%Y-%m}":
        problem = f"{account}: the account is of {ours.month:%Y-%m}, not of {month}"
        raise BadInput(problem, mend="give the account of that month, or another --month")


def _theirs(provider: Path | None, ours: OurMonth, *, named: bool) -> ProviderMonth:
    """From a file, else from the service; of our regions alone where the user named some."""
    from rung.feeds.aws_saved import saved_month
    from rung.feeds.aws_sustainability import open_client, provider_month

    regions = ours.regions if named else ()
    if provider is not None:
        return saved_month(provider, ours.month, regions=regions)
    if ours.month.strftime("%Y-%m") >= f"{datetime.now(UTC):%Y-%m}":
        problem = f"the month {ours.month:%Y-%m} has not ended"
        raise BadInput(problem, mend="estimates come weeks after a month's end; ask for an earlier one")
    return provider_month(open_client(), ours.month, regions=regions)


def to_json(found: Reconciliation, ours: OurMonth) -> dict[str, Any]:
    """For programs."""
    covers = {"start": ours.start.isoformat(), "end": ours.end.isoformat(), "regions": list(ours.regions)}
    ends = {name: getattr(ours.carbon, name) for name in ("low", "value", "high")}
    told = {**found.to_json(), "ours_location_based": {**ends, "unit": "gCO2e", "origin": ours.carbon.origin.label}}
    return {**told, "ours_covers": covers, "verified": False}


def summary(found: Reconciliation, ours: OurMonth) -> str:
    """The comparison in a few lines, then what the difference is made of."""
    from rung.report.numbers import figure

    theirs = found.theirs
    rows = [
        ("ours, location-based", figure(found.ours)),
        ("theirs, location-based", _grams(theirs.location_g)),
        ("theirs, market-based", _grams(theirs.market_g)),
        *((f"theirs, {name}", _grams(value)) for name, value in theirs.scopes_g.items()),
        ("ours - theirs, location-based", f"{_grams(found.difference_g)}: data and method"),
        ("theirs, location - market", f"{_grams(found.basis_g)}: the basis"),
        ("agrees", "yes" if found.agrees else "no"),
    ]
    head = f"{theirs.month:%Y-%m}, AWS, {', '.join(ours.regions)}; method {theirs.model_version} (unverified)"
    return "\n".join([head, *(f"  {label:<32} {value}" for label, value in rows), *(f"  - {why}" for why in found.why)])


def _grams(value: float) -> str:
    """A mass that may be negative."""
    from rung.report.numbers import plain_figure

    return plain_figure(value, "gCO2e") if value >= 0 else f"-{plain_figure(-value, 'gCO2e')}"
