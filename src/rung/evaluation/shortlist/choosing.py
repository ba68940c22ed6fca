"""A shortlist: each model of a table held to each need, with the reason where it is not on the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rung.errors import BadData, BadInput
from rung.evaluation.shortlist.cells import is_unknown, shown
from rung.evaluation.shortlist.columns import Column, find_column
from rung.evaluation.shortlist.needs import BoundNeed, Finding, Need
from rung.evaluation.shortlist.ranking import Order, dominators, ranked, read_order
from rung.evaluation.shortlist.tables import ModelRow, ModelTable
from rung.types import Rejection

VerdictName = Literal["kept", "failed", "unknown", "dominated"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a model.

    Args:
        model: its name.
        place: its line, row, entry or card in the table.
        verdict: kept; a need failed; a need is open; or another kept model is better on the front's columns.
        failed: the needs that it does not meet, with what was there.
        unknown: the needs of which the table does not tell; of a kept model, those that were accepted so.
        values: its cells in the columns in use, as printed, by name in the table.
        better: of one that is dominated, a model that is better; None where a column of the front is unknown.
    """

    model: str
    place: int
    verdict: VerdictName
    failed: tuple[Rejection, ...]
    unknown: tuple[Rejection, ...]
    values: dict[str, str]
    better: str | None = None


@dataclass(frozen=True, slots=True)
class NeedCount:
    """How many models meet a need, fail it, and do not tell."""

    need: str
    met: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Shortlist:
    """A table held to needs.

    Args:
        table: where the models come from.
        columns: those in use, and how each was read.
        needs: with counts over the whole table.
        rank: the order of the kept ones; None for that of the table.
        front: the columns of the Pareto front; empty where none was asked.
        verdicts: of every model, in the table's order.
        kept: the kept ones, ranked.
        top: how many of them were asked for; None for all.
        notes: what a reader should know.
    """

    table: Path
    columns: tuple[Column, ...]
    needs: tuple[NeedCount, ...]
    rank: Order | None
    front: tuple[Order, ...]
    verdicts: tuple[Verdict, ...]
    kept: tuple[Verdict, ...]
    top: int | None
    notes: tuple[str, ...]

    @property
    def chosen(self) -> tuple[Verdict, ...]:
        """The kept ones, at most `top` of them."""
        return self.kept if self.top is None else self.kept[: self.top]


def shortlist(
    table: ModelTable,
    needs: Sequence[Need],
    *,
    rank: str | None = None,
    front: Sequence[str] = (),
    top: int | None = None,
    unknown: Literal["aside", "accept"] = "aside",
    name: str | None = None,
) -> Shortlist:
    """Hold each model of a table to each need.

    Args:
        table: the models.
        needs: all of them must hold.
        rank: `COLUMN[:asc|desc]`; the smallest model first by default.
        front: two columns or more, each likewise: only models remain that no other kept one beats on all of them.
        top: how many to choose.
        unknown: whether a model is kept of which the table does not tell that a need is met.
        name: the column of the models' names; found by its name otherwise.

    Raises:
        BadInput: a column or a value cannot be used.
        BadData: models without a name, or two of one name with different cells.
    """
    if top is not None and top < 1:
        raise BadInput(f"--top {top}", mend="give a number of at least 1")
    if len(front) == 1:
        raise BadInput(f"--front {front[0]}: one column makes no front", mend="name two, or use --rank with --top 1")
    name_column = _name_column(table, name)
    table, merged = _named(table, name_column.name)
    bound = [BoundNeed(need, find_column(table, need.column)) for need in needs]
    order, unranked = _order(table, rank)
    fronts = tuple(read_order(table, one) for one in front)
    columns = _distinct([*(one.column for one in bound), *(o.column for o in ([order] if order else []) + [*fronts])])
    found = {row.place: [one.find(row.cells.get(one.column.name)) for one in bound] for row in table.rows}
    verdicts = {row.place: _verdict(row, found[row.place], name_column, columns, unknown) for row in table.rows}
    if fronts:
        _mark_beaten([row for row in table.rows if verdicts[row.place].verdict == "kept"], fronts, verdicts)
    kept = [row for row in table.rows if verdicts[row.place].verdict == "kept"]
    return Shortlist(
        table=table.path,
        columns=(name_column, *columns),
        needs=tuple(_count(one, [found[row.place][at] for row in table.rows]) for at, one in enumerate(bound)),
        rank=order,
        front=fronts,
        verdicts=tuple(verdicts[row.place] for row in table.rows),
        kept=tuple(verdicts[row.place] for row in ranked(kept, order)),
        top=top,
        notes=(*merged, *_notes(table, bound, found), *unranked),
    )


def _name_column(table: ModelTable, name: str | None) -> Column:
    try:
        return find_column(table, name or "model")
    except BadInput as error:
        raise BadInput(
            error.problem, mend=f"say with --name which column has the models' names; {error.mend}"
        ) from None


def _order(table: ModelTable, rank: str | None) -> tuple[Order | None, list[str]]:
    """The order that was asked for; else the smallest first, or why not."""
    if rank is not None:
        return read_order(table, rank), []
    try:
        return read_order(table, "parameters"), []
    except BadInput as error:
        return None, [f"{error.problem}, so the order is that of the table; --rank COLUMN names another"]


def _named(table: ModelTable, column: str) -> tuple[ModelTable, list[str]]:
    """The table with each model once; rows that are wholly equal count once, and are told."""
    rows: dict[str, ModelRow] = {}
    twice = 0
    for row in table.rows:
        if is_unknown(row.cells.get(column)):
            raise BadData(
                f"{table.path}: {table.unit} {row.place}: no name in {column!r}",
                mend="fill it in, or name another column with --name",
            )
        name = str(row.cells[column]).strip()
        before = rows.setdefault(name, row)
        if before is row:
            continue
        if repr(before.cells) != repr(row.cells):
            raise BadData(
                f"{table.path}: {table.unit}s {before.place} and {row.place} are both {name!r} and differ",
                mend="name them apart, remove one, or name another column with --name",
            )
        twice += 1
    notes = [f"{twice} rows that repeat another one wholly count once"] if twice else []
    return replace(table, rows=tuple(rows.values())), notes


def _verdict(
    row: ModelRow,
    found: Sequence[Finding],
    name: Column,
    columns: Sequence[Column],
    unknown: Literal["aside", "accept"],
) -> Verdict:
    failed = tuple(one.rejection for one in found if one.outcome == "failed")
    open_ = tuple(one.rejection for one in found if one.outcome == "unknown")
    verdict: VerdictName = "failed" if failed else "unknown" if open_ and unknown == "aside" else "kept"
    values = {column.name: shown(row.cells.get(column.name)) for column in columns}
    return Verdict(str(row.cells[name.name]).strip(), row.place, verdict, failed, open_, values)


def _mark_beaten(rows: Sequence[ModelRow], fronts: Sequence[Order], verdicts: dict[int, Verdict]) -> None:
    by_place = {row.place: row for row in rows}
    for place, better in dominators(rows, fronts).items():
        if better is not None:
            verdicts[place] = replace(verdicts[place], verdict="dominated", better=verdicts[better].model)
            continue
        row = by_place[place]
        open_ = tuple(
            Rejection(order.column.asked, "a number for the front", shown(row.cells.get(order.column.name)))
            for order in fronts
            if order.key(row) is None
        )
        verdicts[place] = replace(verdicts[place], verdict="unknown", unknown=verdicts[place].unknown + open_)


def _count(bound: BoundNeed, found: Sequence[Finding]) -> NeedCount:
    counts = Counter(one.outcome for one in found)
    return NeedCount(str(bound.need), counts["met"], counts["failed"], counts["unknown"])


def _notes(table: ModelTable, bound: Sequence[BoundNeed], found: dict[int, list[Finding]]) -> list[str]:
    """Where a reading was guessed, and where a need is met by nobody: it may be written in another scale."""
    notes: list[str] = []
    for at, one in enumerate(bound):
        column = one.column
        if one.in_percent and column.percent and not column.reading:
            notes.append(f"{column.name} is read as percentages: its largest number is above 1")
        met = any(mine[at].outcome == "met" for mine in found.values())
        amounts: list[Any] = [] if met else [column.amount(row.cells.get(column.name)) for row in table.rows]
        known = [amount for amount in amounts if amount is not None]
        if known:
            low, high = min(a.low for a in known), max(a.high for a in known)
            notes.append(f"nobody meets {one.need}: {column.name} is from {low:,.6g} to {high:,.6g}")
    return notes


def _distinct(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Each column once, as it was first asked for."""
    first: dict[str, Column] = {}
    for column in columns:
        first.setdefault(column.name, column)
    return tuple(first.values())
