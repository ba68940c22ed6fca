"""From where every candidate stands to the plan: the last step of a climb, and its only arithmetic for readers."""

from __future__ import annotations

from collections.abc import Sequence

from rung.climb.comparison import break_evens_of, chance_of_cheapest, flips_of, front_of
from rung.climb.costing import Costing, part_of
from rung.climb.loop import Outcome
from rung.climb.plan import (
    CandidateEvidence,
    FactorUsed,
    Plan,
    PolicyChoice,
    SearchCost,
)
from rung.climb.probes import quantile
from rung.climb.spending import Purse
from rung.climb.standing import Standing
from rung.types import Footprint, sum_footprints
from rung.workload import Workload


def assemble(
    workload: Workload,
    standings: Sequence[Standing],
    outcome: Outcome,
    *,
    run: str,
    created: str,
    claim: str,
    costing: Costing,
    purse: Purse,
    meter: str,
    notes: Sequence[str],
) -> Plan:
    """The plan of a climb that has ended, or was ended."""
    order = sorted(standings, key=lambda s: (s.decision != "passed", s.rank(costing), s.name))
    candidates = tuple(_evidence(s, workload, costing) for s in order)
    choice = next((c for c in candidates if outcome.lifetime is not None and c.name == outcome.lifetime.name), None)
    return Plan(
        run=run,
        workload=workload.name,
        task=workload.task,
        created=created,
        finished=outcome.finished,
        stopped_because=outcome.why,
        claim=claim,
        objective=workload.objective,
        functional_unit=workload.functional_unit,
        requests=workload.volume.requests,
        lifetime_days=workload.volume.lifetime_days,
        policies=(_lifetime_choice(outcome, workload, costing), _ladder_choice(outcome)),
        p_cheapest=None if choice is None else chance_of_cheapest(choice, candidates, workload.objective),
        flips=() if choice is None else flips_of(choice, candidates, costing),
        candidates=candidates,
        front=front_of(candidates, workload.objective),
        break_evens=break_evens_of(candidates, workload.objective),
        search=_search(standings, workload, costing, purse),
        factors=tuple(FactorUsed(f.name, f.quantity, f.source, f.year) for f in costing.factors.used()),
        meter=meter,
        notes=(*notes, *outcome.notes),
        owner={
            "team": workload.owner.team,
            "cost_center": workload.owner.cost_center,
            "environment": workload.owner.environment,
        },
    )


def _lifetime_choice(outcome: Outcome, workload: Workload, costing: Costing) -> PolicyChoice:
    chosen = outcome.lifetime
    if chosen is None:
        return PolicyChoice("lifetime", None, f"no candidate is shown to meet the bar: {outcome.why}")
    goal = part_of(chosen.lifetime(costing), workload.objective)
    figure = "unknown" if goal is None else f"{goal.value:.3g} {goal.unit}"
    why = f"the least lifetime {workload.objective} ({figure}) among the candidates that passed; {outcome.why}"
    return PolicyChoice("lifetime", chosen.name, why)


def _ladder_choice(outcome: Outcome) -> PolicyChoice:
    name = None if outcome.ladder is None else outcome.ladder.name
    return PolicyChoice("ladder", name, outcome.ladder_why or f"not decided: {outcome.why}")


def _evidence(standing: Standing, workload: Workload, costing: Costing) -> CandidateEvidence:
    model = standing.candidate.model
    latencies = standing.latencies_s or [trial.latency_s for trial in standing.trials]
    level = 0.95 if workload.slo is None else workload.slo.quantile
    return CandidateEvidence(
        name=standing.name,
        key=standing.key,
        rung=standing.candidate.rung.value,
        method=standing.candidate.method,
        model=None if model is None else model.name,
        parameters=None if standing.facts is None else standing.facts.parameters,
        decision=standing.decision,
        evidence=standing.hearing.states if standing.trials else (),
        rejection=standing.rejection,
        items=standing.hearing.seen,
        calls=standing.book.calls,
        build=standing.build,
        per_request=standing.per_request(costing),
        lifetime=standing.lifetime(costing),
        origin="metered" if standing.metered else "predicted",
        predicted_build=standing.predicted_build,
        predicted_per_request=standing.predicted_per_request,
        latency_p50_s=quantile(latencies, 0.5),
        latency_quantile_s=quantile(latencies, level),
        tokens_in=_mean([t.usage.input for t in standing.trials]),
        tokens_out=_mean([t.usage.output for t in standing.trials]),
        controls=standing.controls,
        errors=standing.errors,
    )


def _mean(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None


def _search(standings: Sequence[Standing], workload: Workload, costing: Costing, purse: Purse) -> SearchCost:
    items = len(workload.splits.evaluation)
    full = sum_footprints(s.build + s.per_request(costing).scaled(items) for s in standings)
    parts: dict[str, Footprint] = dict(purse.by_part)
    return SearchCost(
        calls=sum(s.book.calls for s in standings),
        full_calls=len(standings) * items,
        spent=purse.total,
        spent_by_part=parts,
        full=full,
        wall_s=purse.wall_s,
    )
