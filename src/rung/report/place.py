"""A placement in words: a table for the terminal, and the sentences that its page has too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rung.report.numbers import UNKNOWN, figure, interval, middle, part_of, plain_figure, probability, share

if TYPE_CHECKING:
    from rung.placement.managed import BreakEven, Managed
    from rung.placement.place_json import Outcome
    from rung.placement.place_paired import Saving
    from rung.placement.place_records import Option, Ranked
    from rung.types import Footprint

_REFUSED_SHOWN = 12
_MANY = 10.0
"""From so many times today's figure on, times are said and not percent."""
_NOT_COMPARABLE = (
    "not comparable: today's figure has no machine; give --from-watts and --from-kg (with --from onprem:ZONE), "
    "or --from-instance"
)


def place_table(outcome: Outcome, *, rows: int = 10) -> str:
    """The answer for a terminal: the ranking, why not the others, what was compared, and the notes."""
    return "\n".join(_lines(outcome, rows))


def _lines(outcome: Outcome, rows: int) -> Iterator[str]:
    ranking = outcome.ranking
    yield f"{outcome.what}, {ranking.hours:,.0f} h" + (
        f", {ranking.requests:,.0f} requests" if ranking.requests else ""
    )
    yield ""
    if ranking.best is None:
        yield "No place is left. Every one of them, and why:"
        for refused in ranking.refused:
            yield f"  {refused.name}: {refused.rejection.sentence()}"
        return
    yield headline(outcome)
    yield ""
    shown = ranking.ranked[:rows]
    yield from _grid([titles(outcome), *(cells(row, outcome) for row in shown)])
    if len(ranking.ranked) > rows:
        yield f"{len(ranking.ranked) - rows} more options (--top, --json)"
    yield ""
    for row in shown[1:]:
        if row.rejection is not None:
            yield f"- not {row.option.name}: {row.rejection.sentence()}"
    for refused in ranking.refused[:_REFUSED_SHOWN]:
        yield f"- refused {refused.name}: {refused.rejection.sentence()}"
    if len(ranking.refused) > _REFUSED_SHOWN:
        yield f"- refused {len(ranking.refused) - _REFUSED_SHOWN} more (--json lists them)"
    yield from compared(outcome)
    yield from (f"Note: {note}" for note in outcome.notes)


def headline(outcome: Outcome) -> str:
    """The answer in a sentence, near ties called such."""
    ranking = outcome.ranking
    best = ranking.ranked[0].option
    if len(ranking.objectives) > 1:
        names, asked = ", ".join(ranking.front), all_of(ranking.objectives)
        if len(ranking.front) == 1:
            return f"{names} is least on {asked}.{_close(outcome)}"
        return f"Nothing beats these on {asked}: {names}. The choice among them is yours.{_close(outcome)}"
    goal = ranking.goal
    said = f"Least {goal}: {best.name}, {interval(part_of(best.total, goal))}."
    if len(ranking.ranked) < 2:
        return said
    second = ranking.ranked[1]
    chance = f"P({best.name} has less than {second.option.name}) {chance_of(second.p_better)}, under common errors"
    return f"{said} Near tie: {chance}." if ranking.near_tie else f"{said} {chance}."


def _close(outcome: Outcome) -> str:
    """Whether the first two are a near tie on the first objective."""
    ranking = outcome.ranking
    if not ranking.near_tie:
        return ""
    first, second = ranking.ranked[0], ranking.ranked[1]
    chance = chance_of(second.p_better)
    return f" Near tie on {ranking.goal}: P({first.option.name} has less than {second.option.name}) {chance}."


def chance_of(drawn: float | None) -> str:
    """A chance from scenarios: none of 2000 draws is under 1%, not never."""
    return probability(None if drawn is None else min(max(drawn, 5e-4), 1 - 5e-4))


def titles(outcome: Outcome) -> list[str]:
    """The columns of the ranking; latency and redundancy only where they were asked for."""
    extra = ["round trip"] if any(r.option.round_trip is not None for r in outcome.ranking.ranked) else []
    spare = ["redundancy"] if _has_spare(outcome) else []
    return ["", "place", "carbon", "energy", "water", "cost", *extra, *spare]


def _has_spare(outcome: Outcome) -> bool:
    return any(_some(row.option.redundancy) for row in outcome.ranking.ranked)


def _some(footprint: Footprint) -> bool:
    return footprint.energy is not None and footprint.energy.value > 0


def cells(row: Ranked, outcome: Outcome) -> list[str]:
    """A row of the ranking; `*` marks the choice, or the front."""
    option, total = row.option, row.option.total
    mark = "*" if option.name in outcome.ranking.front else ""
    found = [mark, named(row), *(interval(part_of(total, o)) for o in ("carbon", "energy", "water", "cost"))]
    columns = titles(outcome)
    if "round trip" in columns:
        found.append(interval(option.round_trip))
    if "redundancy" in columns:
        spare = option.redundancy
        found.append(f"{middle(spare.carbon)}, {middle(spare.cost)}")
    return found


def named(row: Ranked) -> str:
    """An option with its count of machines."""
    option = row.option
    return option.name + (f" x{option.machines}" if option.machines > 1 else "")


def all_of(objectives: Sequence[str]) -> str:
    """E.g. `both carbon and cost`, `all of carbon, water and cost`."""
    *most, last = objectives
    if not most:
        return last
    return f"{'both' if len(most) == 1 else 'all of'} {', '.join(most)} and {last}"


def lost_by(row: Ranked, outcome: Outcome) -> str:
    """Why not, for a cell: what has less, and how much less; empty for what is the choice."""
    if row.behind is None:
        return ""
    less = ", ".join(_less(row.behind, row.option, objective) for objective in outcome.ranking.objectives)
    if len(outcome.ranking.objectives) > 1:
        return f"{row.behind.name} has {less}"
    chance = "" if row.p_better is None else f", P(less) {chance_of(row.p_better)}"
    return f"the first has {less}{chance}"


def _less(winner: Option, option: Option, objective: str) -> str:
    ours, theirs = part_of(winner.total, objective), part_of(option.total, objective)
    if ours is None or theirs is None or ours.value >= theirs.value:
        return f"as much {objective}"
    return f"{share(theirs.value - ours.value, theirs.value)} less {objective}"


def _grid(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def compared(outcome: Outcome) -> Iterator[str]:
    """Today, the edge and the managed service against the first, in sentences."""
    ranking, best = outcome.ranking, outcome.ranking.ranked[0]
    if ranking.today is not None and not ranking.today.compares_with(best.option):
        yield f"Against today ({ranking.today.name}), {best.option.name} is {_NOT_COMPARABLE}."
    elif ranking.today is not None:
        for objective, saved in best.against.items():
            yield f"Against today ({ranking.today.name}), {objective}: {best.option.name} {_saved(saved)}."
    if outcome.edge is not None:
        yield f"At the edge: {figure(outcome.edge.edge.carbon)}; {figure(outcome.edge.edge.energy)}."
        for objective, saved in outcome.edge.saved.items():
            yield f"Edge against {outcome.edge.cloud}, {objective}: the edge {_saved(saved)}."
    if outcome.managed is not None:
        yield from _managed(outcome.managed)


def _saved(saving: Saving) -> str:
    """What is saved, or what it costs more: the figure and its ends have the sign of the word, the lower end first."""
    word, ends = "saves", (saving.low, saving.high)
    if saving.mid < 0:
        word, ends = "costs", (-saving.high, -saving.low)
    mid = plain_figure(abs(saving.mid), saving.unit)
    low, high = (_signed(end, saving.unit) for end in ends)
    chance = chance_of(saving.p_better)
    return f"{word} {mid}{_as_share(saving.share)}, {low} to {high} in 9 scenarios of 10; P(it has less) {chance}"


def _as_share(saved: float | None) -> str:
    """E.g. ` (40%)`, or ` (12 times as much)`; empty where there is nothing to be a share of."""
    if saved is None:
        return ""
    return f" ({1 - saved:,.0f} times as much)" if 1 - saved >= _MANY else f" ({100 * abs(saved):.0f}%)"


def _signed(value: float, unit: str) -> str:
    return ("-" if value < 0 else "") + plain_figure(abs(value), unit)


def _managed(found: Managed) -> Iterator[str]:
    volume = f"{found.volume_per_hour:,.4g} requests an hour"
    own = interval(found.own_usd)
    yield f"{found.model} charges {interval(found.per_request_usd)} a request; own machines {own} at {volume}."
    chance = f"P(own machines cost less at this volume) {chance_of(found.usd.p_better)}"
    yield f"Cost: {_flips(found.break_even_usd)}; {chance}."
    if found.g is None or found.break_even_g is None:
        yield f"Carbon of {found.model}: {UNKNOWN}, its size is not published; own machines {interval(found.own_g)}."
        return
    there, here = interval(found.per_request_g), interval(found.own_g)
    yield f"Carbon: {there} a request there, {here} here; {_flips(found.break_even_g)}."


def _flips(found: BreakEven) -> str:
    if found.per_hour is None or found.utilisation is None:
        return "own machines never take less"
    share = f"{100 * found.utilisation:.3g}% of capacity"
    where = f"own machines take less from {found.per_hour:,.4g} requests an hour, {share}"
    return where if found.reachable else f"{where}: more than they can answer"
