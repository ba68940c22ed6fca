"""Code of others that breaks in a climb: one clear error, the traceback kept, and the run goes on later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rung.climb import Setting, forecast_climb, run_climb
from rung.errors import Unexpected
from rung.ledger import Ledger
from rung.methods import Engines
from rung.prediction import MachineSpeed
from rung.testing.recorded import RecordedMethod
from rung.types import Answerer, Candidate, Item, Prediction, Progress
from rung.workload import Brief

from .conftest import items, recording, setting_of, workload_of

EVALUATION = items(40)


class Brittle(RecordedMethod):
    """A plugin with a fault in one of its verbs."""

    def __init__(self, fault: str) -> None:
        super().__init__([recording("one", 0.95, 0.1, EVALUATION)], name="brittle", heard=self._hear)
        self.fault = fault
        self._calls = 0

    def _break(self, verb: str) -> None:
        if verb == self.fault:
            raise ZeroDivisionError("division by zero\nand more")

    def _hear(self, name: str, inputs: Sequence[str]) -> None:
        self._calls += 1
        if self._calls == 2:
            self._break("answer")

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        self._break("propose")
        return super().propose(brief)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        self._break("predict")
        return super().predict(candidate, brief, engines, speed)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        self._break("build")
        super().build(candidate, brief, engines, into, progress)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        self._break("load")
        return super().load(candidate, artifact, engines)


def told(setting: Setting, *, resume: bool = False) -> Unexpected:
    with pytest.raises(Unexpected) as caught:
        run_climb(workload_of(EVALUATION), setting, resume=resume)
    return caught.value


@pytest.mark.parametrize("verb", ["propose", "predict", "build", "load", "answer"])
def test_a_plugin_that_breaks_is_named_and_the_run_goes_on(tmp_path: Path, verb: str):
    method = Brittle(verb)
    setting = setting_of(tmp_path, method)
    error = told(setting)
    assert "'brittle'" in error.problem
    assert error.problem.endswith("ZeroDivisionError: division by zero")
    assert error.exit_code == 2
    (kept,) = (tmp_path / "runs").glob("*/error.txt")
    assert error.kept == kept
    assert str(kept) in error.mend
    assert "in _break" in kept.read_text()
    started = verb not in ("propose", "predict")
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert ledger.verify() == []
        stops = [event.body for event in ledger.events(kind="stopped")]
        assert stops == ([{"problem": error.problem, "mend": error.mend}] if started else [])
        first = ledger.counts().get("trial", 0)
    assert first == (8 if verb == "answer" else 0)
    method.fault = ""
    plan = run_climb(workload_of(EVALUATION), setting, resume=started)
    assert plan.finished
    assert plan.policies[0].candidate == "one"
    with Ledger(tmp_path / "ledger.db") as ledger:
        # whole batches of 8 are asked; the decision may fall within the last
        assert ledger.counts()["trial"] == -(-plan.candidates[0].items // 8) * 8


def test_a_scorer_that_breaks_is_named_and_its_answers_are_paid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def score(self: object, answer: str, item: Item) -> float:
        raise KeyError("a field")

    from rung.evaluation import metrics

    monkeypatch.setattr(type(metrics.BUILT_IN["exact_match"]), "score", score)
    error = told(setting_of(tmp_path, Brittle("")))
    assert error.problem.startswith("the scorer 'exact_match' broke on item 'q")
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert sum(event.body["calls"] for event in ledger.events(kind="spent")) == 8


def test_too_few_answers_are_the_plugins_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from rung.testing import recorded

    plain: Callable[..., list[object]] = recorded.RecordedAnswerer.answer  # pyright: ignore[reportAssignmentType]
    monkeypatch.setattr(recorded.RecordedAnswerer, "answer", lambda self, inputs, **more: plain(self, inputs)[1:])
    assert "ValueError: 7 answers to 8 inputs" in told(setting_of(tmp_path, Brittle(""))).problem


def test_an_interrupt_is_no_unexpected_error(tmp_path: Path):
    def interrupt(name: str, inputs: object) -> None:
        raise KeyboardInterrupt

    method = RecordedMethod([recording("one", 0.95, 0.1, EVALUATION)], heard=interrupt)
    plan = run_climb(workload_of(EVALUATION), setting_of(tmp_path, method))
    assert plan.stopped_because == "interrupted"
    assert not list((tmp_path / "runs").glob("*/error.txt"))


def test_the_forecast_builds_again_what_is_gone_from_the_disk(tmp_path: Path):
    method = RecordedMethod([recording("one", 0.95, 0.1, EVALUATION, build_usd=7.0)])
    setting = setting_of(tmp_path, method)
    run_climb(workload_of(EVALUATION), setting)

    def build_usd() -> float:
        cost = forecast_climb(workload_of(EVALUATION), setting).candidates[0].build.cost
        assert cost is not None
        return cost.value

    assert build_usd() == 0
    (artifact,) = setting.artifacts_folder.iterdir()
    artifact.rename(tmp_path / "elsewhere")
    assert build_usd() == pytest.approx(7.0)
