"""`rung eval`: progress on stderr, a table or JSON on stdout, results in a file and in the ledger."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.cli.eval_systems import Wanted
    from rung.evaluation.formats import Dataset
    from rung.evaluation.records import ResponseScorer
    from rung.evaluation.running import Evaluated


def eval_command(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="JSONL (ours or Bedrock's), CSV, Parquet, harness task, or results.")
    ],
    metric: Annotated[
        list[str] | None, typer.Option(help="A metric, or figure of the data set; repeat for several.")
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="A sentence embedder, for embedding_similarity.")
    ] = None,
    perturb: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Ask with noise too: typo, case, whitespace; repeatable.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="A model's folder or Hugging Face id; with --workload, its name there.")
    ] = None,
    workload: Annotated[Path | None, typer.Option(help="Take the models of this workload file.")] = None,
    endpoint: Annotated[str | None, typer.Option(metavar="URL", help="An OpenAI-compatible API.")] = None,
    endpoint_model: Annotated[str | None, typer.Option(help="Name of the model there.")] = None,
    api_key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the key.")] = None,
    bedrock: Annotated[str | None, typer.Option(help="An Amazon Bedrock model id.")] = None,
    command: Annotated[str | None, typer.Option(help="A command that reads and writes JSONL.")] = None,
    price_input: Annotated[float | None, typer.Option(help="Hosted: USD per million input tokens.")] = None,
    price_output: Annotated[float | None, typer.Option(help="Hosted: USD per million output tokens.")] = None,
    parameters_b: Annotated[float | None, typer.Option(help="Hosted: active parameters [10^9], for energy.")] = None,
    knowledge: Annotated[Path | None, typer.Option(help="Folder or table of documents to retrieve from.")] = None,
    top_k: Annotated[int, typer.Option(help="Passages to retrieve.")] = 3,
    retrieve_only: Annotated[bool, typer.Option("--retrieve-only", help="Retrieve, and ask no model.")] = False,
    task: Annotated[str | None, typer.Option(help="Prompt form: generate, answer, classify or extract.")] = None,
    template: Annotated[
        Path | None, typer.Option(help="Prompt as a jinja2 file over prompt, contexts, category.")
    ] = None,
    instruction: Annotated[str, typer.Option(help="The task in your words.")] = "",
    max_tokens: Annotated[int, typer.Option(help="Most tokens of an answer.")] = 256,
    concurrency: Annotated[int, typer.Option(help="Requests at once to a model elsewhere.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the order of items, decoding and bootstrap.")] = 0,
    alpha: Annotated[float, typer.Option(help="1 - confidence of the intervals.")] = 0.05,
    region: Annotated[str, typer.Option(help="Where this machine stands, for carbon.")] = "FR",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the results (JSONL).")] = None,
    export: Annotated[
        list[str] | None,
        typer.Option(metavar="FORM=FILE", help="Write data and responses: bedrock=FILE.jsonl, rows=FILE.csv."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    home: Annotated[Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder.")] = Path(".rung"),
) -> None:
    """Score responses in the data, models, endpoints, commands or retrieval, by metrics.

    A killed evaluation goes on when the same command runs again; nothing is asked twice.
    """
    from rung.cli.eval_systems import Wanted
    from rung.evaluation.noisy import noise_kinds

    if not 0 < alpha < 1:
        raise BadInput(f"--alpha {alpha:g} is no error rate", mend="give a number between 0 and 1")
    exports = [_export(one) for one in export or []]
    for target in (out, *(path for _, path in exports)):
        if target is not None and target.resolve() == data.resolve():
            raise BadInput(f"{target} is the data itself", mend="name another file to write")
    wanted = Wanted(
        models=model or [],
        workload=workload,
        endpoint=endpoint,
        endpoint_model=endpoint_model,
        api_key_env=api_key_env,
        bedrock=bedrock,
        command=command,
        price=_price(price_input, price_output),
        parameters_b=parameters_b,
        knowledge=knowledge,
        top_k=top_k,
        retrieve_only=retrieve_only,
        task=task,
        template=template,
        instruction=instruction,
        max_tokens=max_tokens,
        concurrency=concurrency,
        seed=seed,
        noise=noise_kinds(perturb or []),
    )
    dataset, found = _evaluated(data, wanted, metric or [], embedder=embedder, alpha=alpha, region=region, home=home)
    _write(found, out, exports)
    if json:
        print(jsonlib.dumps(_json(dataset, found, region, out), ensure_ascii=False))
    else:
        _show(dataset, found, region, out)


def _price(given: float | None, made: float | None) -> tuple[float, float] | None:
    if (given is None) != (made is None):
        raise BadInput("one price of two", mend="give both --price-input and --price-output")
    return None if given is None or made is None else (given, made)


def _export(text: str) -> tuple[str, Path]:
    form, equals, file = text.partition("=")
    if form not in ("bedrock", "rows") or not equals or not file:
        raise BadInput(f"--export {text!r} cannot be read", mend="write bedrock=FILE.jsonl or rows=FILE.csv")
    return form, Path(file)


def _evaluated(
    data: Path, wanted: Wanted, metrics: list[str], *, embedder: str | None, alpha: float, region: str, home: Path
) -> tuple[Dataset, Evaluated]:
    from rung.accounting import factors_for
    from rung.catalog import use
    from rung.cli.eval_systems import systems_of
    from rung.cli.live_line import LiveLine
    from rung.engines import EngineRoom
    from rung.evaluation.figures import split_metrics
    from rung.evaluation.formats import read_dataset
    from rung.evaluation.given import GivenSystem
    from rung.evaluation.running import EvalSetting, evaluate
    from rung.meters import local_meter
    from rung.workload import Place

    use(home)
    meter = local_meter()
    began = meter.look()
    of_responses, figures = split_metrics(metrics)
    by = _scorers(of_responses, embedder) if of_responses or embedder or not figures else ()
    dataset = read_dataset(data)
    factors = factors_for(Place(region=region))
    given = [GivenSystem(name, mine) for name, mine in dataset.responses.items()]
    with LiveLine("preparing") as line, EngineRoom() as room:

        def heard(system: str, done: int, of: int) -> None:
            if line.due():
                line.draw(done / of, f"{done}/{of} items", words=system)

        setting = EvalSetting(
            home=home,
            meter=meter,
            factors=factors,
            seed=wanted.seed,
            alpha=alpha,
            figures=figures,
            heard=heard,
            waiting=lambda system: line.said(f"another evaluation of {system!r} is running here: waiting for it"),
            since=began,
        )
        asked = systems_of(wanted, room)
        if given and wanted.noise:
            dataset = replace(dataset, notes=(*dataset.notes, "responses in the data are not asked with noise"))
        return dataset, evaluate(dataset, [*given, *asked], by, setting)


def _scorers(metrics: Sequence[str], embedder: str | None) -> tuple[ResponseScorer, ...]:
    from rung.evaluation.measures import response_scorers
    from rung.evaluation.registry import SIMILARITY

    if embedder is None:
        return response_scorers(metrics)
    if SIMILARITY not in metrics:
        raise BadInput(f"--embedder without the metric {SIMILARITY}", mend=f"add --metric {SIMILARITY}")
    from rung.methods.embedder import LateEmbedder

    return response_scorers(metrics, embedder=LateEmbedder(embedder))


def _write(found: Evaluated, out: Path | None, exports: list[tuple[str, Path]]) -> None:
    from rung.evaluation.formats import Dataset, write_bedrock, write_rows
    from rung.evaluation.results import write_results

    results = found.results
    if out is not None:
        write_results(out, results)
    responses = {system: {item: one.response for item, one in mine.items()} for system, mine in results.scored.items()}
    for form, path in exports:
        (write_bedrock if form == "bedrock" else write_rows)(path, Dataset(results.name, results.items, responses))


def _json(dataset: Dataset, found: Evaluated, region: str, out: Path | None) -> dict[str, object]:
    return {
        "run": found.run,
        "data": dataset.name,
        "items": len(dataset.items),
        "seed": found.results.seed,
        "region": region,
        "summaries": [one.to_json() for one in found.summaries],
        "figures": [one.to_json() for one in found.figures.figures],
        "labels": [one.to_json() for one in found.figures.labels],
        "noise": [one.to_json() for one in found.noise],
        "asked": found.calls,
        "kept": found.kept,
        "spent": found.spent.to_json(),
        "notes": list(dataset.notes),
        "out": None if out is None else str(out),
    }


def _show(dataset: Dataset, found: Evaluated, region: str, out: Path | None) -> None:
    from rung.report.evaluation import render_evaluation

    print(render_evaluation(found, region=region))
    for note in dataset.notes:
        print(f"note: {note}")
    if out is not None:
        print(f"wrote {out}", file=sys.stderr)
