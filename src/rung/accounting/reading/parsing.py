"""Files as rows: CSV with any of three delimiters, and objects of JSON or JSONL, gzipped or not, each with its line."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from rung.accounting.reading.pages import PageEnd, is_page, page_end, rows_of_page
from rung.accounting.reading.rows import TOO_DEEP, Row, whole_number
from rung.errors import BadData


def rows_of(path: Path, pages: list[PageEnd] | None = None) -> Iterator[Row]:
    """The rows of a CSV file, or the objects of a JSON or JSONL file; gzipped or not.

    Args:
        path: the file.
        pages: gets the end of each page of an API, while the rows are read.

    Raises:
        BadData: the file is not there, empty, or no text.
    """
    text = text_of(path)
    if text.lstrip()[:1] in ("{", "["):
        yield from _objects(path.name, text, [] if pages is None else pages)
    else:
        yield from _records(path.name, text)


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        BadData: it is not there, no text, or empty.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    except FileNotFoundError:
        raise BadData(f"{path}: there is no such file", mend="check the path; a command goes after --") from None
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as problem:
        raise BadData(
            f"{path.name}: cannot be read as text: {problem}", mend="give UTF-8 text, gzipped or not"
        ) from None
    if not text.strip():
        raise BadData(f"{path.name}:1: the file is empty", mend="give a file with at least one row of use")
    return text


def _records(name: str, text: str) -> Iterator[Row]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    columns = [column.strip() for column in next(reader)]
    _refuse_double(name, columns)
    line = reader.line_num + 1
    for cells in reader:
        where, line = f"{name}:{line}", reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            yield Row(where, broken=f"{len(cells)} fields under {len(columns)} columns")
        else:
            yield Row(where, dict(zip(columns, cells, strict=True)))


def _refuse_double(name: str, columns: list[str]) -> None:
    """Two columns of one name: which of them counts would be a guess."""
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice is not None:
        raise BadData(f"{name}:1: two columns are named {twice!r}", mend="name each column once, or drop one of them")


def _objects(name: str, text: str, pages: list[PageEnd]) -> Iterator[Row]:
    """Objects one after the other, in a list or not; a broken one ends at its line."""
    decoder, position, line, counted = json.JSONDecoder(parse_int=whole_number), 0, 1, 0
    while True:
        while position < len(text) and text[position] in " \t\r\n,[]":
            position += 1
        if position >= len(text):
            return
        line, counted = line + text.count("\n", counted, position), position
        where = f"{name}:{line}"
        try:
            value, position = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError) as problem:
            yield Row(where, broken=_why(problem, text))
            following = text.find("\n", position)
            if following < 0:
                return
            position = following
            continue
        yield from _rows(where, value, pages)


def _rows(where: str, value: Any, pages: list[PageEnd]) -> Iterator[Row]:
    if not isinstance(value, dict):
        yield Row(where, broken=f"an object is expected, not {type(value).__name__}")
        return
    found = cast("dict[str, Any]", value)
    if is_page(found):
        pages.append(page_end(where, found))
        yield from rows_of_page(where, found)
    else:
        yield Row(where, found)


def _why(problem: json.JSONDecodeError | RecursionError, text: str) -> str:
    if isinstance(problem, RecursionError):
        return TOO_DEEP
    cut = problem.pos >= len(text.rstrip()) or "Unterminated" in problem.msg
    return "truncated JSON" if cut else f"no JSON: {problem.msg}"
