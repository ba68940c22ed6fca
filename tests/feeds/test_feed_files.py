"""Hourly files: what is read, what is bridged, and what each broken file is told."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadData, MissingExtra
from rung.feeds import HourlySeries, read_series
from rung.feeds.files import LONGEST_BRIDGE_H
from rung.feeds.generation import Generation

HEADER = "timestamp_utc,gco2e_per_kwh\n"
START = datetime(2026, 3, 1, tzinfo=UTC)


def lines(values: Sequence[float | str | None]) -> list[str]:
    return [
        f"{START + timedelta(hours=k):%Y-%m-%d %H:%M:%S}+00:00,{'' if v is None else v}" for k, v in enumerate(values)
    ]


def write(folder: Path, rows: Sequence[str], name: str = "ZZ.csv") -> Path:
    content = (HEADER + "\n".join(rows) + "\n").encode()
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.capability("feeds-files", verified="real")
def test_csv_gzip_and_parquet_hold_the_same(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    values = [300.5, None, 310.0, 0.0]
    plain, zipped = write(tmp_path, lines(values)), write(tmp_path, lines(values), "ZZ.csv.gz")
    times = [START + timedelta(hours=k) for k in range(4)]
    parquet.write_table(pyarrow.table({"timestamp_utc": times, "gco2e_per_kwh": values}), tmp_path / "ZZ.parquet")
    read = [read_series(path).as_read for path in (plain, zipped, tmp_path / "ZZ.parquet")]
    assert [one.values for one in read] == [tuple(values)] * 3
    assert [(one.zone, one.start) for one in read] == [("ZZ", START)] * 3


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "ZZ.parquet").write_bytes(b"PAR1")
    with patch.dict("sys.modules", {"pyarrow.parquet": None}), pytest.raises(MissingExtra) as caught:
        read_series(tmp_path / "ZZ.parquet")
    assert "rung[parquet]" in caught.value.mend


def test_only_short_gaps_are_bridged_and_it_is_said(tmp_path: Path) -> None:
    values = [100.0, None, 200.0, *[None] * (LONGEST_BRIDGE_H + 1), 240.0]
    read = read_series(write(tmp_path, lines(values)))
    assert read.series.values == (100.0, 150.0, 200.0, *[None] * (LONGEST_BRIDGE_H + 1), 240.0)
    assert [(gap.hours, gap.bridged) for gap in read.gaps] == [(1, True), (LONGEST_BRIDGE_H + 1, False)]
    assert read.notes == (
        "ZZ.csv: 1 missing hour bridged on a straight line",
        "ZZ.csv: 4 hours unknown, in gaps too long to bridge",
    )
    assert read.as_read.values == tuple(values)


def test_a_missing_row_is_a_gap_too(tmp_path: Path) -> None:
    rows = lines([100.0, 7.0, 200.0])
    assert read_series(write(tmp_path, [rows[0], rows[2]])).series.values == (100.0, 150.0, 200.0)


BROKEN = {
    "nan": (lines([1.0, "nan"]), 3, "no figure", "blank"),
    "infinite": (lines([1.0, "inf"]), 3, "no figure", "blank"),
    "negative": (lines([1.0, -3]), 3, "negative", "0 or more"),
    "decimal comma": (lines([1.0, "312,5"]), 3, "decimal comma", "point"),
    "quoted decimal comma": (lines([1.0, '"312,5"']), 3, "decimal comma", "point"),
    "backwards": (lines([1.0, 2.0])[::-1], 3, "clock goes backwards", "sort"),
    "twice": ([*lines([1.0]), *lines([2.0])], 3, "stands twice, first at 2", "one row an hour"),
    "truncated": ([*lines([1.0]), "2026-03-01 01:0"], 3, "cut short: 1 of 2 cells", "complete"),
    "truncated time": ([*lines([1.0]), "2026-03-,5"], 3, "is no time", "ISO 8601"),
    "half hours": ([*lines([1.0]), "2026-03-01 01:30:00,5"], 3, "no whole hour", "average"),
    "words": (lines([1.0, "clean"]), 3, "no number", "gCO2e"),
    "per MWh": (lines([1.0, "312000"]), 3, "more than any grid", "per MWh"),
    "a wrong year": ([*lines([1.0]), "9026-03-01 01:00:00,5"], 3, "over 50 years", "year"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_is_told_with_file_line_and_mend(name: str, tmp_path: Path) -> None:
    rows, line, problem, mend = BROKEN[name]
    with pytest.raises(BadData) as caught:
        read_series(write(tmp_path, rows))
    assert f"ZZ.csv: line {line}: " in caught.value.problem
    assert problem in caught.value.problem
    assert mend in caught.value.mend


@pytest.mark.parametrize("name", BROKEN)
def test_skipping_keeps_the_valid_rows_and_counts(name: str, tmp_path: Path) -> None:
    rows = BROKEN[name][0]
    read = read_series(write(tmp_path, rows), bad_rows="skip")
    assert read.skipped == 1
    assert [value for value in read.series.values if value is not None] == [float(rows[0].split(",")[1])]
    assert "1 unusable row skipped" in read.notes[0]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"time,gco2e_per_kwh\n", "no column 'timestamp_utc'"),
        (b"timestamp_utc,gco2e_per_kwh,gco2e_per_kwh\n", "two columns"),
        (b"", "no column"),
        (HEADER.encode(), "holds no hour"),
        (HEADER.encode() + b"2026-03-01 00:00:00,\n", "holds no hour"),
        (HEADER.encode() + b'2026-03-01 00:00:00,"1\n', "not CSV"),
        (HEADER.encode() + b"2026-03-01 00:00:00,\xff\n", "not UTF-8"),
    ],
)
def test_a_file_without_a_series_is_refused(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "ZZ.csv"
    path.write_bytes(content)
    with pytest.raises(BadData, match=problem):
        read_series(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="no such file"):
        read_series(tmp_path / "none.csv")


VALUES = st.lists(st.none() | st.floats(0, 2000, allow_nan=False), min_size=1, max_size=60)


@given(VALUES)
def test_json_is_a_round_trip(values: list[float | None]) -> None:
    series = HourlySeries("ZZ", START, tuple(values), "marginal", "x")
    assert HourlySeries.from_json(series.to_json()) == series


@given(VALUES, st.integers(0, 6))
def test_bridging_changes_no_known_hour_and_stays_between_neighbours(values: list[float | None], longest: int) -> None:
    series = HourlySeries("ZZ", START, tuple(values), "average", "x")
    bridged, gaps = series.bridged(longest)
    assert sum(gap.hours for gap in gaps) == series.unknown
    assert bridged.unknown == sum(gap.hours for gap in gaps if not gap.bridged)
    assert all(gap.hours <= longest for gap in gaps if gap.bridged)
    known = [value for value in values if value is not None]
    for before, after in zip(values, bridged.values, strict=True):
        assert before is None or after == before
        assert after is None or min(known) - 1e-9 <= after <= max(known) + 1e-9
    assert bridged.bridged(longest)[0] == bridged


@given(VALUES, st.integers(-5, 80))
def test_what_was_known_at_a_moment_holds_no_later_hour(values: list[float | None], hour: int) -> None:
    series = HourlySeries("ZZ", START, tuple(values), "average", "x")
    moment = START + timedelta(hours=hour, minutes=30)
    assert series.before(moment).values == tuple(values)[: max(0, hour)]


def test_generation_by_fuel_is_read_where_it_stands(tmp_path: Path) -> None:
    rows = [
        f"{line},{more}"
        for line, more in zip(lines([300.0, 310.0, 320.0]), ("5,1,x,9", ",2,x,9", "n/a,3,x,9"), strict=True)
    ]
    path = tmp_path / "ZZ.csv"
    path.write_text("timestamp_utc,gco2e_per_kwh,wnd_mwh,Coal_MWh,note,load_mwh\n" + "\n".join([rows[0], rows[2]]))
    read = read_series(path)
    # A row that is missing is an hour unknown in every fuel, and neither bridge nor other columns fill it.
    assert read.series.values == (300.0, 310.0, 320.0)
    assert {one.fuel: one.mwh for one in read.series.generation} == {
        "wind": (5.0, None, None),
        "coal": (1.0, None, 3.0),
    }
    assert [one.mwh for one in read.series.before(START + timedelta(hours=1)).generation] == [(5.0,), (1.0,)]
    assert HourlySeries.from_json(read.series.to_json()) == read.series
    assert read_series(write(tmp_path, lines([1.0]))).series.generation == ()


def test_generation_has_the_hours_of_its_series() -> None:
    with pytest.raises(ValueError, match="2 hours of wind beside 1"):
        HourlySeries("ZZ", START, (1.0,), "average", "x", (Generation("wind", (1.0, 2.0)),))
