"""`rung place`: where to run, on what, and why not elsewhere."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rung.cli.place_asked import Asked, question, refuse_idle_options
from rung.cli.place_reading import number_for
from rung.errors import BadInput
from rung.units import S_PER_HOUR

if TYPE_CHECKING:
    from rung.cli.place_workload import Known
    from rung.placement.edge import EdgeVerdict
    from rung.placement.managed import Managed
    from rung.placement.place_records import Question, Ranking


def _n(help: str, *names: str) -> Any:  # noqa: A002
    return typer.Option(*names, help=help, parser=number_for(help), metavar="NUMBER")


def place(
    workload: Annotated[Path | None, typer.Argument(metavar="[WORKLOAD]", help="The workload, climbed before.")] = None,
    regions: Annotated[str | None, typer.Option(help="Regions or zones, with * (`aws:eu-*,FR`).")] = None,
    mix: Annotated[
        list[str] | None, typer.Option(help="A cross-region profile: NAME=REGION=SHARE,REGION=SHARE.")
    ] = None,
    instances: Annotated[str | None, typer.Option(help="Instances, with * (`c7g.*,m7i.large`).")] = None,
    objective: Annotated[
        str | None, typer.Option(help="carbon, energy, water or cost; several make a front (`carbon,cost`).")
    ] = None,
    watts: Annotated[float | None, _n("The work: IT power [W], mean.")] = None,
    unit_energy: Annotated[float | None, _n("The work: IT energy of a request [J].")] = None,
    busy_cores: Annotated[float | None, _n("The work: vCPUs that are busy, mean.")] = None,
    utilisation: Annotated[float | None, _n("The work: share of one machine that is busy.")] = None,
    hours: Annotated[float | None, _n("For how long [h].")] = None,
    requests: Annotated[float | None, _n("Requests in all of that time.")] = None,
    residency: Annotated[str | None, typer.Option(help="Countries, EU, EEA, EFTA, DACH, NORDICS.")] = None,
    user: Annotated[
        list[str] | None, typer.Option(help="LATITUDE,LONGITUDE or a region, with =WEIGHT; repeat for several.")
    ] = None,
    percentile: Annotated[
        float | None, _n("Share of the requests that a latency holds for; else the SLO's, or 0.95.")
    ] = None,
    max_latency_ms: Annotated[float | None, _n("Most round trip of the network [ms].")] = None,
    slo_ms: Annotated[float | None, _n("Most for network and answering together [ms].")] = None,
    service_ms: Annotated[float | None, _n("What answering takes [ms].")] = None,
    max_usd: Annotated[float | None, _n("Most money in all [USD].")] = None,
    max_kg: Annotated[float | None, _n("Most carbon in all [kgCO2e].")] = None,
    data_gb: Annotated[float, _n("Data that must be there too [GB].")] = 0.0,
    data_at: Annotated[str | None, typer.Option(help="The region or zone where it lies.")] = None,
    data_moved: Annotated[str, typer.Option(help="`once`, or anew every `month`.")] = "once",
    request_kb: Annotated[float, _n("A request and its answer on the network [kB].")] = 0.0,
    replicas: Annotated[int, typer.Option(help="Machines at least; the rest stands by.")] = 1,
    second_region: Annotated[
        str | None, typer.Option(help="A region where as much stands by; `auto` finds it.")
    ] = None,
    origin: Annotated[str | None, typer.Option("--from", help="Today: a region, or onprem:ZONE.")] = None,
    from_instance: Annotated[str | None, typer.Option(help="Today's instance.")] = None,
    from_watts: Annotated[float | None, _n("What the work draws today [W].")] = None,
    from_kg: Annotated[float, _n("Making today's own machines [kgCO2e], over 4 years.")] = 0.0,
    from_usd_per_hour: Annotated[float, _n("Today's own machines besides electricity [USD/h].")] = 0.0,
    edge: Annotated[str | None, typer.Option(help="Compare with devices in this grid zone.")] = None,
    edge_watts: Annotated[float, _n("What a device draws at work [W].")] = 0.0,
    edge_hours: Annotated[float, _n("Hours that a device works, in all [h].")] = 0.0,
    edge_devices: Annotated[int, typer.Option(help="How many devices.")] = 1,
    edge_kg: Annotated[float, _n("Making a device [kgCO2e].")] = 0.0,
    edge_usd: Annotated[float, _n("Price of a device [USD].")] = 0.0,
    edge_years: Annotated[float, _n("Life of a device [years].")] = 4.0,
    edge_dedicated: Annotated[bool, typer.Option("--edge-dedicated", help="The devices do nothing else.")] = False,
    managed: Annotated[str | None, typer.Option(help="Compare with this hosted model, paid by the token.")] = None,
    tokens_in: Annotated[float, _n("Tokens of a prompt.")] = 0.0,
    tokens_out: Annotated[float, _n("Tokens of an answer.")] = 0.0,
    tokens_cached: Annotated[float, _n("Of the prompt, tokens that the provider caches.")] = 0.0,
    capacity: Annotated[float | None, _n("Requests per second that the machines can answer.")] = None,
    candidate: Annotated[str | None, typer.Option(help="Another candidate than the plan's choice.")] = None,
    top: Annotated[int, typer.Option(help="Rows to print.")] = 10,
    html: Annotated[Path | None, typer.Option(help="Write a page with a map here.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    home: Annotated[Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder.")] = Path(".rung"),
) -> int:
    """Rank regions and machines for a workload, or for watts, joules or cores; every loser keeps its reason."""
    given: dict[str, Any] = {**locals(), "user": user or [], "mix": mix or []}
    asked = Asked(**{name: given[name] for name in Asked.__dataclass_fields__})
    if top < 1:
        raise BadInput(f"{top} rows", mend="give --top 1 or more")
    refuse_idle_options(given)
    from rung.catalog import use
    from rung.placement.place import place as rank
    from rung.placement.place_json import Outcome

    use(home)
    known = _known(asked)
    what = question(asked, known)
    ranking = rank(what)
    outcome = Outcome(
        what=_in_words(asked, known),
        ranking=ranking,
        edge=_edge(given, ranking),
        managed=_managed(given, what, ranking),
        notes=notes_of(asked, known, what, capacity=capacity),
    )
    from rung.report.place import place_table
    from rung.report.place_page import place_page

    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(place_page(outcome), encoding="utf-8")
    print(jsonlib.dumps(outcome.to_json(), ensure_ascii=False) if json else place_table(outcome, rows=top))
    return 0 if ranking.best is not None else 1


def _known(asked: Asked) -> Known | None:
    if asked.workload is None:
        if asked.candidate is not None:
            raise BadInput("--candidate without a workload", mend="name the workload file")
        return None
    from rung.cli.place_workload import known_of

    return known_of(asked.workload, asked.home, asked.candidate)


def _in_words(asked: Asked, known: Known | None) -> str:
    if known is not None:
        return known.what
    ways = {
        "W": asked.watts,
        "J a request": asked.unit_energy,
        "busy vCPUs": asked.busy_cores,
        "of a machine busy": asked.utilisation,
    }
    return ", ".join(f"{value:g} {unit}" for unit, value in ways.items() if value is not None)


def _edge(given: dict[str, Any], ranking: Ranking) -> EdgeVerdict | None:
    if given["edge"] is None or ranking.best is None:
        return None
    from rung.placement.edge import Edge, against_cloud

    devices = Edge(
        zone=given["edge"],
        watts=given["edge_watts"],
        working_h=given["edge_hours"],
        devices=given["edge_devices"],
        embodied_kg=given["edge_kg"],
        life_years=given["edge_years"],
        usd_each=given["edge_usd"],
        dedicated=given["edge_dedicated"],
    )
    return against_cloud(devices, ranking.best, ranking.hours)


def _managed(given: dict[str, Any], what: Question, ranking: Ranking) -> Managed | None:
    """The first option against a hosted model, at the volume of the work."""
    if given["managed"] is None or ranking.best is None:
        return None
    from rung.catalog import hosted
    from rung.placement.managed import Own, Request, compare

    best, requests = ranking.best, what.load.requests
    region = best.site.only
    if best.machine is None or region is None:
        raise BadInput("--managed compares with machines in one region", mend="name --instances and --regions")
    if requests is None or given["capacity"] is None:
        missing = "--requests N" if requests is None else "--capacity N, in requests per second"
        raise BadInput("--managed needs a volume and what the machines can answer", mend=f"add {missing}")
    own = Own(best.machine, region, best.machines, given["capacity"] * S_PER_HOUR)
    tokens = Request(given["tokens_in"], given["tokens_out"], given["tokens_cached"])
    return compare(hosted(given["managed"]), tokens, own, volume_per_hour=requests / what.load.hours)


def notes_of(asked: Asked, known: Known | None, what: Question, *, capacity: float | None = None) -> tuple[str, ...]:
    """What was assumed or left out."""
    from rung.catalog import ELSEWHERE
    from rung.placement.place_load import BusyCores, CoreWork, GivenEnergy, GivenWatts

    notes = list(known.notes) if known else []
    priced = [machine for machine in what.machines if machine is not None]
    if not priced:
        notes.append("No machine is named: embodied carbon is left out, and what a cloud charges is unknown.")
    else:
        low, mid, high = ELSEWHERE
        notes.append(
            "Prices are those of us-east-1, on demand; elsewhere than in Ohio and Oregon they are taken times "
            f"{mid:g} ({low:g} to {high:g}), assumed. Whether a region offers an instance was not checked."
        )
        notes.append("How many processors share a server is not published: embodied carbon is half to twice, assumed.")
    notes.append("Carbon is location-based; --json has the intensity by the providers' own claims beside it.")
    if priced and isinstance(what.load, GivenWatts | GivenEnergy):
        notes.append("One machine is taken to be enough, whatever its size: watts or joules do not tell its load.")
    if isinstance(what.load, CoreWork | BusyCores):
        notes.append("A core-second on another processor is taken as half to twice of one here, assumed.")
    if asked.utilisation is not None and len(priced) > 1:
        notes.append("That equally busy machines do the same work is taken as given.")
    if known is not None and priced and asked.from_watts is None:
        notes.append(
            "Today counts the requests alone; the machines idle between them. Give --from-watts for all of it."
        )
    if asked.user:
        notes.append("Round trips are modelled from great circles, judged at the mid; near a limit, measure.")
    if asked.origin and asked.origin.startswith("onprem") and not asked.from_kg:
        notes.append("What making today's own machines emitted is left out (--from-kg); that favours staying.")
    if asked.managed and asked.utilisation is not None and what.load.requests and capacity:
        busy = what.load.requests / what.load.hours / S_PER_HOUR / capacity
        if not math.isclose(busy, asked.utilisation, rel_tol=0.1):
            notes.append(
                f"The requests keep --capacity {busy:.1%} busy, not the {asked.utilisation:.1%} of --utilisation: the "
                "ranking is at the latter, the comparison with the hosted model at the former. Make them agree."
            )
    if asked.managed:
        notes.append("Where the hosted model runs is not known: its energy is put on the same grid; embodied left out.")
    return tuple(notes)
