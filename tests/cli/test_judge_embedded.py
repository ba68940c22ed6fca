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
    assert ran.code == 1, ran
    told = ran.json()
    assert told["warnings"] == ["correctness: no verdict could be read (1 of 1): this says nothing about the answers"]
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
    # Nothing is left to ask: the model is not loaded again.
    before = len(project.events())
    again = project.rung(*asked, "--json").json()
    assert (again["spending"]["calls"], again["recalled"], len(project.events())) == (0, 1, before)


@pytest.mark.capability("judge-embedded", verified="real")
def test_material_is_cut_until_it_fits_by_the_judges_own_tokens(project: Project) -> None:
    """1,024 tokens of context, of which most are the rubric: what is left is used, and no prompt is refused."""
    items = tuple(EvalItem(f"q{n}", "Which word is said most? " * n, ("Paris",)) for n in range(1, 4))
    scored = {"s": {one.id: Scored(Response(one.id, "s", "It is Paris \u2014 ŷes. " * 90), {}) for one in items}}
    write_results(project.folder / "long.jsonl", EvalResults("long", 0, items, (), scored))
    asked = ("judge", "long.jsonl", "--judge", SMALLEST, "--rubric", "professional_style", "--json", "--max-tokens")
    told = project.rung(*asked, "24").json()
    assert "refused" not in told["metrics"][0]["counted"]
    assert told["spending"]["calls"] >= 3
    notes = read_results(project.folder / "long.judged.jsonl").scored["s"]["q3"].notes["professional_style"]
    assert "characters were not shown to the judge" in notes
    before = len(project.events())
    problem, mend = project.rung(*asked[:4], "--rubric", "completeness").refused()
    assert "the rubric 'completeness' leaves no room in the judge's context" in problem
    assert "of 1024" in problem
    assert "longer context" in mend
    assert len(project.events()) == before
