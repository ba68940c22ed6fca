"""Raters at work in headless Chromium, against `rung rate start` as a process of its own: real clicks, real keys."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rung.evaluation.people import RatingStore, people_report

pytest.importorskip("uvicorn", reason="the extra `people` is not installed")


def _load() -> ModuleType:
    # Test folders are no packages (importlib mode), so the driver is loaded by its path.
    driver = Path(__file__).parents[1] / "report" / "chromium.py"
    spec = importlib.util.spec_from_file_location("rating_chromium", driver)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


chromium = _load()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium.BINARY is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]


class Served:
    """`rung rate start` in a folder; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.links: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "rung", "rate", "start", *options, "--json"]
        self._process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        self.links = [row["link"] for row in said["links"]] or self.links

    def stop(self, how: signal.Signals) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        os.kill(self._process.pid, how)
        code = self._process.wait(20)
        self._process.stdout.close()
        self._process = None
        return code

    @property
    def store(self) -> RatingStore:
        return RatingStore(self.folder / "ratings.db")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    rows: list[dict[str, Any]] = [
        {
            "id": f"q{n}",
            "prompt": f"Question {n}? " + "averylongwordwithoutanyspace" * 8,
            "referenceResponse": "yes",
            "modelResponses": [
                {"modelIdentifier": "best", "response": "GOOD answer. " + "https://example.org/" + "x" * 300},
                {"modelIdentifier": "worst", "response": "<script>document.title = 'owned'</script> poor\n" * 5},
            ],
        }
        for n in range(4)
    ]
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (tmp_path / "how.md").write_text("# Be fair\n\nRead **both**.\n", "utf-8")
    found = Served(tmp_path)
    yield found
    if found._process is not None:
        found.stop(signal.SIGKILL)


def at_task(page: Any) -> str:
    return str(page.evaluate("document.querySelector('h1').textContent"))


def good_letter(page: Any) -> str:
    """The letter of the good answer, as a rater would read it off the page."""
    texts = "[...document.querySelectorAll('.response')].map(r => r.innerText)"
    return "AB"[[("GOOD" in text) for text in page.evaluate(texts)].index(True)]


def rate_by_pointer(page: Any, *, clicks: int = 1) -> None:
    task = at_task(page)
    page.click(f"input[value={good_letter(page)}]")
    page.click("#send", clicks)
    page.wait_for(f"document.querySelector('h1') && document.querySelector('h1').textContent !== {task!r}")


def rate_by_key(page: Any) -> None:
    task = at_task(page)
    page.press(good_letter(page).lower())
    page.press("Enter")
    page.wait_for(f"document.querySelector('h1') && document.querySelector('h1').textContent !== {task!r}")


@pytest.mark.capability("rate-in-browser", verified="real")
def test_three_raters_two_at_once_with_a_kill_between(served: Served):
    served.start("set.jsonl", "--raters", "3", "--per-item", "3", "--instructions", "how.md")
    first, second, third = served.links
    with chromium.Page(first) as one, chromium.Page(second, width=400, height=800) as two:
        assert "Read both." in one.evaluate("document.querySelector('.instructions').innerText")
        one.click("#go")
        two.click("#go")
        for page in (one, two):
            page.wait_for("document.getElementById('rating')")
            assert at_task(page) == "Task 1 of 4"
            assert page.evaluate("document.title") == "Task 1 of 4", "the script of a response did not run"
        assert two.evaluate("document.documentElement.scrollWidth") <= 400

        rate_by_pointer(one)
        rate_by_key(two)
        rate_by_pointer(one, clicks=2)
        rate_by_key(two)
        assert two.evaluate("document.documentElement.scrollWidth") <= 400
        assert [count.rated for count in served.store.counts()] == [2, 2, 0]

        served.stop(signal.SIGKILL)
        assert [count.rated for count in served.store.counts()] == [2, 2, 0], "nothing is lost"
        served.start()
        one.open(first)
        assert "2 of 4 rated" in one.evaluate("document.body.innerText")
        one.click("#go")
        one.wait_for("document.getElementById('rating')")
        assert at_task(one) == "Task 3 of 4"
        for page, rate in ((one, rate_by_pointer), (two, rate_by_key)):
            rate(page)
            rate(page)
            assert at_task(page) == "All is rated"
            page.click("#finish")
            page.wait_for("document.querySelector('h1').textContent === 'Thank you'")
        one.open(first)
        assert at_task(one) == "You have finished"
        outside = [url for page in (one, two) for url in page.requests() if not url.startswith("http://127.0.0.1:")]
        assert outside == []
        wrong = [e for page in (one, two) for e in page.complaints() if "410" not in json.dumps(e)]
        assert wrong == []
    with chromium.Page(third) as page:
        page.click("#go")
        page.wait_for("document.getElementById('rating')")
        for _ in range(4):
            rate_by_key(page)
    report = people_report(served.store)
    assert report.ratings == 12
    assert [(win.wins, win.losses) for win in report.wins] == [(12, 0)], "all found the good one behind its letter"
    assert [count.changes for count in report.raters] == [0, 0, 0], "the double click added nothing"
    assert served.stop(signal.SIGINT) == 0


@pytest.mark.capability("rate-in-browser", verified="real")
def test_back_changes_a_forged_link_and_what_is_missing(served: Served):
    served.start("set.jsonl", "--kind", "comparison-likert")
    (link,) = served.links
    with chromium.Page(link) as page:
        page.click("#go")
        page.wait_for("document.getElementById('rating')")
        page.press("Enter")
        assert at_task(page) == "Task 1 of 4", "nothing was chosen"
        page.press("2")
        page.press("Enter")
        page.wait_for("document.querySelector('h1').textContent === 'Task 2 of 4'")
        page.back()
        page.wait_for("document.querySelector('h1')?.textContent === 'Task 1 of 4'")
        assert page.evaluate("document.querySelector('input:checked').value") == "2", "what was saved stands there"
        page.press("4")
        page.press("Enter")
        page.wait_for("document.querySelector('h1').textContent === 'Task 2 of 4'")
        (rating,) = served.store.ratings()
        assert rating.answer == {"choice": "4"}
        assert [answer for _, answer in rating.earlier] == [{"choice": "2"}]
        page.open(link[:-5] + "AAAA/")
        assert at_task(page) == "This link is not valid"


@pytest.mark.capability("rate-in-browser", verified="real")
@pytest.mark.parametrize(
    ("kind", "keys", "answer"),
    [
        ("ranking", "11", {"A": "1", "B": "1"}),
        ("likert", "52", {"A": "5", "B": "2"}),
        ("thumbs", "yn", {"A": "1", "B": "0"}),
    ],
)
def test_each_response_takes_the_next_key(served: Served, kind: str, keys: str, answer: dict[str, str]):
    served.start("set.jsonl", "--kind", kind)
    with chromium.Page(served.links[0], width=400, height=800) as page:
        page.click("#go")
        page.wait_for("document.getElementById('rating')")
        for key in keys:
            page.press(key)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        page.press("Enter")
        page.wait_for("document.querySelector('h1').textContent === 'Task 2 of 4'")
        assert page.complaints() == []
    assert served.store.ratings()[0].answer == answer


@pytest.mark.capability("rate-in-browser", verified="real")
def test_it_works_without_javascript_and_every_field_has_a_name(served: Served):
    served.start("set.jsonl")
    with chromium.Page("about:blank") as page:
        page.send("Emulation.setScriptExecutionDisabled", value=True)
        page.open(served.links[0])
        page.click("#go")
        page.wait_for("document.getElementById('rating')")
        assert page.evaluate("typeof htmx") == "undefined"
        assert page.evaluate("document.querySelectorAll('label input[type=radio]').length") == 3
        assert page.evaluate("document.querySelector('fieldset legend').textContent.length") > 0
        assert page.evaluate("document.querySelector('textarea').labels.length") == 1
        rate_by_pointer(page)
        assert at_task(page) == "Task 2 of 4"
    assert len(served.store.ratings()) == 1
