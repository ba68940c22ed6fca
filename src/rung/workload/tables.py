"""Data files as rows: JSONL, CSV and Parquet, each also gzipped. Nothing is known of columns here."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rung.errors import BadData, MissingExtra

FORMATS = (".jsonl", ".csv", ".parquet")
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in a file; `place` is its 1-based line (text) or row (Parquet)."""

    place: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one row."""

    place: int
    problem: str
    mend: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, in order.

    Args:
        path: the file.
        unit: what `place` counts.
        records: the rows.
    """

    path: Path
    unit: Literal["line", "row"]
    records: tuple[Record, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that any row has, in order of first use."""
        return tuple(dict.fromkeys(name for record in self.records for name in record.cells))

    def error(self, problems: list[RowProblem]) -> BadData:
        """One error for the rows that cannot be used; the first ten are named."""
        return rows_error(self.path, self.unit, problems)


def rows_error(path: Path, unit: str, problems: list[RowProblem]) -> BadData:
    """One error for the rows of a file that cannot be used; the first ten are named."""
    if len(problems) == 1:
        only = problems[0]
        return BadData(f"{path}: {unit} {only.place}: {only.problem}", mend=only.mend)
    listed = "".join(f"\n  {unit} {p.place}: {p.problem}" for p in problems[:_MOST_NAMED])
    more = f"\n  and {len(problems) - _MOST_NAMED} more" if len(problems) > _MOST_NAMED else ""
    mends = list(dict.fromkeys(p.mend for p in problems))
    return BadData(f"{path}: {len(problems)} rows cannot be used{listed}{more}", mend="; ".join(mends[:3]))


def file_format(path: Path) -> str:
    """`.jsonl`, `.csv` or `.parquet`, whether gzipped or not.

    Raises:
        BadData: another suffix.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    found = suffixes[-1] if suffixes else ""
    if found == ".ndjson":
        return ".jsonl"
    if found not in FORMATS:
        raise BadData(
            f"{path}: cannot tell the format", mend="name it .jsonl, .csv or .parquet (also .gz), and make it so"
        )
    return found


def read_table(path: Path) -> Table:
    """Read a data file.

    Raises:
        BadData: no such file, not UTF-8, not the format that its name says, or no rows.
        MissingExtra: Parquet without pyarrow.
    """
    form = file_format(path)
    content = read_bytes(path)
    match form:
        case ".jsonl":
            records = tuple(_jsonl(path, decoded(path, content)))
        case ".csv":
            records = tuple(_csv(path, decoded(path, content)))
        case _:
            records = tuple(_parquet(path, content))
    if not records:
        raise BadData(f"{path}: holds no rows", mend="give a file with at least one row")
    return Table(path, "row" if form == ".parquet" else "line", records)


def read_bytes(path: Path) -> bytes:
    """The content of a file, unzipped when its name ends in .gz.

    Raises:
        BadData: no such file, unreadable, or a broken gzip.
    """
    try:
        if path.exists() and not path.is_file():  # a device or a pipe may never end
            raise BadData(f"{path}: not a file", mend="give the path of a data file")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadData(
            f"no such file: {path}", mend="look at the path; in a workload file it is relative to the workload file"
        ) from error
    except OSError as error:
        what = (error.strerror or "cannot be read").lower()
        raise BadData(f"{path}: {what}", mend="give a readable file") from error
    except ValueError as error:  # a NUL in the path
        raise BadData(f"not a path: {str(path)!r}", mend="give the path of a file") from error
    if path.suffix.lower() != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: not a whole gzip file", mend="gzip it again, or drop .gz from its name") from error


def decoded(path: Path, content: bytes) -> str:
    """UTF-8 text, without a byte order mark.

    Raises:
        BadData: the line and offset of the first byte that is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        raise BadData(
            f"{path}: line {line}: not UTF-8 (byte 0x{byte:02x} at offset {error.start})",
            mend="save the file as UTF-8, e.g. `iconv -f latin1 -t utf-8 OLD > NEW`",
        ) from error


def _jsonl(path: Path, text: str) -> Iterator[Record]:
    problems: list[RowProblem] = []
    # Only \n ends a line of JSONL: str.splitlines would also cut at U+2028 inside strings.
    for place, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except json.JSONDecodeError as error:
            what = f"not JSON: {error.msg.lower()} at column {error.colno}"
            problems.append(RowProblem(place, what, "write one JSON object on each line"))
            continue
        except (ValueError, RecursionError):
            problems.append(RowProblem(place, "not JSON that can be read", "write one plain JSON object on each line"))
            continue
        if isinstance(value, dict):
            yield Record(place, value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            problems.append(RowProblem(place, "not a JSON object", "write one JSON object on each line"))
    if problems:
        raise rows_error(path, "line", problems)


def _csv(path: Path, text: str) -> Iterator[Record]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    problems: list[RowProblem] = []
    try:
        names = list(reader.fieldnames or ())
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadData(f"{path}: line 1: two columns are named {twice[0]!r}", mend="name each column once")
        end = reader.line_num
        for cells in reader:
            # A quoted cell may span lines: the row starts on the line after the last one's end.
            start, end = end + 1, reader.line_num
            if None in cells or None in cells.values():
                what = f"has {'more' if None in cells else 'fewer'} cells than the header ({len(names)})"
                problems.append(RowProblem(start, what, "quote cells that hold commas or line breaks"))
                continue
            yield Record(start, cells)
    except csv.Error as error:
        mend = "write plain CSV: commas, double quotes"
        raise BadData(f"{path}: line {reader.line_num}: not CSV: {error}", mend=mend) from error
    if problems:
        raise rows_error(path, "line", problems)


def _parquet(path: Path, content: bytes) -> Iterator[Record]:
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtra("pyarrow", extra="parquet") from error
    try:
        rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
    except (arrow.ArrowException, OSError) as error:
        raise BadData(f"{path}: not a Parquet file", mend="write it again as Parquet") from error
    for place, cells in enumerate(rows, start=1):
        yield Record(place, cells)
