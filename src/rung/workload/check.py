"""`rung check`: everything that can be known to be wrong before anything is spent, and what the data look like."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rung.catalog import grid
from rung.errors import BadWorkload, RungError
from rung.workload.load import assemble, check_guards, load_knowledge
from rung.workload.models import check_model, check_model_folder
from rung.workload.notes import bar_notes, data_notes
from rung.workload.records import Workload
from rung.workload.schema import WorkloadFile
from rung.workload.sets import load_sets
from rung.workload.suggest import close_match
from rung.workload.validate import validate
from rung.workload.yamlfile import FieldPath, Problem, YamlFile, read_yaml

T = TypeVar("T")

METRICS = ("accuracy", "exact_match", "json_field_f1", "rouge_l", "token_f1")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Args:
        path: the workload file.
        problems: what must be mended, each with its mend; empty means that a climb may start.
        notes: what is worth knowing, one sentence each.
        workload: the loaded workload, when nothing was wrong.
    """

    path: Path
    problems: tuple[RungError, ...]
    notes: tuple[str, ...]
    workload: Workload | None

    @property
    def ok(self) -> bool:
        """True when nothing must be mended."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "path": str(self.path),
            "ok": self.ok,
            "problems": [{"kind": type(p).__name__, "problem": p.problem, "mend": p.mend} for p in self.problems],
            "notes": list(self.notes),
        }


class _Findings:
    """Collects errors in place of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[RungError] = []
        self.notes: list[str] = []

    def attempt(self, step: Callable[[], T]) -> T | None:
        """The result of a step, or None when it raised a RungError, which is kept."""
        try:
            return step()
        except RungError as error:
            self.problems.append(error)
            return None


def check_workload(
    path: Path,
    *,
    known_metrics: Collection[str] = METRICS,
    known_methods: Collection[str] | None = None,
    known_engines: Collection[str] = ("transformers", "openai", "bedrock", "system"),
    check_region: Callable[[str], object] = grid,
    check_folder: Callable[[Path], object] = check_model_folder,
    check_metric: Callable[[str], object] | None = None,
) -> CheckReport:
    """Check a workload file and everything it names. Nothing is run, downloaded or paid.

    Args:
        path: the workload file.
        known_metrics: names of the scorers.
        known_methods: names of the methods, or None: not checked.
        known_engines: names of the engines.
        check_region: raises a RungError for a region that has no row.
        check_folder: raises a RungError for a model folder that cannot be used.
        check_metric: raises a RungError for a metric of a known name, or with a parameter (`numeric:0.01`), that
            cannot be used; None: not checked.
    """
    found = _Findings()
    file = found.attempt(lambda: read_yaml(path))
    content = None if file is None else found.attempt(lambda: validate(file))
    workload: Workload | None = None
    if file is not None and content is not None:
        found.attempt(lambda: _check_names(file, content, known_metrics, known_methods, known_engines))
        if check_metric is not None:
            found.attempt(lambda: _check_metrics(file, content, known_metrics, check_metric))
        _check_place(file, content, check_region, found)
        for i, model in enumerate(content.models):
            problems, notes = check_model(file, i, model, check_folder)
            found.problems += problems
            found.notes += notes
        workload = _loaded(file, content, found)
    if workload is not None:
        found.notes += [*workload.notes, *data_notes(workload), *bar_notes(workload)]
    return CheckReport(path, tuple(found.problems), tuple(found.notes), None if found.problems else workload)


def _loaded(file: YamlFile, content: WorkloadFile, found: _Findings) -> Workload | None:
    sets = found.attempt(lambda: load_sets(file, content))
    knowledge = found.attempt(lambda: load_knowledge(file, content))
    if sets is None or knowledge is None:
        return None
    found.attempt(lambda: check_guards(file, content, sets))
    return assemble(file, content, sets, knowledge)


def _check_names(
    file: YamlFile,
    content: WorkloadFile,
    metrics: Collection[str],
    methods: Collection[str] | None,
    engines: Collection[str],
) -> None:
    """Names of metrics, methods and engines that other parts would have to know."""
    named: list[tuple[FieldPath, str, str, Collection[str]]] = [
        (field, name, "metric", metrics) for field, name in _metrics(content)
    ]
    named += [
        (("models", i, "engine"), model.engine, "engine", engines)
        for i, model in enumerate(content.models)
        if model.engine is not None
    ]
    if methods is not None:
        named += [
            (("methods", "only", i), name, "method", methods) for i, name in enumerate(content.methods.only or ())
        ]
        named += [(("methods", name), name, "method", methods) for name in content.methods.settings]
    problems = [
        Problem(
            field, f"no {kind} is named {name!r}", close_match(name, known) or f"use one of {', '.join(sorted(known))}"
        )
        for field, name, kind, known in named
        if name not in known and not (kind == "metric" and _family(name) in known)
    ]
    if problems:
        raise file.error(problems)


def _check_metrics(
    file: YamlFile, content: WorkloadFile, known: Collection[str], check_metric: Callable[[str], object]
) -> None:
    """Metrics that have a known name and still cannot be used."""
    problems: list[Problem] = []
    for field, name in _metrics(content):
        if _family(name) in known:
            try:
                check_metric(name)
            except RungError as error:
                problems.append(Problem(field, error.problem, error.mend))
    if problems:
        raise file.error(problems)


def _metrics(content: WorkloadFile) -> list[tuple[FieldPath, str]]:
    guards = [(("guards", i, "metric"), guard.metric) for i, guard in enumerate(content.guards)]
    return [(("bar", "metric"), content.bar.metric), *guards]


def _family(metric: str) -> str:
    """The name without its parameter: `numeric` of `numeric:0.01`."""
    return metric.partition(":")[0]


def _check_place(
    file: YamlFile, content: WorkloadFile, check_region: Callable[[str], object], found: _Findings
) -> None:
    region = content.place.region
    if region is None:
        return
    try:
        check_region(region)
    except RungError as error:
        where = file.where(("place", "region"))
        found.problems.append(BadWorkload(error.problem, mend=error.mend, where=where))
