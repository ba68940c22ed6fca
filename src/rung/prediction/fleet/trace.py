"""Request traces, read row by row: our columns, Azure's and Mooncake's. What is wrong is told as `file:line: problem`.

| form | columns |
|---|---|
| rung | `arrival_s`, `input_tokens`, `output_tokens`, and, where requests may wait, `deadline_s` (from arrival; may be blank) |
| Azure LLM inference traces | `TIMESTAMP` (ISO), `ContextTokens`, `GeneratedTokens` |
| Mooncake | JSON lines with `timestamp` (ms), `input_length`, `output_length` |

Each may be gzipped. Rows are in order of arrival.
"""  # noqa: E501

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from rung.errors import BadData
from rung.prediction.fleet.simulate import Request

MOST_TOKENS: Final = 10**8
_LAST_ARRIVAL_S: Final = 1e11
_LONGEST_GAP_S: Final = 31 * 86_400.0
_NAMED_SKIPPED: Final = 5
_REPAIR = "mend the row, or pass --skip-bad to leave such rows out and count them"


class _BadRow(Exception):
    """What is wrong with a row."""


@dataclass(frozen=True, slots=True)
class Form:
    """Names of the columns, and how a moment is read as seconds."""

    moment: str
    prompt: str
    output: str
    seconds: Callable[[Any], float]


def _iso(text: Any) -> float:
    moment = datetime.fromisoformat(str(text).strip())
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()


OURS = Form("arrival_s", "input_tokens", "output_tokens", float)
AZURE = Form("TIMESTAMP", "ContextTokens", "GeneratedTokens", _iso)
MOONCAKE = Form("timestamp", "input_length", "output_length", lambda ms: float(ms) / 1e3)
DEADLINE: Final = "deadline_s"


class TraceFile:
    """A trace that is read while it is iterated; once.

    Args:
        path: CSV or JSON lines, gzipped or not.
        skip_bad: leave bad rows out and count them; else the first ends the reading.

    Attributes:
        skipped: how many rows were left out; `examples` holds the first few, in words.
        rows: how many were given out.

    Raises:
        BadData: while iterating: no such file, no text, unknown columns, a bad row.
    """

    def __init__(self, path: Path, *, skip_bad: bool = False) -> None:
        self.path = path
        self.rows = self.skipped = 0
        self.examples: list[str] = []
        self._skip_bad = skip_bad
        self._raw: IO[bytes] | None = None
        self._size = 1
        self._zero_s = 0.0

    @property
    def share_read(self) -> float:
        """How much of the file was read, by bytes."""
        return 0.0 if self._raw is None or self._raw.closed else self._raw.tell() / self._size

    def __iter__(self) -> Iterator[Request]:
        try:
            with ExitStack() as open_files:
                raw = self._raw = open_files.enter_context(self.path.open("rb"))
                self._size = max(1, self.path.stat().st_size)
                packed = raw.read(2) == b"\x1f\x8b"
                raw.seek(0)
                stream = cast("IO[bytes]", open_files.enter_context(gzip.GzipFile(fileobj=raw))) if packed else raw
                text = open_files.enter_context(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
                yield from self._checked(text)
        except FileNotFoundError:
            raise BadData(f"{self.path}: there is no such file", mend="check the path") from None
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as problem:
            mend = "give UTF-8 text, gzipped or not, that is whole"
            raise BadData(f"{self.path.name}: cannot be read as text: {problem}", mend=mend) from None

    def _checked(self, text: IO[str]) -> Iterator[Request]:
        before, first = -math.inf, True
        for line, read in self._read(text):
            try:
                found = read()
                if first:
                    # Azure's clock is a date; ours and Mooncake's begin where they begin.
                    self._zero_s = found.arrival_s if found.arrival_s > 1e9 else 0.0
                    first = False
                if found.arrival_s < before:
                    what = f"arrives {before - found.arrival_s:g} s before the row above it"
                    raise _BadRow(f"out of order: it {what}")
                if found.arrival_s - before > _LONGEST_GAP_S and self.rows:
                    raise _BadRow(f"arrives {(found.arrival_s - before) / 86_400:.0f} days after the row above it")
            except (_BadRow, ValueError, TypeError, OverflowError) as problem:
                self._bad(line, str(problem))
                continue
            before = found.arrival_s
            self.rows += 1
            yield found if not self._zero_s else found._replace(arrival_s=found.arrival_s - self._zero_s)
        if not self.rows:
            why = f"none of its {self.skipped} rows can be used" if self.skipped else "the trace is empty"
            raise BadData(f"{self.path.name}:1: {why}", mend=f"give rows of {_columns(OURS)}")

    def _bad(self, line: int, problem: str) -> None:
        told = f"{self.path.name}:{line}: {problem}"
        if not self._skip_bad:
            mend = _REPAIR if not problem.startswith("out of order") else f"sort the rows by arrival, or {_REPAIR}"
            raise BadData(told, mend=mend)
        self.skipped += 1
        if len(self.examples) < _NAMED_SKIPPED:
            self.examples.append(told)

    def _read(self, text: IO[str]) -> Iterator[tuple[int, Callable[[], Request]]]:
        head = next(((n, one) for n, one in enumerate(text, 1) if one.strip()), None)
        if head is None:
            return
        line, start = head
        if start.lstrip().startswith("{"):
            for number, one in _following(line, start, text):
                if one.strip():
                    yield number, lambda one=one: _from_json(one)
            return
        delimiter = max(",;\t", key=start.count)
        columns = [cell.strip().strip('"') for cell in start.strip().split(delimiter)]
        row_of = _csv_row(_form_of(columns, f"{self.path.name}:{line}"), columns)
        reader = csv.reader(text, delimiter=delimiter)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as problem:
                self._bad(line + reader.line_num, str(problem))
                continue
            if cells is None:
                return
            if cells:
                yield line + reader.line_num, lambda cells=cells: row_of(cells)


def _following(line: int, start: str, text: IO[str]) -> Iterator[tuple[int, str]]:
    yield line, start
    yield from enumerate(text, line + 1)


def _form_of(columns: list[str], where: str) -> Form:
    fits = [form for form in (OURS, AZURE, MOONCAKE) if form.moment in columns]
    best = fits[0] if fits else OURS
    if missing := [name for name in (best.moment, best.prompt, best.output) if name not in columns]:
        raise BadData(
            f"{where}: no column {', '.join(missing)} among {', '.join(columns)[:80]}",
            mend=f"name the columns {_columns(best)}; Azure's and Mooncake's names are read too",
        )
    return best


def _columns(form: Form) -> str:
    return f"{form.moment}, {form.prompt}, {form.output}"


def _csv_row(form: Form, columns: list[str]) -> Callable[[list[str]], Request]:
    moment, prompt, output = (columns.index(name) for name in (form.moment, form.prompt, form.output))
    deadline = columns.index(DEADLINE) if DEADLINE in columns else None
    width, seconds = len(columns), form.seconds

    def row(cells: list[str]) -> Request:
        if len(cells) != width:
            raise _BadRow(f"{len(cells)} fields under {width} columns")
        within = _deadline(cells[deadline]) if deadline is not None and cells[deadline].strip() else None
        return Request(
            _seconds(seconds, form.moment, cells[moment]),
            _tokens(form.prompt, cells[prompt]),
            _tokens(form.output, cells[output]),
            within,
        )

    return row


def _from_json(line: str) -> Request:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as problem:
        raise _BadRow(f"no JSON: {problem}") from None
    if not isinstance(found, dict):
        raise _BadRow("an object is expected")
    held = cast("Mapping[str, Any]", found)
    form = OURS if OURS.moment in held else MOONCAKE
    if missing := [name for name in (form.moment, form.prompt, form.output) if name not in held]:
        raise _BadRow(f"no {', '.join(missing)}")
    within = held.get(DEADLINE)
    return Request(
        _seconds(form.seconds, form.moment, held[form.moment]),
        _tokens(form.prompt, held[form.prompt]),
        _tokens(form.output, held[form.output]),
        None if within is None else _deadline(within),
    )


def _seconds(read: Callable[[Any], float], name: str, cell: Any) -> float:
    try:
        value = read(cell)
    except (ValueError, TypeError, OverflowError):
        raise _BadRow(f"{name} is no time: {str(cell)[:40]!r}") from None
    if not (0 <= value < _LAST_ARRIVAL_S):
        raise _BadRow(f"{name} is {str(cell)[:40]}: it cannot be negative, infinite or NaN")
    return value


def _tokens(name: str, cell: Any) -> int:
    try:
        value = int(cell) if isinstance(cell, str) and cell.isdecimal() else float(cell)
    except (ValueError, TypeError, OverflowError):
        raise _BadRow(f"{name} is no number: {str(cell)[:40]!r}") from None
    if isinstance(cell, bool) or not (0 < value <= MOST_TOKENS) or value != int(value):
        raise _BadRow(f"{name} is {str(cell)[:40]}: a whole number from 1 to {MOST_TOKENS} is needed")
    return int(value)


def _deadline(cell: Any) -> float:
    try:
        value = float(cell)
    except (ValueError, TypeError, OverflowError):
        raise _BadRow(f"{DEADLINE} is no number: {str(cell)[:40]!r}") from None
    if not 0 < value < _LAST_ARRIVAL_S:
        raise _BadRow(f"{DEADLINE} is {str(cell)[:40]}: a positive number of seconds is needed")
    return value
