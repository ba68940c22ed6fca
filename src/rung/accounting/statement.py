"""The table for a GHG Protocol inventory and for ESRS E1: which line belongs to which scope and category.

The rule, by who owns the hardware:

- own: the electricity is Scope 2, location- and market-based; the making of the hardware is Scope 3 category 2, as the
  share of its life that was used; what is upstream of the plants is Scope 3 category 3, where a direct intensity is
  given, and else stays inside the Scope 2 figure, which says so; networks are Scope 3 category 1.
- cloud, and hosted models: everything is Scope 3 category 1, purchased services, cradle to gate: the provider's
  electricity, hardware and networks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rung.accounting.account import Account
from rung.accounting.activities import Line
from rung.accounting.quality import DataQuality
from rung.footprint import Worked, given, product, summed
from rung.types import Origin, Quantity

T_PER_G: Final = 1e-6
_LIFE_CYCLE = (
    "the intensity is life-cycle: the figure holds Scope 3 category 3 too; give --direct-intensity to split it"
)
_YEARLY = "share of the life used; in an inventory, capital goods stand in the year of purchase as a whole"


@dataclass(frozen=True, slots=True)
class Statement:
    """A row of the table.

    Args:
        disclosure: of ESRS, e.g. `E1-6`.
        scope: of the GHG Protocol, e.g. `Scope 2`.
        category: what it is in words; for Scope 3 with its number.
        basis: `location-based`, `market-based`, or empty.
        amount: [tCO2e, MWh or m3], None where it is unknown.
        known: the sum over the lines that are known, where the amount is not; None where it is, or where no line is.
        coverage: how much `known` is of, e.g. `partial: 2 of 3 lines, 80% of cost`; empty where the amount is known.
        unit: of the amount.
        grade: the worst data-quality class of its lines; None where all are money alone.
        primary_share: of the amount that was measured, in [0, 1]; None where it is unknown.
        note: what to know about the row.
    """

    disclosure: str
    scope: str
    category: str
    basis: str
    amount: Quantity | None
    known: Quantity | None
    coverage: str
    unit: str
    grade: int | None
    primary_share: float | None
    note: str


def statements(account: Account) -> list[Statement]:
    """The rows of the table, own hardware first."""
    graded = list(zip(account.lines, account.quality, strict=True))
    own = [pair for pair in graded if pair[0].activity.control == "own"]
    cloud = [pair for pair in graded if pair[0].activity.control == "cloud"]
    return [*(_own(own) if own else ()), *(_cloud(cloud) if cloud else ())]


Graded = Sequence[tuple[Line, DataQuality]]


def _own(lines: Graded) -> list[Statement]:
    life_cycle = any(line.activity.conditions.basis == "life-cycle" for line, _ in lines)
    split = all(line.activity.conditions.direct.quantity is not None for line, _ in lines)
    note = _LIFE_CYCLE if life_cycle and not split else ""
    rows = [
        _row("E1-5", "energy", "purchased electricity", "", lines, _electricity, "MWh", 1e-3),
        _row("E1-6", "Scope 2", "purchased electricity", "location-based", lines, _scope_2(split), note=note),
        _row("E1-6", "Scope 2", "purchased electricity", "market-based", lines, _scope_2_market),
        _row("E1-6", "Scope 3", "2 capital goods", "", lines, _hardware, note=_YEARLY),
    ]
    if split:
        rows.append(_row("E1-6", "Scope 3", "3 fuel- and energy-related activities", "", lines, _upstream))
    if any(line.activity.network_gb for line, _ in lines):
        rows.append(_row("E1-6", "Scope 3", "1 purchased services: networks", "", lines, lambda line: line.network))
    return [
        *rows,
        _row("E3-4", "water", "own operations and electricity", "", lines, lambda line: line.water, "m3", 1e-3),
    ]


def _cloud(lines: Graded) -> list[Statement]:
    name = "1 purchased services: cloud and hosted models"
    water = ("E3-4", "water", "upstream of purchased services", "")
    return [
        _row("E1-6", "Scope 3", name, "location-based", lines, lambda line: line.carbon),
        _row("E1-6", "Scope 3", name, "market-based", lines, lambda line: line.carbon_market),
        _row(*water, lines, lambda line: line.water, "m3", 1e-3),
    ]


def _row(
    disclosure: str,
    scope: str,
    category: str,
    basis: str,
    lines: Graded,
    take: Callable[[Line], Worked],
    unit: str = "tCO2e",
    scale: float = T_PER_G,
    *,
    note: str = "",
) -> Statement:
    parts = [(take(line), quality) for line, quality in lines]
    total = summed(category, parts[0][0].unit, [figure for figure, _ in parts]).quantity
    if total is None:
        reasons = dict.fromkeys(reason for figure, _ in parts for reason in figure.missing())
        note = "; ".join([*([note] if note else []), *reasons])
    measured = sum(f.quantity.value for f, q in parts if f.quantity is not None and q.primary)
    share = None if total is None else (measured / total.value if total.value > 0 else 0.0)
    amount = None if total is None else total.scaled(scale, unit)
    known, coverage = (None, "") if total is not None else _known(lines, take, unit, scale)
    grade = max((q.grade for _, q in parts if q.grade is not None), default=None)
    return Statement(disclosure, scope, category, basis, amount, known, coverage, unit, grade, share, note)


def _known(lines: Graded, take: Callable[[Line], Worked], unit: str, scale: float) -> tuple[Quantity | None, str]:
    """The sum over the lines that have the figure, and how many of the lines and how much of the cost they are."""
    having = [line for line, _ in lines if take(line).quantity is not None]
    coverage = f"partial: {len(having)} of {len(lines)} lines" + _cost_share(having, [line for line, _ in lines])
    if not having:
        return None, coverage.removeprefix("partial: ")
    figures = [take(line) for line in having]
    part = summed("known part", figures[0].unit, figures).quantity
    return None if part is None else part.scaled(scale, unit), coverage


def _cost_share(part: Sequence[Line], whole: Sequence[Line]) -> str:
    """E.g. `, 80% of cost`; empty where a cost is unknown, or nothing was paid."""
    paid = summed("cost", whole[0].cost.unit, [line.cost for line in whole]).quantity
    covered = summed("cost", whole[0].cost.unit, [line.cost for line in part]).quantity
    if paid is None or covered is None or paid.value <= 0:
        return ""
    return f", {100 * covered.value / paid.value:.0f}% of cost"


def _electricity(line: Line) -> Worked:
    # The last part of the energy is the network's, which is not ours to buy.
    return summed("purchased electricity", "kWh", line.energy.parts[:-1])


def _scope_2(split: bool) -> Callable[[Line], Worked]:
    def take(line: Line) -> Worked:
        at = line.activity.conditions
        if split:
            return product("Scope 2, combustion alone", "gCO2e", _electricity(line), at.direct)
        return summed("Scope 2, location-based", "gCO2e", [line.compute, *_kept(line.storage, 0)])

    return take


def _scope_2_market(line: Line) -> Worked:
    return summed("Scope 2, market-based", "gCO2e", [line.compute_market, *_kept(line.storage_market, 0)])


def _hardware(line: Line) -> Worked:
    return summed("hardware", "gCO2e", [line.activity.embodied, *_kept(line.storage, 1)])


def _upstream(line: Line) -> Worked:
    """Electricity times what the life-cycle intensity has over the direct one; its interval is assumed."""
    at = line.activity.conditions
    whole, direct = at.location.quantity, at.direct.quantity
    assert whole is not None
    assert direct is not None
    more = max(whole.value - direct.value, 0.0)
    rate = (
        Quantity.between(more / 2, more, 2 * more, "gCO2e/kWh", source="upstream-intensity", origin=Origin.ASSUMED)
        if more
        else Quantity.of(0.0, "gCO2e/kWh", Origin.ASSUMED)
    )
    extra = given("upstream intensity", rate, "life-cycle less direct intensity, half to twice", checked="given")
    return product("upstream of electricity", "gCO2e", _electricity(line), extra)


def _kept(storage: Worked, part: int) -> tuple[Worked, ...]:
    """The electricity (0) or the hardware (1) of what is kept; nothing where nothing is."""
    return (storage.parts[part],) if storage.parts else ()
