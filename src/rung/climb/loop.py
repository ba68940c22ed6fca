"""The climb: the cheapest candidate not yet decided is built and tried, until nothing left can beat what passed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rung.climb.costing import Costing
from rung.climb.listener import Listener, Status
from rung.climb.probes import LatencyProbe, control
from rung.climb.spending import Purse
from rung.climb.standing import Standing
from rung.climb.workshop import Workshop
from rung.climb.worth import not_worth_trying
from rung.errors import BadScore, BudgetExhausted, RungError, Unexpected, UpstreamFailed
from rung.ledger import Ledger, NewEvent
from rung.types import Rejection
from rung.workload import Workload

Policy = Literal["both", "lifetime", "ladder"]


@dataclass(slots=True)
class Outcome:
    """How a climb ended.

    Args:
        lifetime: the choice of the lifetime policy, or None.
        ladder: the choice of the ladder policy, or None.
        ladder_why: one sentence.
        finished: it ended by itself.
        why: one sentence.
        notes: what the reader must know besides.
    """

    lifetime: Standing | None = None
    ladder: Standing | None = None
    ladder_why: str = ""
    finished: bool = False
    why: str = ""
    notes: list[str] = field(default_factory=list[str])


class Climb:
    """The loop over candidates.

    Args:
        workload: what is asked.
        standings: every candidate, predicted.
        workshop: builds and opens them.
        purse: meters everything, and refuses to pass a limit.
        costing: the common factors.
        ledger: verdicts are written to it.
        run: id of the run.
        listener: hears where it stands.
        policy: `lifetime`, `ladder` or both.
    """

    def __init__(
        self,
        workload: Workload,
        standings: Sequence[Standing],
        *,
        workshop: Workshop,
        purse: Purse,
        costing: Costing,
        ledger: Ledger,
        run: str,
        listener: Listener,
        policy: Policy = "both",
    ) -> None:
        self._workload = workload
        self._standings = list(standings)
        self._workshop = workshop
        self._purse = purse
        self._costing = costing
        self._ledger = ledger
        self._run = run
        self._listener = listener
        self._policy: Policy = policy
        self._slo = LatencyProbe(workload, purse, ledger, run)
        self._reference = self._find_reference()

    def climb(self) -> Outcome:
        """Decide; a budget that runs out or an interrupt ends it early, with what is known."""
        outcome = Outcome()
        try:
            outcome.why = self._decide_by_lifetime() if self._policy != "ladder" else "only the ladder was asked for"
            outcome.lifetime = self._best_passed()
            outcome.ladder, outcome.ladder_why = self._decide_by_ladder()
            self._control(outcome)
            outcome.finished = True
        except BudgetExhausted as end:
            outcome.why = end.problem
            outcome.notes.append(end.mend)
        except KeyboardInterrupt:
            outcome.why = "interrupted"
            outcome.notes.append("go on with --resume")
        finally:
            self._workshop.close()
        outcome.lifetime = outcome.lifetime or (self._best_passed() if self._policy != "ladder" else None)
        self._reject_the_rest(outcome)
        return outcome

    # -- the lifetime policy ---------------------------------------------------------------------------------------

    def _decide_by_lifetime(self) -> str:
        while True:
            self._drop_what_cannot_win()
            standing = self._cheapest_open()
            if standing is None:
                break
            self._step(standing)
        if self._best_passed() is None:
            return "every candidate was decided and none passed"
        return "nothing that is left can beat the best that passed"

    def _cheapest_open(self) -> Standing | None:
        """The one to work on: the cheapest, by what is known now.

        Once a candidate is built, its figures are metered and those of the others are still predicted. It is left
        for another only when that one would be cheaper even at the high end of its prediction.
        """
        still = [s for s in self._standings if s.is_open]
        started = [s for s in still if s.built is not None]
        current = min(started, key=lambda s: s.rank(self._costing), default=None)
        if current is not None:
            still = [s for s in still if s is current or s.rank_at_worst(self._costing) < current.rank(self._costing)]
        return min(still, key=lambda s: (s.rank(self._costing), s.candidate.rung.height, s.name), default=None)

    def _best_passed(self) -> Standing | None:
        passed = [s for s in self._standings if s.decision == "passed"]
        return min(passed, key=lambda s: _goal_value(s, self._costing), default=None)

    def _drop_what_cannot_win(self) -> None:
        best = self._best_passed()
        for standing in self._standings:
            if not standing.is_open or standing is self._reference:
                continue
            if math.isinf(standing.rank(self._costing)):
                goal = self._workload.objective
                got = "unknown: give the model `parameters_b`, `energy_j_per_1k_output_tokens` or `price`"
                self._set_aside(standing, Rejection(f"lifetime {goal}", "a known figure", got))
            elif best is not None and (why := not_worth_trying(standing, best, self._workload, self._costing)):
                self._set_aside(standing, why)

    def _set_aside(self, standing: Standing, why: Rejection) -> None:
        standing.decision = "skipped"
        standing.rejection = why
        self._listener.said(f"{standing.name}: set aside, {why.sentence()}")

    # -- the ladder policy -----------------------------------------------------------------------------------------

    def _decide_by_ladder(self) -> tuple[Standing | None, str]:
        if self._policy == "lifetime":
            return None, "not asked for"
        order = sorted(self._standings, key=lambda s: (s.candidate.rung.height, s.rank(self._costing), s.name))
        for standing in order:
            if standing.decision == "skipped" and math.isinf(standing.rank(self._costing)):
                continue
            if standing.decision == "skipped":
                standing.decision = "untried"
            while standing.is_open:
                self._step(standing)
            if standing.decision == "passed":
                return standing, f"the lowest rung with a candidate that passed is {standing.candidate.rung.value}"
        return None, "no rung has a candidate that passed"

    # -- one step --------------------------------------------------------------------------------------------------

    def _step(self, standing: Standing) -> None:
        """Build the candidate if it is not built, else try one batch; a candidate that breaks is rejected."""
        try:
            if standing.built is None:
                if not self._workshop.has(standing.key):
                    self._check_budget(standing, calls=0)
                self._workshop.build(standing)
            else:
                self._try_batch(standing)
        except (BudgetExhausted, UpstreamFailed, BadScore, Unexpected):
            raise
        except RungError as problem:
            standing.decision = "failed"
            standing.rejection = Rejection("it works", "an answer", f"{problem.problem} ({problem.mend})")
            self._purse.spend("overhead")
            self._listener.said(f"{standing.name}: {standing.rejection.sentence()}")

    def _try_batch(self, standing: Standing) -> None:
        answerer = self._workshop.answerer(standing)
        batch = standing.hearing.upcoming(max(1, answerer.batch_size))
        missing = sum(standing.book.known(item) is None for item in batch)
        self._check_budget(standing, calls=missing)
        references = self._reference_scores(standing, len(batch))
        trials = standing.book.run(batch, answerer, self._purse)
        for position, (item, trial) in enumerate(zip(batch, trials, strict=True)):
            standing.take(trial)
            if standing.hearing.decision == "inconclusive":
                standing.hearing.observe(
                    trial.scores, item, reference_scores=references[position] if references else None
                )
        self._listener.status(self._status(standing))
        self._settle(standing)

    def _settle(self, standing: Standing) -> None:
        decision = standing.hearing.decision
        if decision == "inconclusive" and not standing.hearing.exhausted:
            return
        standing.decision = decision
        if decision == "passed":
            standing.rejection = self._slo.rejection(standing, self._workshop)
            if standing.rejection is not None:
                standing.decision = "failed"
        else:
            standing.rejection = _evidence_against(standing)
        words = {"passed": "passed", "failed": "failed", "inconclusive": "undecided after all items"}
        self._listener.said(f"{standing.name}: {words[decision]} after {standing.hearing.seen} items")
        body = {"candidate": standing.key, "name": standing.name, "decision": decision, "items": standing.hearing.seen}
        self._ledger.append(self._run, [NewEvent("verdict", body, key=f"{self._run}/{standing.key}")])

    # -- the reference of a relative bar ---------------------------------------------------------------------------

    def _find_reference(self) -> Standing | None:
        name = self._workload.bar.reference
        if name is None:
            return None
        for standing in self._standings:
            if standing.name == name:
                return standing
        of_model = [s for s in self._standings if s.candidate.model is not None and s.candidate.model.name == name]
        # A model's own score is that of its plainest use: by prompt, or with documents where the workload has some.
        plain = sorted(
            of_model,
            key=lambda s: (
                s.candidate.rung.value != ("rag" if self._workload.knowledge else "prompt"),
                s.candidate.rung.height,
                s.name,
            ),
        )
        return plain[0] if plain else None

    def _reference_scores(self, standing: Standing, count: int) -> list[dict[str, float]] | None:
        if self._reference is None:
            return None
        reference = self._reference
        if reference.built is None:
            self._workshop.build(reference)
        batch = standing.hearing.upcoming(count)
        missing = sum(reference.book.known(item) is None for item in batch)
        self._check_budget(reference, calls=missing)
        trials = reference.book.run(batch, self._workshop.answerer(reference), self._purse, part="reference")
        return [dict(trial.scores) for trial in trials]

    # -- the rest --------------------------------------------------------------------------------------------------

    def _check_budget(self, standing: Standing, *, calls: int) -> None:
        """Refuse the next step when what it may take, as far as known, would pass a limit."""
        build = standing.built is None
        if not build and calls == 0:
            return  # all of it is in the ledger; a resumed run goes over it whatever is left of the budget
        step = standing.predicted_build if build else standing.per_request(self._costing).scaled(calls)
        energy = 0.0 if step.energy is None else step.energy.value
        usd = standing.predicted_build_usd if build else standing.dearest_call_usd * calls
        self._purse.check(energy_j=energy, usd=usd, calls=calls)

    def _control(self, outcome: Outcome) -> None:
        for standing in self._standings:
            if standing is outcome.lifetime or standing is outcome.ladder:
                standing.controls, warnings = control(standing, self._workload, self._workshop, self._purse)
                outcome.notes += warnings

    def _reject_the_rest(self, outcome: Outcome) -> None:
        best = outcome.lifetime
        for standing in self._standings:
            if standing is best or standing.rejection is not None:
                continue
            if standing.decision == "passed" and best is not None:
                goal = self._workload.objective
                needed = f"less lifetime {goal} than {best.name}"
                standing.rejection = Rejection(f"lifetime {goal}", needed, "more; it passed as well")
            elif standing.is_open:
                standing.rejection = Rejection("the search", "a decision", f"not reached ({outcome.why})")

    def _status(self, standing: Standing) -> Status:
        passing, failing = standing.hearing.progress
        scores = [t.scores[self._workload.bar.metric] for t in standing.trials]
        energy = self._purse.energy
        return Status(
            candidate=standing.name,
            step="trial",
            share_done=standing.hearing.seen / len(self._workload.splits.evaluation),
            detail="",
            items=standing.hearing.seen,
            of_items=len(self._workload.splits.evaluation),
            mean=sum(scores) / len(scores) if scores else None,
            pass_share=passing,
            fail_share=failing,
            spent_j=None if energy is None else energy.value,
            spent_usd=self._purse.usd,
        )


def _goal_value(standing: Standing, costing: Costing) -> float:
    goal = costing.goal(standing.lifetime(costing))
    return math.inf if goal is None else goal.value


def _evidence_against(standing: Standing) -> Rejection:
    """The metric that refused it: the one that failed, else the one that is farthest from passing."""
    states = standing.hearing.states
    failed = [s for s in states if s.decision == "failed"] or [s for s in states if s.decision != "passed"]
    state = failed[0]
    mean = "no score" if state.mean is None else f"{state.mean:.3f}"
    got = f"{mean} [{state.low:.3f}, {state.high:.3f}] on {state.items} items" if state.low is not None else mean
    if state.decision != "failed":
        got += ", which is not enough evidence either way"
    return Rejection(f"{state.role} {state.metric}", f"at least {state.at_least:g}", got)
