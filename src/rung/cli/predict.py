"""`rung predict`: a model on silicon before anything is run; a sweep over batches; fitting constants of one's own."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from rung.cli.place_reading import number_for
from rung.cli.predict_asked import Asked, asked
from rung.cli.predict_calibrate import calibrate
from rung.cli.predict_hosted import hosted
from rung.cli.predict_image import image
from rung.cli.predict_plan import fit_slo
from rung.cli.predict_training import training
from rung.errors import BadInput

predict_app = typer.Typer(
    help="Predict energy, latency and cost of a model on silicon; nothing is run.", invoke_without_command=True
)

predict_app.command("fit-slo")(fit_slo)
predict_app.command("calibrate")(calibrate)
predict_app.command("training")(training)
predict_app.command("image")(image)
predict_app.command("hosted")(hosted)

_BATCH = "Sequences in flight in the replica, mean."
_PROMPT = "Tokens of a prompt."
_OUTPUT = "Tokens of an answer."
_ITL = "SLO: most for the median gap between tokens [ms], at the far end of its interval."
_KWH = "Grid [gCO2e/kWh] instead of --region."
_USD = "Price of one accelerator [USD/h]."


@predict_app.callback()
def predict(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(help="A config.json, a model folder, or a size (8B, 30B-A3B).")] = None,
    silicon: Annotated[str, typer.Option(help="Accelerator: a name of `rung catalog silicon`.")] = "H100",
    count: Annotated[int | None, typer.Option(min=1, help="Accelerators; all share each layer.")] = None,
    parallel: Annotated[str | None, typer.Option(help="How they are shared: tp=4,pp=1,dp=1,ep=4.")] = None,
    precision: Annotated[str | None, typer.Option(help="bf16, fp16, fp8, int8, int4, mxfp4; else as published")] = None,
    batch: Annotated[float, typer.Option(help=_BATCH, parser=number_for(_BATCH), metavar="NUMBER")] = 32.0,
    prompt: Annotated[float, typer.Option(help=_PROMPT, parser=number_for(_PROMPT), metavar="NUMBER")] = 500.0,
    output: Annotated[float, typer.Option(help=_OUTPUT, parser=number_for(_OUTPUT), metavar="NUMBER")] = 300.0,
    engine_generation: Annotated[str, typer.Option(help="vllm-2025 or vllm-2024.")] = "vllm-2025",
    constants: Annotated[Path | None, typer.Option(help="Constants of your own, from `rung predict fit`.")] = None,
    region: Annotated[str | None, typer.Option(help="A cloud region or grid zone, for grams.")] = None,
    grid_intensity: Annotated[float | None, typer.Option(help=_KWH, parser=number_for(_KWH), metavar="NUMBER")] = None,
    usd_per_hour: Annotated[float | None, typer.Option(help=_USD, parser=number_for(_USD), metavar="NUMBER")] = None,
    itl_ms: Annotated[float | None, typer.Option(help=_ITL, parser=number_for(_ITL), metavar="NUMBER")] = None,
    sweep: Annotated[bool, typer.Option("--sweep", help="Over batches of 1, 2, 4, ... that fit.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the sweep as a page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Predict a replica at a steady load: latency, energy, grams and dollars, each with an interval of 90%."""
    if context.invoked_subcommand is not None:
        return
    if model is None:
        raise BadInput("no model is given", mend="add --model config.json, a folder, or a size such as 8B or 30B-A3B")
    given = Asked(
        model=model,
        silicon=silicon,
        count=count,
        parallel=parallel,
        precision=precision,
        batch=batch,
        prompt=prompt,
        output=output,
        generation=engine_generation,
        constants=constants,
        region=region,
        grid_intensity=grid_intensity,
        usd_per_hour=usd_per_hour,
        itl_ms=itl_ms,
    )
    found = asked(given, sweep=sweep or html is not None)
    if html is not None:
        from rung.report.predict_page import predict_page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(predict_page(found), encoding="utf-8")
        print(f"wrote {html}", file=sys.stderr)
    if json:
        print(jsonlib.dumps(found.to_json(), ensure_ascii=False))
        return
    from rung.report.predict import predict_text

    print(predict_text(found))


@predict_app.command("fit")
def fit(
    tables: Annotated[list[Path], typer.Argument(metavar="MEASUREMENTS", help="CSV tables of measured serving.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the constants are written.")],
    specs: Annotated[Path | None, typer.Option(help="CSV of architectures: key,layers,hidden,...")] = None,
    start: Annotated[
        str,
        typer.Option(help="`shipped`: move from the shipped constants (a few load tests do); `prior`: from nothing."),
    ] = "shipped",
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Fit the constants to measurements of your own."""
    from rung.cli.predict_fit import fit_tables

    fit_tables(tables, specs, out, start=start, as_json=json)
