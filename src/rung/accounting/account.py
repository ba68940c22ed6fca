"""An account: lines, their totals, and the rate per functional unit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rung.accounting.activities import Activity, Line, line_of
from rung.accounting.quality import DataQuality, quality_of
from rung.errors import BadInput
from rung.footprint import Worked, counted, per, summed
from rung.types import Quantity


@dataclass(frozen=True, slots=True)
class FunctionalUnit:
    """What a footprint is divided by: R of SCI.

    Args:
        name: e.g. `request`.
        count: how many, above 0.
    """

    name: str
    count: float


@dataclass(frozen=True, slots=True)
class KnownPart:
    """What is known of a total that is not.

    Args:
        known: the sum over the lines that have the figure.
        unknown: how many lines do not.
    """

    known: Quantity
    unknown: int


@dataclass(frozen=True)
class Account:
    """The footprint of what ran.

    Args:
        id: names the folder that it is written to.
        at: when it was made, ISO UTC.
        kind: `command` or the kind of file.
        what: the command or the files.
        lines: at least one.
        unit: the functional unit.
        skipped: rows that could not be used, `file:line: why`.
        stopped: the row at which reading ended, or empty; then the account is of the rows before it.
        notes: what the reader should know, one sentence each.
    """

    id: str
    at: str
    kind: str
    what: str
    lines: tuple[Line, ...]
    unit: FunctionalUnit
    skipped: tuple[str, ...] = ()
    stopped: str = ""
    notes: tuple[str, ...] = ()

    @cached_property
    def totals(self) -> dict[str, Worked]:
        """Sums over the lines by name; unknown where a line's figure is."""
        return {name: self._sum(name, self.lines) for name in self.lines[0].figures()}

    def known_part(self, name: str) -> KnownPart | None:
        """The sum over the lines that have the figure, and how many do not; None when all have it."""
        figures = [line.figures()[name] for line in self.lines]
        known = [figure for figure in figures if figure.quantity is not None]
        if len(known) == len(self.lines):
            return None
        quantity = summed(name, figures[0].unit, known).quantity
        assert quantity is not None
        return KnownPart(quantity, len(self.lines) - len(known))

    @cached_property
    def sci(self) -> Worked:
        """Software carbon intensity: location-based, and alone in having this name [gCO2e per unit]."""
        return self._rate("SCI", self.totals["carbon"])

    @cached_property
    def market_rate(self) -> Worked:
        """Market-based carbon per functional unit, beside SCI and never in place of it [gCO2e per unit]."""
        return self._rate("market-based carbon per unit", self.totals["carbon_market_based"])

    @cached_property
    def quality(self) -> tuple[DataQuality, ...]:
        """The data-quality class of each line."""
        return tuple(quality_of(line) for line in self.lines)

    @property
    def excluded(self) -> tuple[str, ...]:
        """What stands outside the boundary, by declaration."""
        parts = (
            ("storage", any(line.activity.storage_gb_months for line in self.lines)),
            ("network", any(line.activity.network_gb for line in self.lines)),
        )
        return (*(name for name, inside in parts if not inside), "user devices", "people")

    def _sum(self, name: str, lines: Sequence[Line]) -> Worked:
        parts = [line.figures()[name] for line in lines]
        if len(parts) == 1:
            return parts[0]
        unit = self.lines[0].figures()[name].unit
        return summed(f"total {name.replace('_', ' ')}", unit, parts)

    @cached_property
    def _count(self) -> Worked:
        return counted(f"count of {self.unit.name}", self.unit.count, self.unit.name)

    def _rate(self, name: str, carbon: Worked) -> Worked:
        return per(name, f"gCO2e/{self.unit.name}", carbon, self._count)


def account_of(
    activities: Iterable[Activity],
    *,
    name: str,
    at: str,
    kind: str,
    what: str,
    unit: str | None = None,
    count: float | None = None,
    default_unit: str = "run",
    skipped: Sequence[str] = (),
    stopped: str = "",
    notes: Sequence[str] = (),
) -> Account:
    """The account of activities.

    Args:
        activities: what ran.
        name: id of the account.
        at: ISO time.
        kind: of the source.
        what: the source in words.
        unit: name of the functional unit; None takes the default of the kind.
        count: how many; None counts them from the activities, where they can be counted.
        default_unit: of the kind.
        skipped: rows left out.
        stopped: the row where reading ended.
        notes: for the reader.

    Raises:
        BadInput: nothing ran, the unit cannot be counted, or the bill has several currencies.
    """
    lines = tuple(line_of(activity) for activity in activities)
    if not lines:
        raise BadInput(f"{what}: nothing to account for", mend="give a file with at least one row of use")
    currencies = sorted({line.cost.unit for line in lines})
    if len(currencies) > 1:
        raise BadInput(
            f"{what}: mixed currencies {', '.join(currencies)}",
            mend="give --exchange EUR=1.08 (USD for one unit) for each currency that is not USD",
        )
    chosen = functional_unit(lines, unit, count, default_unit)
    return Account(name, at, kind, what, lines, chosen, tuple(skipped), stopped, tuple(notes))


def functional_unit(lines: Sequence[Line], unit: str | None, count: float | None, default_unit: str) -> FunctionalUnit:
    """The functional unit: as given, or counted from the lines.

    Raises:
        BadInput: a count without a unit, a count that is not above 0, or a unit that the lines cannot count.
    """
    if unit is None and count is not None:
        raise BadInput(f"--count {count:g} of what?", mend="name the functional unit with --unit")
    if count is not None and not (0 < count < math.inf):
        raise BadInput(f"a count of {count:g} is not above 0", mend="give the number of functional units done")
    name = unit or default_unit
    if count is not None:
        return FunctionalUnit(name, count)
    if unit is None and any(name not in line.activity.counts for line in lines):
        return FunctionalUnit(name, 1.0)
    countable = set[str](lines[0].activity.counts).intersection(*(line.activity.counts for line in lines))
    if name not in countable:
        known = f"one of {', '.join(sorted(countable))}, which can be counted, or " if countable else ""
        raise BadInput(
            f"unknown unit {name!r}: nothing here counts it", mend=f"give {known}--count N with --unit {name}"
        )
    total = math.fsum(line.activity.counts[name] for line in lines)
    if total <= 0:
        raise BadInput(f"there are 0 of the unit {name!r}", mend="choose another --unit, or give --count")
    return FunctionalUnit(name, total)
