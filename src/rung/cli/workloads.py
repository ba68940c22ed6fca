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
    """Validate everything before anything is spent; the exit code.

    0: ready. 1: valid, but a climb cannot end in a choice, because with so few evaluation items even a perfect
    candidate does not pass (see `rung.climb.prospects.too_few`). 2: something must be mended.
    """
    from rung.engines import engine_names
    from rung.engines.folder import check_model_folder
    from rung.evaluation import scorer, scorer_names
    from rung.methods import all_methods

    report = check_workload(
        path,
        known_metrics=scorer_names(),
        known_methods=tuple(all_methods()),
        known_engines=engine_names(),
        check_folder=check_model_folder,
        check_metric=scorer,
    )
    problems, few = list(report.problems), None
    if report.workload is not None:
        candidates, wrong = _proposals(report.workload)
        problems += wrong
        few = _too_few(report.workload, candidates) if not problems else None
    if as_json:
        found = [{"kind": type(p).__name__, "problem": p.problem, "mend": p.mend} for p in problems]
        body = {**report.to_json(), "ok": not problems, "problems": found, "can_pass": not problems and few is None}
        print(json.dumps(body, ensure_ascii=False))
        return _code(problems, few)
    for problem in problems:
        print(f"error: {problem.problem}\n mend: {problem.mend}", file=sys.stderr)
    for note in report.notes:
        print(note)
    if few is not None:
        print(f"{path} is valid, but a climb cannot pass: {few[0]}\n mend: {few[1]}")
    elif not problems:
        print(f"{path} is ready: rung climb {path}")
    return _code(problems, few)


def _code(problems: list[RungError], few: tuple[str, str] | None) -> int:
    return 2 if problems else 1 if few else 0


def _too_few(workload: Workload, candidates: int) -> tuple[str, str] | None:
    """Why nothing can pass on these items, in a first climb with so many candidates, and the mend; None: it can."""
    from rung.climb.prospects import first_weight, referee_of, too_few

    return too_few(workload, referee_of(workload), first_weight(candidates))


def _proposals(workload: Workload) -> tuple[int, list[RungError]]:
    """How many candidates there are, and what the methods themselves find wrong, with their settings above all.

    Proposing costs nothing.
    """
    from rung.methods import all_methods

    brief = workload.brief()
    count, problems = 0, list[RungError]()
    for name, method in all_methods().items():
        if workload.methods and name not in workload.methods:
            continue
        try:
            count += len(method.propose(brief))
        except RungError as problem:
            problems.append(problem)
    return count, problems


def schema() -> None:
    """Print the JSON Schema of workload files."""
    print(json.dumps(json_schema(), indent=2))
