"""`rung fleet` as people type it: the summary, JSON, the page, objectives as exit codes, and bad input on two lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Project, Ran
from tests.report.test_html import Outline

PROFILE: dict[str, Any] = {
    "name": "8B on one board", "step_base_s": 0.03, "step_per_request_s": 0.0005, "step_per_context_token_s": 2e-8,
    "prefill_tokens_per_s": 5000, "idle_w": 60, "busy_w": 160, "max_batch": 16, "kv_capacity_tokens": 40000,
    "cold_start_s": 30, "accelerators": 1, "usd_per_hour": 0.8, "energy_error": {"low": 0.8, "high": 1.3},
    "origin": "measured",
}  # fmt: skip
HOSTILE = "<script>x</script>&\"'"


@pytest.fixture
def folder(tmp_path: Path) -> Project:
    """A trace and a profile."""
    rows = "".join(f"{0.4 * n:.1f},{100 + 37 * n % 900},{10 + 13 * n % 120}\n" for n in range(400))
    (tmp_path / "trace.csv").write_text("arrival_s,input_tokens,output_tokens\n" + rows)
    profile(tmp_path)
    return Project(tmp_path)


def profile(folder: Path, **changes: Any) -> None:
    (folder / "p.json").write_text(json.dumps(PROFILE | changes))


def fleet(project: Project, *more: str, where: tuple[str, ...] = ("--region", "aws:eu-west-1")) -> Ran:
    return project.rung("fleet", "--trace", "trace.csv", "--profile", "p.json", *where, *more)


@pytest.mark.capability("fleet", verified="real")
def test_a_summary_and_the_same_for_programs(folder: Project):
    ran = fleet(folder, "--replicas", "2..4")
    assert ran.code == 0, ran
    assert "400 of 400 requests served" in ran.out
    assert "measured" in ran.out
    found = fleet(folder, "--replicas", "2..4", "--json").json()
    assert found["counts"]["served"] == 400
    assert found["energy"]["low"] == pytest.approx(0.8 * found["energy"]["value"])
    parts = [part["value"] for part in found["regions"][0]["energy"].values()]
    assert sum(parts) == pytest.approx(found["energy"]["value"])
    assert found["ttft_s"]["p50"] <= found["ttft_s"]["p95"] <= found["ttft_s"]["p99"]
    assert found["usd"]["value"] == pytest.approx(0.8 * found["regions"][0]["replica_hours"])
    assert found == fleet(folder, "--replicas", "2..4", "--json").json(), "the same again, to the last digit"


def test_an_objective_that_is_missed_is_exit_1(folder: Project):
    fine = fleet(folder, "--scaling", "fixed", "--replicas", "2", "--slo", "ttft=10s@p95", "--slo", "itl=1s@p99")
    assert fine.code == 0, fine
    assert "The objectives hold" in fine.out
    missed = fleet(folder, "--scaling", "fixed", "--replicas", "1", "--slo", "latency=50ms")
    assert missed.code == 1, missed
    assert missed.out.startswith("Missed: p95 latency within 50 ms")
    assert fleet(folder, "--slo", "latency=50ms", "--json").json()["holds"] is False


@pytest.mark.parametrize("scaling", ["fixed", "target", "zero", "predictive"])
def test_every_scaling(folder: Project, scaling: str):
    ran = fleet(folder, "--scaling", scaling, "--json")
    assert ran.code == 0, ran
    assert ran.json()["counts"]["served"] == 400


def test_who_may_wait_and_where_else(folder: Project):
    more = ("--deferrable", "0.5", "--deadline", "5m", "--spill", "aws:eu-north-1", "--spill-rtt-ms", "40")
    found = fleet(folder, "--scaling", "fixed", *more, "--load", "3", "--json").json()
    assert 120 < found["counts"]["deferred"] < 280
    assert [one["name"] for one in found["regions"]] == ["aws:eu-west-1", "aws:eu-north-1"]
    again = fleet(folder, "--scaling", "fixed", *more, "--load", "3", "--seed", "1", "--json").json()
    assert again["counts"]["deferred"] != found["counts"]["deferred"]


def test_the_other_region_may_be_smaller(folder: Project):
    asked = ("--scaling", "target", "--replicas", "1..2", "--spill", "FR", "--spill-replicas", "3..5", "--json")
    home, away = fleet(folder, *asked).json()["regions"]
    assert home["most_replicas"] <= 2
    assert away["most_replicas"] >= 3


def test_the_target_follows_from_what_a_replica_holds(folder: Project):
    """70% of 16 by the batch; by a cache of 2,000 tokens and requests of some 620 it is two."""
    assert "target, 11 requests a replica" in fleet(folder).out
    profile(folder.folder, kv_capacity_tokens=2000)
    assert "target, 2 requests a replica" in fleet(folder).out


def test_a_grid_by_the_hour(folder: Project):
    rows = "".join(f"2026-01-01T{hour:02}:00Z,{100 + 100 * hour}\n" for hour in range(3))
    (folder.folder / "grid.csv").write_text("timestamp_utc,gco2e_per_kwh\n" + rows)
    grid = ("--series", "grid.csv", "--pue", "1")
    first, second = (
        fleet(folder, "--start", f"2026-01-01T{start}Z", "--scaling", "fixed", "--json", where=grid).json()
        for start in ("00:00", "01:00")
    )
    assert second["carbon"]["value"] == pytest.approx(2 * first["carbon"]["value"])
    late = fleet(folder, "--start", "2026-01-01T02:59:30Z", where=grid).refused()
    assert "2026-01-01 03:00 UTC lies outside of the series" in late[0]


@pytest.mark.capability("fleet", verified="real")
def test_the_page_draws_what_relaxing_saves(folder: Project):
    ran = fleet(folder, "--scaling", "fixed", "--replicas", "3", "--slo", "ttft=1s", "--slo-curve", "--html", "f.html")
    assert ran.code == 0, ran
    assert "What a looser objective saves" in ran.out
    page = (folder.folder / "f.html").read_text()
    assert Outline(page).open == []
    assert page.count('<circle class="dot') >= 8
    assert "asked: 1.0 s" in page
    assert not re.search(r"https?://|@import|url\(", page)
    plain = fleet(folder, "--html", "g.html")
    assert plain.code == 0, plain
    assert "<circle" not in (folder.folder / "g.html").read_text()


def test_a_hostile_name_is_text(folder: Project):
    profile(folder.folder, name=HOSTILE)
    assert fleet(folder, "--html", "f.html", "--slo-curve", "--first", "30").code == 0
    page = (folder.folder / "f.html").read_text()
    assert "<script" not in page
    assert HOSTILE in Outline(page).text


def test_bad_rows_are_named_or_counted(folder: Project):
    path = folder.folder / "trace.csv"
    path.write_text(path.read_text() + "1000,0,5\n")
    problem, mend = fleet(folder).refused()
    assert problem == "trace.csv:402: input_tokens is 0: a whole number from 1 to 100000000 is needed"
    assert "--skip-bad" in mend
    ran = fleet(folder, "--skip-bad")
    assert ran.code == 0, ran
    assert "1 unusable rows of the trace were left out" in ran.out
    assert "skipped trace.csv:402" in ran.err


def test_what_never_fits_is_refused_and_the_rest_served(folder: Project):
    profile(folder.folder, kv_capacity_tokens=600)
    found = fleet(folder, "--json").json()
    assert found["counts"]["refused"]["longer than the KV capacity of a replica"] > 0
    assert found["counts"]["served"] > 0
    profile(folder.folder, kv_capacity_tokens=5)
    nothing = fleet(folder, "--slo-curve", "--html", "f.html")
    assert nothing.code == 0, nothing
    assert "0 of 400 requests served" in nothing.out
    assert Outline((folder.folder / "f.html").read_text()).open == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--replicas", "many"), "--replicas 'many' is no number"),
        (("--replicas", "5..2"), "5 to 2 replicas"),
        (("--scaling", "fixed", "--replicas", "1..3"), "fixed scaling has one number"),
        (("--scaling", "target", "--replicas", "0..3"), "needs a replica"),
        (("--target", "-1"), "a target of -1"),
        (("--target", "nan"), "a target of nan"),
        (("--interval", "soon"), "--interval 'soon' is no duration"),
        (("--interval", "0s"), "interval_s of 0"),
        (("--deferrable", "0.5"), "--deferrable without --deadline"),
        (("--deferrable", "2", "--deadline", "5m"), "a share of 2"),
        (("--deferrable", "nan", "--deadline", "5m"), "a share of nan"),
        (("--load", "0"), "a load of 0"),
        (("--load", "nan"), "a load of nan"),
        (("--first", "0"), "--first 0"),
        (("--chunk", "-5"), "--chunk -5"),
        (("--slo", "ttft=2"), "--slo 'ttft=2' is no objective"),
        (("--spill", "aws:nowhere"), "aws:nowhere"),
        (("--interval", "1ms"), "looking every 0.001 s"),
        (("--spill", "FR", "--spill-replicas", "x"), "--spill-replicas 'x' is no number"),
        (("--spill", "FR", "--spill-queue", "-1"), "-1 requests"),
        (("--spill", "FR", "--spill-rtt-ms", "nan"), "--spill-rtt-ms nan"),
        (("--usd-per-hour", "-3"), "--usd-per-hour -3"),
        (("--start", "2026-01-01T00:00Z"), "--start is for grids by the hour"),
        (("--pue", "0.5"), "PUE of 0.5"),
        (("--deferred-batch", "0", "--deferrable", "1", "--deadline", "1m"), "--deferred-batch 0"),
    ],
)
def test_what_cannot_be_asked(folder: Project, more: tuple[str, ...], told: str):
    problem, _ = fleet(folder, *more).refused()
    assert told in problem


def test_nothing_says_where(folder: Project):
    problem, mend = fleet(folder, where=()).refused()
    assert "nothing says what the electricity causes" in problem
    assert "--region" in mend


def test_files_that_are_not_there(folder: Project):
    assert "no such file" in folder.rung("fleet", "--trace", "x.csv", "--profile", "p.json", "--region", "FR").err
    assert "no such file" in folder.rung("fleet", "--trace", "trace.csv", "--profile", "x", "--region", "FR").err


@pytest.mark.capability("predict-fleet", verified="real")
def test_a_predicted_replica_serves_the_trace(folder: Project):
    asked = ("fleet", "--trace", "trace.csv", "--model", "8B", "--silicon", "H100", "--region", "FR", "--json")
    found = folder.rung(*asked).json()
    assert found["counts"]["served"] == 400
    wide = folder.rung(*asked, "--count", "2").json()
    assert wide != found
    assert "modelled" in json.dumps(found)
    assert "the replica is predicted: nine of ten gaps between tokens are" in json.dumps(found)
    assert "30 s for the engine" in json.dumps(found)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ((), "no replica is given"),
        (("--profile", "p.json", "--model", "8B"), "both measured and predicted"),
        (("--model", "70B"), "do not fit"),
        (("--model", "8B", "--silicon", "H1000"), "'H1000' is not known"),
        (("--model", "8B", "--count", "3"), "cannot be shared by tp=3"),
        (("--model", "8B", "--constants", "none.json"), "none.json: there is no such file"),
    ],
)
def test_replicas_that_cannot_be_predicted(folder: Project, more: tuple[str, ...], problem: str):
    ran = folder.rung("fleet", "--trace", "trace.csv", "--region", "FR", *more)
    assert ran.code == 2
    assert problem in ran.err
    assert "Traceback" not in ran.err
