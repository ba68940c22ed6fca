"""A row of a file with its line, and the numbers and times in it. What is wrong is told as `file:line: problem`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar, cast

from rung.errors import BadData, RungError

T = TypeVar("T")
_REPAIR = "mend the row, or pass --skip-bad to leave such rows out and count them"
TOO_DEEP: Final = "JSON that is nested too deeply"
_MOST: Final = 1e15
_LEAST: Final = 1e-100
_COMMA = re.compile(r"^[+-]?\d{1,3}(\.?\d{3})*,\d+$")


class BadCell(RungError):
    """A cell that cannot be used; the reader puts file and line before it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, or an object of a JSON file.

    Args:
        where: `file:line`.
        values: by column; empty when the row could not be read.
        broken: why it could not be read, or empty.
    """

    where: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    broken: str = ""

    def text(self, *names: str) -> str:
        """The first of the columns that holds a text, stripped; empty when none does. Dots reach into objects."""
        for name in names:
            value = self.value(name)
            if value is not None and str(value).strip():
                return str(value).strip()
        return ""

    def value(self, name: str) -> Any:
        """A value as it stands; None when it is absent. `usage.input` is the `input` of the object `usage`."""
        if name in self.values:
            return self.values[name]
        found: Any = self.values
        for part in name.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return None
            found = cast("Mapping[str, Any]", found)[part]
        return found

    def number(self, *names: str, negative: bool = False, most: float = _MOST) -> float | None:
        """The first of the columns that is filled, as a number; None when none is.

        Raises:
            BadCell: it is no number, not finite, beyond `most`, or negative where it may not be.
        """
        name = next((n for n in names if self.text(n)), None)
        if name is None:
            return None
        text = self.text(name)
        try:
            number = float(text)
        except ValueError:
            if _COMMA.match(text):
                raise BadCell(f"decimal comma in {name}: {text!r}", mend="write a decimal point") from None
            raise BadCell(f"{name} is no number: {text[:40]!r}", mend=_REPAIR) from None
        if not math.isfinite(number):
            raise BadCell(f"{name} is {_short(text)}, no finite number", mend=_REPAIR)
        if number < 0 and not negative:
            raise BadCell(f"negative {name}: {_short(text)}", mend=_REPAIR)
        if 0 < abs(number) < _LEAST:
            raise BadCell(f"{name} is {_short(text)}, too small to divide by", mend=_REPAIR)
        if abs(number) > most:
            raise BadCell(f"{name} is {_short(text)}, above {most:g}", mend=_REPAIR)
        return number

    def needed(self, *names: str, most: float = _MOST) -> float:
        """As `number`, but it must be there.

        Raises:
            BadCell: it is not, or it is no number.
        """
        number = self.number(*names, most=most)
        if number is None:
            raise BadCell(f"no {' or '.join(names)}", mend=_REPAIR)
        return number

    def period(self, starts: tuple[str, ...], ends: tuple[str, ...]) -> tuple[str, str]:
        """First and last moment as ISO text, empty where they are absent.

        Raises:
            BadCell: a time cannot be read, or the clock went backwards.
        """
        start, end = self._moment(starts), self._moment(ends)
        if start is not None and end is not None and end < start:
            raise BadCell(f"the clock goes backwards: from {start.isoformat()} to {end.isoformat()}", mend=_REPAIR)
        return ("" if start is None else start.isoformat(), "" if end is None else end.isoformat())

    def _moment(self, names: tuple[str, ...]) -> datetime | None:
        text = self.text(*names)
        if not text:
            return None
        try:
            moment = datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
        except (ValueError, OverflowError, OSError):
            raise BadCell(f"no time: {text!r}", mend="write times as 2026-01-31T12:00:00Z") from None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}... ({len(text)} characters)"


def whole_number(digits: str) -> float:
    """An integer of JSON; one that no float holds is infinite, so that its row is refused and not the file."""
    return int(digits) if len(digits) <= 300 else math.inf


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@dataclass(slots=True)
class Harvest(Generic[T]):
    """What could be used of the rows.

    Args:
        kept: in order.
        skipped: `file:line: why`, for each row left out.
        stopped: the error at which reading ended; None at the end of the file.
    """

    kept: list[T]
    skipped: list[str]
    stopped: BadData | None = None


def _read(read: Callable[[Row], T | None], row: Row) -> T | None:
    try:
        return read(row)
    except RecursionError:  # Python's own limit; what is printed or compared may be nested deeper than it
        raise BadCell(TOO_DEEP, mend=_REPAIR) from None


def harvest(rows: Iterator[Row], read: Callable[[Row], T | None], *, skip_bad: bool) -> Harvest[T]:
    """Read rows until one is bad; with `skip_bad`, go on and say which. A row read as None is no use and no fault."""
    found = Harvest[T]([], [])
    for row in rows:
        try:
            if row.broken:
                raise BadCell(row.broken, mend=_REPAIR)
            use = _read(read, row)
        except RungError as error:
            if not skip_bad:
                found.stopped = BadData(f"{row.where}: {error.problem}", mend=error.mend)
                return found
            found.skipped.append(f"{row.where}: {error.problem}")
            continue
        if use is not None:
            found.kept.append(use)
    return found
