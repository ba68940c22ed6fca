"""Realistic example plans, for tests of whatever reads a plan."""

from __future__ import annotations

import math
from dataclasses import replace

from rung.climb.plan import (
    BreakEven,
    CandidateEvidence,
    ControlEvidence,
    Decision,
    FactorUsed,
    Flip,
    MetricEvidence,
    Plan,
    PolicyChoice,
    SearchCost,
)
from rung.types import Factor, Footprint, Origin, Quantity, Rejection, content_hash, sum_footprints

BAR = 0.62
REQUESTS = 3.65e6
_POWER = Factor("cpu-power-model", 0.6, 1.7)
_GRID = Factor("grid:aws:eu-west-1", 0.75, 1.35)
_EMBODIED = Factor("embodied", 0.5, 2.0)


def footprint(energy_j: float, *, usd: float | None = None, origin: Origin = Origin.MODELLED) -> Footprint:
    """A footprint on one grid; the other quantities follow from the energy."""
    energy = Quantity.of(energy_j, "J", origin, _POWER)
    kwh = energy.scaled(1 / 3.6e6, "kWh")
    operational = kwh.scaled(310.0, "gCO2e").with_factor(_GRID, Origin.QUOTED)
    embodied = Quantity.of(energy_j * 1.2e-5, "gCO2e", Origin.ASSUMED, _EMBODIED)
    cost = kwh.scaled(0.21, "USD") if usd is None else Quantity.of(usd, "USD", Origin.QUOTED)
    return Footprint(energy, operational + embodied, kwh.scaled(1.6, "L"), cost)


UNKNOWN_ENERGY = Footprint(None, None, None, Quantity.of(0.00042, "USD", Origin.QUOTED))


def evidence(
    mean: float,
    items: int,
    decision: Decision,
    *,
    metric: str = "token_f1",
    at_least: float = BAR,
    guard: bool = False,
) -> MetricEvidence:
    """Evidence of about the right size for a mean on so many items."""
    half = min(0.45, 1.35 / math.sqrt(items))
    strength = {"passed": (5.6, -9.0), "failed": (-7.0, 3.4)}.get(decision, (1.9, 0.4))
    return MetricEvidence(
        metric=metric,
        role="guard" if guard else "bar",
        at_least=at_least,
        items=items,
        mean=mean,
        low=max(0.0, mean - half),
        high=min(1.0, mean + 0.8 * half),
        log_pass_wealth=strength[0],
        log_pass_at=5.3,
        log_fail_wealth=strength[1],
        log_fail_at=3.0,
        decision=decision if decision in ("passed", "failed") else "inconclusive",
    )


def candidate(
    name: str,
    rung: str,
    *,
    decision: Decision = "untried",
    mean: float | None = None,
    items: int = 0,
    build_j: float = 0.0,
    per_request_j: float = 1.0,
    model: str | None = None,
    parameters: int | None = None,
    rejection: Rejection | None = None,
    controls: tuple[ControlEvidence, ...] = (),
    guard: float | None = None,
    unknown: bool = False,
    requests: float = REQUESTS,
) -> CandidateEvidence:
    """A candidate whose lifetime is its build plus its requests."""
    build = footprint(build_j)
    per_request = UNKNOWN_ENERGY if unknown else footprint(per_request_j)
    found: tuple[MetricEvidence, ...] = ()
    if mean is not None:
        found = (evidence(mean, items, decision),)
        if guard is not None:
            slice_decision: Decision = "passed" if guard >= 0.5 else "failed"
            found += (
                evidence(guard, max(1, items // 4), slice_decision, metric="token_f1[fr]", at_least=0.5, guard=True),
            )
    latency = None if mean is None else 0.02 + per_request_j / 40
    return CandidateEvidence(
        name=name,
        key=content_hash(name),
        rung=rung,
        method=name.split("(")[0],
        model=model,
        parameters=parameters,
        decision=decision,
        evidence=found,
        rejection=rejection,
        items=items,
        calls=items,
        build=build,
        per_request=per_request,
        lifetime=build + per_request.scaled(requests),
        origin="predicted" if mean is None else "metered",
        predicted_build=footprint(build_j * 1.2),
        predicted_per_request=UNKNOWN_ENERGY if unknown else footprint(per_request_j * 0.8),
        latency_p50_s=latency,
        latency_quantile_s=None if latency is None else latency * 1.8,
        tokens_in=None if model is None else 412.0,
        tokens_out=None if model is None else 11.5,
        controls=controls,
        errors=1 if decision == "failed" else 0,
    )


def passing_plan() -> Plan:
    """Policy questions: retrieval on a small model is chosen; the lowest rung that passes is another."""
    dearer = "at most the choice's, 151 gCO2e"
    found = (
        candidate(
            "rag(rung-4m)", "rag", decision="passed", mean=0.741, items=164, build_j=2.6e3, per_request_j=0.42,
            model="rung-4m", parameters=3_900_000, guard=0.71,
            controls=(ControlEvidence("closed-book", 40, 0.11, 0.73), ControlEvidence("wrong-context", 40, 0.14, 0.73)),
        ),
        candidate(
            "lora(rung-4m)", "peft", decision="passed", mean=0.803, items=92, build_j=2.4e6, per_request_j=0.31,
            model="rung-4m", parameters=3_900_000, guard=0.78,
            rejection=Rejection("lifetime carbon", dearer, "346 (158–783) gCO2e"),
            controls=(ControlEvidence("closed-book", 40, 0.79, 0.80), ControlEvidence("wrong-context", 40, 0.35, 0.80)),
        ),
        candidate(
            "zero-shot(qwen-0.5b)", "prompt", decision="passed", mean=0.702, items=288, per_request_j=9.4,
            model="qwen-0.5b", parameters=494_000_000, guard=0.66,
            rejection=Rejection("lifetime carbon", dearer, "3.4 (1.5–7.6) kgCO2e"),
        ),
        candidate(
            "bm25-sentence", "traditional", decision="failed", mean=0.531, items=61, build_j=110.0, per_request_j=0.019,
            rejection=Rejection("bar token_f1", "at least 0.620", "0.531 [0.358, 0.670] on 61 items"),
        ),
        candidate(
            "zero-shot(rung-1m)", "prompt", decision="failed", mean=0.212, items=22, per_request_j=0.11,
            model="rung-1m", parameters=1_100_000,
            rejection=Rejection("bar token_f1", "at least 0.620", "0.212 [0.000, 0.442] on 22 items"),
        ),
        candidate(
            "rag(rung-1m)", "rag", decision="inconclusive", mean=0.604, items=300, build_j=2.6e3, per_request_j=0.19,
            model="rung-1m", parameters=1_100_000, guard=0.57,
            rejection=Rejection("bar token_f1", "a decision within 300 items", "0.604 [0.526, 0.666], undecided"),
        ),
        candidate(
            "zero-shot(llama-70b)", "prompt", per_request_j=1400.0, model="llama-70b", parameters=70_600_000_000,
            rejection=Rejection("lifetime carbon", dearer, "501 kgCO2e, predicted"), decision="skipped",
        ),
        candidate(
            "finetune(rung-4m)", "finetune", build_j=9.1e6, per_request_j=0.31, model="rung-4m", parameters=3_900_000,
            rejection=Rejection("lifetime carbon", dearer, "1.0 kgCO2e, predicted"), decision="untried",
        ),
    )  # fmt: skip
    return plan(
        found,
        chosen="rag(rung-4m)",
        ladder="zero-shot(qwen-0.5b)",
        p_cheapest=0.97,
        front=("rag(rung-4m)", "lora(rung-4m)"),
        flips=(
            Flip("requests", 2.2e7, "requests", REQUESTS, "lora(rung-4m)", "above"),
            Flip("grid intensity", 24.0, "gCO2e/kWh", 310.0, "lora(rung-4m)", "below"),
        ),
        break_evens=(
            BreakEven("rag(rung-4m)", "lora(rung-4m)", 2.2e7),
            BreakEven("zero-shot(qwen-0.5b)", "rag(rung-4m)", 290.0),
            BreakEven("zero-shot(qwen-0.5b)", "lora(rung-4m)", 2.64e5),
        ),
    )


def nothing_passes_plan() -> Plan:
    """Every candidate failed."""
    base = passing_plan()
    refused = Rejection("bar token_f1", "at least 0.950", "0.803 [0.662, 0.916] on 92 items")
    kept = tuple(
        replace(c, decision="failed", rejection=refused, evidence=(evidence(0.5, 30, "failed", at_least=0.95),))
        for c in base.candidates
    )
    return plan(kept, chosen=None, ladder=None, stopped_because="every candidate failed the bar")


def inconclusive_plan() -> Plan:
    """All evaluation items are used and nothing is decided."""
    open_ends = tuple(
        candidate(
            f"{method}(rung-1m)", rung, decision="inconclusive", mean=mean, items=300, per_request_j=joules,
            model="rung-1m", parameters=1_100_000,
            rejection=Rejection("bar token_f1", "a decision within 300 items", "undecided"),
        )
        for method, rung, mean, joules in (("zero-shot", "prompt", 0.60, 0.1), ("rag", "rag", 0.63, 0.2))
    )  # fmt: skip
    return plan(open_ends, chosen=None, ladder=None, stopped_because="all evaluation items are used")


def interrupted_plan() -> Plan:
    """Stopped by the user before anything was decided, with the first candidate half way."""
    found = (
        candidate("bm25-sentence", "traditional", decision="inconclusive", mean=0.58, items=12, per_request_j=0.02),
        candidate("rag(rung-4m)", "rag", model="rung-4m", parameters=3_900_000, per_request_j=0.4),
    )
    return plan(found, chosen=None, ladder=None, finished=False, stopped_because="interrupted by the user")


def unknown_plan() -> Plan:
    """A hosted model whose energy nobody publishes passes; so does a local one."""
    found = (
        candidate("rag(rung-4m)", "rag", decision="passed", mean=0.741, items=164, build_j=2.6e3, per_request_j=0.42),
        candidate(
            "zero-shot(hosted)", "prompt", decision="passed", mean=0.86, items=70, model="hosted", unknown=True,
            rejection=Rejection("lifetime carbon", "a known figure", "unknown"),
        ),
    )  # fmt: skip
    made = plan(found, chosen="rag(rung-4m)", ladder="zero-shot(hosted)", p_cheapest=None)
    search = replace(made.search, full=Footprint(None, None, None, made.search.full.cost))
    return replace(made, search=search, notes=(*made.notes, "Energy of `hosted` is unknown; it is never taken as 0."))


def crowded_plan(size: int = 40) -> Plan:
    """Many candidates, over five orders of magnitude."""
    rungs = ("traditional", "prompt", "rag", "peft", "finetune")
    decisions: tuple[Decision, ...] = ("passed", "failed", "inconclusive", "skipped", "untried")
    found: list[CandidateEvidence] = []
    for i in range(size):
        decision = decisions[0] if i < size // 5 else decisions[1 + i % 4]
        tried = decision in ("passed", "failed", "inconclusive")
        mean = {"passed": 0.68 + 0.21 * i / size, "failed": 0.2 + 0.3 * i / size}.get(decision, 0.61)
        found.append(
            candidate(
                f"method-{i:02d}(model-{i % 7})", rungs[i % 5], decision=decision, mean=mean if tried else None,
                items=40 + 7 * i if tried else 0, build_j=10.0 ** (i % 6), per_request_j=0.01 * 1.35**i,
                model=f"model-{i % 7}", parameters=10 ** (6 + i % 5),
                rejection=None if i == 0 else Rejection("lifetime carbon", "at most 3 kgCO2e", f"{i + 3} kgCO2e"),
            )
        )  # fmt: skip
    name = found[0].name
    front = tuple(c.name for c in found if c.decision == "passed")
    return plan(tuple(found), chosen=name, ladder=name, p_cheapest=0.58, front=front)


def single_plan() -> Plan:
    """One candidate, and it passed."""
    found = candidate("tfidf-lr", "traditional", decision="passed", mean=0.93, items=48, build_j=90, per_request_j=2e-4)
    return plan((found,), chosen="tfidf-lr", ladder="tfidf-lr", p_cheapest=1.0, front=("tfidf-lr",))


def hostile_plan() -> Plan:
    """Names, notes and reasons that are HTML, console markup, very long, or not Latin."""
    script = "<script>alert('name')</script>"
    bad = Rejection("<b>bar</b>", '"><img src=x onerror=alert(1)>', "</template></svg><script>alert(2)</script>")
    found = (
        candidate(script, "rag", decision="passed", mean=0.74, items=164, per_request_j=0.4, model="</title>"),
        candidate("few-shot[k=4](" + "very-long-name-" * 8 + ")", "prompt", decision="failed", mean=0.4, items=30,
                  rejection=bad),
        candidate("[bold red]質問応答[/] ✓ é", "peft", decision="failed", mean=0.5, items=64, rejection=bad,
                  model="javascript:alert(3)", parameters=10**9),
    )  # fmt: skip
    made = plan(found, chosen=script, ladder=script, p_cheapest=0.9, front=(script,))
    return replace(made, workload=script, notes=(script, "{{ 7 * 7 }}"), stopped_because=script, owner={"team": script})


def plan(
    candidates: tuple[CandidateEvidence, ...],
    *,
    chosen: str | None,
    ladder: str | None,
    finished: bool = True,
    stopped_because: str = "nothing left can be cheaper than what passed",
    p_cheapest: float | None = None,
    front: tuple[str, ...] = (),
    flips: tuple[Flip, ...] = (),
    break_evens: tuple[BreakEven, ...] = (),
) -> Plan:
    """A plan around candidates."""
    parts = {"build": footprint(2.4e6), "trial": footprint(4.1e3), "control": footprint(210), "overhead": footprint(96)}
    why = {
        "lifetime": "least lifetime carbon among the candidates that meet the bar",
        "ladder": "lowest rung on which a candidate meets the bar",
    }
    return Plan(
        run="r-20260714-093012-5f3a",
        workload="policy-questions",
        task="answer",
        created="2026-07-14T09:30:12Z",
        finished=finished,
        stopped_because=stopped_because,
        claim=f"Mean token_f1 on the population that the items were drawn from is at least {BAR}, "
        "wrong with probability at most 0.05, at whatever moment the climb stopped.",
        objective="carbon",
        functional_unit="answered question",
        requests=REQUESTS,
        lifetime_days=365.0,
        policies=(
            PolicyChoice("lifetime", chosen, why["lifetime"] if chosen else f"no candidate passed: {stopped_because}"),
            PolicyChoice("ladder", ladder, why["ladder"] if ladder else f"no candidate passed: {stopped_because}"),
        ),
        p_cheapest=p_cheapest,
        flips=flips,
        candidates=candidates,
        front=front,
        break_evens=break_evens,
        search=SearchCost(
            calls=sum(c.calls for c in candidates),
            full_calls=300 * len(candidates),
            spent=sum_footprints(parts.values()),
            spent_by_part=parts,
            full=footprint(1.4e7),
            wall_s=211.0,
        ),
        factors=(
            FactorUsed(
                "grid intensity aws:eu-west-1",
                Quantity.of(310.0, "gCO2e/kWh", Origin.QUOTED, _GRID),
                "EEA and cloud provider tables, location-based, average, direct",
                2024,
            ),
            FactorUsed("CPU at full load", Quantity.of(95.0, "W", Origin.MODELLED, _POWER), "published curves", 2023),
            FactorUsed("PUE", Quantity.of(1.15, "ratio", Origin.QUOTED, Factor("pue", 0.95, 1.13)), "provider", 2024),
        ),
        meter="No energy counter here: CPU seconds x modelled power, low and high from published curves.",
        notes=("PUE was not given: 1.15 (1.10–1.30) is used, which moves carbon by up to 13%.",),
        owner={"team": "support", "cost_center": "CC-104", "environment": None},
    )  # fmt: skip
