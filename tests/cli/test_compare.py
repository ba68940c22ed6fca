from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Project

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def compared(project: Project) -> Path:
    rows = [
        {
            "id": f"q{n}",
            "input": f"question {n}",
            "references": ["yes"],
            "category": f"c{n % 3}",
            "system": system,
            "response": "yes" if n % every else "no",
        }
        for system, every in (("small", 2), ("large", 10))
        for n in range(60)
    ]
    project.jsonl("data.jsonl", rows)
    metrics = ("--metric", "exact_match", "--metric", "token_f1", "--metric", "rouge_l")
    ran = project.rung("eval", "data.jsonl", *metrics, "--out", "r.jsonl", "--json")
    assert ran.code == 0, ran
    return project.folder / "r.jsonl"


@pytest.mark.capability("eval-compare", verified="real")
def test_text_and_json(project: Project) -> None:
    compared(project)
    ran = project.rung("compare", "r.jsonl")
    assert ran.code == 0, ran
    assert "on this dataset (60 items) large scores 0.400 more than small" in ran.out
    assert "for the population large is better than small" in ran.out
    found = project.rung("compare", "r.jsonl", "--metric", "exact_match", "--json").json()
    (one,) = found["differences"]
    assert (one["wins"], one["losses"], one["shown"]) == (24, 0, True)
    assert one["p_adjusted"] == pytest.approx(2 * 0.5**24)
    assert len(found["slices"]) == 3


def dom(page: Path, folder: Path, width: int) -> str:
    """The page as Chromium has it when its scripts have run."""
    assert CHROMIUM is not None
    own = [f"--user-data-dir={folder}", f"--window-size={width},900", "--virtual-time-budget=4000"]
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", *own, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.capability("eval-compare", verified="real")
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_page_in_a_browser(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    compared(project)
    ran = project.rung("compare", "r.jsonl", "--html", "page.html", "--json")
    assert ran.code == 0, ran
    page = project.folder / "page.html"
    assert not re.search(r'(?:src|href)="(?!data:)', page.read_text(encoding="utf-8").split("<script")[0])
    seen = dom(page, tmp_path / "browser", 1200)
    assert "60 items, 20 shown" in seen
    # A radar, three histograms and the scatter over the cost are drawn; no model was called, so no footprint is known.
    assert len(re.findall(r'class="plot[^"]*js-plotly-plot', seen)) == 4
    assert "large is better than small by all 3 metrics" in seen


def test_verdicts_of_results_without_them_on_each_item_are_read_off_the_notes(project: Project) -> None:
    """Results of earlier versions count failures in the header, and begin the notes of their items with them."""
    header, *rows = [json.loads(line) for line in compared(project).read_text().splitlines()]
    for name in ("judged", "doubtful"):
        header["metrics"] = [{"name": name, "counted": {"unparsable": 60 if name == "judged" else 61}}]
        lines = [header]
        for row in rows:
            bad = row["system"] == "large"
            verdict = {"scores": {name: 0.0 if bad else 1.0}, "notes": {name: "unparsable: ?" if bad else "right"}}
            lines.append(row | verdict)
        project.jsonl(f"{name}.jsonl", lines)
    found = project.rung("compare", "judged.jsonl", "--json").json()
    assert [(one["system"], one["unparsable"]) for one in found["failures"]] == [("small", 0), ("large", 60)]
    (one,) = found["differences"]
    assert (one["shown"], one["population_claim"], one["dataset_claim"]) == (None, None, None)
    assert "no verdict could be read in 60 of 60" in found["warnings"][0]
    # A note may begin with a label that reads as a failure: where the counts differ it is not believed.
    doubted = project.rung("compare", "doubtful.jsonl", "--json").json()
    assert [one["unparsable"] for one in doubted["failures"]] == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("absent.jsonl",), "absent.jsonl"),
        (("data.jsonl",), "no results of an evaluation"),
        (("r.jsonl", "--alpha", "0"), "--alpha"),
        (("r.jsonl", "--metric", "taste"), "taste"),
        (("r.jsonl", "r.jsonl"), "two systems"),
        (("cut.jsonl",), "has 59 of 60 items"),
        (("torn.jsonl",), "torn.jsonl"),
    ],
)
def test_what_cannot_be_compared_is_one_error(project: Project, arguments: tuple[str, ...], said: str) -> None:
    lines = compared(project).read_text().splitlines()
    (project.folder / "cut.jsonl").write_text("\n".join(lines[:-1]))
    (project.folder / "torn.jsonl").write_text("\n".join([*lines[:-1], lines[-1][:20]]))
    assert json.loads(lines[0])["rung_eval"] == 1
    problem, _ = project.rung("compare", *arguments).refused()
    assert said in problem
