"""What was answered before an upstream failed in the middle of a batch is paid, and is in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rung.climb import Limits, run_climb
from rung.errors import UpstreamFailed
from rung.ledger import Ledger
from rung.testing.recorded import RecordedMethod
from rung.types import Answer, Answerer, Candidate, Control
from rung.workload import Bar, Slo

from .conftest import items, recording, setting_of, workload_of

EVALUATION = items(40)
USD = 0.5
ANSWERED = (0, 1, 4)
"""Places of a batch that are answered before it breaks off: there may be a gap, since requests run side by side."""


class Breaking:
    """An answerer that fails once, with a part of the batch answered."""

    def __init__(self, inner: Answerer, method: BreakingMethod) -> None:
        self._inner = inner
        self._method = method

    @property
    def batch_size(self) -> int:
        return self._inner.batch_size

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        self._method.asked += 1
        answers = self._inner.answer(inputs, control=control)
        if self._method.asked == self._method.breaks_at:
            problem = UpstreamFailed("the model is gone", mend="start it again")
            problem.done = {at: answers[at] for at in ANSWERED} if len(inputs) > 1 else {}
            self._method.paid += len(problem.done)
            raise problem
        self._method.paid += len(answers)
        return answers

    def close(self) -> None:
        self._inner.close()


class BreakingMethod(RecordedMethod):
    """One candidate whose answerer breaks at one of its calls."""

    def __init__(self, breaks_at: int) -> None:
        super().__init__([recording("priced", 0.95, USD, EVALUATION)])
        self.breaks_at = breaks_at
        self.asked = 0
        self.paid = 0

    def load(self, candidate: Candidate, artifact: Path, engines: object) -> Answerer:
        return Breaking(super().load(candidate, artifact, engines), self)  # pyright: ignore[reportArgumentType]


def spent(home: Path) -> tuple[int, float, int]:
    """Calls and money over all laps, and how many trials there are."""
    with Ledger(home / "ledger.db") as ledger:
        laps = [event.body for event in ledger.events(kind="spent")]
        return sum(lap["calls"] for lap in laps), sum(lap["usd"] for lap in laps), ledger.counts().get("trial", 0)


@pytest.mark.capability("resume", verified="real")
def test_the_answers_of_a_batch_that_broke_off_are_kept_and_counted_once(tmp_path: Path):
    method = BreakingMethod(breaks_at=2)
    setting = setting_of(tmp_path, method)
    with pytest.raises(UpstreamFailed):
        run_climb(workload_of(EVALUATION), setting)
    answered = 8 + len(ANSWERED)
    assert spent(tmp_path) == (answered, pytest.approx(answered * USD), answered)
    plan = run_climb(workload_of(EVALUATION), setting, resume=True)
    calls, usd, trials = spent(tmp_path)
    assert calls == trials == method.paid
    assert usd == pytest.approx(trials * USD)
    whole = run_climb(workload_of(EVALUATION), setting_of(tmp_path / "whole", BreakingMethod(breaks_at=0)))
    assert plan.policies == whole.policies
    assert plan.candidates[0].items == whole.candidates[0].items
    assert spent(tmp_path / "whole") == (calls, usd, trials)


def test_the_budget_counts_what_a_broken_batch_cost(tmp_path: Path):
    method = BreakingMethod(breaks_at=2)
    higher = workload_of(EVALUATION, bar=Bar("exact_match", 0.9, claim="dataset"))  # takes more than 16 items
    setting = setting_of(tmp_path, method, limits=Limits(usd=16 * USD))
    with pytest.raises(UpstreamFailed):
        run_climb(higher, setting)
    plan = run_climb(higher, setting, resume=True)
    assert not plan.finished
    assert "budget" in plan.stopped_because
    assert method.paid == 16


def test_single_requests_before_a_failure_are_counted(tmp_path: Path):
    """The latency probe: six batches decide, and the third single request finds nobody."""
    whole = setting_of(tmp_path / "whole", BreakingMethod(breaks_at=0))
    tried = run_climb(workload_of(EVALUATION, slo=Slo(10)), whole).candidates[0].items
    batches = -(-tried // 8)
    setting = setting_of(tmp_path, BreakingMethod(breaks_at=batches + 3))
    with pytest.raises(UpstreamFailed):
        run_climb(workload_of(EVALUATION, slo=Slo(10)), setting)
    calls, usd, trials = spent(tmp_path)
    assert calls == trials + 2
    assert usd == pytest.approx(calls * USD)
