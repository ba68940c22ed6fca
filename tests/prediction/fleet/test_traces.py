"""Reading traces: three forms, what is wrong with a row told by file, line and mend, nothing kept in memory."""

from __future__ import annotations

import gzip
import json
import os
from itertools import pairwise
from pathlib import Path

import pytest

from rung.errors import BadData
from rung.prediction.fleet import Request, TraceFile

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[3].parent / "shared")) / "data" / "traces"
HEAD = "arrival_s,input_tokens,output_tokens\n"
CUT = gzip.compress((HEAD + "".join(f"{n},{n * 7919 % 997 + 1},5\n" for n in range(5000))).encode())[:900]


def trace(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> BadData:
    with pytest.raises(BadData) as told:
        list(TraceFile(path))
    return told.value


@pytest.mark.capability("fleet-traces", verified="real")
def test_three_forms_say_the_same(tmp_path: Path):
    ours = trace(tmp_path, HEAD + "0.0,374,44\n4.5,396,109\n")
    azure = (
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6000000,374,44\n2023-11-16 18:15:51.1,396,109\n"
    )
    lines = [
        {"timestamp": 0, "input_length": 374, "output_length": 44, "hash_ids": [1]},
        {"timestamp": 4500, "input_length": 396, "output_length": 109},
    ]
    mooncake = "".join(json.dumps(line) + "\n" for line in lines)
    packed = gzip.compress(ours.read_bytes())
    expected = [Request(0.0, 374, 44), Request(4.5, 396, 109)]
    assert list(TraceFile(ours)) == expected
    assert [r._replace(arrival_s=round(r.arrival_s, 6)) for r in TraceFile(trace(tmp_path, azure, "a.csv"))] == expected
    assert list(TraceFile(trace(tmp_path, mooncake, "m.jsonl"))) == expected
    assert list(TraceFile(trace(tmp_path, packed, "t.csv.gz"))) == expected


def test_a_deadline_may_stand_beside(tmp_path: Path):
    path = trace(tmp_path, "input_tokens,output_tokens,arrival_s,deadline_s\n5,6,1,\n7,8,2,600\n")
    assert list(TraceFile(path)) == [Request(1.0, 5, 6, None), Request(2.0, 7, 8, 600.0)]


@pytest.mark.capability("fleet-traces", verified="real")
@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("5,1,0", "output_tokens is 0"),
        ("5,0,1", "input_tokens is 0"),
        ("5,-3,1", "input_tokens is -3"),
        ("5,1.5,1", "input_tokens is 1.5"),
        ("5,nan,1", "input_tokens is nan"),
        ("5,inf,1", "input_tokens is inf"),
        ("5,1e300,1", "input_tokens is 1e300"),
        ("5,many,1", "input_tokens is no number: 'many'"),
        ("5,,1", "input_tokens is no number"),
        ("nan,1,1", "arrival_s is nan"),
        ("-1,1,1", "arrival_s is -1"),
        ("inf,1,1", "arrival_s is inf"),
        ("noon,1,1", "arrival_s is no time: 'noon'"),
        ("2.5,1,1", "out of order"),
        ("9e9,1,1", "arrives 104167 days after"),
        ("5,1", "2 fields under 3 columns"),
        ("5,1,1,1", "4 fields under 3 columns"),
        ("5,²,1", "input_tokens is no number"),
    ],
)
def test_a_bad_row_is_named_or_counted(tmp_path: Path, row: str, told: str):
    path = trace(tmp_path, f"{HEAD}3,1,1\n{row}\n9,2,2\n")
    error = refused(path)
    assert error.problem.startswith(f"t.csv:3: {told}"), error.problem
    assert "--skip-bad" in error.mend
    left = TraceFile(path, skip_bad=True)
    assert list(left) == [Request(3.0, 1, 1), Request(9.0, 2, 2)]
    assert (left.rows, left.skipped, len(left.examples)) == (2, 1, 1)


def test_bad_lines_of_json(tmp_path: Path):
    good = '{"timestamp": 1000, "input_length": 1, "output_length": 2}\n'
    for bad, told in (
        ("{", "no JSON"),
        ("[1]", "an object is expected"),
        ('{"timestamp": 1000}', "no input_length, output_length"),
        ('{"timestamp": 1000, "input_length": true, "output_length": 2}', "input_length is True"),
        ('{"timestamp": null, "input_length": 1, "output_length": 2}', "timestamp is no time"),
    ):
        error = refused(trace(tmp_path, good + bad + "\n", "m.jsonl"))
        assert error.problem.startswith(f"m.jsonl:2: {told}"), error.problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the trace is empty"),
        (HEAD, "the trace is empty"),
        ("\n\n", "the trace is empty"),
        ("arrival_s,input_tokens\n1,2\n", "no column output_tokens"),
        ("a,b\n1,2\n", "no column arrival_s, input_tokens, output_tokens"),
        ("TIMESTAMP,ContextTokens\n1,2\n", "no column GeneratedTokens"),
        (b"\xff\xfe\x00", "cannot be read as text"),
        (CUT, "cannot be read as text"),
    ],
)
def test_a_file_that_is_no_trace(tmp_path: Path, text: str | bytes, told: str):
    error = refused(trace(tmp_path, text))
    assert told in error.problem
    assert error.mend


def test_a_file_that_is_not_there(tmp_path: Path):
    assert "no such file" in refused(tmp_path / "absent.csv").problem


def test_nothing_usable_is_an_error_when_skipping_too(tmp_path: Path):
    left = TraceFile(trace(tmp_path, HEAD + "x,1,1\ny,1,1\n"), skip_bad=True)
    with pytest.raises(BadData, match="none of its 2 rows"):
        list(left)


@pytest.mark.capability("fleet-traces", verified="real")
@pytest.mark.parametrize(
    ("name", "rows"), [("azure_llm_2023_conv.csv.gz", 19_366), ("mooncake_conversation.csv.gz", 12_031)]
)
def test_published_traces_are_read_whole(name: str, rows: int):
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not here (set RUNG_SHARED)")
    read = TraceFile(path)
    found = list(read)
    assert (len(found), read.skipped) == (rows, 0)
    assert all(a.arrival_s <= b.arrival_s for a, b in pairwise(found))
