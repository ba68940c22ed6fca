"""`rung catalog` on the command line: data on stdout, talk on stderr, errors on two lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rung import catalog
from rung.cli import main


@pytest.mark.capability("catalog-command", verified="real")
@pytest.mark.capability("catalog", verified="real")
@pytest.mark.parametrize("listing", ["regions", "silicon", "instances", "models"])
def test_a_listing_prints_every_fact_with_its_source(
    listing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalog", listing, "--home", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    head, *lines = shown.out.splitlines()
    assert all(word in head for word in ("figure", "unit", "year", "origin", "checked", "source"))
    facts = [line for line in lines if line.startswith("  ")]
    assert len(facts) > 100
    assert all(any(word in line for word in (" file ", " doc ", " memory ")) for line in facts)
    assert listing in shown.err
    assert not list(tmp_path.iterdir()), "looking up writes nothing"


def test_rows_from_memory_print_as_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "instances", "--like", "p5e.48xlarge", "--home", str(tmp_path)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if " memory " in line]
    assert lines
    assert all(" assumed " in line for line in lines)


@pytest.mark.capability("catalog-command", verified="real")
def test_json_is_a_list_of_things_with_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "regions", "--like", "eu-north-1", "--json", "--home", str(tmp_path)]) == 0
    (stockholm,) = json.loads(capsys.readouterr().out)
    assert (stockholm["name"], stockholm["country"], stockholm["zone"]) == ("aws:eu-north-1", "SE", "SE")
    pue = stockholm["facts"]["PUE"]
    assert pue["low"] <= pue["value"] <= pue["high"]
    assert {"unit", "origin", "year", "checked", "source"} < pue.keys()
    assert len(stockholm["publishers"]) >= 2


def test_like_finds_by_what_is_inside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "instances", "--like", "trainium2", "--json", "--home", str(tmp_path)]) == 0
    assert [machine["name"] for machine in json.loads(capsys.readouterr().out)] == ["trn2.48xlarge"]


def test_nothing_like_it_is_two_lines_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "models", "--like", "zzz", "--home", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 2
    assert "zzz" in shown.err


def test_refresh_and_look_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "instances.csv"
    file.write_text(
        "instance,provider,family,vcpu,memory_gb,cpu,accelerator,accelerators,low,value,high,unit,year,source,checked\n"
        "m7g.xlarge,aws,m7g,4,16,graviton3,,0,0.1,0.11,0.12,USD/h,2026,our contract,doc\n"
    )
    home = str(tmp_path / ".rung")
    assert main(["catalog", "refresh", str(file), "--home", home]) == 0
    assert "0 rows added, 1 replaced" in capsys.readouterr().out
    assert main(["catalog", "instances", "--like", "m7g.xlarge", "--json", "--home", home]) == 0
    (machine,) = json.loads(capsys.readouterr().out)
    assert machine["facts"]["on demand"]["value"] == pytest.approx(0.11)
    assert machine["facts"]["on demand"]["source"] == "our contract"
    elsewhere = str(tmp_path / "another")
    assert main(["catalog", "instances", "--like", "m7g.xlarge", "--json", "--home", elsewhere]) == 0
    (machine,) = json.loads(capsys.readouterr().out)
    assert machine["facts"]["on demand"]["value"] == pytest.approx(0.1632)


def test_a_bad_row_is_two_lines_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pue.csv"
    file.write_text('key,low,value,high,unit,year,source,checked\nhall,1,"1,3",2,ratio,2026,meter,doc\n')
    assert main(["catalog", "refresh", str(file), "--json", "--home", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    first, second = shown.err.splitlines()
    assert f"{file}:2" in first
    assert "mend: write 1.3" in second


def test_a_file_that_is_not_there_is_two_lines_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "refresh", str(tmp_path / "pue.csv"), "--home", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_every_command_with_a_home_reads_that_projects_rows(tmp_path: Path) -> None:
    assert main(["runs", "--home", str(tmp_path)]) == 2, "there is no ledger there"
    assert catalog.overlay_folder() == tmp_path / "catalog"
