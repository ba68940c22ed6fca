"""A workload: what is asked, in records that are validated once, at the edge (`rung.workload.schema`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rung.types import Document, Item, ModelRef, TaskKind

Claim = Literal["population", "dataset"]
Objective = Literal["carbon", "energy", "cost", "water"]


@dataclass(frozen=True, slots=True)
class Bar:
    """The quality that must be reached.

    Args:
        metric: name of a scorer; scores lie in [0, 1].
        at_least: the mean score asked for, in (0, 1]. With a `reference` it is derived while climbing.
        claim: about the `population` that the items were drawn from, or about this `dataset`.
        alpha: P(what is chosen is below the bar) is at most this.
        beta: P(the cheapest that meets the bar is wrongly refused) is at most this.
        reference: name of a model whose score is the yardstick, or None for an absolute bar.
        within: how far below the reference is still good enough, in score points (relative bars only).
    """

    metric: str
    at_least: float
    claim: Claim = "population"
    alpha: float = 0.05
    beta: float = 0.05
    reference: str | None = None
    within: float = 0.0


@dataclass(frozen=True, slots=True)
class Guard:
    """A second condition that must hold too: a metric, on all items or on one slice."""

    metric: str
    at_least: float
    slice: str | None = None

    @property
    def name(self) -> str:
        """How it is printed."""
        return self.metric if self.slice is None else f"{self.metric}[{self.slice}]"


@dataclass(frozen=True, slots=True)
class Slo:
    """Latency objective: the `quantile` of the end-to-end latency is at most `latency_s` [s]."""

    latency_s: float
    quantile: float = 0.95


@dataclass(frozen=True, slots=True)
class Volume:
    """How much is asked, and for how long.

    Args:
        requests_per_day: mean.
        lifetime_days: until the decision is taken anew [days].
    """

    requests_per_day: float
    lifetime_days: float

    @property
    def requests(self) -> float:
        """Requests in the lifetime."""
        return self.requests_per_day * self.lifetime_days


@dataclass(frozen=True, slots=True)
class Place:
    """Where it runs.

    Args:
        region: a catalog region (`aws:eu-west-1`), a country code, or None when the intensity is given.
        grid_g_per_kwh: (low, mid, high) grid intensity as the user gives it [gCO2e/kWh], or None: from the catalog.
        pue: facility over IT energy as the user gives it, or None: from the catalog.
        usd_per_kwh: tariff for own machines [USD/kWh], or None: from the catalog.
    """

    region: str | None = None
    grid_g_per_kwh: tuple[float, float, float] | None = None
    pue: float | None = None
    usd_per_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """What deciding may cost at most; None is no limit of its own."""

    energy_j: float | None = None
    usd: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who pays; copied into every ledger event."""

    team: str | None = None
    cost_center: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Splits:
    """Disjoint sets of items. `evaluation` is for the referee alone; methods never see it."""

    train: tuple[Item, ...]
    tune: tuple[Item, ...]
    evaluation: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """What a method may see of a workload: everything but the evaluation items.

    Args:
        task: the kind of task.
        train: items to learn from.
        tune: items to search on, disjoint from train and from the evaluation items.
        knowledge: passages of the knowledge folder; empty when there is none.
        models: the models that the workload names.
        labels: every label in train, sorted (classify); else empty.
        fields: the field names of the JSON outputs in train, in order of first use (extract); else empty.
        instruction: the task in the user's words; may be empty.
        max_output_tokens: cap on the tokens of an answer.
        seed: seed of everything that is random.
        eval_size: count of evaluation items.
        mean_input_chars: mean length of the inputs [characters], over train; over tune or, at last, the evaluation
            items where there is nothing else. It only serves to predict costs.
        mean_output_chars: mean length of the references [characters], over the same items.
        options: the workload's `methods:` section: method name -> its settings.
    """

    task: TaskKind
    train: tuple[Item, ...]
    tune: tuple[Item, ...]
    knowledge: tuple[Document, ...]
    models: tuple[ModelRef, ...]
    labels: tuple[str, ...]
    fields: tuple[str, ...]
    instruction: str
    max_output_tokens: int
    seed: int
    eval_size: int
    mean_input_chars: float
    mean_output_chars: float
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload file, validated, its data loaded.

    Args:
        name: short name.
        path: the file it came from.
        task: the kind of task.
        splits: train, tune and evaluation items.
        knowledge: passages; empty when there is none.
        bar: the quality asked for.
        guards: conditions that must hold too.
        slo: latency objective or None.
        volume: requests and lifetime.
        functional_unit: what one request is called in reports, e.g. `answered question`.
        objective: what is minimised over the lifetime.
        models: the models to consider.
        place: where it runs.
        budget: limits on the search.
        owner: who pays.
        instruction: the task in the user's words.
        max_output_tokens: cap on the tokens of an answer.
        seed: seed of splits, order and training.
        methods: names of the methods to consider; empty means all that fit.
        options: settings by method name.
        notes: what was done to the data that the user should know, e.g. items dropped; one sentence each.
    """

    name: str
    path: Path
    task: TaskKind
    splits: Splits
    knowledge: tuple[Document, ...]
    bar: Bar
    guards: tuple[Guard, ...]
    slo: Slo | None
    volume: Volume
    functional_unit: str
    objective: Objective
    models: tuple[ModelRef, ...]
    place: Place
    budget: SearchBudget
    owner: Ownership
    instruction: str
    max_output_tokens: int
    seed: int
    methods: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    notes: tuple[str, ...] = ()

    def brief(self) -> Brief:
        """What methods may see."""
        train = self.splits.train
        seen = train or self.splits.tune or self.splits.evaluation
        return Brief(
            task=self.task,
            train=train,
            tune=self.splits.tune,
            knowledge=self.knowledge,
            models=self.models,
            labels=_labels(train) if self.task == "classify" else (),
            fields=_fields(train) if self.task == "extract" else (),
            instruction=self.instruction,
            max_output_tokens=self.max_output_tokens,
            seed=self.seed,
            eval_size=len(self.splits.evaluation),
            mean_input_chars=_mean([len(item.input) for item in seen]),
            mean_output_chars=_mean([len(item.output) for item in seen]),
            options=self.options,
        )


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _labels(train: tuple[Item, ...]) -> tuple[str, ...]:
    return tuple(sorted({item.output for item in train}))


def _fields(train: tuple[Item, ...]) -> tuple[str, ...]:
    import json

    names: dict[str, None] = {}
    for item in train:
        names.update(dict.fromkeys(json.loads(item.output)))
    return tuple(names)
