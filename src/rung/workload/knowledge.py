"""The knowledge of a workload: a folder of texts, or a JSONL file of passages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from rung.errors import BadData
from rung.types import Document
from rung.workload.tables import RowProblem, decoded, read_bytes, read_table

_SUFFIXES = (".txt", ".md")
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


def read_knowledge(path: Path) -> tuple[Document, ...]:
    """Read passages.

    A folder gives one passage per paragraph of its .txt and .md files (a heading goes with the paragraph below it);
    the id is the file's path in the folder without its ending (with it, where two files differ by nothing else), and
    `#2` for the second paragraph when there are several. A table
    (JSONL, CSV, Parquet) gives one passage per row, from its columns `doc_id` (or `id`) and `text`.

    Raises:
        BadData: nothing there, nothing in it, an empty text, an id that stands twice.
    """
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise BadData(
            f"no such folder or file: {path}", mend="look at `knowledge`; it is relative to the workload file"
        )
    return _table(path)


def _folder(folder: Path) -> tuple[Document, ...]:
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    stems = Counter(file.with_suffix("") for file in files)
    documents: list[Document] = []
    for file in files:
        passages = paragraphs(decoded(file, read_bytes(file)))
        named = file.with_suffix("") if stems[file.with_suffix("")] == 1 else file
        name = named.relative_to(folder).as_posix()
        many = len(passages) > 1
        documents += [Document(f"{name}#{n}" if many else name, text) for n, text in enumerate(passages, start=1)]
    if not documents:
        raise BadData(
            f"{folder}: holds no text", mend="put .txt or .md files there, or give a .jsonl with doc_id and text"
        )
    return tuple(documents)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, split at blank lines; a Markdown heading goes with what follows it."""
    result: list[str] = []
    heading = ""
    for part in _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        block = part.strip()
        if not block:
            continue
        block = f"{heading}\n{block}" if heading else block
        heading = block if all(line.startswith("#") for line in block.split("\n")) else ""
        if not heading:
            result.append(block)
    return [*result, heading] if heading else result


def _table(path: Path) -> tuple[Document, ...]:
    table = read_table(path)
    key = next((name for name in ("doc_id", "id") if name in table.columns), None)
    if key is None or "text" not in table.columns:
        missing = "doc_id" if key is None else "text"
        has = ", ".join(table.columns)
        raise BadData(f"{path}: no column {missing!r}; it has {has}", mend="give each passage a `doc_id` and a `text`")
    documents: dict[str, Document] = {}
    problems: list[RowProblem] = []
    for record in table.records:
        doc_id: Any = record.cells.get(key)
        text: Any = record.cells.get("text")
        if not isinstance(text, str) or not text.strip():
            problems.append(RowProblem(record.place, "column 'text' is empty or not text", "fill it in"))
        elif isinstance(doc_id, bool) or not isinstance(doc_id, str | int) or doc_id == "":
            problems.append(RowProblem(record.place, f"column {key!r} is empty or not text", "give each passage an id"))
        elif str(doc_id) in documents:
            problems.append(RowProblem(record.place, f"the id {str(doc_id)!r} stands twice", "make the ids unique"))
        else:
            documents[str(doc_id)] = Document(str(doc_id), text)
    if problems:
        raise table.error(problems)
    return tuple(documents.values())
