from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from rung.climb.plan import Plan
from rung.report import render_html
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
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """What a browser would see: tags with attributes, texts outside script and style, and whether all is closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.mark.parametrize("make", EVERY)
def test_the_page_is_whole_and_names_every_candidate(make: Callable[[], Plan]) -> None:
    plan = make()
    outline = Outline(render_html(plan))
    assert outline.open == []
    names = [text.strip() for text in outline.texts]
    for candidate in plan.candidates:
        assert candidate.name in names
    assert plan.run in outline.text
    assert plan.meter in outline.text
    assert f"rung report {plan.run}" in outline.text


@pytest.mark.capability("report-html", verified="real")
@pytest.mark.parametrize("make", EVERY)
def test_the_page_refers_to_nothing_outside_itself(make: Callable[[], Plan]) -> None:
    page = render_html(make())
    for tag, attributes in Outline(page).tags:
        assert tag not in {"img", "iframe", "object", "embed", "base", "a", "form", "video", "audio", "use", "image"}
        assert "src" not in attributes
        assert attributes.get("href") in (None, "data:,")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    assert not re.search(r"https?://|//[a-z0-9.-]+\.[a-z]{2,}/|@import|url\(", page)


@pytest.mark.capability("report-html", verified="real")
def test_text_of_a_workload_stays_text() -> None:
    plan = plans.hostile_plan()
    page = render_html(plan)
    outline = Outline(page)
    assert [tag for tag, _ in outline.tags].count("script") == 1
    assert "<script>alert" not in page
    assert "<b>bar</b>" not in page
    assert "{{ 7 * 7 }}" in outline.text
    assert "49" not in outline.text.split("{{ 7 * 7 }}")[0][-20:]
    assert "script-src 'sha256-" in page


def test_ids_are_unique_and_labels_point_somewhere() -> None:
    tags = Outline(render_html(plans.crowded_plan())).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    wanted = [name for _, a in tags for name in (a.get("aria-labelledby") or "").split()]
    assert set(wanted) <= set(ids)
    assert all(a.get("scope") in ("col", "row") for tag, a in tags if tag == "th")


@pytest.mark.capability("report-html", verified="real")
def test_unknown_is_said_and_never_zero() -> None:
    text = Outline(render_html(plans.unknown_plan())).text
    assert "unknown" in text
    assert "of unknown carbon: zero-shot(hosted)" in text
    assert "What it takes over 3.65 million requests is unknown; rag(rung-4m) takes 151 gCO2e." in text


def test_every_decision_has_a_word_and_a_symbol() -> None:
    text = Outline(render_html(plans.passing_plan())).text
    for label in ("✓ passed", "✗ failed", "? inconclusive", "– skipped", "· untried"):
        assert label in text


def test_what_stands_out_is_there() -> None:
    text = Outline(render_html(plans.passing_plan())).text
    for words in (
        "Run rag(rung-4m)",
        "97%",
        "Policy lifetime",
        "Policy ladder",
        "Above 22 million requests (now 3.65 million), lora(rung-4m) becomes the cheapest",
        "Why not the bigger model?",
        "about 2.3 times as much",
        "lora(rung-4m) has repaid its build against rag(rung-4m) after 22 million requests.",
        "Answers are as good without the knowledge",
        "39% of evaluating everything",
        "EEA and cloud provider tables",
    ):
        assert words in text


def test_nothing_chosen_interrupted_and_alone() -> None:
    assert "Nothing is chosen" in Outline(render_html(plans.nothing_passes_plan())).text
    assert "! Not finished. Interrupted by the user." in Outline(render_html(plans.interrupted_plan())).text
    text = Outline(render_html(plans.single_plan())).text
    assert "fewer than two candidates passed" in text
    assert "No candidate stands on a bigger model" in text


def test_a_plan_of_nothing_at_all_still_has_a_page() -> None:
    empty = replace(plans.interrupted_plan(), candidates=(), factors=(), notes=())
    assert "No candidate has both a score and a known lifetime carbon" in Outline(render_html(empty)).text


def test_the_same_plan_gives_the_same_page() -> None:
    assert render_html(plans.crowded_plan()) == render_html(plans.crowded_plan())
