"""`check_workload`: all that is wrong, before anything is spent; and what is worth knowing."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadModel, LeakedItems, MissingExtra
from rung.workload import check_workload
from rung.workload.models import check_model_folder
from rung.workload.notes import provable_score

from .conftest import Project, rows


@pytest.fixture(autouse=True)
def _everything_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())


def folder(project: Project, name: str, files: dict[str, str]) -> Path:
    for file, content in files.items():
        project.write(f"{name}/{file}", content)
    (project.folder / name).mkdir(exist_ok=True)
    return project.folder / name


def test_a_right_file(project: Project) -> None:
    folder(project, "small", {"config.json": "{}", "model.safetensors": ""})
    report = check_workload(project.add("models: [{name: small, path: small}]\n"))
    assert report.ok
    assert report.workload is not None
    assert "items: 8 train, 4 tune, 6 evaluation" in report.notes
    assert "labels: 2; the smallest class is 'lost' with 4 train items" in report.notes
    assert report.to_json() == {"path": str(project.file), "ok": True, "problems": [], "notes": list(report.notes)}


@pytest.mark.capability("check", verified="real")
def test_every_stage_is_checked_even_when_an_earlier_one_failed(project: Project) -> None:
    project.change("exact_match", "exact_mach")
    project.change("region: FR", "region: FRR")
    project.jsonl("eval.jsonl", rows("train", 3))
    models = "models: [{name: a, path: none}, {name: b, url: 'http://x', model: m, api_key_env: RUNG_TEST_KEY}]\n"
    report = check_workload(project.add(models + "knowledge: none\n"))
    assert [type(p).__name__ for p in report.problems] == [
        "BadWorkload",
        "BadWorkload",
        "BadModel",
        "BadWorkload",
        "LeakedItems",
        "BadData",
    ]
    metric, place, model, key, leak, knowledge = report.problems
    assert "intents.yaml:7: bar.metric: no metric is named 'exact_mach'" in metric.problem
    assert metric.mend == "did you mean 'exact_match'?"
    assert "intents.yaml:9: place.region: no grid intensity for region 'FRR'" in place.problem
    assert "intents.yaml:10: models[0].path: no such folder" in model.problem
    assert "models[1].api_key_env: the environment variable RUNG_TEST_KEY is not set" in key.problem
    assert key.mend == "run `export RUNG_TEST_KEY=...`"
    assert isinstance(leak, LeakedItems)
    assert "intents.yaml:11: knowledge: no such folder or file" in knowledge.problem
    assert report.workload is None
    json.dumps(report.to_json())


def test_names_that_upper_layers_know(project: Project) -> None:
    project.add("methods: {only: [lorra], bm26: {}}\nmodels: [{name: a, hf: b, engine: transfomers}]\n")
    (error,) = check_workload(project.file, known_methods=["lora", "bm25"]).problems
    assert "3 problems" in error.problem
    for word in ("lora", "bm25", "transformers"):
        assert f"did you mean '{word}'?" in error.problem
    assert check_workload(project.file, known_engines=["transfomers"], known_metrics=["exact_match"]).ok


def test_a_broken_file_is_one_problem(project: Project) -> None:
    report = check_workload(project.write("bad.yaml", "task: ["))
    assert not report.ok
    assert len(report.problems) == 1


FOLDERS: dict[str, tuple[dict[str, str], str, str]] = {
    "no config": ({"model.safetensors": ""}, "no config.json", "save_pretrained"),
    "bad config": ({"config.json": "{", "model.safetensors": ""}, "not JSON", "again"),
    "pickle only": ({"config.json": "{}", "pytorch_model.bin": ""}, "a pickle only (pytorch_model.bin)", "safetensors"),
    "pickle only, .pt": ({"config.json": "{}", "model.pt": ""}, "a pickle only (model.pt)", "convert to safetensors"),
    "no weights": ({"config.json": "{}"}, "no weights", "model.safetensors"),
    "own code": ({"config.json": '{"auto_map": {}}', "a.safetensors": ""}, "(auto_map)", "never run"),
    "own tokenizer code": (
        {"config.json": "{}", "tokenizer_config.json": '{"auto_map": {}}', "a.safetensors": ""},
        "tokenizer_config.json: the model brings code",
        "never run",
    ),
}


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize(("files", "problem", "mend"), FOLDERS.values(), ids=FOLDERS)
def test_model_folders(project: Project, files: dict[str, str], problem: str, mend: str) -> None:
    with pytest.raises(BadModel) as caught:
        check_model_folder(folder(project, "m", files))
    assert problem in caught.value.problem
    assert mend in caught.value.mend


def test_pickles_beside_safetensors_are_left_alone(project: Project) -> None:
    check_model_folder(folder(project, "m", {"config.json": "{}", "model.safetensors": "", "pytorch_model.bin": ""}))


def test_a_missing_extra_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    report = check_workload(project.add("models: [{name: a, hf: b}, {name: c, bedrock: d}]\n"))
    assert [(type(p), p.mend) for p in report.problems] == [
        (MissingExtra, "pip install 'rung[local]'"),
        (MissingExtra, "pip install 'rung[aws]'"),
    ]


@pytest.mark.parametrize(
    ("command", "problem"),
    [("python3 answer.py", None), ("./run.sh --fast", None), ("no-such-program-here x", "no program"), ("'a", "quot")],
)
def test_commands(project: Project, command: str, problem: str | None) -> None:
    project.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    report = check_workload(project.add(f'models: [{{name: a, command: "{command}"}}]\n'))
    assert report.ok is (problem is None)
    assert problem is None or problem in report.problems[0].problem.lower()


def test_a_bar_that_the_items_cannot_show(project: Project) -> None:
    notes = check_workload(project.file).notes
    assert any("exact_match >= 0.9: 6 items cannot show it" in note and "about 29 items" in note for note in notes)
    assert not any("cannot show it" in n for n in check_workload(project.change("0.9", "0.9, claim: dataset")).notes)


def test_sources_that_are_no_passage(project: Project) -> None:
    project.write("docs/a.md", "one")
    table = [{**row, "source": source} for row, source in zip(rows("eval", 3), ("a", "b", "c"), strict=True)]
    project.jsonl("eval.jsonl", table)
    notes = check_workload(project.add("knowledge: docs\n")).notes
    assert "2 of 3 evaluation items name a source that is no passage" in notes


@given(st.floats(0.05, 0.99), st.integers(1, 5000), st.floats(0.001, 0.2))
def test_provable_score_is_above_the_level_and_falls_with_more_items(level: float, count: int, alpha: float) -> None:
    shown = provable_score(level, count, alpha=alpha)
    more = provable_score(level, count * 2, alpha=alpha)
    if shown is None:
        assert level**count > alpha * (1 - 1e-9)
        return
    assert level <= shown <= 1
    assert more is not None
    assert more <= shown + 1e-9


def test_provable_score_at_the_edge() -> None:
    """All right needs level^n <= alpha: .9^29 = .047."""
    assert provable_score(0.9, 28, alpha=0.05) is None
    edge: Any = provable_score(0.9, 29, alpha=0.05)
    assert math.isclose(edge, 1, abs_tol=0.01)
    assert provable_score(1.0, 10**6, alpha=0.05) is None


def test_a_guard_on_a_slice_that_no_item_has_is_told_once_and_as_an_error(project: Project) -> None:
    report = check_workload(project.add("guards: [{metric: exact_match, at_least: 0.5, slice: nowhere}]\n"))
    (problem,) = report.problems
    assert "no evaluation item has the slice 'nowhere'" in problem.problem
    assert not [note for note in report.notes if "nowhere" in note]
    assert [note for note in report.notes if note.startswith("exact_match >= ")]


def test_metrics_with_a_parameter(project: Project) -> None:
    from rung.evaluation import scorer, scorer_names

    def problems(metric: str) -> list[str]:
        file = project.write("metric.yaml", project.file.read_text().replace("exact_match", f"'{metric}'"))
        report = check_workload(file, known_metrics=scorer_names(), check_metric=scorer)
        return [str(problem) for problem in report.problems]

    assert problems("numeric:0.01") == problems("regex:^[a-z]+$") == []
    for metric, says in (
        ("numeric:x", "tolerance"),
        ("regex:(", "no regular expression"),
        ("numerik:1", "no metric is named"),
        ("token_f1:2", "no metric 'token_f1:2'"),
        ("embedding_similarity", "needs an embedder"),
    ):
        (problem,) = problems(metric)
        assert "bar.metric" in problem
        assert says in problem
