"""A release is what its manifest says, and going back is one step."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rung.errors import BadInput, BadRelease, NoSuch
from rung.release import Manifest, Shelf
from rung.types import Candidate, ModelRef, Rung

CANDIDATE = Candidate(
    "lora(tiny)", Rung.PEFT, "lora", {"rank": 8}, ModelRef("tiny", "transformers", "models/tiny", parameters_b=(1, 2))
)
FACTS = {"run": "r1", "workload": "w", "task": "answer", "claim": "c", "evidence": {"mean": 0.9}}


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    folder = tmp_path / "artifact"
    (folder / "adapter").mkdir(parents=True)
    (folder / "method.json").write_text("{}")
    (folder / "adapter" / "weights.safetensors").write_bytes(b"\0" * 99)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def add(shelf: Shelf, artifact: Path, model: Path | None = None) -> Manifest:
    return shelf.add(
        "bot", candidate=CANDIDATE, artifact=artifact, model_fingerprint="f", facts=FACTS, copy_model=model
    )


@pytest.mark.capability("release", verified="real")
def test_a_release_reads_back_as_it_was_made_and_can_be_moved(tmp_path: Path, artifact: Path, model: Path):
    shelf = Shelf(tmp_path / "releases")
    made = add(shelf, artifact, model)
    shelf.promote("bot", 1)
    moved = tmp_path / "elsewhere"
    shutil.move(shelf.current("bot"), moved)
    read = Manifest.read(moved)
    assert read == made
    assert read.candidate.model is not None
    assert read.candidate.model.model == "model"
    assert (moved / "model" / "config.json").is_file()


@pytest.mark.capability("release", verified="real")
@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda f: (f / "artifact" / "method.json").write_text("{ }"), "changed: artifact/method.json"),
        (lambda f: (f / "artifact" / "method.json").unlink(), "missing: artifact/method.json"),
        (lambda f: (f / "artifact" / "x.py").write_text(""), "added: artifact/x.py"),
        (lambda f: (f / "manifest.json").write_text("{}"), "cannot be read"),
        (lambda f: (f / "manifest.json").unlink(), "holds no manifest"),
    ],
)
def test_a_release_that_is_not_what_its_manifest_says_is_refused(
    tmp_path: Path, artifact: Path, harm: Callable[[Path], object], says: str
):
    shelf = Shelf(tmp_path / "releases")
    add(shelf, artifact)
    shelf.promote("bot", 1)
    folder = shelf.current("bot")
    harm(folder)
    with pytest.raises(BadRelease, match=says):
        Manifest.read(folder)


@pytest.mark.capability("rollback", verified="real")
def test_promote_and_roll_back(tmp_path: Path, artifact: Path):
    shelf = Shelf(tmp_path / "releases")
    for _ in range(3):
        add(shelf, artifact)
    for version in (1, 2, 3):
        shelf.promote("bot", version)
    assert shelf.current("bot").name == "3"
    assert shelf.roll_back("bot") == 2
    shelf.promote("bot", 1)
    assert shelf.history("bot") == [1, 2, 1]
    assert shelf.roll_back("bot") == 2
    assert shelf.roll_back("bot") == 1
    with pytest.raises(NoSuch, match="no earlier version"):
        shelf.roll_back("bot")
    assert shelf.resolve("bot@3").name == "3"


def test_what_is_not_there_is_named_with_what_is(tmp_path: Path, artifact: Path):
    shelf = Shelf(tmp_path / "releases")
    add(shelf, artifact)
    shelf.promote("bot", 1)
    with pytest.raises(NoSuch, match=r"no release 'bat'.*bot"):
        shelf.current("bat")
    with pytest.raises(NoSuch, match="no version 7"):
        shelf.resolve("bot@7")
    with pytest.raises(NoSuch, match="no version 9"):
        shelf.promote("bot", 9)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a@2"])
def test_a_name_that_would_leave_the_shelf_is_refused(tmp_path: Path, artifact: Path, name: str):
    with pytest.raises(BadInput):
        Shelf(tmp_path / "releases").add(
            name, candidate=CANDIDATE, artifact=artifact, model_fingerprint=None, facts=FACTS, copy_model=None
        )


def test_a_release_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path):
    shelf = Shelf(tmp_path / "releases")
    with pytest.raises(OSError, match="absent"):
        add(shelf, tmp_path / "absent")
    assert list((tmp_path / "releases" / "bot").iterdir()) == []
