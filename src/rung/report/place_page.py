"""A placement as a page: bars with intervals, a map, the ranking and the refusals. Nothing is computed but pixels."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from rung.report.axes import Axis, axis_around, tick_label
from rung.report.numbers import figure, part_of
from rung.report.place import cells, compared, headline, named, titles

if TYPE_CHECKING:
    from rung.placement.place_json import Outcome
    from rung.placement.place_records import Ranked
    from rung.types import Quantity

_BARS = 15
_WIDTH, _ROW, _LEFT = 920, 26, 340
_MAP_HEIGHT = 430

STYLE = """
.placing { min-width: 900px; font-size: 13px; } .placing td.n { white-space: nowrap; }
svg .land { fill: none; stroke: var(--line); stroke-width: 1; }
svg .region { stroke: var(--paper); stroke-width: 1; fill: var(--s1); fill-opacity: .75; }
svg .region.first { fill: var(--accent); fill-opacity: 1; }
svg .span { stroke: var(--idle); stroke-width: 3; }
svg .dot { fill: var(--s1); } svg .dot.first { fill: var(--accent); }
"""


def place_page(outcome: Outcome) -> str:
    """The answer as one HTML page that asks the network for nothing; light and dark by the reader's setting."""
    style = files("rung.report").joinpath("templates", "report.css").read_text(encoding="utf-8") + STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    best = outcome.ranking.best
    title = escape(best.name) if best else "No place is left"
    lead = escape(headline(outcome)) if best else "Every region and machine is refused; the reasons stand below."
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">',
        f'<link rel="icon" href="data:,"><title>{title} – rung place</title>',
        f"<style>{style}</style></head><body>",
        '<header class="top"><p class="brand">rung <span class="dim">place</span></p>',
        f'<p class="dim">{escape(outcome.what)}</p></header><main>',
        f'<section class="choice"><p class="eyebrow">Where to run</p><h1>{title}</h1>',
        f'<p class="lead">{lead}</p>',
        "</section>",
        *(_drawings(outcome) if best else ()),
        _section("Compared with", [f"<p>{escape(line)}</p>" for line in compared(outcome)] if best else []),
        _ranking_table(outcome) if best else "",
        _refusals(outcome),
        _section("Notes", [f"<p>{escape(note)}</p>" for note in outcome.notes]),
        "</main></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _section(title: str, inside: Sequence[str]) -> str:
    return f"<section><h2>{title}</h2>{''.join(inside)}</section>" if inside else ""


def _drawings(outcome: Outcome) -> Iterator[str]:
    goal = outcome.ranking.goal
    yield f"<section><h2>{goal.capitalize()} over the life of the work</h2>{_bars(outcome)}</section>"
    if any(_points(row) for row in outcome.ranking.ranked):
        yield f"<section><h2>On the map</h2>{_map(outcome)}</section>"


def _bars(outcome: Outcome) -> str:
    """A dot with its interval for each of the first, on one axis."""
    goal = outcome.ranking.goal
    shown = [(row, part_of(row.option.total, goal)) for row in outcome.ranking.ranked[:_BARS]]
    known = [(row, quantity) for row, quantity in shown if quantity is not None]
    axis = axis_around([v for _, q in known for v in (q.low, q.value, q.high)], _LEFT, _WIDTH - 30)
    height = _ROW * len(known) + 40
    drawn = [_tick(axis, value, known[0][1].unit, height) for value in axis.ticks()]
    for at, (row, quantity) in enumerate(known):
        drawn.append(_bar(row, quantity, axis, _ROW * at + 18, first=row.option.name in outcome.ranking.front))
    title = f"{goal} of each option with its interval"
    view = f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    return f"<figure><svg {view}>{''.join(drawn)}</svg></figure>"


def _tick(axis: Axis, value: float, unit: str, height: int) -> str:
    x = axis.at(value)
    label = f'<text class="tick" x="{x}" y="{height - 4}" text-anchor="middle">{escape(tick_label(value, unit))}</text>'
    return f'<line class="grid" x1="{x}" x2="{x}" y1="4" y2="{height - 22}"/>{label}'


def _bar(row: Ranked, quantity: Quantity, axis: Axis, y: int, *, first: bool) -> str:
    low, mid, high = (axis.at(value) for value in (quantity.low, quantity.value, quantity.high))
    name = escape(named(row))
    style = "dot first" if first else "dot"
    return (
        f"<g><title>{name}: {escape(figure(quantity))}</title>"
        f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{name}</text>'
        f'<line class="span" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>'
        f'<circle class="{style}" cx="{mid}" cy="{y}" r="5"/></g>'
    )


def _points(row: Ranked) -> list[tuple[float, float]]:
    parts = (place for place, _ in row.option.site.parts)
    return [(p.longitude, p.latitude) for p in parts if p.longitude is not None and p.latitude is not None]


def _map(outcome: Outcome) -> str:
    """Regions by longitude and latitude (plate carree); the area of a disc is its figure."""
    goal = outcome.ranking.goal
    across, down = Axis(-180, 180, 0, _WIDTH), Axis(-60, 78, _MAP_HEIGHT, 0)
    drawn = [_meridian(across, degrees) for degrees in range(-150, 180, 30)]
    drawn += [_parallel(down, degrees) for degrees in range(-60, 90, 30)]
    best_here: dict[tuple[float, float], tuple[Ranked, Quantity]] = {}
    for row in outcome.ranking.ranked:
        quantity = part_of(row.option.total, goal)
        for point in _points(row):
            if quantity is not None and point not in best_here:
                best_here[point] = (row, quantity)
    most = max((quantity.value for _, quantity in best_here.values()), default=1.0) or 1.0
    for (east, north), (row, quantity) in reversed(best_here.items()):
        first = " first" if row.option.name in outcome.ranking.front else ""
        radius = round(4 + 16 * (quantity.value / most) ** 0.5, 1)
        said = escape(f"{row.option.name}: {figure(quantity)}")
        where = f'cx="{across.at(east)}" cy="{down.at(north)}" r="{radius}"'
        drawn.append(f'<circle class="region{first}" {where}><title>{said}</title></circle>')
    caption = f"The area of a disc grows with {goal}; the first (or the front) is green. Refused regions are not drawn."
    view = f'viewBox="0 0 {_WIDTH} {_MAP_HEIGHT}" role="img" aria-label="regions on a map"'
    below = f'<figcaption class="dim small">{escape(caption)}</figcaption>'
    return f"<figure><svg {view}>{''.join(drawn)}</svg>{below}</figure>"


def _meridian(across: Axis, degrees: int) -> str:
    x = across.at(degrees)
    return f'<line class="land" x1="{x}" x2="{x}" y1="0" y2="{_MAP_HEIGHT}"/>'


def _parallel(down: Axis, degrees: int) -> str:
    y = down.at(degrees)
    word = "equator" if degrees == 0 else f"{abs(degrees)}° {'N' if degrees > 0 else 'S'}"
    return (
        f'<line class="land" x1="0" x2="{_WIDTH}" y1="{y}" y2="{y}"/><text class="tick" x="2" y="{y - 3}">{word}</text>'
    )


def _ranking_table(outcome: Outcome) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in [*titles(outcome)[1:], "why not"])
    body = "".join(_table_row(row, outcome) for row in outcome.ranking.ranked[:50])
    return (
        f'<section><h2>Ranking</h2><div class="scroll"><table class="placing"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>"
    )


def _table_row(row: Ranked, outcome: Outcome) -> str:
    name, *figures = cells(row, outcome)[1:]
    why = "" if row.rejection is None else row.rejection.sentence()
    inside = "".join(f'<td class="n">{escape(cell)}</td>' for cell in figures)
    chosen = ' class="chosen"' if row.option.name in outcome.ranking.front else ""
    return f"<tr{chosen}><th>{escape(name)}</th>{inside}<td>{escape(why)}</td></tr>"


def _refusals(outcome: Outcome) -> str:
    rows = "".join(
        f"<tr><th>{escape(refused.name)}</th><td>{escape(refused.rejection.constraint)}</td>"
        f"<td>{escape(refused.rejection.needed)}</td><td>{escape(refused.rejection.got)}</td></tr>"
        for refused in outcome.ranking.refused
    )
    head = "<tr><th>place</th><th>what</th><th>needed</th><th>got</th></tr>"
    table = f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    return f"<section><h2>Refused</h2>{table}</section>" if rows else ""
