"""`rung rate`: people rate responses on pages of their own, and what they said comes out in figures."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rung.errors import BadInput

rate_app = typer.Typer(
    help="Let people rate responses, blinded, on pages of their own; show what they said.", no_args_is_help=True
)

Db = Annotated[Path, typer.Option("--db", metavar="FILE", help="The study's file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
DB = Path("ratings.db")


class KindName(StrEnum):
    """What raters are asked."""

    THUMBS = "thumbs"
    LIKERT = "likert"
    COMPARISON_LIKERT = "comparison-likert"
    COMPARISON_CHOICE = "comparison-choice"
    RANKING = "ranking"


class FormatName(StrEnum):
    """How ratings are written."""

    JSONL = "jsonl"
    BEDROCK = "bedrock"


@rate_app.command("start")
def start(
    responses: Annotated[
        Path | None,
        typer.Argument(metavar="[RESULTS]", help="Results of `rung eval`, or JSON lines with `modelResponses`."),
    ] = None,
    kind: Annotated[KindName, typer.Option(help="What raters are asked.")] = KindName.COMPARISON_CHOICE,
    raters: Annotated[int, typer.Option(help="How many people rate; each gets a link.")] = 1,
    per_item: Annotated[int, typer.Option(help="Raters for each task, 1 to 3.")] = 1,
    items: Annotated[int | None, typer.Option(help="Only a random sample of so many items.")] = None,
    system: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these systems.")] = None,
    metric: Annotated[str, typer.Option(help="What is rated, as exports name it.")] = "quality",
    question: Annotated[str | None, typer.Option(help="What the page asks; else the kind's own question.")] = None,
    instructions: Annotated[Path | None, typer.Option(metavar="FILE", help="Markdown for the raters.")] = None,
    seed: Annotated[int, typer.Option(help="Of every order.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes the last one of this study, or a free one.")] = 0,
    db: Db = DB,
    json: AsJson = False,
) -> None:
    """Make a study and serve it until Ctrl-C; without RESULTS, go on with the study that is there."""
    from rung.cli import rating

    asked = None
    if responses is not None:
        asked = rating.Asked(
            responses, kind.value, raters, per_item, items, tuple(system or ()), metric, question, instructions, seed
        )
    rating.start(asked, db, host=host, port=port, as_json=json)


@rate_app.command("status")
def status(db: Db = DB, json: AsJson = False) -> None:
    """How far each rater has come."""
    from rung.evaluation.people import RatingStore

    store = RatingStore(db)
    counts, plan = store.counts(), store.info.plan
    if json:
        rows = [
            {"rater": c.rater, "assigned": c.assigned, "rated": c.rated, "changes": c.changes, "finished": c.finished}
            for c in counts
        ]
        print(jsonlib.dumps({"study": store.info.name, "kind": plan.kind, "items": store.info.items, "raters": rows}))
        return
    print(f"{store.info.name}: {plan.kind}, {store.info.items} items, {plan.per_item} of {plan.raters} raters each")
    for count in counts:
        print(f"  rater {count.rater}: {count.rated} of {count.assigned}{', finished' if count.finished else ''}")


@rate_app.command("link")
def link(rater: Annotated[int, typer.Argument(metavar="RATER", help="Number of the rater.")], db: Db = DB) -> None:
    """Give a rater a new link; the old one stops working, and who had finished may go on."""
    from rung.cli.rating import link_of
    from rung.evaluation.people import RatingStore

    store = RatingStore(db)
    address = store.address()
    if address is None:
        raise BadInput("this study was never served", mend="rung rate start gives the links")
    print(link_of(address, store.renew(rater)))


@rate_app.command("export")
def export(
    form: Annotated[
        FormatName, typer.Option("--format", help="Our lines, or Amazon Bedrock's shape.")
    ] = FormatName.JSONL,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; else stdout.")] = None,
    db: Db = DB,
) -> None:
    """Write the ratings, unblinded, as JSON lines."""
    from rung.evaluation.people import RatingStore, bedrock_lines, own_lines

    store = RatingStore(db)
    lines = bedrock_lines(store) if form is FormatName.BEDROCK else own_lines(store)
    text = "".join(jsonlib.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    if out is None:
        sys.stdout.write(text)
        return
    out.write_text(text, encoding="utf-8")
    print(f"{text.count(chr(10))} lines in {out}", file=sys.stderr)


@rate_app.command("report")
def report(
    judge: Annotated[
        Path | None, typer.Option(metavar="RESULTS", help="Results of `rung eval` with a judge's scores.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="The judge's metric in those results.")] = None,
    db: Db = DB,
    json: AsJson = False,
) -> None:
    """Agreement, means and win rates with intervals; with --judge, people and judge in one interval (PPI++)."""
    from rung.evaluation.people import RatingStore, judged_means, people_report
    from rung.evaluation.results import read_results
    from rung.report.people import people_json, people_text

    if (judge is None) != (metric is None):
        raise BadInput("--judge and --metric belong together", mend="give both, or neither")
    store = RatingStore(db)
    found = people_report(store)
    judged = None if judge is None or metric is None else judged_means(store, read_results(judge), metric)
    if json:
        print(jsonlib.dumps(people_json(found, judged, metric), ensure_ascii=False))
    else:
        print(people_text(found, judged, metric))
