"""`rung fleet`: a trace through a fleet that is not rented yet."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rung.cli.fleet_asked import Asked, Question, notes_of, question, requests_of, settings_of

if TYPE_CHECKING:
    from rung.prediction.fleet import FleetRun, Objective, Simulated


class ScalingName(StrEnum):
    """How the number of replicas follows the load."""

    FIXED = "fixed"
    TARGET = "target"
    ZERO = "zero"
    PREDICTIVE = "predictive"


class RoutingName(StrEnum):
    """Which replica takes the next request."""

    SPREAD = "spread"
    PACK = "pack"


def fleet(
    trace: Annotated[Path, typer.Option(metavar="FILE", help="Requests: arrival_s, input_tokens, output_tokens.")],
    profile: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What a replica can do (JSON), measured; or --model.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Predict the replica: a config.json, a folder, or a size.")] = None,
    silicon: Annotated[str, typer.Option(help="Its accelerator: a name of `rung catalog silicon`.")] = "H100",
    count: Annotated[int | None, typer.Option(min=1, help="Accelerators of a replica.")] = None,
    parallel: Annotated[str | None, typer.Option(help="How they are shared: tp=4,pp=1,dp=1,ep=4.")] = None,
    precision: Annotated[str | None, typer.Option(help="bf16, fp8, int4, ...; else as published.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=4096, help="Requests at once in a replica, at most.")] = 256,
    constants: Annotated[Path | None, typer.Option(help="Constants of your own, from `rung predict fit`.")] = None,
    scaling: Annotated[ScalingName, typer.Option(help="How the number of replicas follows.")] = ScalingName.TARGET,
    replicas: Annotated[str | None, typer.Option(metavar="N|LOW..HIGH", help="How many; else 1..100.")] = None,
    target: Annotated[
        float | None, typer.Option(help="Requests in flight a replica; else 70% of what it holds.")
    ] = None,
    interval: Annotated[str, typer.Option(help="Between looks of the scaling, e.g. 15s.")] = "15s",
    hold: Annotated[str, typer.Option(help="How long less is wanted before replicas go.")] = "5m",
    keep: Annotated[
        str | None, typer.Option(help="How long `zero` keeps an idle replica; else cold start J / idle W.")
    ] = None,
    routing: Annotated[
        RoutingName | None, typer.Option(help="Who takes the next request; else pack to zero, spread otherwise.")
    ] = None,
    chunk: Annotated[int, typer.Option(help="Prompt tokens an iteration; 0 reads prompts whole.")] = 2048,
    region: Annotated[str | None, typer.Option(help="Where it runs: aws:eu-west-1, FR, ...")] = None,
    grid_intensity: Annotated[
        str | None, typer.Option(metavar="LOW,MID,HIGH", help="Instead of the catalog's [gCO2e/kWh].")
    ] = None,
    series: Annotated[Path | None, typer.Option(metavar="FILE", help="Intensity by the hour.")] = None,
    start: Annotated[str | None, typer.Option(help="When the trace begins in it (ISO 8601, UTC); else first.")] = None,
    pue: Annotated[float | None, typer.Option(help="Facility over IT energy.")] = None,
    usd_per_hour: Annotated[float | None, typer.Option(help="Of a replica; else the profile's [USD/h].")] = None,
    deferrable: Annotated[float, typer.Option(help="Share of the requests that may wait.")] = 0.0,
    deadline: Annotated[str | None, typer.Option(help="How long those may take in all, e.g. 10m.")] = None,
    deferred_batch: Annotated[int | None, typer.Option(help="Sent off together; else the batch of least J.")] = None,
    spill: Annotated[str | None, typer.Option(metavar="REGION", help="Where requests go when home is full.")] = None,
    spill_queue: Annotated[int, typer.Option(help="How many wait at home before that.")] = 0,
    spill_rtt_ms: Annotated[float, typer.Option(help="Round trip to it [ms].")] = 100.0,
    spill_replicas: Annotated[str | None, typer.Option(metavar="N|LOW..HIGH", help="There; else as at home.")] = None,
    slo: Annotated[
        list[str] | None, typer.Option(metavar="TIME=LIMIT[@P]", help="ttft=2s@p95, itl=100ms@p99, latency=30s.")
    ] = None,
    slo_curve: Annotated[bool, typer.Option("--slo-curve", help="What a looser objective would save.")] = False,
    load: Annotated[float, typer.Option(help="Arrivals so many times as fast.")] = 1.0,
    first: Annotated[int | None, typer.Option(metavar="N", help="Only the first requests.")] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of those that may wait.")] = 0,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave unusable rows out, and count them.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    home: Annotated[
        Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder for what is kept.")
    ] = Path(".rung"),
) -> int:
    """Simulate replicas, batching and scaling on a trace of requests: latency, joules, grams, dollars."""
    from rung.catalog import use

    use(home)
    asked = Asked(
        trace=trace, profile=profile, model=model, silicon=silicon, count=count, parallel=parallel, precision=precision,
        batch=batch, constants=constants, first=first, load=load, scaling=scaling.value, replicas=replicas,
        target=target, interval=interval, hold=hold, keep=keep,
        routing=None if routing is None else routing.value, chunk=chunk,
        region=region, grid_intensity=grid_intensity, series=series, start=start, pue=pue, usd_per_hour=usd_per_hour,
        deferrable=deferrable, deadline=deadline, deferred_batch=deferred_batch, spill=spill, spill_queue=spill_queue,
        spill_rtt_ms=spill_rtt_ms, spill_replicas=spill_replicas, slo=tuple(slo or ()), seed=seed, skip_bad=skip_bad,
    )  # fmt: skip
    return answer(asked, question(asked), curve=slo_curve, html=html, as_json=json)


def answer(asked: Asked, put: Question, *, curve: bool, html: Path | None, as_json: bool) -> int:
    """Simulate and show; 1 when an objective is missed."""
    run = simulated(asked, put, curve=curve)
    if html is not None:
        from rung.report.fleet import render_fleet

        html.write_text(render_fleet(run), encoding="utf-8")
        print(f"wrote {html}", file=sys.stderr)
    if as_json:
        print(jsonlib.dumps(run.to_json(), indent=2))
    else:
        from rung.report.fleet_words import summary

        print(summary(run))
    return 0 if run.holds else 1


def simulated(asked: Asked, put: Question, *, curve: bool) -> FleetRun:
    """Send the trace through the fleet, and through others where the curve is asked for."""
    from rung.cli.fleet_live import Bar
    from rung.prediction.fleet import FleetRun, outcome_of, relax, simulate

    read, requests = requests_of(asked)
    with Bar() as bar:
        ran = simulate(requests, put.spec, bar.of_trace(read))
        for line in read.examples:
            bar.said(f"skipped {line}")
        relaxed = None
        if curve:
            relaxed = relax(lambda: requests_of(asked)[1], put.spec, put.powers, _relaxed(put, ran), ran, bar.of_fleets)
    home = put.spec.home
    return FleetRun(
        trace=asked.trace.name,
        service=home.service.name,
        fleet=home.scaling.words,
        routing=home.routing,
        settings=settings_of(asked),
        outcome=outcome_of(ran, put.powers),
        kept=tuple(one.kept(ran.tally) for one in put.objectives),
        curve=relaxed,
        skipped=read.skipped,
        notes=notes_of(put, read.skipped),
    )


def _relaxed(put: Question, ran: Simulated) -> Objective:
    """The first objective; without one, the 95th percentile of the first token as it came out."""
    from rung.prediction.fleet import Objective

    if put.objectives:
        return put.objectives[0]
    return Objective("ttft", max(1e-3, ran.tally.ttft.quantile(0.95) or 1.0))
