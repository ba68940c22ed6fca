from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rung.evaluation.comparison import compare
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.report.compare_page import render_compare_page
from rung.types import Origin, Quantity


def _load() -> ModuleType:
    # Test folders are no packages (importlib mode), so the driver is loaded by its path.
    spec = importlib.util.spec_from_file_location("compare_chromium", Path(__file__).with_name("chromium.py"))
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

SYSTEMS = [f"organisation/a-model-with-a-name-of-some-length-{name}" for name in "wxyz"]
ITEMS = tuple(EvalItem(f"q{n}", f"question {n}", ("yes",), f"category {n % 2}") for n in range(20))
HEIGHTS = "[...document.querySelectorAll('#items pre')].map(e => e.clientHeight)"
WIDER = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
TAGS = "[...document.querySelectorAll('.tag')].map(e => e.getBoundingClientRect().right)"
CUT = "[...document.querySelectorAll('#cost .textpoint text')].map(e => e.getBoundingClientRect().right)"


def page_of(metrics: int) -> str:
    names = [f"metric-{at}" for at in range(metrics)]
    energy = Quantity.of(2.0, "J", Origin.MODELLED)
    scored = {
        system: {
            item.id: Scored(
                Response(item.id, system, "yes\n" * (40 if n % 2 else 1), energy=energy.scaled(at + 1)),
                dict.fromkeys(names, float(n % 5 < at + 2)),
            )
            for n, item in enumerate(ITEMS)
        }
        for at, system in enumerate(SYSTEMS)
    }
    results = EvalResults("data", 0, ITEMS, tuple(MetricInfo(name) for name in names), scored)
    return render_compare_page(compare([("r", results)]))


@pytest.mark.capability("eval-compare", verified="real")
@pytest.mark.parametrize("metrics", [1, 3])
def test_four_systems_with_long_names_fit_a_desk_and_a_phone(metrics: int, tmp_path: Path) -> None:
    pytest.importorskip("plotly")
    file = tmp_path / "page.html"
    file.write_text(page_of(metrics), encoding="utf-8")
    with chromium.Page(file) as page:
        for width in (1200, 400):
            page.resize(width, 900)
            page.wait_for(f"document.documentElement.scrollWidth <= {width}")  # Plotly draws again a little later
            assert page.evaluate(WIDER) == 0
            assert max(page.evaluate(TAGS)) <= width
        page.resize(1200, 900)
        page.wait_for("document.documentElement.scrollWidth > 1000")
        assert max(page.evaluate(CUT)) <= 1200
        assert page.evaluate("Boolean(document.querySelector('#radar'))") is (metrics == 3)
        assert page.evaluate("document.querySelectorAll('.modebar-btn').length") == 0
        assert "(modelled)" in page.evaluate("document.querySelector('#cost').textContent")
        assert page.complaints() == []


@pytest.mark.capability("eval-compare", verified="real")
def test_long_texts_are_shown_whole_on_demand(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(1), encoding="utf-8")
    with chromium.Page(file) as page:
        before = max(page.evaluate(HEIGHTS))
        assert page.evaluate("document.querySelectorAll('#items button').length") == 10 * len(SYSTEMS)
        page.click("#items button")
        assert page.evaluate("document.querySelector('#items button').textContent") == "Show less"
        assert max(page.evaluate(HEIGHTS)) > 2 * before
        page.click("#items button")
        assert max(page.evaluate(HEIGHTS)) == before
