"""Hourly files: `timestamp_utc,gco2e_per_kwh` as CSV, gzipped CSV or Parquet.

A row is one hour. Blank intensities and missing rows are gaps. What is wrong with a row is told with its line; with
`bad_rows="skip"` the row is left out, which makes its hour a gap, and is counted. Columns `FUEL_mwh` (wind, solar,
hydro, nuclear, other, oil, gas, coal, or the codes of the US EIA) are read as generation; other columns are left alone.
"""

from __future__ import annotations

import csv
import importlib
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rung.errors import BadData, MissingExtra
from rung.feeds.generation import Fuel, Generation, fuel_columns, mwh
from rung.feeds.series import HOUR, Gap, HourlySeries, SignalKind, parse_time, whole_hour
from rung.workload.tables import RowProblem, decoded, file_format, read_bytes, rows_error

TIME, VALUE = "timestamp_utc", "gco2e_per_kwh"

LONGEST_BRIDGE_H = 3
"""Gaps up to so many hours are bridged: the intensity of a grid moves by some per cent an hour, not more."""

MOST_HOURS = 50 * 8784
"""A file that spans more hours than this has a wrong year in it."""

_PLAUSIBLE_MOST = 5000.0
"""No grid emits more per kWh [g]: open-cycle oil and lignite stay below 1,500. Larger means another unit."""


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """What a file held.

    Args:
        path: the file.
        series: its hours; short gaps bridged, which looks at the hour after a gap.
        as_read: its hours; every gap unknown.
        gaps: every gap, and whether it was bridged.
        skipped: how many rows were left out as unusable.
    """

    path: Path
    series: HourlySeries
    as_read: HourlySeries
    gaps: tuple[Gap, ...]
    skipped: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures has to know, a sentence each."""
        bridged = sum(gap.hours for gap in self.gaps if gap.bridged)
        left = sum(gap.hours for gap in self.gaps if not gap.bridged)
        found: list[str] = []
        if self.skipped:
            found.append(f"{self.path.name}: {self.skipped} unusable row{'s' * (self.skipped > 1)} skipped")
        if bridged:
            found.append(f"{self.path.name}: {bridged} missing hour{'s' * (bridged > 1)} bridged on a straight line")
        if left:
            found.append(f"{self.path.name}: {left} hour{'s' * (left > 1)} unknown, in gaps too long to bridge")
        return tuple(found)


def read_series(
    path: Path,
    *,
    zone: str | None = None,
    kind: SignalKind = "average",
    bad_rows: Literal["refuse", "skip"] = "refuse",
    longest_bridge_h: int = LONGEST_BRIDGE_H,
) -> SeriesFile:
    """Read an hourly file.

    Args:
        path: CSV, CSV.gz or Parquet with the columns `timestamp_utc` (ISO 8601, one per hour) and `gco2e_per_kwh`, and
            perhaps `FUEL_mwh`.
        zone: its name; else the file's name.
        kind: whether the intensity is average or marginal; a file does not say.
        bad_rows: refuse the file at a row that cannot be used, or leave the row out and count it.
        longest_bridge_h: the longest gap that is bridged [h].

    Raises:
        BadData: no such file, a column that is not there, or rows that cannot be used; file, line and mend.
        MissingExtra: Parquet without pyarrow.
    """
    if not path.exists():
        raise BadData(f"no such file: {path}", mend="look at the path of the hourly file")
    problems: list[RowProblem] = []
    parquet = file_format(path) == ".parquet"
    rows = _parquet_rows(path) if parquet else _csv_rows(path, problems)
    hours = _usable(rows, problems)
    if problems and bad_rows == "refuse":
        raise rows_error(path, "row" if parquet else "line", problems)
    if not any(known.value is not None for known in hours.values()):
        raise BadData(f"{path}: holds no hour with a figure", mend="give a file with at least one usable row")
    start, end = min(hours), max(hours)
    known = [hours.get(start + k * HOUR, _Known(None, {})) for k in range((end - start) // HOUR + 1)]
    values = tuple(one.value for one in known)
    generation = tuple(Generation(f, tuple(one.fuels.get(f) for one in known)) for f in hours[start].fuels)
    name = path.name.removesuffix(".gz").removesuffix(".csv").removesuffix(".parquet")
    as_read = HourlySeries(zone or name, start, values, kind, path.name, generation)
    series, gaps = as_read.bridged(longest_bridge_h)
    return SeriesFile(path, series, as_read, gaps, len({problem.place for problem in problems}))


Row = tuple[int, Any, Any, dict[Fuel, Any]]
"""Line (or row), the time, the intensity and what each fuel generated, as they stand there."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Intensity [gCO2e/kWh] and generation [MWh] of one hour."""

    value: float | None
    fuels: dict[Fuel, float | None]


def _csv_rows(path: Path, problems: list[RowProblem]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(decoded(path, read_bytes(path)), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, list[str]())]
        at_time, at_value = (_column(path, header, name) for name in (TIME, VALUE))
        fuels = fuel_columns(header)
        for cells in reader:
            if not cells:
                continue
            if len(cells) == len(header):
                yield reader.line_num, cells[at_time], cells[at_value], {f: cells[at] for f, at in fuels.items()}
            else:
                problems.append(_wrong_width(reader.line_num, cells, len(header)))
    except csv.Error as error:
        mend = "write plain CSV: commas, double quotes"
        raise BadData(f"{path}: line {reader.line_num}: not CSV: {error}", mend=mend) from error


def _column(path: Path, header: list[str], name: str) -> int:
    if header.count(name) != 1:
        what = f"no column {name!r}" if name not in header else f"two columns are named {name!r}"
        mend = f"the first line names the columns: {TIME},{VALUE}"
        raise BadData(f"{path}: line 1: {what}", mend=mend)
    return header.index(name)


def _wrong_width(line: int, cells: list[str], width: int) -> RowProblem:
    if len(cells) == width + 1:
        what = f"{len(cells)} cells where the header has {width}: a decimal comma?"
        return RowProblem(line, what, "write decimals with a point, e.g. 312.5")
    if len(cells) < width:
        what = f"cut short: {len(cells)} of {width} cells"
        return RowProblem(line, what, "complete the line, or copy the file again")
    return RowProblem(line, f"{len(cells)} cells where the header has {width}", "quote cells that hold commas")


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
        broken = importlib.import_module("pyarrow").ArrowException
    except ImportError as error:
        raise MissingExtra("pyarrow", extra="parquet") from error
    try:
        table: Any = parquet.read_table(io.BytesIO(read_bytes(path)))
    except (broken, OSError, ValueError) as error:
        raise BadData(f"{path}: not Parquet", mend="write the file again, or name it by what it is") from error
    header = [str(name) for name in table.column_names]
    times: list[Any] = table.column(_column(path, header, TIME)).to_pylist()
    values: list[Any] = table.column(_column(path, header, VALUE)).to_pylist()
    fuels: dict[Fuel, list[Any]] = {f: table.column(at).to_pylist() for f, at in fuel_columns(header).items()}
    for row, (time, value) in enumerate(zip(times, values, strict=True)):
        yield row + 1, time, value, {fuel: cells[row] for fuel, cells in fuels.items()}


def _usable(rows: Iterable[Row], problems: list[RowProblem]) -> dict[datetime, _Known]:
    """The hours of the rows that can be used; the others are told in `problems`."""
    hours: dict[datetime, _Known] = {}
    lines: dict[datetime, int] = {}
    first = last = None
    for place, time_cell, value_cell, fuels in rows:
        try:
            hour, value = _hour(time_cell), _intensity(value_cell)
            if hour in lines:
                raise _Unusable(
                    f"the hour {hour:%Y-%m-%d %H:%M} stands twice, first at {lines[hour]}", "keep one row an hour"
                )
            if last is not None and hour < last:
                what = f"the clock goes backwards, from {last:%Y-%m-%d %H:%M} to {hour:%Y-%m-%d %H:%M}"
                raise _Unusable(what, "sort the rows by time, and write times in UTC")
            first = first or hour
            if (hour - first) // HOUR > MOST_HOURS:
                raise _Unusable(f"{hour:%Y-%m-%d} is over 50 years after the first row", "correct the year")
        except _Unusable as error:
            problems.append(RowProblem(place, error.problem, error.mend))
            continue
        known = _Known(value, {fuel: mwh(cell) for fuel, cell in fuels.items()})
        hours[hour], lines[hour], last = known, place, hour
    return hours


class _Unusable(Exception):
    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem, self.mend = problem, mend


def _hour(cell: Any) -> datetime:
    try:
        moment = cell if isinstance(cell, datetime) else parse_time(str(cell))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Unusable(f"{str(cell)!r} is no time", "write ISO 8601 in UTC, e.g. 2026-01-31T13:00:00Z") from error
    if moment != whole_hour(moment):
        raise _Unusable(f"{str(cell)!r} is no whole hour", "average to whole hours, and write when each begins")
    return moment


def _intensity(cell: Any) -> float | None:
    """[gCO2e/kWh]; None where the cell is blank."""
    text = "" if cell is None else str(cell).strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        comma = "," in text and text.replace(",", ".", 1).replace(".", "", 1).isdigit()
        what, mend = f"{text!r} is no number", "write gCO2e per kWh as a number, or leave the cell blank"
        if comma:
            what, mend = f"{text!r} has a decimal comma", "write decimals with a point, e.g. 312.5"
        raise _Unusable(what, mend) from error
    if not math.isfinite(value):
        raise _Unusable(f"{text!r} is no figure", "leave the cell blank where the intensity is unknown")
    if value < 0:
        raise _Unusable(f"the intensity is negative ({text})", "an intensity is 0 or more; leave the cell blank")
    if value > _PLAUSIBLE_MOST:
        raise _Unusable(f"{text} gCO2e/kWh is more than any grid emits", "give grams per kWh, not per MWh")
    return value
