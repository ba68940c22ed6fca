"""`rung judge` on results of an evaluation, with a judge behind HTTP and with a model in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rung.evaluation.records import EvalItem, EvalResults, Response, Scored
from rung.evaluation.results import read_results, write_results
from rung.ledger import Ledger
from rung.testing.chat import ChatServer
from tests.cli.conftest import Project
from tests.docs.test_events import documented
from tests.evaluation.judging.conftest import follows_rules


@pytest.fixture
def results(project: Project) -> EvalResults:
    """Ten items; `good` is always right, `half` every other time, once with an error."""
    items = tuple(EvalItem(f"q{n}", f"What is {n} plus {n}?", (str(2 * n),)) for n in range(10, 20))
    systems: dict[str, dict[str, Scored]] = {"good": {}, "half": {}}
    for n, item in enumerate(items):
        right = Response(item.id, "good", f"It is {item.references[0]}.")
        wrong = replace(right, system="half", text="no idea") if n % 2 else replace(right, system="half")
        if n == 9:
            wrong = replace(wrong, text="", error="timed out")
        for one in (right, wrong):
            systems[one.system][item.id] = Scored(one, {"exact_match": 0.0})
    results = EvalResults("sums", 0, items, (), systems)
    write_results(project.folder / "answers.jsonl", results)
    return results


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(follows_rules) as server:
        yield server


@pytest.fixture
def judged_by(project: Project, server: ChatServer, results: EvalResults) -> Path:
    """A model entry in a file, with prices and parameters."""
    assert results.items
    path = project.folder / "judge.yaml"
    path.write_text(
        f"name: rules\nurl: {server.url}\nmodel: some-model\nparameters_b: 8\n"
        "price: {input_usd_per_mtok: 1, output_usd_per_mtok: 4}\noptions: {retries: 0, timeout_s: 5}\n"
    )
    return path


@pytest.mark.capability("judge-command", verified="real")
def test_scores_are_written_beside_the_others_and_paid_once(
    project: Project, server: ChatServer, judged_by: Path
) -> None:
    asked = ("judge", "answers.jsonl", "--judge", judged_by, "--rubric", "correctness", "--rubric", "refusal", "--json")
    server.reply = lambda messages: follows_rules(messages) if "partly correct" in messages[1]["content"] else "hm"
    ran = project.rung(*asked)
    assert ran.code == 0, ran
    told = ran.json()
    means = {(row["metric"], row["system"]): row["mean"]["value"] for row in told["metrics"]}
    assert means["correctness", "good"] == 1
    assert means["correctness", "half"] == 0.5
    assert means["refusal", "good"] == 1  # unreadable: the worst, where lower is better
    odd = {(row["metric"], row["system"]): row["counted"] for row in told["metrics"]}
    assert odd["correctness", "half"] == {"answer_error": 1}
    assert odd["refusal", "good"] == {"unparsable": 10}
    new = read_results(project.folder / "answers.judged.jsonl")
    one = new.scored["half"]["q11"]
    assert one.scores == {"exact_match": 0.0, "correctness": 0.0, "refusal": 1.0}
    assert one.notes["correctness"].startswith("incorrect: The reference is 22.")
    assert {metric.name: metric.higher_is_better for metric in new.metrics} == {"correctness": True, "refusal": False}
    assert {metric.name: dict(metric.counted) for metric in new.metrics}["refusal"] == {
        "answer_error": 1,
        "unparsable": 19,
    }
    # Money and calls are those of the server, and in the ledger, loading included.
    assert told["spending"]["calls"] == len(server.bodies) == 14 + 2 * 14
    with Ledger(project.home / "ledger.db") as ledger:
        spent = [event.body for event in ledger.events(kind="spent")]
        assert {body["part"] for body in spent} == {"load", "judge"}
        assert sum(body["calls"] for body in spent) == told["spending"]["calls"]
        assert sum(body["usd"] for body in spent) == pytest.approx(told["spending"]["usd"])
        assert told["spending"]["usd"] > 0
        assert told["spending"]["energy"]["value"] > 0
    again = project.rung(*asked).json()
    assert (again["spending"]["calls"], again["recalled"]) == (0, 38)
    assert again["metrics"] == told["metrics"]
    text = project.rung(*asked[:-1])
    assert "lower is better" in text.out
    assert "20 unparsable" not in text.out
    assert "10 unparsable" in text.out
    assert "rung" not in text.err


def test_the_events_have_the_fields_of_the_page(project: Project, judged_by: Path) -> None:
    asked = ("judge", "answers.jsonl", "--judge", judged_by, "--rubric", "correctness", "--pairwise", "good", "half")
    assert project.rung(*asked).code == 0
    pages = documented()
    events = project.events()
    assert {event.kind for event in events} == {"spent", "judged"}
    for event in events:
        assert set(event.body) == pages[event.kind], event.kind
    assert {event.body["rubric"] for event in events if event.kind == "judged"} == {"correctness", "preference"}


@pytest.mark.capability("judge-resume", verified="real")
def test_a_kill_in_the_middle_loses_no_verdict_that_was_kept(
    project: Project, server: ChatServer, judged_by: Path, results: EvalResults
) -> None:
    items = tuple(EvalItem(f"q{n}", f"What is {n} plus {n}?", (str(2 * n),)) for n in range(10, 90))
    scored = {item.id: Scored(Response(item.id, "s", f"It is {item.references[0]}."), {}) for item in items}
    write_results(project.folder / "answers.jsonl", replace(results, items=items, scored={"s": scored}))
    server.wait_s = 0.1
    asked = ("judge", "answers.jsonl", "--judge", judged_by, "--rubric", "correctness", "--json")
    process = project.start(*asked)
    until = time.monotonic() + 60
    while not (project.home / "ledger.db").exists() or not any(e.kind == "judged" for e in project.events()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    process.kill()
    process.communicate()
    kept = sum(event.kind == "judged" for event in project.events())
    assert 0 < kept < len(items)
    assert not (project.folder / "answers.judged.jsonl").exists()
    server.wait_s = 0.0
    told = project.rung(*asked).json()
    assert (told["recalled"], told["spending"]["calls"]) == (kept, len(items) - kept)
    assert told["metrics"][0]["mean"]["value"] == 1
    assert sum(event.kind == "judged" for event in project.events()) == len(items)


def test_pairs_and_people(project: Project, judged_by: Path, results: EvalResults) -> None:
    lines = [
        "item,label,metric",
        *(f"{item.id},{'good' if n % 2 else 'tie'},preference" for n, item in enumerate(results.items)),
    ]
    (project.folder / "people.csv").write_text("\n".join(lines))
    asked = ("judge", "answers.jsonl", "--judge", judged_by, "--pairwise", "good", "half", "--human", "people.csv")
    told = project.rung(*asked, "--json").json()
    (pairs,) = told["pairwise"]
    assert pairs["wins"] == {"A": 5, "B": 0, "tie": 5}
    assert pairs["win_rate"]["value"] == 0.75
    assert pairs["first_position_wins"]["value"] == 0.5
    assert told["people"]["preference"]["agreement"]["value"] == 1
    assert told["people"]["preference"]["kappa"]["value"] == 1
    assert told["out"] is None
    text = project.rung(*asked).out
    assert "win rate 0.750" in text
    assert "first position wins 0.500" in text
    assert "kappa 1.00" in text


def test_people_on_single_answers(project: Project, judged_by: Path, results: EvalResults) -> None:
    rows = [f"{item.id},half,{'Correct' if n % 2 == 0 else 'partly correct'}" for n, item in enumerate(results.items)]
    (project.folder / "people.csv").write_text("\n".join(["item,system,label", *rows]))
    asked = (
        "judge",
        "answers.jsonl",
        "--judge",
        judged_by,
        "--rubric",
        "correctness",
        "--human",
        "people.csv",
        "--json",
    )
    quality = project.rung(*asked).json()["people"]["correctness"]
    assert quality["items"] == 9  # the judge did not see the one with an error
    assert quality["agreement"]["value"] == pytest.approx(5 / 9)
    assert quality["confusion_people_x_judge"] == [[5, 0, 0], [0, 0, 4], [0, 0, 0]]
    assert quality["by_label"]["partly correct"] == {"people": 4, "judge": 0, "recall": 0.0, "precision": None}


def test_a_judge_that_goes_down_and_comes_back(project: Project, server: ChatServer, judged_by: Path) -> None:
    server.fault_when = lambda messages: (500, "") if "What is 15" in messages[1]["content"] else None
    asked = ("judge", "answers.jsonl", "--judge", judged_by, "--rubric", "correctness", "--json")
    problem, mend = project.rung(*asked).refused()
    assert "status 500" in problem
    assert "server runs" in mend
    assert not (project.folder / "answers.judged.jsonl").exists()
    paid = sum(event.kind == "judged" for event in project.events())
    server.fault_when = None
    told = project.rung(*asked).json()
    # Half of the answers of `half` are word for word those of `good`, and asked about once.
    assert told["spending"]["calls"] == 14 - paid
    assert 0 < paid < 14
    assert told["recalled"] == 5 + paid


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--rubric", "correctnes"], "no rubric 'correctnes'"),
        ([], "no rubric is given"),
        (["--rubric", "preference"], "compares two answers"),
        (["--rubric", "correctness", "--rubric", "correctness"], "two rubrics"),
        (["--pairwise", "good", "bad"], "no system 'bad'"),
        (["--pairwise", "good", "good"], "with itself"),
        (["--rubric", "correctness", "--human", "absent.csv"], "absent.csv"),
        (["--rubric", "correctness", "--human", "bare.csv"], "no column 'label'"),
        (["--rubric", "correctness", "--human", "empty.csv"], "empty.csv:2: no label"),
        (["--rubric", "correctness", "--human", "other.csv"], "no rubric 'charm'"),
        (["--rubric", "correctness", "--rubric", "refusal", "--human", "people.csv"], "several rubrics"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_anything_is_spent(
    project: Project, server: ChatServer, judged_by: Path, arguments: list[str], problem: str
) -> None:
    files = {
        "bare": "item,verdict\nq10,correct",
        "empty": "item,label\nq10,",
        "other": "item,label,metric\nq10,correct,charm",
        "people": "item,label\nq10,correct",
    }
    for name, text in files.items():
        (project.folder / f"{name}.csv").write_text(text)
    assert problem in project.rung("judge", "answers.jsonl", "--judge", judged_by, *arguments).refused()[0]
    assert not server.bodies
    assert not (project.home / "ledger.db").exists()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("q10,good,superb", "the label 'superb'"),
        ("q99,good,correct", "no verdict on the item 'q99'"),
        ("q10,,correct", "several systems"),
    ],
)
def test_labels_that_fit_no_verdict_are_named(project: Project, judged_by: Path, row: str, problem: str) -> None:
    (project.folder / "people.csv").write_text(f"item,system,label\n{row}\n")
    asked = ("judge", "answers.jsonl", "--judge", judged_by, "--rubric", "correctness", "--human", "people.csv")
    said = project.rung(*asked).refused()[0]
    assert problem in said
    assert "people.csv:2" in said


@pytest.mark.parametrize(
    ("judge", "more", "problem"),
    [
        ("http://127.0.0.1:1/v1", [], "without a model"),
        ("./nowhere", [], "no judge"),
        ("rung/some-model", ["--judge-model", "x"], "belong to a URL"),
        ("bad.yaml", [], "no model given"),
        ("list.yaml", [], "list.yaml"),
        ("workload.yaml", [], "names several models, or not"),
    ],
)
def test_what_is_no_judge_is_refused(
    project: Project, results: EvalResults, judge: str, more: list[str], problem: str
) -> None:
    assert results.items
    (project.folder / "bad.yaml").write_text("name: x\n")
    (project.folder / "list.yaml").write_text("- x\n")
    with project.workload.open("a") as file:
        file.write("models: [{name: a, bedrock: a}, {name: b, bedrock: b}]\n")
    ran = project.rung("judge", "answers.jsonl", "--judge", judge, "--rubric", "correctness", *more)
    assert problem in ran.refused()[0]


def test_a_workloads_model_judges(project: Project, server: ChatServer, results: EvalResults) -> None:
    assert results.items
    with project.workload.open("a") as file:
        file.write(f"models: [{{name: a, bedrock: a}}, {{name: b, url: '{server.url}', model: m}}]\n")
    asked = ("judge", "answers.jsonl", "--judge", "workload.yaml", "--judge-model", "b", "--rubric", "correctness")
    told: Any = project.rung(*asked, "--json").json()
    assert told["judge"] == "b"
    assert told["spending"]["energy"] is None  # neither its size nor its energy is declared


def test_data_without_responses_is_refused(project: Project, server: ChatServer, judged_by: Path) -> None:
    asked = ("--judge", judged_by, "--rubric", "correctness")
    problem, mend = project.rung("judge", "train.jsonl", *asked).refused()
    assert "no responses" in problem
    assert "rung eval" in mend
    (project.folder / "task.yaml").write_text(
        "task: t\ndataset_path: json\ndataset_kwargs: {data_files: train.jsonl}\n"
        "doc_to_text: input\ndoc_to_target: output\n"
    )
    assert "no responses" in project.rung("judge", "task.yaml", *asked).refused()[0]
    assert "absent.jsonl" in project.rung("judge", "absent.jsonl", *asked).refused()[0]
    (project.folder / "broken.jsonl").write_text('{"input": "a", "response": "b"}\n{"input": \n')
    assert "2" in project.rung("judge", "broken.jsonl", *asked).refused()[0]
    assert not server.bodies


@pytest.mark.capability("judge-command", verified="real")
def test_responses_are_judged_where_they_stand(project: Project, server: ChatServer, judged_by: Path) -> None:
    """Bedrock's form and our rows hold the same responses: the same verdicts, paid once; a lacking one is an error."""
    pairs = [("What is 2 plus 2?", "4", "It is 4.", "no idea"), ("What is 3 plus 3?", "6", "It is 6.", None)]
    bedrock: list[dict[str, Any]] = []
    lines = ["id,input,references,system,response"]
    for n, (prompt, reference, good, half) in enumerate(pairs):
        given = [{"response": good, "modelIdentifier": "good"}]
        lines.append(f'q{n},{prompt},"[""{reference}""]",good,{good}')
        if half is not None:
            given.append({"response": half, "modelIdentifier": "half"})
            lines.append(f'q{n},{prompt},"[""{reference}""]",half,{half}')
        bedrock.append({"prompt": prompt, "referenceResponse": reference, "modelResponses": given})
    project.jsonl("bedrock.jsonl", bedrock)
    (project.folder / "rows.csv").write_text("\n".join(lines) + "\n")
    asked = ("--judge", judged_by, "--rubric", "correctness", "--json")
    first = project.rung("judge", "bedrock.jsonl", *asked)
    assert first.code == 0, first
    told = first.json()
    means = {row["system"]: row["mean"]["value"] for row in told["metrics"]}
    assert means == {"good": 1.0, "half": 0.0}
    assert {row["system"]: row["counted"] for row in told["metrics"]} == {"good": {}, "half": {"answer_error": 1}}
    assert told["out"] == "bedrock.judged.jsonl"
    assert told["spending"]["calls"] == len(server.bodies) == 3
    again = project.rung("judge", "rows.csv", *asked).json()
    assert (again["spending"]["calls"], again["recalled"]) == (0, 3)
    assert {row["system"]: row["mean"]["value"] for row in again["metrics"]} == means
    new = read_results(project.folder / "rows.judged.jsonl")
    assert new.scored["good"]["q1"].scores == {"correctness": 1.0}
    assert new.scored["half"]["q1"].response.error == "the data hold no response to this item"
