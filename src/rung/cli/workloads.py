"""`rung init`, `rung check`, `rung schema`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from rung.errors import BadInput
from rung.workload import check_workload, draft_workload, json_schema


def init(data: Path, out: Path, *, force: bool) -> None:
    """Write a commented workload file from a data file."""
    if out.exists() and not force:
        raise BadInput(f"{out} is there already", mend="name another file with --out, or overwrite it with --force")
    text = draft_workload(data, out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(f"wrote {out}; read it, then: rung check {out}")


def check(path: Path, *, as_json: bool) -> None:
    """Validate everything before anything is spent."""
    from rung.accounting import factors_for
    from rung.evaluation import scorer_names

    report = check_workload(path, known_metrics=scorer_names(), check_place=factors_for)
    if as_json:
        print(json.dumps(dataclasses.asdict(report), ensure_ascii=False, default=str))
    else:
        print("\n".join(report.lines()))


def schema() -> None:
    """Print the JSON Schema of workload files."""
    print(json.dumps(json_schema(), indent=2))
