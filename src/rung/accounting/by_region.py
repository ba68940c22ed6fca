"""An account cut by region, and the time that it spans: what a provider's own statement is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rung.accounting.account import Account
from rung.accounting.activities import Line
from rung.footprint import Worked, summed
from rung.types import Quantity


@dataclass(frozen=True, slots=True)
class RegionPart:
    """The lines of one region.

    Args:
        lines: how many.
        unknown: how many of them have no known carbon; they are in neither figure.
        carbon: location-based, embodied included [gCO2e]; None when no line's is known.
        embodied: the embodied part of it [gCO2e].
    """

    lines: int
    unknown: int
    carbon: Quantity | None
    embodied: Quantity | None


def by_region(account: Account) -> dict[str, RegionPart]:
    """The parts by region, in the order in which they first come."""
    found: dict[str, list[Line]] = {}
    for line in account.lines:
        found.setdefault(line.activity.conditions.where, []).append(line)
    return {region: _part(lines) for region, lines in found.items()}


def _part(lines: list[Line]) -> RegionPart:
    known = [line for line in lines if line.carbon.quantity is not None]
    return RegionPart(
        len(lines), len(lines) - len(known), _sum([k.carbon for k in known]), _sum([k.embodied for k in known])
    )


def _sum(figures: list[Worked]) -> Quantity | None:
    return summed("sum", "gCO2e", figures).quantity if figures else None


def period_json(account: Account) -> dict[str, Any]:
    """First and last moment of the lines, and how many name none."""
    periods = [[moment for moment in line.activity.period if moment] for line in account.lines]
    moments = sorted((moment for period in periods for moment in period), key=datetime.fromisoformat)
    without = sum(not period for period in periods)
    return {
        "start": moments[0] if moments else None,
        "end": moments[-1] if moments else None,
        "lines_without": without,
    }
