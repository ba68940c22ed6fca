"""A project's own rows: what is refused and how, what is read afterwards, and that a crash leaves no half file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rung import catalog
from rung.errors import BadData, BadInput
from rung.types import Origin

PUE = "key,low,value,high,unit,year,source,checked"
REGIONS = "region,provider,name,country,latitude,longitude,zone,pue_key,wue_key,claim_key,year,source,checked"
HALL = "our-hall,1.2,1.3,1.4,ratio,2026,meter of the hall,doc"
BASEMENT = "own:basement,own,Basement,FR,48.9,2.3,FR,own,own,gcp,2026,our facility manager,doc"


def write(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.capability("catalog-command", verified="real")
@pytest.mark.capability("catalog", verified="real")
def test_rows_of_ones_own_are_read_before_the_built_in_ones(tmp_path: Path) -> None:
    home = tmp_path / ".rung"
    file = write(tmp_path, "pue.csv", PUE, HALL, "aws,1.1,1.2,1.3,ratio,2026,our own audit,doc")
    done = catalog.refresh(file, home)
    assert (done.table, done.added, done.replaced) == ("pue", 1, 1)
    assert done.path == home / "catalog" / "pue.csv"
    assert catalog.keyed("pue", "our-hall").quantity.value == pytest.approx(1.3)
    paris = catalog.grid("aws:eu-west-3").pue
    assert paris.quantity.value == pytest.approx(1.2)
    assert paris.source == "our own audit"
    assert catalog.keyed("pue", "gcp").quantity.value == pytest.approx(1.09), "other rows stay"
    catalog.use(None)
    assert catalog.grid("aws:eu-west-3").pue.quantity.value == pytest.approx(1.15)
    catalog.use(home)
    assert catalog.grid("aws:eu-west-3").pue.quantity.value == pytest.approx(1.2)


def test_a_region_of_ones_own_has_every_factor(tmp_path: Path) -> None:
    catalog.refresh(write(tmp_path, "mine.csv", REGIONS, BASEMENT), tmp_path / ".rung", table="regions")
    row = catalog.region("own:basement")
    assert (row.zone, row.country, row.pue.name) == ("FR", "FR", "pue:own")
    assert row.intensity == catalog.grid("FR").intensity
    assert "own:basement" in catalog.regions()


def test_a_row_from_memory_is_assumed_in_an_overlay_too(tmp_path: Path) -> None:
    catalog.refresh(write(tmp_path, "pue.csv", PUE, HALL.replace("doc", "memory")), tmp_path)
    assert catalog.keyed("pue", "our-hall").quantity.origin is Origin.ASSUMED


def test_refreshing_again_keeps_earlier_rows_and_replaces_equal_keys(tmp_path: Path) -> None:
    catalog.refresh(write(tmp_path, "pue.csv", PUE, HALL), tmp_path)
    second = write(tmp_path, "pue.csv", PUE, HALL.replace("1.3,", "1.25,"), "shed,1,1.1,1.2,ratio,2026,a guess,memory")
    done = catalog.refresh(second, tmp_path)
    assert (done.added, done.replaced) == (1, 1)
    assert catalog.keyed("pue", "our-hall").quantity.value == pytest.approx(1.25)
    done = catalog.refresh(write(tmp_path, "pue.csv", PUE, "attic,1,1.1,1.2,ratio,2026,a guess,memory"), tmp_path)
    assert done.added == 1
    assert catalog.keyed("pue", "shed").quantity.value == pytest.approx(1.1)


def test_without_a_word_the_project_of_the_working_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rung.catalog import facts

    catalog.refresh(write(tmp_path, "pue.csv", PUE, HALL), tmp_path / ".rung")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNG_HOME", raising=False)
    monkeypatch.setattr(facts, "_chosen", [])
    assert catalog.overlay_folder() == Path(".rung") / "catalog"
    monkeypatch.setenv("RUNG_HOME", str(tmp_path / "elsewhere"))
    assert catalog.overlay_folder() == tmp_path / "elsewhere" / "catalog"


BAD = {
    "unknown column": (["key,low,mid,high,unit,year,source,checked", HALL], 1, "unknown column 'mid'", "value"),
    "missing column": (["key,low,value,high,unit,year,source", HALL.rsplit(",", 1)[0]], 1, "'checked'", "checked"),
    "doubled column": ([f"{PUE},low", f"{HALL},1"], 1, "twice", "one"),
    "unit mismatch": ([PUE, HALL.replace("ratio", "percent")], 2, "unit 'percent'", "ratio"),
    "negative": ([PUE, HALL.replace("1.2,", "-1.2,")], 2, "negative", "0 or more"),
    "not a number": ([PUE, HALL.replace("1.3", "NaN")], 2, "NaN", "finite"),
    "infinite": ([PUE, HALL.replace("1.4", "inf")], 2, "inf", "finite"),
    "words for a number": ([PUE, HALL.replace("1.3", "low")], 2, "'low'", "number"),
    "decimal comma": ([PUE, HALL.replace("1.3", '"1,3"')], 2, "decimal comma", "1.3"),
    "decimal comma unquoted": ([PUE, HALL.replace("1.3", "1,3")], 2, "more cells", "decimal comma"),
    "too few cells": ([PUE, "our-hall,1.2,1.3"], 2, "no cell for", "each column"),
    "wrong order": ([PUE, HALL.replace("1.4", "1.25")], 2, "low <= value <= high", "order"),
    "interval around zero": ([PUE, HALL.replace("1.2,1.3", "0,0")], 2, "interval", "above 0"),
    "duplicate key": ([PUE, HALL, HALL], 3, "line 2 too", "one of the two"),
    "no source": ([PUE, HALL.replace("meter of the hall", "")], 2, "source is empty", "fill"),
    "unknown check": ([PUE, HALL.replace("doc", "trust me")], 2, "'trust me'", "memory"),
    "odd year": ([PUE, HALL.replace("2026", "26")], 2, "year 26", "1990"),
    "no rows": ([PUE], None, "no rows", "header"),
    "nothing": ([""], 1, "no column", "key"),
}


@pytest.mark.parametrize(("lines", "line", "problem", "mend"), BAD.values(), ids=BAD.keys())
def test_a_bad_row_is_one_error_with_file_line_and_mend_and_nothing_is_written(
    tmp_path: Path, lines: list[str], line: int | None, problem: str, mend: str
) -> None:
    file = write(tmp_path, "pue.csv", *lines)
    with pytest.raises(BadData) as caught:
        catalog.refresh(file, tmp_path / ".rung")
    where = f"{file}:{line}: " if line else f"{file}: "
    assert caught.value.problem.startswith(where)
    assert problem in caught.value.problem
    assert mend in caught.value.mend
    assert not (tmp_path / ".rung").exists()


@pytest.mark.parametrize(
    ("old", "new", "problem", "mend"),
    [
        ("2.3,FR,own", "2.3,FRR,own", "unknown zone 'FRR'", "FR"),
        ("FR,own,own", "FR,owm,own", "unknown pue 'owm'", "own"),
        ("48.9", "148.9", "latitude 148.9 is out of range", "-90"),
    ],
)
def test_references_and_coordinates_are_checked(tmp_path: Path, old: str, new: str, problem: str, mend: str) -> None:
    file = write(tmp_path, "regions.csv", REGIONS, BASEMENT.replace(old, new))
    with pytest.raises(BadData) as caught:
        catalog.refresh(file, tmp_path)
    assert problem in caught.value.problem
    assert mend in caught.value.mend


def test_a_quantity_with_another_ones_unit_is_refused(tmp_path: Path) -> None:
    header = "chip,quantity,low,value,high,unit,year,source,checked"
    file = write(tmp_path, "silicon.csv", header, "H100,idle,60,80,100,FLOP/s,2026,our meter,doc")
    with pytest.raises(BadData, match="the unit 'FLOP/s' of H100 idle is not W"):
        catalog.refresh(file, tmp_path)
    done = catalog.refresh(write(tmp_path, "silicon.csv", header, "H100,idle,60,80,100,W,2026,our meter,doc"), tmp_path)
    assert done.replaced == 1
    assert catalog.chip("H100").idle_w.quantity.value == 80
    assert catalog.chip("H100").max_w.quantity.value == 700


def test_an_unknown_table_names_close_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        catalog.refresh(write(tmp_path, "tariff.csv", PUE, HALL), tmp_path)
    assert "tariffs" in caught.value.mend
    assert "--table" in caught.value.mend


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pue.csv"
    path.write_bytes(PUE.encode() + b"\n\xff\xfe\n")
    with pytest.raises(BadData, match="not UTF-8"):
        catalog.refresh(path, tmp_path)


def test_a_spreadsheets_byte_order_mark_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "pue.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{PUE}\r\n{HALL}\r\n".encode())
    assert catalog.refresh(path, tmp_path).added == 1


def test_an_overlay_that_was_broken_by_hand_is_an_error_and_not_a_fallback(tmp_path: Path) -> None:
    done = catalog.refresh(write(tmp_path, "pue.csv", PUE, HALL), tmp_path)
    done.path.write_text(done.path.read_text().replace("ratio", "percent"))
    catalog.use(tmp_path)
    with pytest.raises(BadData) as caught:
        catalog.grid("FR")
    assert str(done.path) in caught.value.problem


@pytest.mark.capability("bad-input", verified="real")
@pytest.mark.parametrize(
    ("row", "words", "mend"),
    [
        ("shed,0.5,1.1,1.2,ratio,2026,a guess,memory", "pue.csv:2: low 0.5 of shed cannot be", "1 to 10"),
        ("shed,0.5,0.6,0.7,ratio,2026,a guess,memory", "pue.csv:2: low 0.5 of shed cannot be", "1 to 10"),
        ("shed,1,1.1,1e308,ratio,2026,a guess,memory", "pue.csv:2: high 1e308 of shed cannot be", "1 to 10"),
    ],
)
def test_a_pue_that_cannot_be(tmp_path: Path, row: str, words: str, mend: str) -> None:
    with pytest.raises(BadData) as caught:
        catalog.refresh(write(tmp_path, "pue.csv", PUE, row), tmp_path)
    assert words in caught.value.problem
    assert mend in caught.value.mend
    assert not (tmp_path / "catalog").exists()


def test_a_crash_while_writing_leaves_the_old_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = catalog.refresh(write(tmp_path, "pue.csv", PUE, HALL), tmp_path)
    before = done.path.read_text()

    def crash(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        catalog.refresh(write(tmp_path, "pue.csv", PUE, "shed,1,1.1,1.2,ratio,2026,a guess,memory"), tmp_path)
    assert done.path.read_text() == before
    assert [path.name for path in done.path.parent.iterdir()] == ["pue.csv"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
POSITIVE = st.floats(1, 9, allow_nan=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(TEXTS.filter(lambda t: t.strip() == t), TEXTS.filter(lambda t: t.strip() == t), st.tuples(*[POSITIVE] * 3))
def test_what_was_written_is_read_back(tmp_path: Path, key: str, source: str, three: tuple[float, ...]) -> None:
    low, value, high = sorted(three)
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PUE.split(","))
        writer.writerow([key, low, value, high, "ratio", 2026, source, "doc"])
    catalog.refresh(path, tmp_path, table="pue")
    fact = catalog.keyed("pue", key)
    assert fact.source == source
    assert fact.quantity.value == value
    assert (fact.quantity.low, fact.quantity.high) == pytest.approx((low, high))
