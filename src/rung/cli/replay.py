"""`rung replay`: the search for the cheapest system that meets a bar, on recorded scores."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rung.cli.place_reading import listed, number_for
from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.referee.tables import ScoreTable


class ClaimName(StrEnum):
    """What a decision is about."""

    DATASET = "dataset"
    POPULATION = "population"


_BAR = "The quality that must be reached, in (0, 1]."
_ALPHA, _BETA = "Most for P(the choice is below the bar).", "Most for P(the cheapest that meets it is refused)."


def replay(
    scores: Annotated[Path, typer.Argument(metavar="SCORES", help="Item x system table: .csv or .jsonl, gzipped too.")],
    at_least: Annotated[float, typer.Option(help=_BAR, parser=number_for(_BAR), metavar="NUMBER")],
    systems: Annotated[str | None, typer.Option(help="Names of those in the race, with commas; else all.")] = None,
    models: Annotated[Path | None, typer.Option(help="Facts of systems (params_b); else SCORES.models.json.")] = None,
    claim: Annotated[ClaimName, typer.Option(help="About this dataset, or its population.")] = ClaimName.DATASET,
    alpha: Annotated[float, typer.Option(help=_ALPHA, parser=number_for(_ALPHA), metavar="NUMBER")] = 0.05,
    beta: Annotated[float, typer.Option(help=_BETA, parser=number_for(_BETA), metavar="NUMBER")] = 0.05,
    seed: Annotated[int, typer.Option(help="Of the order of the items.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> int:
    """Search recorded scores for the cheapest system that meets a bar: decision, cost, and the truth beside."""
    from rung.referee.replays import equal_costs, found_json, interval_of, search
    from rung.referee.tables import read_table
    from rung.report.replay import replay_text

    table = read_table(scores, models)
    race = _race(table, systems)
    found = search(table, race, at_least, claim=claim.value, alpha=alpha, beta=beta, seed=seed)
    ends = [interval_of(table, one, claim=claim.value, alpha=alpha, seed=seed) for one in found.tried]
    if json:
        same = equal_costs(table, race)
        answer = found_json(table, found, at_least=at_least)
        for one, (low, high) in zip(answer["tried"], ends, strict=True):
            one |= {"low": low, "high": high}
        facts = {"claim": claim.value, "alpha": alpha, "beta": beta, "seed": seed, "items": len(table.items)}
        counted = {"assumed_200b": list(table.assumed), "missing_as_0": table.missing, "same_cost": same}
        print(jsonlib.dumps({**answer, **facts, **counted}, ensure_ascii=False))
    else:
        risks = (alpha, beta)
        print(replay_text(table, race, found, ends, at_least=at_least, claim=claim.value, risks=risks))
    return 0 if found.choice is not None else 1


def _race(table: ScoreTable, systems: str | None) -> list[int]:
    """Positions of those named.

    Raises:
        BadInput: a name that the table does not have.
    """
    if systems is None:
        return list(range(len(table.systems)))
    named = list(dict.fromkeys(listed(systems)))
    unknown = [name for name in named if name not in table.systems]
    if unknown:
        raise BadInput(f"the table has no system {unknown[0]!r}", mend=f"name some of {', '.join(table.systems)}")
    return [table.systems.index(name) for name in named]
