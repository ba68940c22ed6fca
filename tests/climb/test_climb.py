"""The climb chooses what evaluating everything would choose, for less, and says why the others lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rung.climb import Limits, forecast_climb, plan_from_json, run_climb
from rung.errors import BadInput, BadWorkload, NoSuch, UpstreamFailed
from rung.ledger import Ledger
from rung.testing.recorded import RecordedMethod
from rung.types import Rung
from rung.workload import Bar, Guard, Slo, Volume
from tests.climb.conftest import Climber, items, recording, setting_of, workload_of

EVALUATION = items(300)
SMALL = recording("small", 0.5, 0.001, EVALUATION)
MIDDLE = recording("middle", 0.9, 0.003, EVALUATION)
LARGE = recording("large", 0.97, 0.01, EVALUATION)


@pytest.mark.capability("climb", verified="real")
def test_the_cheapest_that_meets_the_bar_is_chosen_with_a_part_of_the_calls(climber: Climber):
    plan = climber([LARGE, SMALL, MIDDLE], EVALUATION)
    assert plan.policies[0].candidate == "middle"
    assert plan.finished
    by_name = {c.name: c for c in plan.candidates}
    assert by_name["small"].decision == "failed"
    assert by_name["middle"].decision == "passed"
    assert by_name["large"].decision == "skipped"
    assert plan.search.full_calls == 900
    assert plan.search.calls < 300
    assert plan.p_cheapest == 1.0


@pytest.mark.capability("climb", verified="real")
def test_every_loser_keeps_its_reason(climber: Climber):
    plan = climber([LARGE, SMALL, MIDDLE], EVALUATION)
    reasons = {c.name: c.rejection for c in plan.candidates}
    assert reasons["middle"] is None
    assert reasons["small"] is not None
    assert reasons["small"].constraint == "bar exact_match"
    assert reasons["small"].needed == "at least 0.8"
    assert reasons["large"] is not None
    assert reasons["large"].constraint == "lifetime cost"
    assert "middle" in reasons["large"].needed


def test_nothing_passes(climber: Climber):
    plan = climber([SMALL], EVALUATION)
    assert plan.policies[0].candidate is None
    assert plan.policies[1].candidate is None
    assert plan.finished
    assert plan.choice is None


@pytest.mark.capability("plan-json", verified="real")
def test_the_plan_is_written_and_reads_back(climber: Climber, tmp_path: Path):
    plan = climber([SMALL, MIDDLE], EVALUATION)
    written = json.loads((tmp_path / ".rung" / "runs" / plan.run / "plan.json").read_text())
    assert plan_from_json(written) == plan
    with Ledger(tmp_path / ".rung" / "ledger.db") as ledger:
        (event,) = ledger.events(kind="planned")
        assert plan_from_json(event.body["plan"]) == plan
        assert event.owner["team"] == "search"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 120), st.floats(0.001, 1)), min_size=1, max_size=5),
    st.floats(0.05, 1),
)
def test_a_choice_on_the_whole_data_set_is_never_contradicted_by_it(
    tmp_path_factory: pytest.TempPathFactory, candidates: list[tuple[int, float]], bar: float
):
    """With alpha tiny the verdicts are certain, so the climb must equal full evaluation."""
    evaluation = items(120)
    recordings = [recording(f"c{n}", right / 120, usd, evaluation) for n, (right, usd) in enumerate(candidates)]
    workload = workload_of(evaluation, bar=Bar("exact_match", bar, claim="dataset", alpha=1e-12, beta=1e-12))
    plan = run_climb(workload, setting_of(tmp_path_factory.mktemp("climb"), RecordedMethod(recordings)))
    meets = [r.usd for r, (right, _) in zip(recordings, candidates, strict=True) if right >= bar * 120 - 1e-9]
    chosen = next((r for r in recordings if r.name == plan.policies[0].candidate), None)
    assert (chosen.usd if chosen else None) == (min(meets) if meets else None)


@pytest.mark.capability("parts-sum", verified="real")
def test_the_parts_sum_to_the_whole(climber: Climber, tmp_path: Path):
    plan = climber([SMALL, MIDDLE, LARGE], EVALUATION)
    parts = [f.energy.value for f in plan.search.spent_by_part.values() if f.energy is not None]
    assert plan.search.spent.energy is not None
    assert sum(parts) == pytest.approx(plan.search.spent.energy.value)
    with Ledger(tmp_path / ".rung" / "ledger.db") as ledger:
        (planned,) = ledger.events(kind="planned")
        spent = [event.body["reading"]["cpu_s"] for event in ledger.events(kind="spent")]
    assert sum(spent) == pytest.approx(planned.body["whole"]["cpu_s"])


@pytest.mark.capability("trials-once", verified="real")
def test_an_identical_trial_is_never_run_twice(tmp_path: Path):
    heard: list[tuple[str, str]] = []

    def hear(name: str, inputs: object) -> None:
        heard.extend((name, text) for text in inputs)  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportUnknownArgumentType]

    method = RecordedMethod([SMALL, MIDDLE], heard=hear)
    first = run_climb(workload_of(EVALUATION), setting_of(tmp_path, method))
    assert len(heard) == len(set(heard)) == first.search.calls
    again = run_climb(workload_of(EVALUATION), setting_of(tmp_path, method))
    assert len(heard) == first.search.calls
    assert again.search.calls == 0
    assert again.policies == first.policies
    assert [c.decision for c in again.candidates] == [c.decision for c in first.candidates]


@pytest.mark.capability("alpha-account", verified="real")
def test_a_repeat_with_another_seed_spends_the_alpha_that_is_left(tmp_path: Path):
    method = RecordedMethod([MIDDLE])
    setting = setting_of(tmp_path, method, reserve=0.5)
    first = run_climb(workload_of(EVALUATION), setting)
    other = run_climb(workload_of(EVALUATION, seed=1), setting)
    at = [plan.candidates[0].evidence[0].log_pass_at for plan in (first, other)]
    assert at[1] > at[0]
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert sum(event.body["weight"] for event in ledger.events(kind="alpha")) <= 1


@pytest.mark.capability("resume", verified="real")
@pytest.mark.parametrize("after", [0, 1, 2, 5, 8])
def test_a_climb_that_broke_off_goes_on_where_it_stopped(tmp_path: Path, after: int):
    calls = 0

    def break_off(name: str, inputs: object) -> None:
        nonlocal calls
        calls += 1
        if calls == after + 1:
            raise UpstreamFailed("the model is gone", mend="start it again")

    workload = workload_of(EVALUATION)
    whole = run_climb(workload, setting_of(tmp_path / "whole", RecordedMethod([SMALL, MIDDLE, LARGE])))
    broken = setting_of(tmp_path / "broken", RecordedMethod([SMALL, MIDDLE, LARGE], heard=break_off))
    with pytest.raises(UpstreamFailed):
        run_climb(workload, broken)
    plan = run_climb(workload, broken, resume=True)
    assert plan.policies == whole.policies
    assert [(c.name, c.decision, c.items) for c in plan.candidates] == [
        (c.name, c.decision, c.items) for c in whole.candidates
    ]
    with Ledger(tmp_path / "broken" / "ledger.db") as ledger, Ledger(tmp_path / "whole" / "ledger.db") as other:
        assert ledger.counts()["trial"] == other.counts()["trial"]
        assert ledger.counts()["started"] == 1


def test_there_is_nothing_to_resume_after_the_end(climber: Climber, tmp_path: Path):
    climber([SMALL, MIDDLE], EVALUATION)
    with pytest.raises(NoSuch, match="no unfinished run"):
        run_climb(workload_of(EVALUATION), setting_of(tmp_path / ".rung", RecordedMethod([SMALL, MIDDLE])), resume=True)


@pytest.mark.capability("resume", verified="real")
def test_an_interrupt_keeps_what_is_known(tmp_path: Path):
    def interrupt(name: str, inputs: object) -> None:
        if name == "middle":
            raise KeyboardInterrupt

    setting = setting_of(tmp_path, RecordedMethod([SMALL, MIDDLE], heard=interrupt))
    plan = run_climb(workload_of(EVALUATION), setting)
    assert not plan.finished
    assert plan.stopped_because == "interrupted"
    assert {c.name: c.decision for c in plan.candidates} == {"small": "failed", "middle": "untried"}
    resumed = run_climb(workload_of(EVALUATION), setting_of(tmp_path, RecordedMethod([SMALL, MIDDLE])), resume=True)
    assert resumed.run == plan.run
    assert resumed.policies[0].candidate == "middle"


@pytest.mark.capability("budgets", verified="real")
@pytest.mark.parametrize("limits", [Limits(calls=20), Limits(usd=0.02), Limits(energy_j=0.05), Limits(wall_s=0.02)])
def test_a_budget_is_kept_and_what_is_known_is_told(tmp_path: Path, limits: Limits):
    setting = setting_of(tmp_path, RecordedMethod([SMALL, MIDDLE, LARGE]), limits=limits)
    plan = run_climb(workload_of(EVALUATION), setting)
    assert not plan.finished
    assert "budget" in plan.stopped_because or "limit" in plan.stopped_because
    assert plan.policies[0].candidate is None
    assert all(c.rejection is not None for c in plan.candidates)
    with Ledger(setting.ledger_path) as ledger:
        spent = [event.body for event in ledger.events(kind="spent")]
    assert sum(body["calls"] for body in spent) <= (limits.calls or 300)
    assert sum(body["usd"] for body in spent) <= (limits.usd or 10)
    energy = sum(body["reading"]["energy"]["value"] for body in spent)
    # The last lap, writing the plan itself, comes after the limit was reached.
    assert energy <= (limits.energy_j or 10) * 1.2
    more = setting_of(tmp_path, RecordedMethod([SMALL, MIDDLE, LARGE]))
    assert run_climb(workload_of(EVALUATION), more, resume=True).policies[0].candidate == "middle"


@pytest.mark.capability("dry-run", verified="real")
@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.floats(0.1, 1), st.booleans())
def test_the_worst_case_of_the_dry_run_is_never_exceeded(
    tmp_path_factory: pytest.TempPathFactory, means: list[float], bar: float, slo: bool
):
    evaluation = items(60)
    recordings = [recording(f"c{n}", mean, 0.001 * (n + 1), evaluation) for n, mean in enumerate(means)]
    workload = workload_of(evaluation, bar=Bar("exact_match", bar, claim="population"), slo=Slo(1.0) if slo else None)
    setting = setting_of(tmp_path_factory.mktemp("climb"), RecordedMethod(recordings))
    forecast = forecast_climb(workload, setting)
    plan = run_climb(workload, setting)
    with Ledger(setting.ledger_path) as ledger:
        spent = [event.body for event in ledger.events(kind="spent")]
    assert plan.finished
    assert sum(body["calls"] for body in spent) <= forecast.worst_calls
    assert forecast.worst.cost is not None
    assert sum(body["usd"] for body in spent) <= forecast.worst.cost.high
    assert forecast.expected_calls <= forecast.worst_calls


@pytest.mark.capability("dry-run", verified="real")
def test_a_dry_run_writes_no_event(tmp_path: Path):
    setting = setting_of(tmp_path, RecordedMethod([SMALL, MIDDLE]))
    forecast_climb(workload_of(EVALUATION), setting)
    with Ledger(setting.ledger_path) as ledger:
        assert ledger.counts() == {}


@pytest.mark.capability("two-policies", verified="real")
def test_the_ladder_and_the_lifetime_policy_may_differ(climber: Climber):
    """A long prompt is cheap to build and dear at volume; the ladder takes it all the same."""
    prompt = recording("few-shot", 0.95, 0.01, EVALUATION, rung=Rung.PROMPT)
    adapter = recording("lora", 0.95, 0.001, EVALUATION, rung=Rung.PEFT)
    plan = climber([prompt, adapter], EVALUATION)
    assert plan.policies[0].candidate == "lora"
    assert plan.policies[1].candidate == "few-shot"


@pytest.mark.capability("guards", verified="real")
def test_a_guard_on_a_slice_binds(climber: Climber):
    evaluation = tuple(replace(item, slice="fr" if n % 3 == 0 else "en") for n, item in enumerate(EVALUATION))
    bad_in_french = replace(
        MIDDLE,
        name="monolingual",
        answers={i.input: "wrong" if i.slice == "fr" and n % 2 else "right" for n, i in enumerate(evaluation)},
    )
    plan = climber([bad_in_french, LARGE], evaluation, guards=(Guard("exact_match", 0.8, "fr"),))
    assert plan.policies[0].candidate == "large"
    rejected = next(c for c in plan.candidates if c.name == "monolingual")
    assert rejected.rejection is not None
    assert rejected.rejection.constraint == "guard exact_match[fr]"


@pytest.mark.capability("relative-bar", verified="real")
def test_a_relative_bar_pairs_each_item_with_the_reference(climber: Climber):
    close = recording("close", 0.95, 0.002, EVALUATION)
    bar = Bar("exact_match", 0.0, claim="dataset", reference="large", within=0.05)
    plan = climber([SMALL, close, LARGE], EVALUATION, bar=bar)
    assert plan.policies[0].candidate == "close"
    by_name = {c.name: c for c in plan.candidates}
    assert by_name["small"].decision == "failed"
    evidence = by_name["close"].evidence[0]
    assert evidence.mean is not None
    assert -0.05 <= evidence.mean <= 0.03


@pytest.mark.capability("worth-of-searching", verified="real")
def test_a_small_volume_is_not_worth_a_search(climber: Climber):
    dear = recording("dear", 0.97, 0.01, EVALUATION, predicted_usd=0.0009)
    plan = climber([MIDDLE, dear], EVALUATION, volume=Volume(1, 20))
    assert plan.policies[0].candidate in {"middle", "dear"}
    skipped = [c for c in plan.candidates if c.decision == "skipped"]
    assert skipped
    assert all(c.rejection is not None for c in skipped)


def test_errors_of_single_items_score_nothing_and_are_counted(climber: Climber):
    failing = {item.input: "refused" for item in EVALUATION[::2]}
    plan = climber([replace(LARGE, errors=failing)], EVALUATION)
    (row,) = plan.candidates
    assert row.decision == "failed"
    assert row.errors > 0


def test_a_workload_without_candidates_is_refused(tmp_path: Path):
    with pytest.raises(BadWorkload, match="no method has a candidate") as caught:
        run_climb(workload_of(EVALUATION), setting_of(tmp_path, RecordedMethod([])))
    assert caught.value.mend


@pytest.mark.capability("quantity", verified="real")
def test_unknown_energy_is_not_zero(climber: Climber, tmp_path: Path):
    from rung.testing.meters import FakeMeter

    setting = setting_of(tmp_path / "x", RecordedMethod([MIDDLE]), meter=FakeMeter(known=False))
    plan = run_climb(workload_of(EVALUATION, objective="carbon"), setting)
    assert plan.policies[0].candidate is None
    assert plan.candidates[0].decision == "skipped"
    assert plan.candidates[0].rejection is not None
    assert "unknown" in plan.candidates[0].rejection.got
    assert plan.search.spent.carbon is None


def test_two_climbs_at_once_in_one_project_are_refused(tmp_path: Path):
    def climb_again(name: str, inputs: object) -> None:
        with pytest.raises(BadInput, match="another climb is running"):
            run_climb(workload_of(EVALUATION), setting_of(tmp_path, RecordedMethod([MIDDLE])))
        raise KeyboardInterrupt

    run_climb(workload_of(EVALUATION), setting_of(tmp_path, RecordedMethod([MIDDLE], heard=climb_again)))
    assert run_climb(workload_of(EVALUATION), setting_of(tmp_path, RecordedMethod([MIDDLE]))).finished
