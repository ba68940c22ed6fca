from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable

import pytest
from rich.console import Console

from rung.climb.plan import Plan
from rung.errors import NoSuch
from rung.report import explain, render_summary
from rung.testing import plans

EVERY = [
    plans.passing_plan,
    plans.nothing_passes_plan,
    plans.inconclusive_plan,
    plans.interrupted_plan,
    plans.unknown_plan,
    plans.crowded_plan,
    plans.single_plan,
    plans.hostile_plan,
]


def summary(plan: Plan, width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    render_summary(plan, Console(file=stream, width=width))
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.capability("summary", verified="real")
@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("width", [40, 80, 140])
def test_the_summary_fits_any_console(make: Callable[[], Plan], width: int) -> None:
    said = summary(make(), width)
    assert "\x1b" not in said
    assert all(len(line) <= width for line in said.splitlines())
    assert summary(make(), width, encoding="ascii").isascii()


def test_the_summary_says_what_was_decided() -> None:
    said = " ".join(summary(plans.passing_plan()).split())
    for words in ("Run rag(rung-4m).", "97%", "✓ passed", "? inconclusive", "[0.636, 0.825]", "164 items", "ladder"):
        assert words in said
    assert "Deciding took 927 of 2,400 calls (39%)" in said
    assert ".rung/runs/r-20260714-093012-5f3a/report.html" in said
    assert "28 more in the report" in summary(plans.crowded_plan())
    assert "! Not finished: Interrupted by the user." in summary(plans.interrupted_plan())
    assert "unknown" in summary(plans.unknown_plan())


@pytest.mark.capability("summary", verified="real")
def test_the_summary_obeys_no_markup() -> None:
    assert "[bold red]" in summary(plans.hostile_plan(), 140)


@pytest.mark.capability("explain", verified="real")
@pytest.mark.parametrize("make", EVERY)
def test_every_candidate_can_be_explained(make: Callable[[], Plan]) -> None:
    plan = make()
    for candidate in plan.candidates:
        said = explain(plan, candidate.name)
        assert candidate.decision in said
        assert all(len(line) <= 80 for line in said.splitlines())


def test_an_explanation_in_words() -> None:
    said = " ".join(explain(plans.passing_plan(), "lora(rung-4m)").split())
    for words in (
        "lora(rung-4m): passed",
        "3.9M parameters",
        "0.803 [0.662, 0.916] on 92 items; 0.620 is asked",
        "would now hold 270, and 200 decides that it passes",
        "Why it was not chosen",
        "about 2.3 times as much",
        "Above 22 million requests",
    ):
        assert words in said
    assert "Why it was chosen" in explain(plans.passing_plan(), "rag(rung-4m)")


def test_an_unknown_name_is_answered_with_close_ones() -> None:
    with pytest.raises(NoSuch) as caught:
        explain(plans.passing_plan(), "LORA(rung4m)")
    assert "'lora(rung-4m)'" in caught.value.mend
    with pytest.raises(NoSuch, match="zzz"):
        explain(plans.passing_plan(), "zzz")


def test_the_report_loads_no_renderer_before_it_renders() -> None:
    code = "import sys, rung.report; print([m for m in ('rich', 'jinja2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
