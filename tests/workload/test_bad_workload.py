"""A wrong workload file: every problem with its line, field and mend."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from rung.errors import BadWorkload
from rung.workload import json_schema, load_workload

from .conftest import Project

CASES = {
    "unknown field": (
        "at_least: 0.9",
        "at_leest: 0.9, at_least: 0.9",
        "intents.yaml:7: bar.at_leest: unknown field 'at_leest'",
        "did you mean 'at_least'?",
    ),
    "missing field": (
        ", lifetime_days: 365",
        "",
        "intents.yaml:8: volume.lifetime_days: is missing",
        "add `lifetime_days: 365` (Until the decision is taken anew [days])",
    ),
    "wrong kind": ("requests_per_day: 10000", "requests_per_day: many", "not 'many'", "Mean count of requests"),
    "out of range": ("at_least: 0.9", "at_least: 1.5", "bar.at_least: should be less than or equal to 1", "(0, 1]"),
    "not finite": ("requests_per_day: 10000", "requests_per_day: .inf", "volume.requests_per_day", "Mean count"),
    "a literal": ("task: classify", "task: clasify", "intents.yaml:2: task: should be 'classify'", "'classify'?"),
    "no yardstick": ("at_least: 0.9", "claim: dataset", "neither of `at_least` and `reference`", "reference: MODEL"),
    "two yardsticks": ("at_least: 0.9", "at_least: 0.9, reference: x", "both of `at_least`", "reference: MODEL"),
    "within without reference": ("at_least: 0.9", "at_least: 0.9, within: 0.1", "bar.within: `within`", "remove it"),
    "unknown reference": ("at_least: 0.9", "reference: big", "bar.reference: no model is named 'big'", "`models:`"),
    "no place": ("{region: FR}", "{pue: 1.2}", "place: no place is given", "region: CODE"),
    "range out of order": (
        "{region: FR}",
        "{grid_g_per_kwh: {low: 9, value: 5, high: 10}}",
        "place.grid_g_per_kwh: low, value and high are out of order",
        "low <= value <= high",
    ),
    "a PUE beyond": (
        "{region: FR}",
        "{region: FR, pue: 11}",
        "place.pue: should be less than or equal to 10",
        "at most 10",
    ),
    "a grid beyond": ("{region: FR}", "{grid_g_per_kwh: 1.0e+308}", "place.grid_g_per_kwh", "5000"),
    "a range beyond": (
        "{region: FR}",
        "{grid_g_per_kwh: {low: 9, value: 50, high: 1.0e+308}}",
        "place.grid_g_per_kwh.high: 1e+308 cannot be",
        "0 to 5000",
    ),
    "range without a part": (
        "{region: FR}",
        "{grid_g_per_kwh: {low: 9, value: 5}}",
        "place.grid_g_per_kwh.high: is missing",
        "add `high: 80`",
    ),
    "items and train": ("  train:", "  items: all.jsonl\n  train:", "data.train: `items` and `train`", "keep `items`"),
    "no evaluation": ("  evaluation: eval.jsonl\n", "", "neither `items` nor `evaluation`", "`evaluation` file"),
    "shares": ("  train:", "  split: {train: 0.9}\n  train:", "data.split: the shares sum to 1.3", "sum to 1"),
    "not YAML": ("bar: {", "bar: {{", "that starts on line 7)", "the indentation"),
    "a key twice": ("task: classify", "task: classify\ntask: answer", "the key stands twice (first on line 2)", "keep"),
    "a tag": ("name: intents", "name: !!python/object:os.system x", "is not allowed", "write a plain value"),
    "an alias that loops": ("name: intents", "name: &a [*a]", "an alias loops", "write the value out"),
    "a list as key": ("name: intents", "? [a]\n: b", "a key that is not text", "plain name"),
    "a huge number": ("name: intents", f"seed: {'9' * 5000}", "is not a value of its tag", "write a plain value"),
    "an unset variable": (
        "train: train.jsonl",
        "train: ${RUNG_TEST_UNSET}/train.jsonl",
        "intents.yaml:4: data.train: the environment variable RUNG_TEST_UNSET is not set",
        "${RUNG_TEST_UNSET:-DEFAULT}",
    ),
    "settings that are none": ("place:", "methods: {lora: 3}\nplace:", "methods.lora: settings are", "{rank: 8}"),
    "an unknown slice": (
        "place:",
        "guards: [{metric: exact_match, at_least: 0.5, slice: fr}]\nplace:",
        "guards[0].slice: no evaluation item has the slice 'fr'",
        "data.columns.slice",
    ),
}


@pytest.mark.capability("check", verified="real")
@pytest.mark.parametrize(("old", "new", "problem", "mend"), CASES.values(), ids=CASES)
def test_problem_and_mend(project: Project, old: str, new: str, problem: str, mend: str) -> None:
    with pytest.raises(BadWorkload) as caught:
        load_workload(project.change(old, new))
    assert problem in caught.value.problem
    assert mend in caught.value.mend
    assert "\n" not in caught.value.problem


MODELS = {
    "no way": ("{name: a}", "models[0]: no model given", "exactly one of path, hf"),
    "two ways": ("{name: a, path: x, hf: y}", "models[0].hf: `path` and `hf` given", "exactly one"),
    "url without model": ("{name: a, url: 'http://x'}", "models[0].url: `url` without `model`", "model: ID"),
    "model without url": ("{name: a, path: x, model: y}", "models[0].model: `model` belongs to a `url`", "remove it"),
    "not a URL": ("{name: a, url: 'x.org', model: m}", "'x.org' is not an http(s) URL", "https://"),
    "a path as id": ("{name: a, hf: ../x}", "models[0].hf: should be of another form", "Hugging Face id"),
    "a key itself": ("{name: a, bedrock: x, api_key_env: sk-123}", "models[0].api_key_env", "never the key itself"),
    "same names": ("{name: a, path: x}, {name: a, path: y}", "two models are named 'a'", "a name of its own"),
    "parameters": ("{name: a, path: x, parameters_b: [9, 7]}", "parameters_b: low is above high", "[low, high]"),
    "not a mapping": ("small", "models[0]: should be a mapping, not 'small'", "A model to consider"),
}


@pytest.mark.parametrize(("models", "problem", "mend"), MODELS.values(), ids=MODELS)
def test_models(project: Project, models: str, problem: str, mend: str) -> None:
    with pytest.raises(BadWorkload) as caught:
        load_workload(project.add(f"models: [{models}]\n"))
    assert problem in caught.value.problem
    assert mend in caught.value.mend


@pytest.mark.capability("check", verified="real")
def test_all_problems_are_told_at_once_in_the_order_of_their_lines(project: Project) -> None:
    project.change("task: classify", "task: clasify")
    project.change("at_least: 0.9", "at_least: -1")
    project.change("train: train.jsonl", "train: ${RUNG_TEST_UNSET}")
    with pytest.raises(BadWorkload) as caught:
        load_workload(project.change("{region: FR}", "{regoin: FR}"))
    first, *lines = caught.value.problem.splitlines()
    assert "4 problems" in first
    assert [line.split(": ")[1] for line in lines] == ["task", "data.train", "bar.at_least", "place.regoin"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"# only a comment\n", "the file is empty"),
        (b"- a\n", "a workload is a mapping of fields"),
        (b"null\n", "a workload is a mapping of fields"),
        (b"name: x\nowner: caf\xe9\n", "bad.yaml:2: not UTF-8: byte 0xe9 at offset 18"),
        (b"name: \x07\n", "not YAML"),
        (b"[" * 5000, "nested too deeply"),
        (b"a: 1\n---\nb: 2\n", "not YAML"),
    ],
)
def test_files_that_are_no_workload(project: Project, content: bytes, problem: str) -> None:
    with pytest.raises(BadWorkload) as caught:
        load_workload(project.write("bad.yaml", content))
    assert problem in caught.value.problem
    assert caught.value.mend


def test_an_explosion_of_aliases_is_refused(project: Project) -> None:
    text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for this, last in zip("bcdefgh", "abcdefg", strict=True):
        text += f"{this}: &{this} [{', '.join([f'*{last}'] * 10)}]\n"
    with pytest.raises(BadWorkload, match="an alias loops or grows"):
        load_workload(project.write("bomb.yaml", text))


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadWorkload, match="no such file"):
        load_workload(tmp_path / "none.yaml")
    with pytest.raises(BadWorkload, match="is a directory"):
        load_workload(tmp_path)


def test_the_environment_is_filled_into_paths(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.change("train: train.jsonl", "train: ${RUNG_TEST_DATA:-.}/train.jsonl")
    assert len(load_workload(project.file).splits.train) == 8
    monkeypatch.setenv("RUNG_TEST_DATA", os.fspath(project.folder / "elsewhere"))
    project.jsonl("elsewhere/train.jsonl", [{"input": f"m{i}", "output": ["send", "lost"][i % 2]} for i in range(3)])
    assert len(load_workload(project.file).splits.train) == 3


NUMBERS = {
    "a volume of nothing": ("requests_per_day: 10000", "requests_per_day: 0", "a number above 0", "10000`"),
    "words for a number": ("lifetime_days: 365", "lifetime_days: long", "a number above 0", "`lifetime_days: 365`"),
    "a score above 1": ("at_least: 0.9", "at_least: 1.5", "a number above 0 and at most 1", "`at_least: 0.85`"),
    "an alpha of 1": ("at_least: 0.9", "at_least: 0.9, alpha: 1", "above 0 and below 1", "`alpha: 0.05`"),
    "a PUE below 1": ("{region: FR}", "{region: FR, pue: 0.5}", "at least 1", "`pue: 1.2`"),
    "a negative grid": ("{region: FR}", "{grid_g_per_kwh: -1}", "at least 0", "`grid_g_per_kwh: 56`"),
    "half a seed": ("name: intents", "name: intents\nseed: 0.5", "a whole number at least 0", "`seed: 0`"),
    "a budget of nothing": ("name: intents", "name: intents\nbudget: {kj: 0}", "a number above 0", "`kj: 500`"),
    "a size of nothing": (
        "name: intents",
        "name: intents\nmodels: [{name: a, bedrock: b, parameters_b: [0, 3]}]",
        "a number above 0",
        "`parameters_b: 8`, or `parameters_b: [7, 70]`",
    ),
}


@pytest.mark.parametrize(("old", "new", "bounds", "example"), NUMBERS.values(), ids=NUMBERS)
def test_the_mend_of_a_number_says_what_to_write(
    project: Project, old: str, new: str, bounds: str, example: str
) -> None:
    project.change(old, new)
    with pytest.raises(BadWorkload) as caught:
        load_workload(project.file)
    assert caught.value.mend.startswith("write ")
    assert bounds in caught.value.mend
    assert example in caught.value.mend


def test_every_numeric_field_has_an_example_that_it_takes() -> None:
    """So that no mend of one can be without."""

    def numeric(node: dict[str, Any]) -> bool:
        options = [node, *node.get("anyOf", ())]
        return any(option.get("type") in ("number", "integer") for option in options)

    schema = json_schema()
    sections = [schema, *schema["$defs"].values()]
    fields = [(name, node) for s in sections for name, node in s["properties"].items() if numeric(node)]
    fields = [(name, node) for name, node in fields if "string" not in str(node)]
    assert len(fields) > 20
    assert [name for name, node in fields if not node.get("examples")] == []
