"""The plan: what a climb decided, and everything the report shows. All arithmetic is done before it is made.

`plan.json` is `Plan.to_json()`; a plan is a pure function of the ledger's events of its run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from rung.evaluation import ControlState
from rung.referee import MetricState
from rung.types import Footprint, Quantity, Rejection

Decision = Literal["passed", "failed", "inconclusive", "skipped", "untried"]


MetricEvidence = MetricState
"""What is known of one metric of one candidate, as the referee states it; its decision is for this metric alone."""

ControlEvidence = ControlState
"""A control run of an `answer` candidate, on tune items: mean score with it and without."""


@dataclass(frozen=True, slots=True)
class CandidateEvidence:
    """A row of the ladder table.

    Args:
        name: the candidate.
        key: its content hash.
        rung: the ladder step.
        method: the method.
        model: model name or None.
        parameters: of its model, or None.
        decision: over the bar and all guards.
        evidence: a record per metric; the bar first. Empty when it was not tried.
        rejection: why it was not chosen; None for the choice of the lifetime policy.
        items: evaluation items used.
        calls: model or answerer calls on evaluation items in this run (reused trials are not calls).
        build: metered (or predicted when not built) footprint of making it.
        per_request: footprint of one functional unit.
        lifetime: build + per_request x requests (search excluded, it is common to all).
        origin: `metered` when it was built and tried here, `predicted` otherwise.
        predicted_build: as predicted before anything was run.
        predicted_per_request: as predicted before anything was run.
        latency_p50_s: median latency [s] or None.
        latency_quantile_s: latency [s] at the SLO's quantile (.95 without an SLO) or None.
        tokens_in: mean input tokens or None.
        tokens_out: mean output tokens or None.
        controls: closed-book and wrong-context runs.
        errors: items that ended in an error (scored 0).
    """

    name: str
    key: str
    rung: str
    method: str
    model: str | None
    parameters: int | None
    decision: Decision
    evidence: tuple[MetricEvidence, ...]
    rejection: Rejection | None
    items: int
    calls: int
    build: Footprint
    per_request: Footprint
    lifetime: Footprint
    origin: Literal["metered", "predicted"]
    predicted_build: Footprint
    predicted_per_request: Footprint
    latency_p50_s: float | None
    latency_quantile_s: float | None
    tokens_in: float | None
    tokens_out: float | None
    controls: tuple[ControlEvidence, ...]
    errors: int


@dataclass(frozen=True, slots=True)
class Flip:
    """Where the choice changes: the level of one driver at which `to` becomes the cheapest that passed.

    Args:
        driver: `requests`, `grid intensity` or `energy price`.
        at: its level there.
        unit: of the level.
        now: the level in the plan.
        to: the candidate that takes over beyond it.
        direction: `above` or `below` `at`.
    """

    driver: str
    at: float
    unit: str
    now: float
    to: str
    direction: Literal["above", "below"]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The volume [requests] at which `dearer_build` has repaid its build against `cheaper_build`."""

    cheaper_build: str
    dearer_build: str
    requests: float | None


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """What one policy says: `candidate` is None when nothing passed, or it is not decided; `why` is a sentence."""

    policy: Literal["lifetime", "ladder"]
    candidate: str | None
    why: str


@dataclass(frozen=True, slots=True)
class SearchCost:
    """What deciding has cost, against evaluating every candidate on every item.

    Args:
        calls: answerer calls on evaluation items.
        full_calls: candidates x items.
        spent: footprint of everything this run did (builds, trials, controls, overhead).
        spent_by_part: the same by part, e.g. `build`, `trial`, `control`, `overhead`; sums to `spent`.
        full: predicted footprint of building and evaluating everything fully.
        wall_s: elapsed time over all its starts [s].
    """

    calls: int
    full_calls: int
    spent: Footprint
    spent_by_part: dict[str, Footprint]
    full: Footprint
    wall_s: float


@dataclass(frozen=True, slots=True)
class FactorUsed:
    """A number that the figures rest on: name, quantity, and where it comes from."""

    name: str
    quantity: Quantity
    source: str
    year: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a climb decided.

    Args:
        run: id of the run.
        workload: its name.
        task: its task.
        created: ISO date and time, UTC, of the run's start.
        finished: True when the climb ended by itself (not interrupted, budget not exhausted).
        stopped_because: one sentence.
        claim: the claim in one sentence, with alpha and what it is about.
        objective: what is minimised.
        functional_unit: what one request is.
        requests: in the lifetime.
        lifetime_days: [days].
        policies: what each policy chose; `lifetime` first.
        p_cheapest: P(the lifetime choice is cheapest among those that passed) under common factors, or None.
        flips: where the choice changes.
        candidates: all, in order of lifetime total (the objective), passed ones first.
        front: names on the quality against lifetime front.
        break_evens: between neighbours.
        search: what deciding cost.
        factors: the numbers that the footprints rest on.
        meter: one line on how energy was obtained.
        notes: defaults that were used and by how much they could be off, warnings, what is not known.
        owner: team, cost centre and environment; None where not given.
    """

    run: str
    workload: str
    task: str
    created: str
    finished: bool
    stopped_because: str
    claim: str
    objective: str
    functional_unit: str
    requests: float
    lifetime_days: float
    policies: tuple[PolicyChoice, ...]
    p_cheapest: float | None
    flips: tuple[Flip, ...]
    candidates: tuple[CandidateEvidence, ...]
    front: tuple[str, ...]
    break_evens: tuple[BreakEven, ...]
    search: SearchCost
    factors: tuple[FactorUsed, ...]
    meter: str
    notes: tuple[str, ...]
    owner: dict[str, str | None]

    @property
    def choice(self) -> CandidateEvidence | None:
        """The candidate that the lifetime policy chose."""
        name = self.policies[0].candidate
        return next((c for c in self.candidates if c.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """JSON values only; quantities with low, high and origin."""
        return _plain(self)


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity | Footprint):
        return value.to_json()
    if isinstance(value, Rejection):
        return asdict(value)
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
