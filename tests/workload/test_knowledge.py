"""Passages from folders and tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadData
from rung.types import Document
from rung.workload import load_workload
from rung.workload.knowledge import paragraphs, read_knowledge

from .conftest import Project


@pytest.mark.capability("knowledge", verified="real")
def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("# Title\n\n## Part\n\nOne.\nstill one\n \n\nTwo.\n\n# End\n")
    (tmp_path / "sub" / "b.txt").write_bytes(b"only\r\n\r\n")
    (tmp_path / "c.pdf").write_text("not read")
    assert read_knowledge(tmp_path) == (
        Document("a#1", "# Title\n## Part\nOne.\nstill one"),
        Document("a#2", "Two."),
        Document("a#3", "# End"),
        Document("sub/b", "only"),
    )


@given(st.text(alphabet="a# \n\r", max_size=40))
def test_paragraphs_keep_every_word_and_none_is_empty(text: str) -> None:
    parts = paragraphs(text)
    assert " ".join(parts).split() == text.split()
    assert all(part.strip() for part in parts)


@pytest.mark.capability("knowledge", verified="real")
def test_a_table(tmp_path: Path) -> None:
    file = tmp_path / "k.jsonl"
    file.write_text('{"doc_id": "a", "title": "t", "text": "one"}\n{"doc_id": 2, "text": "two"}\n')
    assert read_knowledge(file) == (Document("a", "one"), Document("2", "two"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"doc_id": "a", "text": "x"}\n{"doc_id": "a", "text": "y"}', "line 2: the id 'a' stands twice"),
        ('{"doc_id": "a", "text": " "}', "line 1: column 'text' is empty"),
        ('{"doc_id": null, "text": "x"}', "line 1: column 'doc_id' is empty"),
        ('{"text": "x"}', "no column 'doc_id'; it has text"),
        ('{"doc_id": "x"}', "no column 'text'; it has doc_id"),
    ],
)
def test_bad_tables(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "k.jsonl"
    file.write_text(content)
    with pytest.raises(BadData) as caught:
        read_knowledge(file)
    assert problem in caught.value.problem
    assert caught.value.mend


def test_nothing_there_names_the_line_of_the_workload(project: Project) -> None:
    with pytest.raises(BadData, match=r"intents.yaml:10: knowledge: no such folder or file"):
        load_workload(project.add("knowledge: docs\n"))
    (project.folder / "docs").mkdir()
    with pytest.raises(BadData, match="holds no text"):
        load_workload(project.file)
    project.write("docs/a.txt", b"caf\xe9")
    with pytest.raises(BadData, match="not UTF-8"):
        load_workload(project.file)
    project.write("docs/a.txt", "text")
    assert load_workload(project.file).knowledge == (Document("a", "text"),)


def test_files_that_differ_only_in_their_ending_keep_it(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    (tmp_path / "a.txt").write_text("two")
    assert [document.id for document in read_knowledge(tmp_path)] == ["a.md", "a.txt"]
