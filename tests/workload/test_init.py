"""`draft_workload`: what is drafted loads as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rung.errors import BadData
from rung.workload import check_workload, draft_workload, json_schema, load_workload
from rung.workload.yamlfile import parse_yaml

from .conftest import Project, rows
from .test_load import FORMATS

TABLES: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "classify": (rows("m", 40), "classify", "accuracy"),
    "extract": ([{"text": f"Ada {i}", "record": json.dumps({"n": i})} for i in range(12)], "extract", "json_field_f1"),
    "answer": ([{"question": f"who is {i}?", "answer": f"person {i}"} for i in range(12)], "answer", "token_f1"),
    "generate": ([{"prompt": f"write {i}", "referenceResponse": "many words " * 9 + str(i)} for i in range(12)],
                 "generate", "rouge_l"),
    "bedrock": ([{"prompt": f"q {i}", "referenceResponse": "ab"[i % 2], "category": "c"} for i in range(24)],
                "classify", "accuracy"),
    "odd names": ([{"no": f"a rather long text {i}", "x: {y}": f"t{i}"} for i in range(12)], "answer", "token_f1"),
    "mapped": ([{"query": f"q {i}", "label": "ab"[i % 2], "doc_id": i // 2, "lang": ["fr", "en"][i % 2]}
                for i in range(24)], "classify", "accuracy"),
}  # fmt: skip


@pytest.mark.capability("init", verified="real")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("table", "task", "metric"), TABLES.values(), ids=TABLES)
def test_the_draft_loads(tmp_path: Path, form: str, table: list[dict[str, Any]], task: str, metric: str) -> None:
    data = tmp_path / f"My data, {task}.{form}"
    data.write_bytes(FORMATS[form](table))
    file = tmp_path / "workload.yaml"
    file.write_text(draft_workload(data))
    workload = load_workload(file)
    assert (workload.task, workload.bar.metric) == (task, metric)
    sets = workload.splits
    assert len(sets.train) + len(sets.tune) + len(sets.evaluation) == len(table)
    assert check_workload(file).ok


def test_the_draft_is_for_a_folder_of_choice(project: Project) -> None:
    data = project.jsonl("deep/data.jsonl", rows("m", 20))
    (project.folder / "other").mkdir()
    text = draft_workload(data, into=project.folder / "other", region="DE", schema="s.json")
    assert text.startswith("# yaml-language-server: $schema=s.json\n")
    workload = load_workload(project.write("other/w.yaml", text))
    assert workload.place.region == "DE"
    assert len(workload.splits.train) == 12


def test_rows_without_an_output_are_filtered_by_the_column_that_tells_them(project: Project) -> None:
    table = [
        {"question": f"q {i}", "answers": [f"a {i}"] if i % 3 else [], "is_impossible": i % 3 == 0} for i in range(30)
    ]
    text = draft_workload(project.jsonl("squad.jsonl", table))
    assert "filter: {is_impossible:" in text
    sets = load_workload(project.write("w.yaml", text)).splits
    assert len(sets.train) + len(sets.tune) + len(sets.evaluation) == 20


def test_the_draft_is_valid_by_the_schema(project: Project) -> None:
    jsonschema: Any = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    text = draft_workload(project.jsonl("all.jsonl", rows("m", 20)))
    jsonschema.validate(parse_yaml(text, project.file).value, json_schema())


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([{"input": "a"}, {"input": "b"}], "one column is not enough; it has input"),
        (rows("m", 3), "all.jsonl: 1 evaluation item: one answer"),
        ([{"input": "a", "output": None}, *rows("m", 9)], "line 1: column 'output' is empty"),
    ],
)
def test_data_that_cannot_be_used(project: Project, table: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(BadData) as caught:
        draft_workload(project.jsonl("all.jsonl", table))
    assert problem in caught.value.problem
