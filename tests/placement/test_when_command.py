"""`rung when`: what it prints, and that every bad input is one error with its mend."""

from __future__ import annotations

import io
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rung.cli import main
from rung.feeds import electricity_maps as service
from tests.feeds.loopback import Asked, Reply, serving

from .test_when_forecast import SERIES, noisy, real

JOB = ("--duration", "4h", "--power", "300W", "--deadline", "24h")


def rung(*arguments: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["when", *map(str, arguments)])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "ZZ.csv", 40)


def write(path: Path, days: int, seed: int = 1, times: float = 1.0, ended_h: int = 0) -> Path:
    """An hourly file that ended so many hours ago."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=days, hours=ended_h)
    rows = (f"{start + timedelta(hours=k):%Y-%m-%d %H:%M},{v:.2f}" for k, v in enumerate(noisy(days, seed) * times))
    path.write_text("timestamp_utc,gco2e_per_kwh\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.capability("when", verified="real")
def test_it_prints_hours_saving_and_reason(file: Path, tmp_path: Path) -> None:
    code, out, err = rung("--series", file, *JOB, "--html", tmp_path / "o.html")
    assert code == 0
    assert out.startswith("Run ")
    for words in ("running at once", "saving", "gCO2e", "1.2 kWh at 300 W", "average intensity"):
        assert words in out
    assert err == f"wrote {tmp_path / 'o.html'}\n"
    assert (tmp_path / "o.html").read_text().startswith("<!doctype html>")


def test_json_says_the_same(file: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "clean.csv", 40, 2, 0.1)
    code, out, _ = rung("--region", f"home={file}", "--region", f"away={other}", *JOB, "--json", "--interruptible")
    found = json.loads(out)
    assert code == 0
    assert (found["verdict"], found["run"]["region"]) == ("move", "away")
    assert len(found["run"]["hours"]) == 4
    assert found["energy"]["value"] == pytest.approx(1.2)
    assert [loser["region"] for loser in found["losers"]] == ["home"]
    assert found["saving_g"]["low"] <= found["saving_g"]["value"] <= found["saving_g"]["high"]
    assert len(found["expected_g_per_kwh"]["home"]) == 24


def test_several_files_in_one_option(file: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "clean.csv", 40, 2, 0.1)
    _, out, _ = rung("--series", f"{file},{other}", *JOB)
    assert "in clean." in out
    assert "not ZZ" in out


@real
def test_a_real_start_shows_its_hindsight() -> None:
    """California, 1 June 2022, 03:00 UTC (20:00 there): the sun of the next day is waited for, and was cleaner."""
    path = next(path for path in SERIES if "CISO" in path.name)
    code, out, _ = rung("--series", path, *JOB, "--start", "2022-06-01T03:00Z", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["verdict"] == "wait"
    assert found["hindsight"]["chosen_g"] < 0.7 * found["hindsight"]["now_g"]


BAD: dict[str, tuple[tuple[str, ...], str, str]] = {
    "no series": ((), "no series", "--series"),
    "no file": (("--series", "none.csv"), "no such file", "path of the hourly file"),
    "no region": (("--region", "FR"), "names no file", "NAME=FILE"),
    "not a table": (("--series", "table.xls"), "cannot tell the format", ".csv"),
    "short history": (("--series", "short.csv"), "too few", "16 days"),
    "a bad row": (("--series", "bad.csv"), "bad.csv: line 3", "point"),
    "twice": (("--series", "ZZ.csv,ZZ.csv"), "two series", "NAME=FILE"),
    "start of no form": (("--series", "ZZ.csv", "--start", "noon"), "'noon' is no time", "ISO 8601"),
    "start too early": (("--series", "ZZ.csv", "--start", "2025-06-01"), "too few", "days before"),
    "start too late": (("--series", "ZZ.csv", "--start", "2027-06-01"), "too long before", "reaches"),
    "deadline too short": (("--series", "ZZ.csv", "--deadline", "3h"), "cannot be done within 3 h", "at least 4h"),
    "deadline too long": (("--series", "ZZ.csv", "--deadline", "40d"), "beyond a forecast", "at most"),
    "negative power": (("--series", "ZZ.csv", "--power=-300W"), "--power -300W is none", "positive"),
    "power without unit": (("--series", "ZZ.csv", "--power", "300"), "is no power", "300W"),
    "power in joules": (("--series", "ZZ.csv", "--power", "300J"), "is no power", "300W"),
    "no power": (("--series", "ZZ.csv", "--power", "0W"), "is none", "positive"),
    "power that is nan": (("--series", "ZZ.csv", "--power", "nanW"), "is no power", "300W"),
    "negative duration": (("--series", "ZZ.csv", "--duration=-4h"), "is none", "positive"),
    "duration with comma": (("--series", "ZZ.csv", "--duration", "1,5h"), "is no duration", "4h"),
    "unknown region of today": (("--series", "ZZ.csv", "--today", "FR"), "no series is named 'FR'", "ZZ"),
    "today in two options": (
        ("--series", "ZZ.csv", "--region", "A=ZZ.csv"),
        "where the job runs today",
        "--today NAME",
    ),
    "unknown feed": (("--live", "entsoe:FR"), "names no feed", "electricity-maps"),
    "feed without zone": (("--live", "watttime"), "names no feed and zone", "watttime:REGION"),
    "live with files": (("--live", "watttime:X", "--series", "ZZ.csv"), "goes with neither", "either"),
    "live without key": (("--live", "electricity-maps:FR"), "ELECTRICITYMAPS_API_KEY is not set", "export"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_error_with_its_mend(name: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.delenv("ELECTRICITYMAPS_API_KEY", raising=False)
    write(Path("short.csv"), 10)
    Path("bad.csv").write_text('timestamp_utc,gco2e_per_kwh\n2026-01-01 00:00,1\n2026-01-01 01:00,"1,5"\n')
    Path("table.xls").touch()
    arguments, problem, mend = BAD[name]
    code, out, err = rung(*JOB, *arguments)
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert [line[:7] for line in lines] == ["error: ", " mend: "], err
    assert problem in lines[0]
    assert mend in lines[1]


@pytest.mark.capability("when", verified="real")
def test_a_plan_from_the_end_of_an_old_file_says_so(tmp_path: Path) -> None:
    fresh, old = write(tmp_path / "fresh.csv", 40, ended_h=47), write(tmp_path / "old.csv", 40, ended_h=240)
    assert rung("--series", fresh, *JOB)[2] == ""
    code, out, err = rung("--series", old, *JOB, "--json")
    assert (code, bool(json.loads(out))) == (0, True)
    assert "10 days ago: this plan is for the hours after that, not for now" in err
    start = (datetime.now(UTC) - timedelta(days=10)).isoformat()
    assert rung("--series", old, *JOB, "--start", start)[2] == "", "a past moment on purpose"


def test_only_today_depends_on_the_order_of_the_regions(tmp_path: Path) -> None:
    """Every order of four regions, two of them equal, gives one answer once the region of today is named."""
    seeds = {"a": 3, "b": 2, "c": 2, "d": 1}
    named = [f"{name}={write(tmp_path / f'{name}.csv', 40, seed)}" for name, seed in seeds.items()]

    def asked(order: Sequence[str], *more: str) -> str:
        code, out, err = rung(*(word for one in order for word in ("--region", one)), *JOB, "--json", *more)
        assert (code, err) == (0, "")
        return out

    orders = list(itertools.permutations(named))
    for today in seeds:
        assert len({asked(order, "--today", today) for order in orders}) == 1
    assert asked(named, "--today", "a") == asked(named)
    assert asked(named[::-1], "--today", "d") == asked(named[::-1]), "the first is today's, unless it is named"
    equal = json.loads(asked([named[2], named[1]]))
    assert (equal["now"]["region"], equal["cleanest"]["region"]) == ("c", "c"), "between equals one stays"
    assert json.loads(asked([named[0], named[2], named[1]]))["regions"][1]["region"] == "b"


def test_skipped_rows_are_counted(file: Path) -> None:
    lines = file.read_text().splitlines()
    lines[100] = lines[100].replace(".", ",")
    file.write_text("\n".join(lines) + "\n")
    assert rung("--series", file, *JOB)[0] == 2
    code, _, err = rung("--series", file, *JOB, "--skip-bad")
    assert code == 0
    assert "ZZ.csv: 1 unusable row skipped" in err


def test_a_live_forecast_is_asked_for_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    def answer(asked: Asked, _count: int) -> Reply:
        hours = (now + timedelta(hours=k) for k in range(72))
        rows = [{"carbonIntensity": 100 + hour.hour, "datetime": hour.isoformat()} for hour in hours]
        return Reply(200, {"zone": asked.query["zone"], "forecast": rows})

    monkeypatch.setenv("ELECTRICITYMAPS_API_KEY", "k")
    with serving(answer) as server:
        monkeypatch.setattr(
            service.ElectricityMaps.__init__, "__kwdefaults__", {"base_url": server.url, "patience": None}
        )
        outs = [rung("--live", "electricity-maps:FR", *JOB, "--json", "--home", tmp_path) for _ in range(2)]
        assert [code for code, _, _ in outs] == [0, 0]
        assert len(server.asked) == 1
    found = json.loads(outs[0][1])
    assert found["saving_g"]["low"] is None
    hours = [datetime.fromisoformat(hour).hour for hour in found["cleanest"]["hours"]]
    assert hours == [0, 1, 2, 3] or found["verdict"] == "now"


def test_help_and_import_load_nothing_heavy() -> None:
    script = "import sys, rung, rung.cli\nrung.cli.main(['when', '--help'])\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ)
    assert "--deadline" in done.stdout
    assert not {"numpy", "scipy", "httpx", "pydantic", "torch"} & set(done.stderr.split())
