"""`rung init`, `rung check`, `rung schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rung.errors import BadInput, RungError
from rung.workload import Workload, check_workload, draft_workload, json_schema

SCHEMA_NAME = "workload.schema.json"


def init(data: Path, out: Path, *, region: str, force: bool) -> None:
    """Write a commented workload file from a data file, and the schema that editors check it by beside it."""
    if out.exists() and not force:
        raise BadInput(f"{out} is there already", mend="name another file with --out, or overwrite it with --force")
    text = draft_workload(data, into=out.parent, region=region, schema=SCHEMA_NAME)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    (out.parent / SCHEMA_NAME).write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")
    print(f"wrote {out}; read the lines marked CHANGE, then: rung check {out}")


def check(path: Path, *, as_json: bool) -> int:
    """Validate everything before anything is spent; the exit code."""
    from rung.engines import engine_names
    from rung.engines.folder import check_model_folder
    from rung.evaluation import scorer_names
    from rung.methods import all_methods

    report = check_workload(
        path,
        known_metrics=scorer_names(),
        known_methods=tuple(all_methods()),
        known_engines=engine_names(),
        check_folder=check_model_folder,
    )
    problems = list(report.problems) if report.workload is None else [*report.problems, *_proposals(report.workload)]
    if as_json:
        found = [{"kind": type(p).__name__, "problem": p.problem, "mend": p.mend} for p in problems]
        print(json.dumps({**report.to_json(), "ok": not problems, "problems": found}, ensure_ascii=False))
        return 2 if problems else 0
    for problem in problems:
        print(f"error: {problem.problem}\n mend: {problem.mend}", file=sys.stderr)
    for note in report.notes:
        print(note)
    if not problems:
        print(f"{path} is ready: rung climb {path}")
    return 2 if problems else 0


def _proposals(workload: Workload) -> list[RungError]:
    """What the methods themselves find wrong, with their settings above all; proposing costs nothing."""
    from rung.methods import all_methods

    brief = workload.brief()
    problems: list[RungError] = []
    for name, method in all_methods().items():
        if workload.methods and name not in workload.methods:
            continue
        try:
            method.propose(brief)
        except RungError as problem:
            problems.append(problem)
    return problems


def schema() -> None:
    """Print the JSON Schema of workload files."""
    print(json.dumps(json_schema(), indent=2))
