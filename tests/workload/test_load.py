"""What a right workload file and its data become."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from rung.types import ModelRef
from rung.workload import Bar, Guard, Ownership, Place, SearchBudget, Slo, Volume, load_workload

from .conftest import FULL, Project, rows


@pytest.mark.capability("workload-file", verified="real")
def test_every_field(project: Project) -> None:
    project.jsonl("eval.jsonl", [{**row, "slice": "fr"} for row in rows("eval", 2)])
    project.change("at_least: 0.9", "at_least: 0.9, claim: dataset, alpha: 0.1, beta: 0.2")
    project.change("{region: FR}", "{grid_g_per_kwh: 56, pue: 1, usd_per_kwh: 0.2}")
    workload = load_workload(project.add(FULL))
    assert workload.name == "intents"
    assert workload.bar == Bar("exact_match", 0.9, "dataset", 0.1, 0.2)
    assert workload.guards == (Guard("json_field_f1", 0.8), Guard("exact_match", 0.7, "fr"))
    assert workload.slo == Slo(2, 0.9)
    assert workload.volume == Volume(10000, 365)
    assert workload.place == Place(None, (56, 56, 56), 1, 0.2)
    assert workload.budget == SearchBudget(50_000, 1, 10)
    assert workload.owner == Ownership("x", "y", "dev")
    assert (workload.objective, workload.functional_unit, workload.seed) == ("energy", "routed message", 7)
    assert (workload.methods, workload.options) == (("lora", "bm25"), {"lora": {"steps": 200}})
    assert workload.brief().labels == ("lost", "send")
    here = project.folder
    assert workload.models == (
        ModelRef("local", "transformers", str(here.parent / "models" / "small")),
        ModelRef("hub", "transformers", "org/model-1.5B"),
        ModelRef(
            "api",
            "openai",
            "m",
            url="http://localhost:8000/v1",
            api_key_env="KEY",
            price_input_usd_per_mtok=1,
            price_output_usd_per_mtok=2,
            parameters_b=(7, 9),
            energy_j_per_1k_output_tokens=(1, 2, 3),
        ),
        ModelRef("cloud", "bedrock", "anthropic.claude-x:0", parameters_b=(8, 8)),
        ModelRef("mine", "system", "python answer.py", options={"beams": 3, "cwd": str(here)}),
        ModelRef("web", "system", "https://x.org/answer"),
        ModelRef("other", "openvino", "/models/big"),
    )


def test_a_relative_bar(project: Project) -> None:
    project.change("at_least: 0.9", "reference: big, within: 0.02")
    bar = load_workload(project.add("models: [{name: big, hf: org/big}]\n")).bar
    assert (bar.reference, bar.within, bar.at_least) == ("big", 0.02, 0.0)


def as_jsonl(table: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in table).encode()


def as_csv(table: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return ("\ufeff" + text.getvalue()).encode()


def as_parquet(table: list[dict[str, Any]]) -> bytes:
    pyarrow: Any = pytest.importorskip("pyarrow", reason="pyarrow (the extra `parquet`) is not installed")
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(table), sink)
    return sink.getvalue()


FORMATS = {"jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet}


@pytest.mark.capability("data-formats", verified="real")
@pytest.mark.parametrize("zipped", ["", ".gz"])
@pytest.mark.parametrize("form", FORMATS)
def test_formats_give_the_same_items(project: Project, form: str, zipped: str) -> None:
    table: list[dict[str, Any]] = [{**row, "input": f'{row["input"]}, "quoted"\nover lines'} for row in rows("eval", 5)]
    project.jsonl("eval.jsonl", table)
    expected = load_workload(project.file).splits.evaluation
    content = FORMATS[form](table)
    name = f"other.{form}{zipped}"
    project.write(name, gzip.compress(content) if zipped else content)
    project.change("eval.jsonl", name)
    assert load_workload(project.file).splits.evaluation == expected


@pytest.mark.capability("bedrock-columns", verified="real")
def test_bedrock_columns(project: Project) -> None:
    row = {"prompt": "where is it", "referenceResponse": "lost", "category": "fr"}
    project.jsonl("eval.jsonl", [row, {**row, "prompt": "how do I send it", "referenceResponse": "send"}])
    first, second = load_workload(project.file).splits.evaluation
    assert (first.input, first.references, first.slice) == ("where is it", ("lost",), "fr")
    assert second.output == "send"


@pytest.mark.parametrize(
    ("row", "references"),
    [
        ({"output": "a", "references": ["b", "a"]}, ("a", "b")),
        ({"answers": [" a ", "a", "b"]}, ("a", "b")),
        ({"answers": {"text": ["a", "b"], "answer_start": [1, 2]}}, ("a", "b")),
        ({"output": 3}, ("3",)),
        ({"output": 3.5}, ("3.5",)),
        ({"output": True}, ("true",)),
    ],
)
def test_references(project: Project, row: dict[str, Any], references: tuple[str, ...]) -> None:
    project.change("task: classify", "task: answer")
    project.jsonl("eval.jsonl", [{"input": "q1", **row}, {"input": "q2", **row}])
    assert load_workload(project.file).splits.evaluation[0].references == references


def test_mapped_columns_filter_and_source(project: Project) -> None:
    project.change("  train:", "  columns: {input: q, output: a, source: doc}\n  filter: {bad: false}\n  train:")
    for name in ("train", "tune", "eval"):
        table = [{"q": row["input"], "a": row["output"], "doc": name, "bad": False} for row in rows(name, 4)]
        project.jsonl(f"{name}.jsonl", [*table, {"q": "", "a": "", "doc": "", "bad": True}])
    workload = load_workload(project.file)
    assert {item.source for item in workload.splits.evaluation} == {"eval"}
    assert len(workload.splits.train) == 4


def test_a_filter_means_the_same_in_csv(project: Project) -> None:
    project.change("  train:", "  filter: {bad: [false]}\n  train:").write_text(
        project.file.read_text().replace("eval.jsonl", "eval.csv").replace("  tune: tune.jsonl\n", "")
    )
    project.jsonl("train.jsonl", [{**row, "bad": False} for row in rows("train", 8)])
    project.write("eval.csv", "input,output,bad\na,send,false\nb,lost,true\nc,lost,false\n")
    assert [item.input for item in load_workload(project.file).splits.evaluation] == ["a", "c"]


def test_ids_come_from_the_content_and_stay_when_rows_move(project: Project) -> None:
    table = [*rows("eval", 4), rows("eval", 1)[0]]
    project.jsonl("eval.jsonl", table)
    one = load_workload(project.file).splits.evaluation
    project.jsonl("eval.jsonl", table[1:] + table[:1])
    other = load_workload(project.file).splits.evaluation
    assert {item.id for item in one} == {item.id for item in other}
    assert len({item.id for item in one}) == 5


@pytest.mark.capability("splits", verified="real")
def test_items_are_split_by_the_seed(project: Project) -> None:
    sets = "  train: train.jsonl\n  tune: tune.jsonl\n  evaluation: eval.jsonl\n"
    project.change(sets, "  items: all.jsonl\n")
    project.jsonl("all.jsonl", rows("one", 40))
    first, again = load_workload(project.file), load_workload(project.file)
    assert first.splits == again.splits
    assert [len(s) for s in (first.splits.train, first.splits.tune, first.splits.evaluation)] == [24, 6, 10]
    assert "40 items split by seed 0 into 24 train, 6 tune and 10 evaluation" in first.notes
    assert load_workload(project.add("seed: 1\n")).splits != first.splits


def test_tune_is_taken_from_train_when_absent(project: Project) -> None:
    project.change("  tune: tune.jsonl\n", "")
    project.jsonl("train.jsonl", rows("train", 40))
    workload = load_workload(project.file)
    assert (len(workload.splits.train), len(workload.splits.tune)) == (34, 6)
    assert "6 of 40 train items taken as tune set by seed 0" in workload.notes


def test_evaluation_alone_is_enough_where_nothing_is_learnt(project: Project) -> None:
    project.change("task: classify", "task: answer")
    project.change("  train: train.jsonl\n  tune: tune.jsonl\n", "")
    workload = load_workload(project.file)
    splits, lengths = workload.splits, [len(row["input"]) for row in rows("eval", 6)]
    assert (splits.train, splits.tune, len(splits.evaluation)) == ((), (), 6)
    assert workload.brief().mean_input_chars == pytest.approx(sum(lengths) / len(lengths))


def test_paths_are_relative_to_the_file_not_to_the_process(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder.parent)
    workload = load_workload(Path(project.folder.name) / "intents.yaml")
    assert len(workload.splits.train) == 8
