"""Rows of the ladder table, and the card that a mark shows when it is pointed at."""

from __future__ import annotations

from dataclasses import dataclass

from rung.climb.plan import CandidateEvidence, MetricEvidence, Plan
from rung.report.axes import Axis
from rung.report.numbers import (
    OBJECTIVES,
    Objective,
    count,
    duration,
    figure,
    middle,
    parameters,
    part_of,
    progress,
    score,
    spread,
    wealth,
)
from rung.report.words import SYMBOLS, bar_evidence, reason, scored
from rung.types import Footprint, Quantity, Rung

# Pixels of the small drawings in the table.
STRIP_PX = 96
TRACK_PX = 56


@dataclass(frozen=True, slots=True)
class Cell:
    """A quantity in two lines, with what it sorts by (unknown last)."""

    middle: str
    spread: str
    sort: float | str


@dataclass(frozen=True, slots=True)
class Track:
    """How far the evidence has come, as pixels of `TRACK_PX` and in words."""

    px: float
    reached: bool
    words: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric of a candidate: the score, a small drawing of its interval against the level, and the evidence."""

    metric: str
    role: str
    mean: str
    ends: str
    at_least: str
    decision: str
    symbol: str
    low_px: float
    mean_px: float
    high_px: float
    bar_px: float
    passing: Track
    failing: Track


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate as the table shows it. `costs` maps an objective to build, per request and lifetime."""

    index: int
    name: str
    rung: str
    height: int
    method: str
    model: str
    decision: str
    symbol: str
    chosen: bool
    ladder_choice: bool
    on_front: bool
    items: int
    used: str
    metrics: tuple[MetricRow, ...]
    sort_score: float | str
    costs: dict[Objective, tuple[Cell, Cell, Cell]]
    predicted: bool
    latency: str
    latency_tail: str
    sort_latency: float | str
    why: str
    card: tuple[tuple[str, str], ...]


def rows(plan: Plan) -> tuple[Row, ...]:
    """A row for every candidate, in the plan's order."""
    return tuple(_row(plan, index, candidate) for index, candidate in enumerate(plan.candidates))


def _row(plan: Plan, index: int, candidate: CandidateEvidence) -> Row:
    found = bar_evidence(candidate)
    mean = None if found is None else found.mean
    model = candidate.model or "no model"
    if candidate.parameters is not None:
        model += f", {parameters(candidate.parameters)}"
    used = f"{candidate.calls:,} new calls" if candidate.calls != candidate.items else ""
    if candidate.errors:
        used = f"{used}, {candidate.errors:,} error{'' if candidate.errors == 1 else 's'}".removeprefix(", ")
    return Row(
        index=index,
        name=candidate.name,
        rung=candidate.rung,
        height=next((rung.height for rung in Rung if rung.value == candidate.rung), 99),
        method=candidate.method,
        model=model,
        decision=candidate.decision,
        symbol=SYMBOLS[candidate.decision],
        chosen=candidate.name == plan.policies[0].candidate,
        ladder_choice=any(p.policy == "ladder" and p.candidate == candidate.name for p in plan.policies),
        on_front=candidate.name in plan.front,
        items=candidate.items,
        used=used,
        metrics=tuple(_metric(evidence) for evidence in candidate.evidence),
        sort_score="" if mean is None else mean,
        costs={name: _costs(candidate, name) for name in OBJECTIVES},
        predicted=candidate.origin == "predicted",
        latency=duration(candidate.latency_p50_s),
        latency_tail="" if candidate.latency_quantile_s is None else f"tail {duration(candidate.latency_quantile_s)}",
        sort_latency="" if candidate.latency_p50_s is None else candidate.latency_p50_s,
        why=reason(plan, candidate),
        card=_card(plan, candidate),
    )


def _costs(candidate: CandidateEvidence, objective: Objective) -> tuple[Cell, Cell, Cell]:
    def cell(footprint: Footprint) -> Cell:
        quantity = part_of(footprint, objective)
        return Cell(middle(quantity), spread(quantity), "" if quantity is None else quantity.value)

    return cell(candidate.build), cell(candidate.per_request), cell(candidate.lifetime)


def _metric(evidence: MetricEvidence) -> MetricRow:
    axis = Axis(0.0, 1.0, 2.0, STRIP_PX - 2.0)
    low, mean, high = evidence.low, evidence.mean, evidence.high
    return MetricRow(
        metric=evidence.metric,
        role=evidence.role,
        mean=score(mean),
        ends="" if low is None or high is None else f"[{low:.3f}, {high:.3f}]",
        at_least=score(evidence.at_least),
        decision=evidence.decision,
        symbol=SYMBOLS[evidence.decision],
        low_px=axis.at(0.0 if low is None else low),
        mean_px=axis.at(0.0 if mean is None else mean),
        high_px=axis.at(1.0 if high is None else high),
        bar_px=axis.at(evidence.at_least),
        passing=_track("pass", evidence.log_pass_wealth, evidence.log_pass_at),
        failing=_track("fail", evidence.log_fail_wealth, evidence.log_fail_at),
    )


def _track(side: str, log_wealth: float, log_at: float) -> Track:
    reached = log_wealth >= log_at
    words = f"{side} wealth {wealth(log_wealth)} of {wealth(log_at)} needed"
    return Track(round(TRACK_PX * progress(log_wealth, log_at), 1), reached, words)


def _card(plan: Plan, candidate: CandidateEvidence) -> tuple[tuple[str, str], ...]:
    def line(quantity: Quantity | None) -> str:
        return figure(quantity)

    lines: list[tuple[str, str]] = [
        ("score", f"{scored(candidate)} on {candidate.items:,} items"),
        *((f"lifetime {name}", line(part_of(candidate.lifetime, name))) for name in OBJECTIVES),
        ("per request", line(part_of(candidate.per_request, plan.objective))),
        ("build", line(part_of(candidate.build, plan.objective))),
        ("predicted per request", middle(part_of(candidate.predicted_per_request, plan.objective))),
        ("median latency", duration(candidate.latency_p50_s)),
    ]
    if candidate.tokens_in is not None and candidate.tokens_out is not None:
        lines.append(("tokens", f"{count(round(candidate.tokens_in))} in, {count(round(candidate.tokens_out))} out"))
    return tuple(lines)
