from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from rung.cli import main
from rung.climb.plan import Plan
from rung.report import render_html
from rung.testing import plans


def _load() -> ModuleType:
    # Test folders are no packages (importlib mode), so the driver is loaded by its path.
    spec = importlib.util.spec_from_file_location("report_chromium", Path(__file__).with_name("chromium.py"))
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


@pytest.mark.capability("report-in-browser", verified="real")
@pytest.mark.parametrize(
    "make", [plans.passing_plan, plans.nothing_passes_plan, plans.unknown_plan, plans.hostile_plan]
)
def test_the_page_asks_for_nothing_and_complains_of_nothing(make: Callable[[], Plan], tmp_path: Path) -> None:
    page_file = tmp_path / "report.html"
    page_file.write_text(render_html(make()), encoding="utf-8")
    with chromium.Page(page_file) as page:
        assert [url for url in page.requests() if not url.startswith("data:")] == [page_file.as_uri()]
        assert page.complaints() == []
        assert page.evaluate("document.querySelectorAll('script').length") == 1
        assert page.evaluate("document.querySelectorAll('img, iframe, object, embed, [onerror], [onload]').length") == 0
        for width in (1280, 400):
            page.resize(width, 900)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.capability("report-in-browser", verified="real")
def test_the_page_sorts_switches_and_shows_cards(tmp_path: Path) -> None:
    page_file = tmp_path / "report.html"
    page_file.write_text(render_html(plans.unknown_plan()), encoding="utf-8")
    names = "[...document.querySelectorAll('table.ladder tbody .cname')].map(e => e.textContent)"
    with chromium.Page(page_file) as page:
        assert page.evaluate(names) == ["rag(rung-4m)", "zero-shot(hosted)"]
        score = "document.querySelectorAll('table.ladder thead button')[3]"
        page.evaluate(f"{score}.click(); {score}.click()")
        assert page.evaluate(names) == ["zero-shot(hosted)", "rag(rung-4m)"]
        lifetime = "document.querySelectorAll('table.ladder thead button')[6]"
        for _ in range(2):
            page.evaluate(f"{lifetime}.click()")
            assert page.evaluate(names) == ["rag(rung-4m)", "zero-shot(hosted)"], "unknown stays last"

        shown = "[...document.querySelectorAll('figure.ob')].filter(e => e.offsetParent).map(e => e.className)"
        assert page.evaluate(shown) == ["ob ob-carbon"]
        page.evaluate("document.querySelector('button[data-objective=cost]').click()")
        assert page.evaluate(shown) == ["ob ob-cost"]

        page.move_to("figure.ob-cost svg.wide .mark")
        assert page.evaluate("document.getElementById('card').hidden") is False
        assert "rag(rung-4m)" in page.evaluate("document.getElementById('card').textContent")

        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.evaluate("document.getElementById('theme').click()")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        assert page.complaints() == []


PLACED = ("--regions", "aws:*", "--instances", "g5.2xlarge,g6.2xlarge", "--utilisation", "0.3", "--hours", "8760")
COMMANDS = {
    "a front": ("place", *PLACED, "--objective", "carbon,cost"),
    "nothing left": ("place", *PLACED, "--residency", "VA"),
    "a long name": ("place", "--mix", f"{'<b>&' * 60}=FR=0.5,DE=0.5", "--watts", "100", "--hours", "100"),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_a_placement_fits_a_phone_and_complains_of_nothing(case: str, tmp_path: Path) -> None:
    page_file = tmp_path / "place.html"
    main([*COMMANDS[case], "--html", str(page_file)])
    with chromium.Page(page_file) as page:
        assert [url for url in page.requests() if not url.startswith("data:")] == [page_file.as_uri()]
        assert page.complaints() == []
        for width in (1280, 400):
            page.resize(width, 900)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        tall = "Math.max(0, ...[...document.querySelectorAll('.placing tr')].map(e => e.offsetHeight))"
        assert page.evaluate(tall) < (100 if case == "a front" else 1000)
