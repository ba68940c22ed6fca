"""`rung judge`: a model scores the answers of an evaluation by rubrics, alone or in pairs."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def judge(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Results of `rung eval`, or data with responses as it reads them.")
    ],
    judge: Annotated[
        str, typer.Option("--judge", metavar="MODEL", help="A folder, URL, bedrock:ID, Hugging Face id or YAML entry.")
    ],
    rubric: Annotated[list[str] | None, typer.Option(metavar="NAME|FILE", help="What is asked; repeatable.")] = None,
    pairwise: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Compare two systems, each pair in both orders.")
    ] = None,
    human: Annotated[
        Path | None, typer.Option(metavar="LABELS", help="Labels of people: CSV, or the JSONL of `rung rate`.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Results or pairs; else DATA with `.judged`.")] = None,
    judge_model: Annotated[
        str | None, typer.Option(metavar="ID", help="The model at the URL, or of the workload file.")
    ] = None,
    judge_key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment variable that holds the URL's key.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Most tokens of a verdict with its reasoning.")] = 512,
    max_chars: Annotated[int, typer.Option(min=200, help="Most characters of material in a prompt.")] = 24_000,
    seed: Annotated[int, typer.Option(help="Of decoding and of bootstraps.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    home: Annotated[
        Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder for what is kept.")
    ] = Path(".rung"),
) -> None:
    """Let a model judge answers; what it takes goes into the ledger, and a verdict there is not paid again."""
    from rung.cli import judging
    from rung.cli.judge_asked import judge_model as model_of
    from rung.cli.judge_asked import read_labels, rubrics_of
    from rung.cli.judge_kept import Kept
    from rung.evaluation.formats import read_responses
    from rung.report.judging import judged_text

    rubrics = rubrics_of(rubric or (["preference"] if pairwise else []))
    if pairwise and not any(one.pairwise for one in rubrics):
        rubrics += rubrics_of(["preference"])
    model = model_of(judge, model=judge_model, key_env=judge_key_env)
    job = judging.Job(model, rubrics, pairwise, max_tokens, max_chars, seed, home)
    people = [] if human is None else read_labels(human)
    evaluated = read_responses(data)
    job.check(evaluated, people, str(human))
    keep = Kept.at(out, data, single=bool(job.single), pairwise=bool(job.paired))
    keep.check(evaluated, job.single)
    done = judging.run(job, evaluated, people, str(human))
    keep.write(done.results, done.pairs)
    shown = replace(done.shown, out=keep.results_name, pairs_out=keep.pairs_name)
    print(jsonlib.dumps(shown.to_json(), ensure_ascii=False) if json else judged_text(shown))
    if not done.readable:
        raise typer.Exit(1)
