"""What a workload's last plan says of the work: effort, latency, volume. Predicted where nothing was metered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rung.errors import NoSuch

if TYPE_CHECKING:
    from rung.climb.plan import CandidateEvidence, Plan
    from rung.ledger import Ledger
    from rung.placement.place_load import CoreWork, GivenEnergy, Machine
    from rung.types import Quantity
    from rung.workload import Workload


@dataclass(frozen=True)
class Known:
    """The work of a workload.

    Args:
        what: in words.
        joules: IT energy of a request [J].
        core_s: core-seconds of a request, metered; None where the candidate was not run here.
        requests: in the lifetime.
        hours: the lifetime [h].
        objective: of the workload.
        today: its place, where that is in the catalog.
        slo_ms: the latency asked for [ms], or None.
        quantile: of the requests, that it is asked for.
        answering_ms: what answering takes at that quantile [ms], or None.
        notes: what the reader should know of it.
    """

    what: str
    joules: Quantity
    core_s: Quantity | None
    requests: float
    hours: float
    objective: str
    today: str | None
    slo_ms: float | None
    quantile: float
    answering_ms: float | None
    notes: tuple[str, ...]

    def load(self, machines: tuple[Machine | None, ...]) -> CoreWork | GivenEnergy:
        """Core-seconds where there are machines to run them on, else joules."""
        from rung.placement.place_load import CoreWork

        if self.core_s is None or machines == (None,):
            return self.energy()
        return CoreWork(self.core_s, self.requests, self.hours)

    def energy(self) -> GivenEnergy:
        """The joules as they were metered or predicted."""
        from rung.placement.place_load import GivenEnergy

        return GivenEnergy(self.joules, self.requests, self.hours)


def known_of(path: Path, home: Path, candidate: str | None) -> Known:
    """The work of a workload, from the newest plan that the ledger has of it.

    Raises:
        NoSuch: there is no plan, no choice in it, no such candidate, or its energy is unknown.
    """
    from rung.cli.places import open_ledger
    from rung.workload import load_workload

    workload = load_workload(path)
    with open_ledger(home) as ledger:
        plan = _newest_plan(ledger, workload)
        row = _row(plan, candidate)
        core_s = _core_s(ledger, row.key)
    energy = row.per_request.energy
    if energy is None:
        mend = "give the model's `parameters_b` or `energy_j_per_1k_output_tokens`, or use --unit-energy J --requests N"
        raise NoSuch(f"the energy of a request to {row.name} is unknown", mend=mend)
    slo = workload.slo
    return Known(
        what=f"{workload.name}: {row.name}, {row.origin} in run {plan.run}",
        joules=_without_building(energy, plan),
        core_s=core_s if _all_here(row) else None,
        requests=workload.volume.requests,
        hours=workload.volume.lifetime_days * 24,
        objective=workload.objective,
        today=workload.place.region,
        slo_ms=None if slo is None else slo.latency_s * 1000,
        quantile=0.95 if slo is None else slo.quantile,
        answering_ms=None if row.latency_quantile_s is None else row.latency_quantile_s * 1000,
        notes=_notes(row, workload),
    )


def _newest_plan(ledger: Ledger, workload: Workload) -> Plan:
    from rung.climb import plan_from_json

    plans = [e.body["plan"] for e in ledger.events(kind="planned") if e.body["plan"]["workload"] == workload.name]
    if not plans:
        raise NoSuch(
            f"no effort is known of the workload {workload.name!r}: the ledger has no plan of it",
            mend=f"rung climb {workload.path}; or give --unit-energy J --requests N --hours H in place of the workload",
        )
    return plan_from_json(plans[-1])


def _row(plan: Plan, candidate: str | None) -> CandidateEvidence:
    if candidate is None:
        if plan.choice is None:
            raise NoSuch(f"run {plan.run} chose nothing", mend="name one of its candidates: --candidate NAME")
        return plan.choice
    found = next((c for c in plan.candidates if c.name == candidate), None)
    if found is None:
        known = ", ".join(c.name for c in plan.candidates)
        raise NoSuch(f"run {plan.run} has no candidate {candidate!r}", mend=f"its candidates are {known}")
    return found


def _core_s(ledger: Ledger, key: str) -> Quantity | None:
    """Mean CPU time of the candidate's trials [core-s]; None where there are none."""
    from rung.types import Origin, Quantity

    times = [
        float(event.body["reading"]["cpu_s"]) for event in ledger.events(kind="trial") if event.body["candidate"] == key
    ]
    return Quantity.of(sum(times) / len(times), "s", Origin.MEASURED) if times and sum(times) > 0 else None


def _all_here(row: CandidateEvidence) -> bool:
    """Whether all of its energy was drawn by this machine, so that core-seconds stand for it."""
    energy = row.per_request.energy
    return energy is not None and not any(
        "remote" in source or source.startswith("energy:") for source in energy.sources
    )


def _without_building(energy: Quantity, plan: Plan) -> Quantity:
    """IT energy from facility energy: over the PUE of the plan, whose error goes with it."""
    from rung.types import Quantity

    pue = next((f.quantity for f in plan.factors if f.name == "PUE"), None)
    if pue is None:
        return energy
    terms: dict[tuple[object, ...], float] = {}
    for factors, value in energy.terms.items():
        kept = tuple(f for f in factors if f.name not in pue.sources)
        terms[kept] = terms.get(kept, 0.0) + value / pue.value
    return Quantity(terms, "J", energy.origin)  # pyright: ignore[reportArgumentType]


def _notes(row: CandidateEvidence, workload: Workload) -> tuple[str, ...]:
    found: list[str] = []
    if row.origin == "predicted":
        found.append(f"The effort of {row.name} is predicted, not metered.")
    if workload.slo is not None and row.latency_quantile_s is None:
        found.append("The SLO is not judged: the latency of single requests was not metered.")
    return tuple(found)
