"""Wrong data files: file, row, column and mend."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from rung.errors import BadData, LeakedItems, MissingExtra, RungError
from rung.workload import load_workload

from .conftest import Project, rows


def told(project: Project, kind: type[RungError] = BadData) -> tuple[str, str]:
    with pytest.raises(kind) as caught:
        load_workload(project.file)
    return caught.value.problem, caught.value.mend


LINES = {
    "not JSON": ('{"input": "a", "output": ', "line 7: not JSON: expecting value at column 26", "one JSON object"),
    "a list": ("[1]", "line 7: not a JSON object", "one JSON object on each line"),
    "nested too deeply": ("[" * 100_000, "line 7: not JSON", "plain JSON object"),
    "a huge number": (f'{{"a": {"9" * 5000}}}', "line 7: not JSON", "plain JSON object"),
    "empty input": ('{"input": " ", "output": "send"}', "line 7: column 'input' is empty", "remove the row"),
    "no input": ('{"output": "send"}', "line 7: column 'input' is empty", "remove the row"),
    "null output": ('{"input": "a", "output": null}', "line 7: column 'output' is empty", "`data.filter`"),
    "no references": ('{"input": "a", "output": []}', "line 7: column 'output' holds no reference", "`data.filter`"),
    "NaN": ('{"input": "a", "output": NaN}', "line 7: column 'output' is NaN", "fill it in"),
    "infinity": ('{"input": -Infinity, "output": "send"}', "line 7: column 'input' is -inf", "fill it in"),
    "a mapping": ('{"input": {"a": 1}, "output": "send"}', "column 'input' holds a mapping, not text", "fill it in"),
    "half a surrogate": ('{"input": "\\ud800", "output": "send"}', "half of a surrogate pair", "whole UTF-8"),
    "an unseen label": ('{"input": "a", "output": "snd"}', "line 7: the label 'snd' has no train item", "'send'?"),
}


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize(("line", "problem", "mend"), LINES.values(), ids=LINES)
def test_a_bad_line(project: Project, line: str, problem: str, mend: str) -> None:
    path = project.folder / "eval.jsonl"
    path.write_text(path.read_text() + line + "\n")
    got = told(project)
    assert "eval.jsonl" in got[0]
    assert problem in got[0]
    assert mend in got[1]


def test_bad_rows_are_told_together_the_first_ten_by_line(project: Project) -> None:
    project.jsonl("eval.jsonl", [{"input": "", "output": "send"} for _ in range(25)])
    problem, _ = told(project)
    assert "25 rows cannot be used" in problem
    assert "line 10: column 'input' is empty\n  and 15 more" in problem


def test_a_missing_file_names_the_line_of_the_workload(project: Project) -> None:
    problem, mend = told(project, BadData) if project.change("eval.jsonl", "evil.jsonl") else ("", "")
    assert "intents.yaml:6: data.evaluation: no such file" in problem
    assert "relative to the workload file" in mend


def test_a_wrong_column_names_those_present(project: Project) -> None:
    project.change("  train:", "  columns: {input: inptu}\n  train:")
    problem, mend = told(project)
    assert "no column 'inptu'; it has input, output" in problem
    assert "did you mean 'input'? correct `data.columns.input`" in mend


def test_no_usual_column(project: Project) -> None:
    project.jsonl("eval.jsonl", [{"text": "a", "output": "send"}, {"text": "b", "output": "send"}])
    problem, mend = told(project)
    assert "no column 'input'; it has text, output" in problem
    assert "name the column that holds it in `data.columns.input`" in mend


@pytest.mark.parametrize("content", ["", "\n\n", "input,output\n"])
def test_an_empty_set(project: Project, content: str) -> None:
    project.change("eval.jsonl", "eval.csv")
    project.write("eval.csv", content)
    assert "holds no rows" in told(project)[0]


@pytest.mark.capability("bad-input", verified="real")
def test_one_evaluation_item_is_refused_and_why(project: Project) -> None:
    project.jsonl("eval.jsonl", rows("eval", 1))
    problem, mend = told(project)
    assert "eval.jsonl: 1 evaluation item: one answer, right or wrong, says nothing" in problem
    assert "at least 2" in mend


@pytest.mark.capability("bad-input", verified="real")
def test_not_utf8(project: Project) -> None:
    project.write("eval.jsonl", b'{"input": "a", "output": "send"}\n{"input": "caf\xe9", "output": "send"}\n')
    problem, mend = told(project)
    assert "line 2: not UTF-8 (byte 0xe9 at offset 47)" in problem
    assert "iconv" in mend


def test_a_broken_gzip(project: Project) -> None:
    project.change("eval.jsonl", "eval.jsonl.gz")
    whole = gzip.compress(b'{"input": "a", "output": "send"}\n' * 50)
    for content in (whole[:-9], b"no gzip", whole[:12] + b"\xff\xff\xff" + whole[15:]):
        project.write("eval.jsonl.gz", content)
        assert "not a whole gzip file" in told(project)[0]


def test_an_unknown_format(project: Project) -> None:
    project.change("eval.jsonl", "eval.xlsx")
    project.write("eval.xlsx", "x")
    problem, mend = told(project)
    assert "cannot tell the format" in problem
    assert ".jsonl, .csv or .parquet" in mend


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("input,output\na,send,x\n", "line 2: has more cells than the header (2)"),
        ("input,output\na\n", "line 2: has fewer cells than the header (2)"),
        ('input,output\n"a\nb",send\nc\n', "line 4: has fewer cells"),
        ("input,input\na,b\n", "two columns are named 'input'"),
        ('input,output\n"a"x,send\n', "not CSV"),
    ],
)
def test_bad_csv(project: Project, content: str, problem: str) -> None:
    project.change("eval.jsonl", "eval.csv")
    project.write("eval.csv", content)
    assert problem in told(project)[0]


def test_ids_that_repeat_and_ids_that_lack(project: Project) -> None:
    project.jsonl("eval.jsonl", [{"id": "a", **row} for row in rows("eval", 3)])
    assert "line 2: the id 'a' stands already at 1" in told(project)[0]
    project.jsonl("eval.jsonl", [{"id": "" if i == 1 else i, **row} for i, row in enumerate(rows("eval", 3))])
    assert "line 2: column 'id' is empty" in told(project)[0]


def test_a_filter_that_leaves_nothing_names_the_values(project: Project) -> None:
    project.change("  train:", "  filter: {output: sent}\n  train:")
    problem, mend = told(project)
    assert "`data.filter` leaves none of 8 rows" in problem
    assert "output has send, lost" in mend


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("Ada", "is not a JSON object"),
        ("[1]", "is not a JSON object"),
        ("{}", "is an empty JSON object"),
        ('{"a": NaN}', "is not a JSON object"),
        ({"a": float("nan")}, "holds NaN or infinity"),
    ],
)
def test_extract_wants_json_objects(project: Project, reference: Any, problem: str) -> None:
    project.change("task: classify", "task: extract")
    for name in ("train", "tune", "eval"):
        project.jsonl(f"{name}.jsonl", [{"input": f"{name} {i}", "output": {"name": "Ada"}} for i in range(3)])
    assert load_workload(project.file).brief().fields == ("name",)
    project.jsonl("eval.jsonl", [{"input": "a", "output": reference}, {"input": "b", "output": {"name": "Bo"}}])
    got = told(project)
    assert f"line 1: column 'output' {problem}" in got[0]


@pytest.mark.capability("leakage", verified="real")
def test_leaked_items_are_refused_with_their_rows(project: Project) -> None:
    leaked = [{"input": "TRAIN message, number 3!", "output": "lost"}, *rows("eval", 3)]
    project.jsonl("eval.jsonl", leaked)
    problem, mend = told(project, LeakedItems)
    assert "1 of 4 evaluation items stand in train too" in problem
    assert "eval.jsonl line 1 (same input as 4)" in problem
    assert "on_leak: drop" in mend
    project.change("  train:", "  on_leak: drop\n  train:")
    workload = load_workload(project.file)
    assert len(workload.splits.train) == 7
    assert "1 of 8 train items dropped: they stand in evaluation too" in workload.notes


def test_many_leaks_name_ten_and_count_all(project: Project) -> None:
    project.jsonl("tune.jsonl", rows("eval", 30))
    project.jsonl("eval.jsonl", rows("eval", 30))
    problem, _ = told(project, LeakedItems)
    assert "30 of 30 evaluation items stand in tune too" in problem
    assert "10 (same input as 10) and 20 more" in problem


def test_a_group_that_straddles_is_a_leak(project: Project) -> None:
    for name in ("train", "tune", "eval"):
        project.jsonl(f"{name}.jsonl", [{**row, "doc": f"{name}{i}"} for i, row in enumerate(rows(name, 4))])
    project.change("  train:", "  group_by: doc\n  train:")
    assert len(load_workload(project.file).splits.evaluation) == 4
    project.jsonl("eval.jsonl", [{**row, "doc": f"train{i}"} for i, row in enumerate(rows("eval", 2))])
    assert "eval.jsonl line 1 (same group 'train0' as 1)" in told(project, LeakedItems)[0]


def test_repeats_inside_evaluation_are_only_noted(project: Project) -> None:
    project.jsonl("eval.jsonl", [*rows("eval", 2), *rows("eval", 1)])
    assert any("1 of 3 evaluation items repeat another's input" in note for note in load_workload(project.file).notes)


def test_parquet_without_pyarrow_names_the_extra(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    project.change("eval.jsonl", "eval.parquet")
    project.write("eval.parquet", b"PAR1")
    problem, mend = told(project, MissingExtra)
    assert "'pyarrow' is not installed" in problem
    assert "pip install 'rung[parquet]'" in mend


def test_a_line_separator_inside_a_string_is_no_line_end(project: Project) -> None:
    lines = [json.dumps({"input": f"a\u2028{i}", "output": "send"}, ensure_ascii=False) for i in range(3)]
    project.write("eval.jsonl", "\n".join(lines))
    assert len(load_workload(project.file).splits.evaluation) == 3
