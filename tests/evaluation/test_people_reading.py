"""What is to be rated is read from results of an evaluation, or from lines of responses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rung.errors import BadData, BadInput, RungError
from rung.evaluation.people import read_material
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.evaluation.results import write_results


def line(**change: object) -> dict[str, object]:
    responses = [{"modelIdentifier": "a", "response": "one"}, {"modelIdentifier": "b", "response": "two"}]
    return {"prompt": "p", "referenceResponse": "r", "category": "c", "modelResponses": responses, **change}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), "utf-8")
    return path


def test_lines_of_responses_are_read(tmp_path: Path):
    found = read_material(write(tmp_path / "set.jsonl", line(), line(prompt="q", referenceResponse=None)))
    assert (found.name, [item.input for item in found.items]) == ("set", ["p", "q"])
    assert found.items[0].references == ("r",)
    assert found.responses[found.items[1].id]["b"].text == "two"


def test_results_of_an_evaluation_are_read_and_sampled(tmp_path: Path):
    items = tuple(EvalItem(f"q{n}", "p") for n in range(10))
    scored = {s: {i.id: Scored(Response(i.id, s, "t"), {"m": 1.0}) for i in items} for s in ("a", "b", "c")}
    write_results(tmp_path / "r.jsonl", EvalResults("set", 0, items, (MetricInfo("m"),), scored))
    found = read_material(tmp_path / "r.jsonl")
    assert (found.name, len(found.items), set(found.responses["q0"])) == ("set", 10, {"a", "b", "c"})
    part = found.only(systems=["a", "c"], items=4, seed=3)
    assert len(part.items) == 4
    assert set(part.responses[part.items[0].id]) == {"a", "c"}
    assert part == found.only(systems=["a", "c"], items=4, seed=3)
    with pytest.raises(BadInput, match="no system 'z'"):
        found.only(systems=["z"], items=None, seed=0)
    with pytest.raises(BadInput, match="sample of 0"):
        found.only(systems=[], items=0, seed=0)


OWN = {"id": "x", "input": "p", "response": "r"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["{"], "line 1: not JSON"),
        (["[1]"], "line 1: not a JSON object"),
        ([line(), line(prompt=None)], "line 2: .*prompt"),
        ([line(modelResponses=[])], "no system answers"),
        ([line(modelResponses=["x"])], "line 1: 'modelResponses' is str, not an object"),
        ([line(modelResponses=[{"modelIdentifier": "a", "response": None}])], "line 1: 'response' is missing"),
        ([line(modelResponses=[{"modelIdentifier": "a", "response": ""}] * 2)], "line 1: a second response of 'a'"),
        ([line(), line(modelResponses=[{"modelIdentifier": "a", "response": ""}])], "'b' has no response to 1 items"),
        ([OWN, OWN], "line 2: a second response"),
        ([OWN, OWN | {"input": "q"}], "line 2: the id 'x' stands already at 1"),
        ([], "holds no rows"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, rows: list[object], said: str):
    with pytest.raises(BadData, match=said):
        read_material(write(tmp_path / "set.jsonl", *rows))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadData, match="UTF-8"):
        read_material(tmp_path / "x.jsonl")
    with pytest.raises(RungError, match="absent"):
        read_material(tmp_path / "absent.jsonl")
