"""Load tests of options: they stand with what was measured, and correct the predictions of their kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Project

HEADER = "model,silicon,count,precision,batch,itl_ms,j_per_output_token\n"
ASKED = ("--model", "8B", "--silicon", "H100,L4", "--counts", "1,2", "--rate", "200", "--itl-ms", "20", "--json")


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A folder without anything."""
    return Project(tmp_path)


def planned(at: Project, *more: str) -> dict[str, Any]:
    return at.rung("predict", "fit-slo", *ASKED, *more).json()


def option(answer: dict[str, Any], batch: float, count: int = 1, silicon: str = "H100") -> dict[str, Any]:
    return next(
        c for c in answer["choices"] if (c["batch"], c["count"], c["silicon"]) == (batch, count, silicon)
    )  # fmt: skip


def sheet(at: Project, rows: str) -> str:
    path = at.folder / "tests.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return str(path)


def test_what_is_worth_a_test_keeps_the_limits_by_the_middle_and_takes_less(empty: Project) -> None:
    answer = planned(empty)
    best, worth = answer["choices"][0], answer["next_test"]
    assert worth["itl_s"]["value"] <= 0.02 < worth["itl_s"]["high"]
    joules = "j_per_request_at_the_rate"
    assert worth[joules]["value"] < best[joules]["value"]


def test_a_test_that_keeps_the_limit_is_the_choice(empty: Project) -> None:
    batch = planned(empty)["next_test"]["batch"]
    answer = planned(empty, "--tested", sheet(empty, f"8B,H100,1,bf16,{batch:g},17.5,0.09\n"))
    best = answer["choices"][0]
    assert (best["batch"], best["tested"], best["itl_s"]["origin"]) == (batch, True, "measured")
    assert best["itl_s"]["value"] == pytest.approx(0.0175)
    assert best["j_per_output_token"]["value"] == pytest.approx(0.09)


def test_a_test_that_breaks_it_is_out_and_moves_its_kind_alone(empty: Project) -> None:
    before = planned(empty)
    batch = before["next_test"]["batch"]
    slow = 1.5 * before["next_test"]["itl_s"]["value"] * 1e3
    after = planned(empty, "--tested", sheet(empty, f"8B,H100,1,bf16,{batch:g},{slow},\n"))
    assert "in a load test" in option(after, batch)["rejection"]
    half = batch / 2
    moved = option(after, half)["itl_s"]["value"] / option(before, half)["itl_s"]["value"]
    assert moved == pytest.approx(1.5, rel=1e-6)
    assert option(after, half, count=2)["itl_s"] == option(before, half, count=2)["itl_s"]


def test_the_nearest_test_speaks_for_a_batch(empty: Project) -> None:
    found = planned(empty, "--tested", sheet(empty, "8B,H100,1,bf16,8,10,1\n8B,H100,1,bf16,512,100,0.2\n"))
    alone = planned(empty, "--tested", sheet(empty, "8B,H100,1,bf16,8,10,1\n"))
    assert option(found, 16)["itl_s"] == option(alone, 16)["itl_s"]
    assert option(found, 256)["itl_s"]["value"] > 1.3 * option(alone, 256)["itl_s"]["value"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("70B,H100,1,bf16,8,10,1\n", "none of the options"),
        ("8B,H100,1,bf16,8,ten,1\n", "itl_ms is 'ten'"),
        ("8B,H100,1,bf16,8,0,1\n", "itl_ms is '0'"),
        ("8B,H100,1.5,bf16,8,10,1\n", "1.5 accelerators"),
        ("8B,H100,1,bf16,8\n", "itl_ms is None"),
        ("8B,H100,1,bf16,nan,10,\n", "batch is 'nan'"),
        ("8B,H100,1,bf16,8,1e308,1\n", "itl_ms is '1e308'"),
        ("8B,H100,1,bf16,8,1e-300,1\n", "itl_ms is '1e-300'"),
        ("8B,H100,1,bf16,8,10,1,more\n", "more cells than the header"),
    ],
)
def test_rows_that_cannot_be_used_are_one_error(empty: Project, rows: str, said: str) -> None:
    ran = empty.rung("predict", "fit-slo", *ASKED, "--tested", sheet(empty, rows))
    assert ran.code == 2
    assert said in ran.err
    assert "tests.csv:2" in ran.err


def test_two_tests_of_one_option_are_refused(empty: Project) -> None:
    rows = "8B,H100,1,bf16,64,200,\n8B,H100,1,bf16,64,2,\n"
    ran = empty.rung("predict", "fit-slo", *ASKED, "--tested", sheet(empty, rows))
    assert ran.code == 2
    assert "tests.csv:3 tests what tests.csv:2 tests" in ran.err


def test_files_that_are_no_sheets_are_one_error(empty: Project) -> None:
    missing = empty.rung("predict", "fit-slo", *ASKED, "--tested", str(Path(empty.folder) / "none.csv"))
    other = Path(empty.folder) / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    wrong = empty.rung("predict", "fit-slo", *ASKED, "--tested", str(other))
    assert (missing.code, wrong.code) == (2, 2)
    assert "cannot be read" in missing.err
    assert "lacks the columns model" in wrong.err
