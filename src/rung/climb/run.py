"""A whole climb: prepare, forecast, climb, and write the plan."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rung.climb.assemble import assemble
from rung.climb.containing import blamed, candidate_at, traceback_kept
from rung.climb.costing import Costing
from rung.climb.forecast import Forecast, forecast
from rung.climb.identity import evaluation_key, material_of, new_run_id, unfinished_run, workload_key
from rung.climb.listener import Listener, Silent
from rung.climb.loop import Climb, Outcome, Policy
from rung.climb.plan import Plan
from rung.climb.prospects import RESERVE, referee_of, too_few
from rung.climb.spending import Limits, Purse
from rung.climb.standing import Standing
from rung.climb.trials import TrialBook
from rung.climb.turn import sole_turn
from rung.climb.workshop import Workshop
from rung.errors import BadLedger, BadWorkload, NoSuch, RungError
from rung.evaluation import scorers
from rung.footprint import Factors
from rung.ledger import Ledger, NewEvent
from rung.methods import Engines, Method, preload
from rung.prediction import MachineSpeed
from rung.referee import AlphaAccount, Grant, Referee
from rung.types import Candidate, Look, Meter, ModelFacts, candidate_to_json
from rung.workload import Brief, Workload


@dataclass(frozen=True, slots=True)
class Setting:
    """What a climb works with, besides the workload.

    Args:
        home: the project's `.rung` folder: ledger, artifacts and runs.
        methods: the methods to consider, by name.
        engines: where models come from.
        meter: reads this process and its children.
        factors: at the workload's place.
        speed: of this machine.
        reserve: share of alpha kept for candidates that appear late and for repeats; 0 when the list is closed.
        policy: which policies are decided.
        limits: on top of the workload's own budget.
        listener: hears where the climb stands.
    """

    home: Path
    methods: Mapping[str, Method]
    engines: Engines
    meter: Meter
    factors: Factors
    speed: MachineSpeed
    reserve: float = RESERVE
    policy: Policy = "both"
    limits: Limits = field(default_factory=Limits)
    listener: Listener = field(default_factory=Silent)

    @property
    def ledger_path(self) -> Path:
        """The ledger file."""
        return self.home / "ledger.db"

    @property
    def artifacts_folder(self) -> Path:
        """Where built candidates stand, one folder a key."""
        return self.home / "artifacts"

    def run_folder(self, run: str) -> Path:
        """Where the plan and the report of a run stand."""
        return self.home / "runs" / run


@dataclass(frozen=True, slots=True)
class Prepared:
    """A climb before its first step."""

    standings: tuple[Standing, ...]
    referee: Referee
    costing: Costing
    new_grants: tuple[Grant, ...]
    notes: tuple[str, ...]


def prepare(workload: Workload, setting: Setting, ledger: Ledger, run: str) -> Prepared:
    """Propose, predict and give each candidate its share of alpha. Nothing is built, and nothing is written.

    Raises:
        BadWorkload: no method offers a candidate.
        BudgetExhausted: earlier climbs on these items have used alpha up.
    """
    brief = workload.brief()
    costing = Costing(setting.factors, setting.meter, workload.objective, workload.volume.requests)
    referee = referee_of(workload)
    proposed = [(m, c) for m in setting.methods.values() for c in _candidates(m, brief)]
    if not proposed:
        tried = ", ".join(setting.methods) or "none"
        raise BadWorkload(
            f"no method has a candidate for the task {workload.task!r} (methods: {tried})",
            mend="name a model under `models`, give train items, or widen `methods.only`",
        )
    material = material_of(brief)
    facts = {c.name: _facts(c, setting.engines) for _, c in proposed}
    keys = {
        c.name: c.key(material=f"{material}/{fact.fingerprint if fact else ''}")
        for (_, c) in proposed
        for fact in (facts[c.name],)
    }
    account = AlphaAccount(_past_grants(ledger, workload), reserve=setting.reserve)
    known = set(account.grants)
    grants = {g.candidate: g for g in account.grant_initial([keys[c.name] for _, c in proposed], workload.seed)}
    by = scorers(referee.metrics)
    standings: list[Standing] = []
    for method, candidate in proposed:
        key = keys[candidate.name]
        with blamed(candidate_at(candidate, "being predicted")):
            prediction = method.predict(candidate, brief, setting.engines, setting.speed)
        standings.append(
            Standing(
                candidate=candidate,
                method=method,
                key=key,
                facts=facts[candidate.name],
                predicted_build=costing.of_effort(prediction.build),
                predicted_per_request=costing.of_effort(prediction.per_request),
                predicted_build_usd=prediction.build.usd.high,
                predicted_call_usd=prediction.per_request.usd.high,
                hearing=referee.hearing(grants[key].weight),
                book=TrialBook(ledger, run, key, candidate, by),
            )
        )
    new = tuple(grant for grant in account.grants if grant not in known)
    return Prepared(tuple(standings), referee, costing, new, _notes(workload, referee, standings))


def _candidates(method: Method, brief: Brief) -> Sequence[Candidate]:
    with blamed(f"the method {method.name!r} broke while proposing candidates"):
        return method.propose(brief)


def _facts(candidate: Candidate, engines: Engines) -> ModelFacts | None:
    if candidate.model is None:
        return None
    with blamed(candidate_at(candidate, "its model was described")):
        return engines.describe(candidate.model)


def forecast_climb(workload: Workload, setting: Setting) -> Forecast:
    """What `run_climb` would take; nothing is built, run or written."""
    with Ledger(setting.ledger_path) as ledger:
        prepared = prepare(workload, setting, ledger, "forecast")
        for standing in prepared.standings:
            # What is in the ledger but no longer on the disk has to be built again.
            here = (setting.artifacts_folder / standing.key).is_dir()
            if here and ledger.find("built", standing.key) is not None:
                standing.built = standing.predicted_build
        return forecast(prepared.standings, workload, prepared.costing)


def run_climb(workload: Workload, setting: Setting, *, resume: bool = False) -> Plan:
    """Climb, and write `plan.json` into the run's folder.

    Args:
        workload: what is asked.
        setting: what to work with.
        resume: go on with the newest unfinished run of this workload, so that what it has spent is counted in.

    Raises:
        NoSuch: there is no unfinished run to resume.
        RungError: the workload cannot be climbed, or a model behind a network does not answer; the ledger keeps
            everything until then.
        Unexpected: code of a method, engine or scorer broke; its traceback is in the run's folder.
    """
    with sole_turn(setting.home), Ledger(setting.ledger_path, owner=asdict(workload.owner)) as ledger:
        began = setting.meter.look()
        run, created, start = _begin(workload, setting, ledger, resume=resume)
        folder = setting.run_folder(run)
        with traceback_kept(folder, "the climb broke"):
            prepared = prepare(workload, setting, ledger, run)
        # What cannot be climbed was refused by now, and leaves no run behind.
        ledger.append(run, [start, *_grants(workload, prepared), *map(_proposed, prepared.standings)])
        with _end_told(ledger, run), traceback_kept(folder, "the climb broke"):
            plan = _planned(workload, setting, ledger, run, prepared, created=created, began=began)
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(plan, folder)
    return plan


@contextmanager
def _end_told(ledger: Ledger, run: str) -> Generator[None]:
    """An error that ends a climb is in the ledger too, for whoever asks later."""
    try:
        yield
    except BadLedger:
        raise
    except RungError as error:
        ledger.append(run, [NewEvent("stopped", {"problem": error.problem, "mend": error.mend})])
        raise


def _planned(
    workload: Workload, setting: Setting, ledger: Ledger, run: str, prepared: Prepared, *, created: str, began: Look
) -> Plan:
    """Climb, and append the plan."""
    purse = Purse(ledger, run, setting.meter, prepared.costing, Limits(), since=began)
    workshop = open_workshop(workload, setting, ledger, run, prepared, purse)
    _limit(workload, setting, prepared, purse, workshop)
    outcome = _decide(workload, setting, ledger, run, prepared, purse, workshop)
    plan = assemble(
        workload,
        prepared.standings,
        outcome,
        run=run,
        created=created,
        claim=prepared.referee.claim,
        costing=prepared.costing,
        purse=purse,
        meter=setting.meter.describe,
        notes=prepared.notes,
    )
    # What making the plan took is in the ledger, not in the plan.
    purse.spend("overhead")
    body = {"finished": plan.finished, "whole": purse.whole().to_json(), "plan": plan.to_json()}
    ledger.append(run, [NewEvent("planned", body)])
    return plan


def open_workshop(
    workload: Workload, setting: Setting, ledger: Ledger, run: str, prepared: Prepared, purse: Purse
) -> Workshop:
    """Where the candidates are made; what all methods import is imported, as overhead of the run."""
    preload(setting.methods)
    purse.spend("overhead")
    return Workshop(
        setting.artifacts_folder,
        brief=workload.brief(),
        engines=setting.engines,
        ledger=ledger,
        run=run,
        purse=purse,
        costing=prepared.costing,
        listener=setting.listener,
    )


def _limit(workload: Workload, setting: Setting, prepared: Prepared, purse: Purse, workshop: Workshop) -> None:
    """Bind the purse by the user's budget and by the worst case of what is still to come."""
    for standing in prepared.standings:
        standing.built = workshop.built(standing.key)
    worst = forecast(prepared.standings, workload, prepared.costing).limits()
    purse.limits = setting.limits.tightened(_user_limits(workload)).tightened(_from_here(worst, purse))
    # What an earlier start of this run built is built again in name only, when its turn comes: a resumed run
    # takes the same steps in the same order as one that was never cut short.
    for standing in prepared.standings:
        if workshop.built_in_this_run(standing.key):
            standing.built = None


def _decide(
    workload: Workload,
    setting: Setting,
    ledger: Ledger,
    run: str,
    prepared: Prepared,
    purse: Purse,
    workshop: Workshop,
) -> Outcome:
    """The loop over candidates; whatever ends it, its last lap is written."""
    climb = Climb(
        workload,
        prepared.standings,
        workshop=workshop,
        purse=purse,
        costing=prepared.costing,
        ledger=ledger,
        run=run,
        listener=setting.listener,
        policy=setting.policy,
    )
    try:
        return climb.climb()
    finally:
        purse.spend("overhead")


def _grants(workload: Workload, prepared: Prepared) -> list[NewEvent]:
    """The shares of alpha that this run is the first to give."""
    evaluation = evaluation_key(workload.splits.evaluation, workload.bar.metric)
    return [
        NewEvent("alpha", {"evaluation": evaluation, **g.to_json()}, key=f"{evaluation}/{g.candidate}/{g.seed}")
        for g in prepared.new_grants
    ]


def write_plan(plan: Plan, folder: Path) -> None:
    """Write `plan.json` into a run's folder."""
    text = json.dumps(plan.to_json(), indent=1, ensure_ascii=False)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")


def _begin(workload: Workload, setting: Setting, ledger: Ledger, *, resume: bool) -> tuple[str, str, NewEvent]:
    """The run's id, when it was created, and the event that says so."""
    key = workload_key(workload)
    earlier = unfinished_run(ledger, key)
    if resume and earlier is None:
        raise NoSuch(f"there is no unfinished run of {workload.name!r}", mend="leave --resume out to start one")
    if resume and earlier is not None:
        return earlier.run, earlier.at, NewEvent("resumed", {})
    run = new_run_id()
    body = {
        "workload": workload.name,
        "workload_key": key,
        "path": workload.path.name,
        "meter": setting.meter.describe,
        "factors": {f.name: f.quantity.to_json() for f in setting.factors.used()},
        "speed": setting.speed.to_json(),
    }
    return run, datetime.now(UTC).isoformat(timespec="seconds"), NewEvent("started", body)


def _proposed(standing: Standing) -> NewEvent:
    body = {
        "candidate": candidate_to_json(standing.candidate),
        "fingerprint": standing.facts.fingerprint if standing.facts else None,
        "build": standing.predicted_build.to_json(),
        "per_request": standing.predicted_per_request.to_json(),
    }
    return NewEvent("proposed", body, key=standing.key)


def _past_grants(ledger: Ledger, workload: Workload) -> list[Grant]:
    prefix = evaluation_key(workload.splits.evaluation, workload.bar.metric) + "/"
    return [
        Grant(event.body["candidate"], event.body["seed"], event.body["weight"])
        for event in ledger.events(kind="alpha", key_prefix=prefix)
    ]


def _user_limits(workload: Workload) -> Limits:
    budget = workload.budget
    return Limits(
        energy_j=budget.energy_j,
        usd=budget.usd,
        wall_s=None if budget.minutes is None else budget.minutes * 60,
    )


def _from_here(worst: Limits, purse: Purse) -> Limits:
    """The worst case of what is still to come, on top of what a resumed run has spent already."""
    spent_j = math.inf if purse.energy is None else purse.energy.value
    return Limits(
        energy_j=None if worst.energy_j is None or math.isinf(spent_j) else worst.energy_j + spent_j,
        usd=None if worst.usd is None else worst.usd + purse.usd,
        calls=None if worst.calls is None else worst.calls + purse.calls,
    )


def _notes(workload: Workload, referee: Referee, standings: Sequence[Standing]) -> tuple[str, ...]:
    notes = list(workload.notes)
    least = min((s.hearing.weight for s in standings), default=1.0)
    if few := too_few(workload, referee, least):
        notes.append(": ".join(few))
    remote = sorted({s.candidate.name for s in standings if s.facts is not None and not s.facts.local})
    if remote:
        notes.append(
            "energy of models that run elsewhere is modelled from their tokens, under the PUE and grid of the "
            f"workload's own place, without their hardware's embodied carbon: {', '.join(remote)}"
        )
    return tuple(notes)
