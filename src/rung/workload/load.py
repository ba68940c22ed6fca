"""`load_workload`: a file in, a validated `Workload` with its data out. The one place where input is checked."""

from __future__ import annotations

import os
from pathlib import Path

from rung.errors import BadData
from rung.types import Document, ModelRef
from rung.workload import schema
from rung.workload.knowledge import read_knowledge
from rung.workload.records import Bar, Guard, Ownership, Place, SearchBudget, Slo, Volume, Workload
from rung.workload.sets import Sets, load_sets
from rung.workload.suggest import close_match
from rung.workload.validate import validate
from rung.workload.yamlfile import Problem, YamlFile, read_yaml

_ENGINES = {
    "path": "transformers",
    "hf": "transformers",
    "url": "openai",
    "bedrock": "bedrock",
    "command": "system",
    "endpoint": "system",
}


def load_workload(path: Path) -> Workload:
    """Read a workload file and everything it names but the models.

    Raises:
        BadWorkload: the file; all problems, with line, field and mend.
        BadData: a data or knowledge file, with rows and mend.
        LeakedItems: evaluation items stand in train or tune.
        MissingExtra: a Parquet file without pyarrow.
    """
    file = read_yaml(path)
    content = validate(file)
    sets = load_sets(file, content)
    knowledge = load_knowledge(file, content)
    check_guards(file, content, sets)
    return assemble(file, content, sets, knowledge)


def load_knowledge(file: YamlFile, content: schema.WorkloadFile) -> tuple[Document, ...]:
    """The passages, or none."""
    if content.knowledge is None:
        return ()
    try:
        return read_knowledge(file.path.parent / content.knowledge)
    except BadData as error:
        raise BadData(f"{file.where(('knowledge',))}: {error.problem}", mend=error.mend) from error


def check_guards(file: YamlFile, content: schema.WorkloadFile, sets: Sets) -> None:
    """Every guard's slice has evaluation items.

    Raises:
        BadWorkload: one has none.
    """
    known = {item.slice for item in sets.splits.evaluation if item.slice is not None}
    problems: list[Problem] = []
    for i, guard in enumerate(content.guards):
        if guard.slice is not None and guard.slice not in known:
            listed = f"the slices are {', '.join(sorted(known)[:20])}" if known else "map it with `data.columns.slice`"
            near = close_match(guard.slice, known)
            what = f"no evaluation item has the slice {guard.slice!r}"
            problems.append(Problem(("guards", i, "slice"), what, near or listed))
    if problems:
        raise file.error(problems)


def assemble(file: YamlFile, content: schema.WorkloadFile, sets: Sets, knowledge: tuple[Document, ...]) -> Workload:
    """The records, from checked parts."""
    folder = file.path.parent
    budget = content.budget
    return Workload(
        name=content.name or file.path.stem,
        path=file.path,
        task=content.task,
        splits=sets.splits,
        knowledge=knowledge,
        bar=_bar(content.bar),
        guards=tuple(Guard(guard.metric, guard.at_least, guard.slice) for guard in content.guards),
        slo=None if content.slo is None else Slo(content.slo.latency_s, content.slo.quantile),
        volume=Volume(content.volume.requests_per_day, content.volume.lifetime_days),
        functional_unit=content.functional_unit,
        objective=content.objective,
        models=tuple(model_ref(model, folder) for model in content.models),
        place=_place(content.place),
        budget=SearchBudget(None if budget.kj is None else budget.kj * 1000, budget.usd, budget.minutes),
        owner=Ownership(content.owner.team, content.owner.cost_center, content.owner.environment),
        instruction=content.instruction,
        max_output_tokens=content.max_output_tokens,
        seed=content.seed,
        methods=tuple(content.methods.only or ()),
        options=content.methods.settings,
        notes=sets.notes,
    )


def model_ref(model: schema.Model, folder: Path) -> ModelRef:
    """The model as a record; relative paths are made absolute from the folder of the workload file."""
    way = next(way for way in schema.WAYS if getattr(model, way) is not None)
    named = str(getattr(model, way))
    options = dict(model.options)
    if way == "path":
        named = os.path.normpath(folder.absolute() / named)
    if way == "command":
        options.setdefault("cwd", str(folder.absolute()))
    parameters = model.parameters_b
    if isinstance(parameters, list):
        span = (parameters[0], parameters[1])
    else:
        span = None if parameters is None else (parameters, parameters)
    return ModelRef(
        name=model.name,
        engine=model.engine or _ENGINES[way],
        model=model.model or named,
        url=model.url,
        api_key_env=model.api_key_env,
        price_input_usd_per_mtok=model.price.input_usd_per_mtok,
        price_output_usd_per_mtok=model.price.output_usd_per_mtok,
        price_cached_usd_per_mtok=model.price.cached_usd_per_mtok,
        parameters_b=span,
        energy_j_per_1k_output_tokens=_range(model.energy_j_per_1k_output_tokens),
        options=options,
    )


def _bar(bar: schema.Bar) -> Bar:
    return Bar(
        metric=bar.metric,
        at_least=bar.at_least if bar.at_least is not None else 0.0,
        claim=bar.claim,
        alpha=bar.alpha,
        beta=bar.beta,
        reference=bar.reference,
        within=bar.within,
    )


def _place(place: schema.Place) -> Place:
    return Place(place.region, _range(place.grid_g_per_kwh), place.pue, place.usd_per_kwh)


def _range(value: float | schema.Range | None) -> tuple[float, float, float] | None:
    if isinstance(value, schema.Range):
        return (value.low, value.value, value.high)
    return None if value is None else (value, value, value)
