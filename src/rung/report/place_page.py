"""A placement as a page: the answer, drawings with intervals, the ranking and the refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from rung.report.labels import shorten
from rung.report.numbers import OBJECTIVES, middle, part_of, spread
from rung.report.page import render_page
from rung.report.place import all_of, cells, compared, headline, lost_by, named, titles
from rung.report.place_bars import MOST, Bars, bars
from rung.report.place_map import region_map
from rung.report.place_scatter import Trade, trade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rung.placement.place_json import Outcome
    from rung.placement.place_records import Ranked, Refused
    from rung.types import Footprint

ROWS: Final = 50
"""More options stand in `--json` only; the page says so."""

_TILES = 4
_LETTERS = 60
_WIDE, _NARROW = 920, 350
_NUMBERS = (
    *("No", "One", "Two", "Three", "Four", "Five", "Six"),
    *("Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
)

_F = TypeVar("_F")


@dataclass(frozen=True, slots=True)
class Drawing(Generic[_F]):
    """A figure at two widths: for a desk and paper, and for a phone."""

    wide: _F
    narrow: _F


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the ranking."""

    name: str
    figures: tuple[str, ...]
    why: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """A name with figures under it: each its middle, and its ends with the origin."""

    name: str
    figures: tuple[tuple[str, str], ...]


def place_page(outcome: Outcome) -> str:
    """The answer as one HTML page that asks the network for nothing; light and dark by the reader's setting."""
    ranking = outcome.ranking
    wide, narrow = region_map(outcome, _WIDE), region_map(outcome, _NARROW)
    return render_page(
        "place",
        outcome=outcome,
        ranking=ranking,
        title=title(outcome),
        lead=headline(outcome) if ranking.best else "Every region and machine is refused; the reasons stand below.",
        tiles=_tiles(outcome),
        asked=all_of(ranking.objectives),
        trades=list(_trades(outcome)),
        bars=list(_bars(outcome)),
        most_bars=MOST,
        map=Drawing(wide, narrow) if wide and narrow else None,
        compared=list(compared(outcome)) if ranking.best else [],
        columns=titles(outcome)[1:],
        rows=[_row(row, outcome) for row in ranking.ranked[:ROWS]],
        left_out=max(0, len(ranking.ranked) - ROWS),
        refused=_grouped(ranking.refused),
    )


def title(outcome: Outcome) -> str:
    """What was found: a name (the lead has the whole of a long one), or a count where the choice is the reader's."""
    ranking = outcome.ranking
    if ranking.best is None:
        return "No place is left"
    asked, front = len(ranking.objectives), len(ranking.front)
    if asked == 1:
        return shorten(ranking.best.name, _LETTERS)
    on_all = "both" if asked == 2 else f"all {_number(asked).lower()}"
    if front == 1:
        return f"{shorten(ranking.best.name, _LETTERS)}, least on {on_all}"
    on_it = [row.option for row in ranking.ranked if row.option.name in ranking.front]
    apart = len({option.site.name for option in on_it}) == front
    return f"{_number(front)} {'places' if apart else 'options'}, none better on {on_all}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _tiles(outcome: Outcome) -> list[Tile]:
    """What the first takes, each objective a tile; of a front that is not long, each option a tile."""
    ranking = outcome.ranking
    if ranking.best is None:
        return []
    if len(ranking.front) == 1:
        return [Tile(name.capitalize(), _figures(ranking.best.total, (name,))) for name in OBJECTIVES]
    if len(ranking.front) > _TILES:
        return []
    on_it = [row for row in ranking.ranked if row.option.name in ranking.front]
    return [Tile(named(row), _figures(row.option.total, ranking.objectives)) for row in on_it]


def _figures(total: Footprint, objectives: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    parts = (part_of(total, objective) for objective in objectives)
    return tuple((middle(part), spread(part)) for part in parts)


def _trades(outcome: Outcome) -> Iterator[Drawing[Trade]]:
    """The first objective against each of the others."""
    up, *others = outcome.ranking.objectives
    for across in others:
        wide, narrow = trade(outcome, across, up, _WIDE, 440), trade(outcome, across, up, _NARROW, 400)
        if wide and narrow:
            yield Drawing(wide, narrow)


def _bars(outcome: Outcome) -> Iterator[Drawing[Bars]]:
    for objective in outcome.ranking.objectives:
        wide, narrow = bars(outcome, objective, _WIDE), bars(outcome, objective, _NARROW)
        if wide and narrow:
            yield Drawing(wide, narrow)


def _row(row: Ranked, outcome: Outcome) -> Row:
    name, *figures = cells(row, outcome)[1:]
    return Row(name, tuple(figures), lost_by(row, outcome), row.option.name in outcome.ranking.front)


def _grouped(refused: tuple[Refused, ...]) -> dict[tuple[str, str], list[Refused]]:
    """By what was needed, which many share."""
    groups: dict[tuple[str, str], list[Refused]] = {}
    for one in refused:
        groups.setdefault((one.rejection.constraint, one.rejection.needed), []).append(one)
    return groups
