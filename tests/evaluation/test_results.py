"""The results file: read back exactly, written whole, and not trusted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rung.errors import RungError
from rung.evaluation.records import Citation, EvalItem, EvalResults, MetricInfo, Passage, Response, Scored
from rung.evaluation.results import read_results, write_results
from rung.types import Message, Origin, Quantity, TokenUsage


def results(count: int = 2) -> EvalResults:
    earlier = (Message("user", "hello"), Message("assistant", "line\u2028separator"))
    items = tuple(EvalItem(f"i{n}", "q", ("a",), "c", ("x",), ("p1",), earlier) for n in range(count))
    passages = (Passage("p", "p1", 0.5), Passage(""))
    energy = Quantity.between(1, 2, 3, "J", source="s", origin=Origin.MODELLED)
    scored = {
        item.id: Scored(
            Response(
                item.id, "m", "t", passages, (Citation("t", passages[:1]),), None, TokenUsage(1, 2), 0.1, 0.0, energy
            ),
            {"exact_match": 1.0, "recall@1": None},
            {"exact_match": "why"},
        )
        for item in items
    }
    return EvalResults(
        "set", -3, items, (MetricInfo("exact_match", binary=True), MetricInfo("recall@1")), {"m": scored}
    )


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_results(tmp_path / "r.jsonl", results())
    assert read_results(tmp_path / "r.jsonl") == results()
    assert [path.name for path in tmp_path.iterdir()] == ["r.jsonl"]


@pytest.mark.parametrize(
    ("row", "change", "said"),
    [
        (1, {"scores": {"exact_match": 17}}, "no score"),
        (1, {"scores": {"exact_match": True}}, "no score"),
        (1, {"scores": {"exact_match": "1"}}, "no score"),
        (1, {"scores": {"exact_match": float("nan")}}, "no score"),
        (1, {"item": "i9"}, "unknown"),
        (2, {"item": "i0"}, "twice"),
        (1, {"system": "m\x1b[2J"}, "can be printed"),
        (0, {"items": [{"id": "i0", "input": "q"}, {"id": "i0", "input": "q"}]}, "twice in the header"),
        (0, {"seed": "x"}, "lacks what results have"),
        (0, {"metrics": [{"nome": "x"}]}, "lacks what results have"),
        (0, {"rung_eval": 99}, "no results"),
    ],
)
def test_edited_files_are_refused(tmp_path: Path, row: int, change: dict[str, object], said: str) -> None:
    path = tmp_path / "r.jsonl"
    write_results(path, results())
    rows = lines(path)
    rows[row] |= change
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    with pytest.raises(RungError, match=said):
        read_results(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    write_results(path, results())
    whole = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(whole[:2]), encoding="utf-8")
    with pytest.raises(RungError, match="1 of 2 items"):
        read_results(path)
    path.write_text(whole[0][:-5], encoding="utf-8")
    with pytest.raises(RungError, match="no JSON"):
        read_results(path)


def test_links_stay_links_and_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "there" / "r.jsonl")
    write_results(tmp_path / "link.jsonl", results())
    assert (tmp_path / "link.jsonl").is_symlink()
    assert read_results(tmp_path / "there" / "r.jsonl") == results()
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path / "there"):
        with pytest.raises(RungError, match="no regular file"):
            write_results(path, results())


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".r.jsonl.part").symlink_to(victim)
    write_results(tmp_path / "r.jsonl", results())
    assert victim.read_text() == "mine"
