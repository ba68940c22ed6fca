"""`rung judge --human` on what `rung rate export` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from rung.evaluation.people import Plan, RatingStore, create_study, make_study
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.evaluation.results import write_results
from rung.testing.chat import ChatServer
from tests.cli.conftest import Project
from tests.evaluation.judging.conftest import follows_rules

Answer = Callable[[tuple[bool, ...]], dict[str, str]]
"""What a rater says, by which of the answers shown are right, A first."""


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


def rated(project: Project, results: EvalResults, kind: str, answer: Answer) -> str:
    """The file of a study in which one rater rated everything; written by the command."""
    responses = {
        item.id: {name: results.scored[name][item.id].response for name in results.scored} for item in results.items
    }
    plan = Plan(kind=kind, metric="quality", question="Which?", instructions="", raters=1, per_item=1, seed=3)
    create_study(project.folder / f"{kind}.db", make_study("sums", plan, results.items, responses))
    store = RatingStore(project.folder / f"{kind}.db")
    for place in store.open_places(1):
        shown = store.shown(1, place)
        assert shown is not None
        right = tuple(shown.reference is not None and shown.reference in (text or "") for text in shown.texts)
        store.rate(1, place, answer(right), "")
    ran = project.rung("rate", "export", "--db", f"{kind}.db", "--format", "jsonl", "--out", f"{kind}.jsonl")
    assert ran.code == 0, ran
    return f"{kind}.jsonl"


def better(right: tuple[bool, ...], words: tuple[str, str, str]) -> dict[str, str]:
    a, b = right
    return {"choice": words[0] if a > b else words[2] if b > a else words[1]}


@pytest.mark.capability("judge-quality", verified="real")
@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("comparison-choice", lambda right: better(right, ("A", "tie", "B"))),
        ("comparison-likert", lambda right: better(right, ("2", "3", "5"))),
        ("ranking", lambda right: {letter: "1" if one else "2" for letter, one in zip("AB", right, strict=True)}),
    ],
)
def test_ratings_of_pairs(
    project: Project, results: EvalResults, asked: tuple[str, ...], kind: str, answer: Answer
) -> None:
    file = rated(project, results, kind, answer)
    told = project.rung(*asked, "--pairwise", "half", "good", "--human", file, "--json").json()
    quality = told["people"]["preference"]
    assert (quality["items"], quality["agreement"]["value"], quality["kappa"]["value"]) == (6, 1, 1)
    assert quality["by_label"]["B"]["people"] == 3  # `good` is B here, wherever it stood before the rater


@pytest.mark.capability("judge-quality", verified="real")
def test_ratings_of_single_answers(project: Project, results: EvalResults, asked: tuple[str, ...]) -> None:
    def contrary(right: tuple[bool, ...]) -> dict[str, str]:
        return {letter: str(int(one)) for letter, one in zip("AB", right, strict=True)}

    file = rated(project, results, "thumbs", contrary)
    told = project.rung(*asked, "--rubric", "correctness", "--human", file, "--json").json()
    quality = told["people"]["correctness"]
    assert (quality["items"], quality["agreement"]["value"]) == (12, 1)
    assert quality["by_label"]["correct"]["people"] == 9
    # Which of two rubrics is meant is not guessed, unless the study has the name of one.
    problem, _ = project.rung(*asked, "--rubric", "correctness", "--rubric", "completeness", "--human", file).refused()
    assert "none or several of the rubrics" in problem
    path = project.folder / file
    path.write_text(path.read_text().replace('"metric": "quality"', '"metric": "correctness"'))
    both = project.rung(*asked, "--rubric", "correctness", "--rubric", "completeness", "--human", file, "--json").json()
    assert set(both["people"]) == {"correctness"}


@pytest.mark.parametrize("line", ["[]", "{}", "not json", '{"rung_rating": 9}', "\n"])
def test_what_is_no_rating_is_named(project: Project, server: ChatServer, asked: tuple[str, ...], line: str) -> None:
    (project.folder / "people.jsonl").write_text(line + "\n")
    problem, mend = project.rung(*asked, "--rubric", "correctness", "--human", "people.jsonl").refused()
    assert "people.jsonl" in problem
    assert "rat" in mend
    assert not server.bodies
