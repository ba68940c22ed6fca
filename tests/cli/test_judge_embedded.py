"""`rung judge` with a model that runs in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from rung.evaluation.records import EvalItem, EvalResults, Response, Scored
from rung.evaluation.results import read_results, write_results
from tests.cli.conftest import Project

SMALLEST = Path(__file__).parents[2] / "examples" / "models" / "rung-1m"


@pytest.mark.capability("judge-embedded", verified="real")
def test_a_model_in_this_process(project: Project) -> None:
    """The smallest model that ships cannot judge; what it says is counted as such, and its joules are metered."""
    item = EvalItem("q", "What is the capital of France?", ("Paris",))
    scored = {"s": {"q": Scored(Response("q", "s", "It is Paris."), {})}}
    write_results(project.folder / "one.jsonl", EvalResults("one", 0, (item,), (), scored))
    asked = ("judge", "one.jsonl", "--judge", SMALLEST, "--rubric", "correctness", "--max-tokens", "24")
    ran = project.rung(*asked, "--json")
    assert ran.code == 0, ran
    told = ran.json()
    (metric,) = told["metrics"]
    assert sum(metric["labels"].values()) + sum(metric["counted"].values()) == 1
    assert told["spending"]["calls"] >= 1
    assert told["spending"]["energy"]["value"] > 0
    assert told["spending"]["calls_without_price"] == told["spending"]["calls"]
    spent = {event.body["part"]: event.body for event in project.events() if event.kind == "spent"}
    assert set(spent) == {"load", "judge"}
    assert all(body["reading"]["cpu_s"] > 0 for body in spent.values())
    score = read_results(project.folder / "one.judged.jsonl").scored["s"]["q"].scores["correctness"]
    assert score is not None
    assert 0 <= score <= 1
    assert project.rung(*asked, "--json").json()["spending"]["calls"] == 0
