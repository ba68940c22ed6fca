"""A month of ours, read back from an account that was written, to be held against a provider's statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from rung.accounting.writers import SCHEMA
from rung.errors import BadData, BadInput
from rung.json_file import read_json
from rung.types import Origin, Quantity

_NEARLY: Final = timedelta(days=2)
"""A log whose first and last requests are so near to the ends of the month is of the whole month."""
_AGAIN: Final = "account for the files again with this version of rung, with --out FOLDER"


@dataclass(frozen=True, slots=True)
class OurMonth:
    """What an account says of one month in one cloud.

    Args:
        month: its first moment, UTC.
        start: of what was accounted for.
        end: of it.
        regions: of the cloud, as its provider names them.
        carbon: location-based, embodied included [gCO2e].
        embodied: the embodied part [gCO2e].
        unknown: lines in these regions whose carbon is unknown, and which are left out.
        lines: all lines in these regions.
        elsewhere: other places in the account, left out.
    """

    month: datetime
    start: datetime
    end: datetime
    regions: tuple[str, ...]
    carbon: Quantity
    embodied: Quantity
    unknown: int
    lines: int
    elsewhere: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What keeps the two from being the same thing, a sentence each."""
        found: list[str] = []
        if self.unknown:
            found.append(f"ours leaves out {self.unknown} of {self.lines} line(s), whose carbon is unknown")
        if self.elsewhere:
            found.append(f"ours leaves out what ran elsewhere: {', '.join(self.elsewhere)}")
        if self.end - self.start < next_month(self.month) - self.month - _NEARLY:
            span = f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"
            found.append(f"ours runs from {span} UTC, theirs over the whole month")
        return tuple(found)


def read_month(path: Path, *, cloud: str, regions: Sequence[str] = ()) -> OurMonth:
    """The month of an account.

    Args:
        path: account.json, or the folder that holds it.
        cloud: `aws`, `azure` or `gcp`; lines elsewhere are left out.
        regions: only these, as the provider names them; all of the cloud's when empty.

    Raises:
        BadData: it is no account, or one that ended at a bad row.
        BadInput: it names no time, several months, none of the regions, or no known carbon.
    """
    file = path / "account.json" if path.is_dir() else path
    held = _account(file)
    try:
        start, end, month = _month(file, held["period"])
        chosen = _chosen(file, held["regions"], cloud, regions)
        parts = list(chosen.values())
        carbon, embodied = (_summed(file, name, parts) for name in ("carbon", "embodied"))
        return OurMonth(
            month=month,
            start=start,
            end=end,
            regions=tuple(name.removeprefix(f"{cloud}:") for name in chosen),
            carbon=carbon,
            embodied=embodied,
            unknown=sum(int(part["lines_unknown"]) for part in parts),
            lines=sum(int(part["lines"]) for part in parts),
            elsewhere=tuple(name for name in held["regions"] if name not in chosen),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData(f"{file}: no account as `rung account` writes it: {error}", mend=_AGAIN) from error


def _account(file: Path) -> Mapping[str, Any]:
    held = read_json(file, mend=_AGAIN, absent="give account.json, or the folder that holds it")
    if not isinstance(held, dict) or cast("dict[str, Any]", held).get("schema") != SCHEMA:
        raise BadData(f"{file}: no account: its schema is not {SCHEMA}", mend="give what `rung account` wrote")
    found = cast("dict[str, Any]", held)
    if found.get("complete") is not True:
        mend = f"mend that row and account again: {found.get('stopped')}"
        raise BadData(f"{file}: the account ended at a bad row and is not whole", mend=mend)
    return found


def _month(file: Path, period: Mapping[str, Any]) -> tuple[datetime, datetime, datetime]:
    """Start and end of the lines, and the month that holds them; the end may be the first moment of the next."""
    without, mend = int(period["lines_without"]), "account for files whose rows have times, e.g. a bill of the month"
    if period["start"] is None:
        raise BadInput(f"{file}: no line of the account says when it ran", mend=mend)
    if without:
        raise BadInput(f"{file}: {without} line(s) of the account do not say when they ran", mend=mend)
    start, end = (datetime.fromisoformat(period[name]).astimezone(UTC) for name in ("start", "end"))
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if end > next_month(month):
        problem = f"{file}: the account runs over several months, {start:%Y-%m} to {end:%Y-%m}"
        raise BadInput(problem, mend="account for one month at a time")
    return start, end, month


def next_month(month: datetime) -> datetime:
    """The first moment of the month after a first moment."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _chosen(file: Path, held: Mapping[str, Any], cloud: str, regions: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    known = [name for name in held if name.startswith(f"{cloud}:")]
    if not known:
        places = ", ".join(held)
        raise BadInput(
            f"{file}: nothing in the account ran in a region of {cloud}: {places}",
            mend=f"account again with --region {cloud}:NAME, or give the account of your {cloud} bill",
        )
    wanted = [name if name.startswith(f"{cloud}:") else f"{cloud}:{name}" for name in regions]
    if absent := [name for name in wanted if name not in known]:
        raise BadInput(f"{file}: nothing in the account ran in {absent[0]}", mend=f"one of {', '.join(known)}")
    return {name: held[name] for name in (dict.fromkeys(wanted) or known)}


def _summed(file: Path, name: str, parts: Sequence[Mapping[str, Any]]) -> Quantity:
    """The sum of the parts whose figure is known, as one value with one interval."""
    known = [part[name] for part in parts if part[name] is not None]
    if not known:
        raise BadInput(
            f"{file}: no line of the account has a known carbon, embodied included",
            mend="`rung account --explain` says what is missing, e.g. --parameters, --instance or --gpu",
        )
    if any(figure["unit"] != "gCO2e" for figure in known):
        raise ValueError(f"{name} is not in gCO2e")
    low, value, high = (sum(float(figure[end]) for figure in known) for end in ("low", "value", "high"))
    origin = max(Origin[str(figure["origin"]).upper()] for figure in known)
    return Quantity.between(low, value, high, "gCO2e", source="account", origin=origin)
