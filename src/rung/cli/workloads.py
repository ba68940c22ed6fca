"""`rung init`, `rung check`, `rung schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rung.errors import BadInput
from rung.workload import check_workload, draft_workload, json_schema

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
    from rung.engines.folder import check_model_folder
    from rung.evaluation import scorer_names
    from rung.methods import all_methods

    report = check_workload(
        path, known_metrics=scorer_names(), known_methods=tuple(all_methods()), check_folder=check_model_folder
    )
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False))
        return 0 if report.ok else 2
    for problem in report.problems:
        print(f"error: {problem.problem}\n mend: {problem.mend}", file=sys.stderr)
    for note in report.notes:
        print(note)
    if report.ok:
        print(f"{path} is ready: rung climb {path}")
    return 0 if report.ok else 2


def schema() -> None:
    """Print the JSON Schema of workload files."""
    print(json.dumps(json_schema(), indent=2))
