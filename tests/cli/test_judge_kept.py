"""What `rung judge` writes, keeps and refuses to write over; what it says when nothing could be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.evaluation.results import read_results, write_results
from rung.testing.chat import ChatServer
from tests.cli.conftest import Project
from tests.evaluation.judging.conftest import follows_rules


@pytest.fixture
def results(project: Project) -> EvalResults:
    """Six items; `good` is always right, `half` every other time."""
    items = tuple(EvalItem(f"q{n}", f"What is {n} plus {n}?", (str(2 * n),)) for n in range(10, 16))
    systems: dict[str, dict[str, Scored]] = {"good": {}, "half": {}}
    for n, item in enumerate(items):
        right = Response(item.id, "good", f"It is {item.references[0]}.")
        for one in (right, replace(right, system="half", text="no idea" if n % 2 else right.text)):
            systems[one.system][item.id] = Scored(one, {"exact_match": 0.0})
    results = EvalResults("sums", 0, items, (MetricInfo("exact_match", higher_is_better=True, binary=True),), systems)
    write_results(project.folder / "answers.jsonl", results)
    return results


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(follows_rules) as server:
        yield server


@pytest.fixture
def asked(project: Project, server: ChatServer, results: EvalResults) -> tuple[str, ...]:
    """The command, up to the rubrics."""
    assert results.items
    path = project.folder / "judge.yaml"
    path.write_text(f"name: rules\nurl: {server.url}\nmodel: some-model\noptions: {{retries: 0, timeout_s: 5}}\n")
    return ("judge", "answers.jsonl", "--judge", "judge.yaml")


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.capability("judge-command", verified="real")
def test_scores_of_an_earlier_rubric_are_kept(project: Project, server: ChatServer, asked: tuple[str, ...]) -> None:
    assert project.rung(*asked, "--rubric", "correctness").code == 0
    server.reply = lambda messages: "x\nhelpful"
    assert project.rung(*asked, "--rubric", "helpfulness").code == 0
    new = read_results(project.folder / "answers.judged.jsonl")
    assert new.scored["half"]["q11"].scores == {"exact_match": 0.0, "correctness": 0.0, "helpfulness": 0.75}
    assert set(new.scored["half"]["q11"].notes) == {"correctness", "helpfulness"}
    assert {one.name for one in new.metrics} == {"exact_match", "correctness", "helpfulness"}
    # Judging the judged results again, into themselves, changes nothing.
    again = ("judge", "answers.judged.jsonl", *asked[2:], "--out", "answers.judged.jsonl", "--rubric", "helpfulness")
    assert project.rung(*again).code == 0
    assert read_results(project.folder / "answers.judged.jsonl").scored == new.scored


def test_what_is_there_and_is_something_else_is_not_written_over(
    project: Project, server: ChatServer, asked: tuple[str, ...], results: EvalResults
) -> None:
    target = project.folder / "answers.judged.jsonl"
    target.write_text("my notes\n")
    problem, mend = project.rung(*asked, "--rubric", "correctness").refused()
    assert "is there, and is no results file" in problem
    assert "--out" in mend
    assert target.read_text() == "my notes\n"
    one = results.scored["good"]["q10"]
    changed = {**results.scored["good"], "q10": replace(one, response=replace(one.response, text="other"))}
    write_results(target, replace(results, scored={**results.scored, "good": changed}))
    before = target.read_bytes()
    assert "other responses" in project.rung(*asked, "--rubric", "correctness").refused()[0]
    assert target.read_bytes() == before
    for out in ("answers.jsonl", "judge.yaml"):
        pairwise = project.rung(*asked, "--pairwise", "good", "half", "--out", out)
        assert "holds no verdicts on pairs" in pairwise.refused()[0]
    assert not server.bodies


@pytest.mark.capability("judge-pairs", verified="real")
def test_verdicts_on_pairs_are_written(project: Project, server: ChatServer, asked: tuple[str, ...]) -> None:
    pairwise = (*asked, "--pairwise", "good", "half", "--out", "pw.jsonl")
    ran = project.rung(*pairwise)
    assert ran.code == 0, ran
    assert "wrote pw.jsonl" in ran.out
    lines = lines_of(project.folder / "pw.jsonl")
    assert [(one["item"], one["order"]) for one in lines] == [
        (f"q{n}", order) for n in range(10, 16) for order in ("forward", "backward")
    ]
    assert {(one["item"], one["prefers"]) for one in lines} == {
        (f"q{n}", "good" if n % 2 else "tie") for n in range(10, 16)
    }
    assert [one["label"] for one in lines[:4]] == ["tie", "tie", "A", "B"]
    assert all(one["status"] == "judged" and str(one["reasoning"]).startswith("Compared") for one in lines)
    # Once more: the same lines, and the other pair's beside them.
    assert project.rung(*pairwise).code == 0
    assert lines_of(project.folder / "pw.jsonl") == lines
    assert project.rung(*asked, "--pairwise", "half", "good", "--out", "pw.jsonl").code == 0
    assert len(lines_of(project.folder / "pw.jsonl")) == 2 * len(lines)
    told = project.rung(*pairwise[:-1], "both.jsonl", "--rubric", "correctness", "--json").json()
    assert (told["out"], told["pairs_out"]) == ("both.jsonl", "both.pairs.jsonl")
    assert lines_of(project.folder / "both.pairs.jsonl") == lines
    assert server.bodies


@pytest.mark.capability("judge-verdicts", verified="real")
def test_a_judge_that_says_nothing_readable_is_no_finding(
    project: Project, server: ChatServer, asked: tuple[str, ...]
) -> None:
    server.reply = lambda messages: "I like turtles."
    ran = project.rung(*asked, "--rubric", "correctness", "--pairwise", "good", "half")
    assert ran.code == 1
    first, second, *_ = ran.out.splitlines()
    assert first.startswith("WARNING: correctness: no verdict could be read (12 of 12): this says nothing")
    assert second.startswith("WARNING: preference: no verdict could be read (12 of 12)")
    # Four of twelve can be read: a warning still, and no failure.
    server.reply = lambda messages: "x\nhelpful" if "What is 10" in messages[1]["content"] else "hm"
    ran = project.rung(*asked, "--rubric", "helpfulness", "--json")
    assert ran.code == 0
    (warning,) = ran.json()["warnings"]
    assert warning.startswith("helpfulness: most verdicts could not be read (10 of 12)")
    assert project.rung(*asked, "--rubric", "refusal", "--out", "r.jsonl").code == 1
    server.reply = follows_rules
    assert project.rung(*asked, "--pairwise", "good", "half", "--max-tokens", "99", "--json").json()["warnings"] == []


def test_nothing_is_opened_where_nothing_is_to_be_asked(
    project: Project, server: ChatServer, asked: tuple[str, ...]
) -> None:
    assert project.rung(*asked, "--rubric", "correctness").code == 0
    before = project.events()
    with patch("rung.engines.EngineRoom.open", side_effect=AssertionError("opened")):
        for rubric in ("correctness", "citation_precision"):  # known verdicts; not applicable
            ran = project.rung(*asked, "--rubric", rubric)
            assert ran.code == 0, ran
    assert project.events() == before
    assert len(server.bodies) == 9  # three answers are word for word the same


def test_a_rubric_does_not_take_the_place_of_a_computed_metric(
    project: Project, server: ChatServer, asked: tuple[str, ...]
) -> None:
    (project.folder / "own.yaml").write_text(
        "name: exact_match\ninstructions: 'Judge {{prediction}}'\nratingScale: {good: 1, bad: 0}\n"
    )
    problem, mend = project.rung(*asked, "--rubric", "own.yaml").refused()
    assert "scores of 'exact_match' that no judge gave" in problem
    assert "name" in mend
    assert not server.bodies


def test_absent_files_have_a_mend_of_their_own(project: Project, asked: tuple[str, ...]) -> None:
    problem, mend = project.rung(*asked, "--rubric", "tone.yaml").refused()
    assert problem == "tone.yaml: there is no such file"
    assert "write a rubric" in mend
    assert "correctness" in mend
    problem, mend = project.rung(*asked[:3], "nobody.yaml", "--rubric", "correctness").refused()
    assert problem == "nobody.yaml: there is no such file"
    assert "model entry" in mend
