"""Tables of recorded scores: each form is read, and what cannot be is one error with a mend."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rung.errors import RungError
from rung.referee import read_table
from rung.testing.replay import shared_data

ROWS: list[dict[str, object]] = [
    {"item_id": "a", "prompt_chars": 40, "correct": {"x": 1, "y": 0}, "out_chars": {"x": 40, "y": 80}},
    {"item_id": "b", "prompt_chars": 40, "correct": {"x": 1}, "out_chars": {"x": 40}},
]


def written(folder: Path, rows: Sequence[Mapping[str, object]], *, name: str = "t.jsonl") -> Path:
    path = folder / name
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def test_scores_that_are_missing_are_0_and_counted(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, ROWS))
    assert (table.items, table.systems, table.missing) == (("a", "b"), ("x", "y"), 1)
    np.testing.assert_array_equal(table.scores, [[1, 1], [0, 0]])
    assert table.assumed == ("x", "y")
    assert table.binary


def test_costs_are_parameters_times_tokens(tmp_path: Path) -> None:
    facts = {"x": {"params_b": 7}, "y": {"params_b": None, "mean_out_chars": 360}}
    (tmp_path / "t.models.json").write_text(json.dumps(facts))
    table = read_table(written(tmp_path, ROWS, name="t.jsonl.gz"))
    np.testing.assert_allclose(table.costs, [[7 * 20, 7 * 20], [200 * 30, 200 * 100]])
    assert table.assumed == ("y",)


def test_a_judges_score_of_1_to_10(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"item_id": 1, "judge_score_1_10": {"x": 1, "y": 10, "z": None}}]
    table = read_table(written(tmp_path, rows))
    np.testing.assert_array_equal(table.scores[:, 0], [0, 1, 0])
    assert table.missing == 1


def test_letters_and_plain_columns(tmp_path: Path) -> None:
    letters = tmp_path / "letters.csv"
    letters.write_text("question_id,category,gold,pred:x,pred:y\n1,law,A,A,-\n2,law,B,C,\n")
    table = read_table(letters)
    np.testing.assert_array_equal(table.scores, [[1, 0], [0, 0]])
    assert (table.groups, table.missing) == (("law", "law"), 1)
    plain = tmp_path / "plain.csv"
    plain.write_text("item,x,y\n1,.5,\n2,1,0\n")
    table = read_table(plain)
    np.testing.assert_array_equal(table.scores, [[0.5, 1], [0, 0]])
    assert not table.binary


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no items"),
        ("nonsense\n", "t.jsonl:1 is no JSON"),
        ("[1]\n", "t.jsonl:1 is no JSON object"),
        ('{"item_id": "a"}\n', "has none of correct"),
        ('{"item_id": "a", "correct": {"x": 2}}\n', "out of range"),
        ('{"item_id": "a", "correct": {"x": "yes"}}\n', "is no number"),
        ('{"item_id": "a", "correct": {"x": NaN}}\n', "out of range"),
        ('{"correct": {"x": 1}}\n', "lacks correct or item_id"),
        ('{"item_id": "a", "correct": {"x": 1}}\n{"item_id": "a", "correct": {"x": 1}}\n', "is there twice"),
        ('{"item_id": "a", "correct": {}}\n', "has no system"),
        ('{"item_id": "a", "correct": {"x": 0.5}}\n', "out of range"),
        ('{"item_id": "a", "score": {"x": 1}, "prompt_chars": 1e999}\n', "no count of characters"),
        ('{"item_id": "a", "score": {"x": 1}, "prompt_chars": "abc"}\n', "no count of characters"),
        ('{"item_id": "a", "score": {"x": 1}, "out_chars": {"x": -5}}\n', "no count of characters"),
        ('{"item_id": "a", "score": {"x": 1}, "out_chars": [1]}\n', "no mapping"),
        ('{"item_id": "a", "score": {"x": 1' + 400 * "0" + "}}\n", "is no number"),
        ('{"item_id": "a", "score": {"x\\u001b[2J": 1}}\n', "control characters"),
    ],
)
def test_json_lines_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(RungError, match=said) as caught:
        read_table(path)
    assert caught.value.mend


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"item,x,x\n1,1,1\n", "two columns"),
        (b"a,b\n1,2\n", "lacks a column"),
        (b"question_id,pred:x\n1,A\n", "gold"),
        (b"item,x\n1\n", "is no number|has not as many|nothing"),
        (b"item,x\n1,2,3\n", "has not as many"),
        (b"item,x\n1,3\n", "out of range"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_csv_that_cannot_be_read(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    if data == b"item,x\n1\n":
        assert read_table(path).missing == 1
        return
    with pytest.raises(RungError, match=said):
        read_table(path)


def test_a_cut_archive(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS, name="t.jsonl.gz")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(RungError, match="cannot be read"):
        read_table(path)


SIZES = {
    "zeroeval_gsm8k.jsonl.gz": (30, 1319),
    "zeroeval_math_l5.jsonl.gz": (29, 721),
    "wildbench_v2.0522_gpt-4-turbo-2024-04-09.jsonl.gz": (8, 1024),
    "wildbench_v2.0522_gpt-4o-2024-05-13.jsonl.gz": (5, 1024),
    "alpaca_eval2_weighted.jsonl.gz": (39, 805),
    "mmlu_pro.csv.gz": (19, 7436),
}


@pytest.mark.capability("replays", verified="real")
@pytest.mark.parametrize("name", SIZES)
def test_recorded_files_of_every_form(name: str) -> None:
    shared = shared_data()
    if shared is None:
        pytest.skip("recorded evaluations are absent: set RUNG_SHARED to the folder that holds data/evals")
    table = read_table(shared / "data" / "evals" / name)
    assert table.scores.shape == table.costs.shape == SIZES[name]
    assert ((table.scores >= 0) & (table.scores <= 1)).all()
    assert (table.costs > 0).all()
