"""The commands and their options. Each calls into one module that does the work."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rung import __version__
from rung.cli.account import AfterDashes, account
from rung.cli.claims import claims
from rung.cli.compare import compare
from rung.cli.eval import eval_command
from rung.cli.fleet import fleet
from rung.cli.judge import judge
from rung.cli.place import place
from rung.cli.predict import predict_app
from rung.cli.rate import rate_app
from rung.cli.reconcile import reconcile
from rung.cli.replay import replay
from rung.cli.shortlist import shortlist
from rung.cli.stereotypes import stereotypes
from rung.errors import BadInput

app = typer.Typer(
    name="rung",
    help="Climb no higher than you need: the generative-AI configuration that meets the bar at the least energy, "
    "carbon and cost, with evidence.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
ledger_app = typer.Typer(help="Show the ledger, check it, and forget texts.", no_args_is_help=False)
app.add_typer(ledger_app, name="ledger", rich_help_panel=None)
app.command("account", cls=AfterDashes)(account)
app.command("place")(place)
app.command("reconcile")(reconcile)
app.add_typer(predict_app, name="predict", rich_help_panel=None)
app.command("fleet")(fleet)
app.command("replay")(replay)
app.command("claims")(claims)
app.command("judge")(judge)
app.command("eval")(eval_command)
app.command("compare")(compare)
app.command("shortlist")(shortlist)
app.command("stereotypes")(stereotypes)
app.add_typer(rate_app, name="rate", rich_help_panel=None)
catalog_app = typer.Typer(
    help="Look up facts with their sources, and put rows of your own before them.", no_args_is_help=True
)
app.add_typer(catalog_app, name="catalog", rich_help_panel=None)


class PolicyName(StrEnum):
    """Which policies a climb decides."""

    BOTH = "both"
    LIFETIME = "lifetime"
    LADDER = "ladder"


def _read_overlays(home: Path) -> Path:
    """Facts of the project's own come before the built-in ones."""
    from rung.catalog import use

    use(home)
    return home


Home = Annotated[
    Path,
    typer.Option("--home", envvar="RUNG_HOME", callback=_read_overlays, help="The project's folder for what is kept."),
]
WorkloadFile = Annotated[Path, typer.Argument(metavar="WORKLOAD", help="The workload file (YAML).")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, its first letters, or `last`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
HOME = Path(".rung")


def command() -> Any:
    """The whole command tree."""
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"rung {__version__}")
        raise typer.Exit


@app.callback()
def rung(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Climb no higher than you need."""


@app.command()
def init(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A data file: JSONL, CSV or Parquet.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write.")] = Path("workload.yaml"),
    region: Annotated[str, typer.Option(help="Where it runs: a country code or a cloud region.")] = "FR",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
) -> None:
    """Write a commented workload file from a data file."""
    from rung.cli import workloads

    workloads.init(data, out, region=region, force=force)


@app.command()
def check(workload: WorkloadFile, json: AsJson = False) -> int:
    """Validate a workload file, its data and its models; nothing is spent."""
    from rung.cli import workloads

    return workloads.check(workload, as_json=json)


@app.command()
def schema() -> None:
    """Print the JSON Schema of workload files, for editors."""
    from rung.cli import workloads

    workloads.schema()


@app.command()
def climb(
    workload: WorkloadFile,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print candidates and what deciding would take; spend nothing.")
    ] = False,
    policy: Annotated[PolicyName, typer.Option(help="What to decide.")] = PolicyName.BOTH,
    budget_kj: Annotated[float | None, typer.Option(help="Most energy the search may use [kJ].")] = None,
    budget_usd: Annotated[float | None, typer.Option(help="Most money the search may cost [USD].")] = None,
    budget_minutes: Annotated[float | None, typer.Option(help="Most time the search may take [minutes].")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the last unfinished run.")] = False,
    json: AsJson = False,
    home: Home = HOME,
) -> int:
    """Find the configuration that meets the bar at the least lifetime total."""
    _refuse_no_budget(budget_kj=budget_kj, budget_usd=budget_usd, budget_minutes=budget_minutes)
    from rung.cli import climbing
    from rung.climb import Limits

    limits = Limits(
        energy_j=None if budget_kj is None else budget_kj * 1e3,
        usd=budget_usd,
        wall_s=None if budget_minutes is None else budget_minutes * 60,
    )
    if dry_run:
        return climbing.dry_run(workload, home, limits=limits, as_json=json)
    return climbing.climb(workload, home, policy=policy.value, limits=limits, resume=resume, as_json=json)


def _refuse_no_budget(**budgets: float | None) -> None:
    """A budget that is not a positive number would bind nothing, or everything."""
    for name, value in budgets.items():
        if value is not None and not (value > 0 and math.isfinite(value)):
            flag = "--" + name.replace("_", "-")
            raise BadInput(f"{flag} {value:g} is no budget", mend="give a positive number, or leave it out")


@app.command()
def runs(json: AsJson = False, home: Home = HOME) -> None:
    """List the runs, oldest first."""
    from rung.cli import runs as listing

    listing.show(home, as_json=json)


@app.command()
def report(
    run: RunName = "last",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; else the run's folder.")] = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Make the report of a run again, from the ledger."""
    from rung.cli import runs as listing

    listing.report(home, run, out, as_json=json)


@app.command()
def explain(
    run: RunName,
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE", help="Name of a candidate.")],
    home: Home = HOME,
) -> None:
    """Why a candidate was chosen, or why not, in words."""
    from rung.cli import runs as listing

    listing.explain(home, run, candidate)


@app.command()
def promote(
    run: RunName,
    candidate: Annotated[str | None, typer.Option(help="Another candidate than the choice.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the release; else the workload's.")] = None,
    link_model: Annotated[
        bool, typer.Option("--link-model", help="Refer to a local base model instead of copying it in.")
    ] = False,
    home: Home = HOME,
) -> None:
    """Make a release of what a run chose, and make it current."""
    from rung.cli import releases

    releases.promote(home, run, candidate=candidate, name=name, link_model=link_model)


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(metavar="RELEASE", help="Name of the release.")], home: Home = HOME
) -> None:
    """Make the version before the current one current again."""
    from rung.cli import releases

    releases.rollback(home, name)


@app.command("releases")
def list_releases(json: AsJson = False, home: Home = HOME) -> None:
    """List the releases and their versions."""
    from rung.cli import releases

    releases.show(home, as_json=json)


@app.command()
def answer(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="NAME, NAME@VERSION, or a release folder.")],
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Inputs; else stdin, a line each.")
    ] = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Answer inputs with a release."""
    from rung.cli import releases

    releases.answer(home, release, text or [], as_json=json)


@app.command()
def when(
    duration: Annotated[str, typer.Option(help="How long the job runs, e.g. 90m, 4h, 2d.")],
    power: Annotated[str, typer.Option(help="What it draws while it runs, e.g. 300W, 1.2kW.")],
    deadline: Annotated[str, typer.Option(help="Within which time it must be done, e.g. 24h.")],
    series: Annotated[
        list[str] | None, typer.Option(metavar="FILE[,FILE]", help="Hourly files, a region each.")
    ] = None,
    region: Annotated[list[str] | None, typer.Option(metavar="NAME=FILE", help="A region and its file.")] = None,
    live: Annotated[list[str] | None, typer.Option(metavar="FEED:ZONE", help="A service's forecast instead.")] = None,
    interruptible: Annotated[bool, typer.Option("--interruptible", help="It may stop and go on later.")] = False,
    start: Annotated[str | None, typer.Option(help="When it arrives (ISO 8601, UTC); else the files' end.")] = None,
    today: Annotated[str | None, typer.Option(metavar="NAME", help="Where it runs today; else the first.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave unusable rows out, and count them.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a page with the hours drawn.")] = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Find the cleanest hours, and region, for a job that can wait; without --today it runs in the first today."""
    from rung.cli import when as deciding

    deciding.when(
        series or [],
        region or [],
        live or [],
        duration=duration,
        power=power,
        deadline=deadline,
        interruptible=interruptible,
        start=start,
        today=today,
        skip_bad=skip_bad,
        home=home,
        html=html,
        as_json=json,
    )


@ledger_app.callback(invoke_without_command=True)
def ledger(context: typer.Context) -> None:
    """Show the ledger, check it, and forget texts."""
    if context.invoked_subcommand is None:
        ledger_show(home=Path(os.environ.get("RUNG_HOME") or HOME))


@ledger_app.command("show")
def ledger_show(
    run: Annotated[str | None, typer.Option(help="Only this run.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind of event.")] = None,
    events: Annotated[bool, typer.Option("--events", help="List events, not totals.")] = False,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """What was spent by run and part, or the events themselves."""
    from rung.cli import books

    books.show(home, run=run, kind=kind, events=events, as_json=json)


@ledger_app.command("verify")
def ledger_verify(home: Home = HOME) -> int:
    """Check the ledger file."""
    from rung.cli import books

    return books.verify(home)


@ledger_app.command("forget")
def ledger_forget(
    containing: Annotated[str | None, typer.Option(help="Texts that hold these words.")] = None,
    run: Annotated[str | None, typer.Option(help="Texts of this run's trials.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every text.")] = False,
    home: Home = HOME,
) -> None:
    """Erase prompts and answers for good. Events keep their hashes, scores and footprints."""
    from rung.cli import books

    books.forget(home, containing=containing, run=run, everything=everything)


Like = Annotated[str | None, typer.Option("--like", metavar="TEXT", help="Only what holds this text.")]


@catalog_app.command("regions")
def catalog_regions(like: Like = None, json: AsJson = False, home: Home = HOME) -> None:
    """Cloud regions: place, grid, intensity, renewable claim, PUE, water."""
    from rung.cli import catalog

    catalog.show("regions", home, like=like, as_json=json)


@catalog_app.command("silicon")
def catalog_silicon(like: Like = None, json: AsJson = False, home: Home = HOME) -> None:
    """Processors and accelerators: peak rates, memory, watts, embodied emissions."""
    from rung.cli import catalog

    catalog.show("silicon", home, like=like, as_json=json)


@catalog_app.command("instances")
def catalog_instances(like: Like = None, json: AsJson = False, home: Home = HOME) -> None:
    """Cloud machines: what is in them, and their price."""
    from rung.cli import catalog

    catalog.show("instances", home, like=like, as_json=json)


@catalog_app.command("models")
def catalog_models(like: Like = None, json: AsJson = False, home: Home = HOME) -> None:
    """Hosted models: token prices and sizes."""
    from rung.cli import catalog

    catalog.show("models", home, like=like, as_json=json)


@catalog_app.command("refresh")
def catalog_refresh(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns of a table.")],
    table: Annotated[str | None, typer.Option(help="The table; else the file's name says it.")] = None,
    json: AsJson = False,
    home: Home = HOME,
) -> None:
    """Check rows of your own and read them before the built-in ones, in this project."""
    from rung.cli import catalog

    catalog.refresh(file, home, table=table, as_json=json)
