"""A search on recorded scores, in words."""

from __future__ import annotations

from collections.abc import Sequence

from rung.referee.replays import Found, equal_costs
from rung.referee.tables import ASSUMED_PARAMS_B, ScoreTable


def replay_text(
    table: ScoreTable,
    race: Sequence[int],
    found: Found,
    ends: Sequence[tuple[float, float]],
    *,
    at_least: float,
    claim: str,
    risks: tuple[float, float],
) -> str:
    """The decision, who was tried, what it cost, and the answer of evaluating everything."""
    size = len(table.items)
    about = f"the mean over these {size} items" if claim == "dataset" else f"the population of the {size} items"
    width = max(len(table.systems[one.system]) for one in found.tried)
    chosen = "nothing passes" if found.choice is None else f"{table.systems[found.choice]} is the first that passes"
    lines = [f"At least {at_least:g}: {chosen}, from the cheapest up.", ""]
    for one, (low, high) in zip(found.tried, ends, strict=True):
        seen = f"{one.items} of {size} items"
        mean = f"{one.mean:.3f} ({low:.3f}-{high:.3f})"
        lines.append(f"  {table.systems[one.system]:<{width}}  {one.verdict or 'open':<7} {seen:>22}  {mean}")
    lines += [
        "",
        f"Cost: {found.spent / found.full:.1%} of every system on every item ({found.calls:,} of {found.full_calls:,} "
        "calls), by 10^9 parameters x tokens.",
        f"Claim: about {about}, what is chosen is below the bar with probability at most {risks[0]:g}, and the "
        f"cheapest that meets it is refused with probability at most {risks[1]:g}.",
        "Intervals hold at any time, two-sided; they are wider than what decides.",
        f"Evaluating everything gives {'the same' if found.exact else 'another answer'}: "
        + ("nothing meets it." if found.truth is None else f"{table.systems[found.truth]}."),
    ]
    lines += doubts(table, race)
    if table.missing:
        lines.append(f"Scores that are missing count as 0: {table.missing}.")
    return "\n".join(lines)


def doubts(table: ScoreTable, race: Sequence[int]) -> list[str]:
    """What the order by cost rests on."""
    said: list[str] = []
    assumed = [table.systems[system] for system in race if table.systems[system] in table.assumed]
    if assumed:
        said.append(f"Size not known, taken as {ASSUMED_PARAMS_B:g}B: {', '.join(assumed)}; --models FILE gives sizes.")
    alike = equal_costs(table, race)
    if alike:
        said.append(f"Warning: costs are the same for {', '.join(alike)}: which is cheaper is not known, names decide.")
    return said
