"""The workload files over real data: banking77 and SQuAD 2.0."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from rung.errors import LeakedItems
from rung.workload import check_workload, draft_workload, load_workload
from rung.workload.splits import normalised

FILES = Path(__file__).parents[1] / "workloads"
SHARED = Path(os.environ.get("RUNG_SHARED") or FILES / "../../../shared")
TASKS = SHARED / "data" / "tasks"

pytestmark = pytest.mark.skipif(not TASKS.is_dir(), reason="no real data: set RUNG_SHARED to the folder of data/tasks")


@pytest.mark.capability("real-workloads", verified="real")
@pytest.mark.parametrize("name", ["banking77_85", "banking77_90", "banking77_92", "squad2_low", "squad2_high"])
def test_the_files_are_right(name: str) -> None:
    report = check_workload(FILES / f"{name}.yaml")
    assert report.ok, [p.problem for p in report.problems]


@pytest.mark.capability("real-workloads", verified="real")
def test_banking77() -> None:
    workload = load_workload(FILES / "banking77_90.yaml")
    splits = workload.splits
    assert (len(splits.train), len(splits.tune), len(splits.evaluation)) == (8495, 1497, 1563)
    assert len(workload.brief().labels) == 77
    assert "8 of 8503 train items dropped: they stand in evaluation too" in workload.notes
    assert "3 of 1500 tune items dropped: they stand in evaluation too" in workload.notes
    held = {normalised(item.input) for item in splits.evaluation}
    assert not held & {normalised(item.input) for item in (*splits.train, *splits.tune)}
    tuned = Counter(item.output for item in splits.tune)
    learnt = Counter(item.output for item in splits.train)
    assert all(abs(tuned[label] / (tuned[label] + n) - 0.15) < 0.03 for label, n in learnt.items())


def test_banking77_leaks_by_eight_in_train_when_nothing_is_dropped(tmp_path: Path) -> None:
    text = (FILES / "banking77_90.yaml").read_text().replace("  on_leak: drop\n", "")
    file = tmp_path / "b.yaml"
    file.write_text(text.replace("${RUNG_SHARED:-../../../shared}", str(SHARED.resolve())))
    with pytest.raises(LeakedItems, match="8 of 1563 evaluation items stand in train too"):
        load_workload(file)


@pytest.mark.capability("real-workloads", verified="real")
def test_squad2_is_split_by_passage() -> None:
    workload = load_workload(FILES / "squad2_low.yaml")
    splits = workload.splits
    sets = [{item.source for item in part} for part in (splits.train, splits.tune, splits.evaluation)]
    assert not sets[0] & sets[1]
    assert not sets[0] & sets[2]
    assert not sets[1] & sets[2]
    assert sum(map(len, (splits.train, splits.tune, splits.evaluation))) == 690
    assert set.union(*sets) <= {document.id for document in workload.knowledge}
    assert any(len(item.references) > 1 for item in splits.evaluation)


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("banking77_train", "classify"),
        ("boolq_dev_slice", "classify"),
        ("squad2_questions", "answer"),
        ("legal_plain_english_summaries", "generate"),
    ],
)
def test_drafts_of_real_data_load(tmp_path: Path, name: str, task: str) -> None:
    text = draft_workload(TASKS / f"{name}.jsonl.gz", into=tmp_path)
    file = tmp_path / "w.yaml"
    file.write_text(text)
    assert load_workload(file).task == task
