"""`rung shortlist`: the models of a table that meet needs, and why the others do not."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.evaluation.shortlist import Shortlist, Verdict

_TABLE = "Models: .csv, .json, .jsonl, .parquet, or a folder of model cards."
_NEED = 'What must hold, e.g. "license=apache,language=de,context>=8k"; may be repeated.'


def shortlist(
    table: Annotated[Path, typer.Option(metavar="FILE", help=_TABLE)],
    need: Annotated[list[str] | None, typer.Option(metavar="NEEDS", help=_NEED)] = None,
    rank: Annotated[
        str | None, typer.Option(metavar="COLUMN[:asc|desc]", help="Order; else the smallest model first.")
    ] = None,
    front: Annotated[
        str | None, typer.Option(metavar="COLUMN,COLUMN", help="Only those that none beats on these columns.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    accept_unknown: Annotated[
        bool, typer.Option("--accept-unknown", help="Keep models of which the table does not tell.")
    ] = False,
    name: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the models' names.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Print the names only.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List the reasons of every model.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> int:
    """List the models of a table that meet needs, the smallest first, with a reason for each of the others."""
    from rung.evaluation.shortlist import parse_needs, read_models
    from rung.evaluation.shortlist import shortlist as choose
    from rung.report.shortlist import MOST_REASONS, render_shortlist

    if json and names:
        raise BadInput("--json and --names", mend="give one of them; --json has the names as `shortlist`")
    found = choose(
        read_models(table),
        [one for text in need or [] for one in parse_needs(text)],
        rank=rank,
        front=[] if front is None else front.split(","),
        top=top,
        unknown="accept" if accept_unknown else "aside",
        name=name,
    )
    if json:
        print(jsonlib.dumps(_json(found), ensure_ascii=False))
    elif names:
        print("".join(f"{one.model}\n" for one in found.chosen), end="")
    else:
        print(render_shortlist(found, reasons=None if every else MOST_REASONS))
    return 0 if found.chosen else 1


def _json(found: Shortlist) -> dict[str, Any]:
    return {
        "table": str(found.table),
        "columns": [{"asked": one.asked, "column": one.name, "reading": one.reading} for one in found.columns],
        "needs": [asdict(one) for one in found.needs],
        "rank": None if found.rank is None else str(found.rank),
        "front": [str(one) for one in found.front],
        "shortlist": [one.model for one in found.chosen],
        "kept": [one.model for one in found.kept],
        "models": [_verdict(one) for one in found.verdicts],
        "notes": list(found.notes),
    }


def _verdict(one: Verdict) -> dict[str, Any]:
    from rung.report.shortlist import reason

    return {**asdict(one), "reason": reason(one)}
