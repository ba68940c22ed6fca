"""The page of `rung place --html`: an honest title, a front that is drawn, labels apart, tables that can be read."""

from __future__ import annotations

import re
from html import unescape
from itertools import combinations
from pathlib import Path

import pytest

from tests.cli.conftest import Project
from tests.report.test_html import Outline

LOAD = ("--watts", "100", "--hours", "8760")
MACHINES = ("--instances", "g5.2xlarge,g6.2xlarge", "--utilisation", "0.3", "--hours", "8760")
HOSTILE = "<script>x</script>&\"'" + "long-" * 60

Box = tuple[float, float, float, float]


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A folder without anything."""
    return Project(tmp_path)


def page_of(project: Project, *arguments: str, code: int = 0) -> str:
    """The page of a placement."""
    ran = project.rung("place", *arguments, "--html", "p.html")
    assert ran.code == code, ran
    return (project.folder / "p.html").read_text()


def title_of(page: str) -> str:
    """The heading, which the browser's title repeats."""
    (heading,) = re.findall(r"<h1>(.*?)</h1>", page)
    assert f"<title>{heading} – rung place</title>" in page
    return unescape(heading)


def drawings(page: str) -> list[str]:
    return re.findall(r'<svg class="(?:wide|slim)".*?</svg>', page, re.DOTALL)


def labels(drawing: str) -> list[tuple[str, Box]]:
    """Labels of points with their boxes [px]."""
    form = r'<text class="label (?:chosen|other)" x="([-\d.]+)" y="([-\d.]+)" text-anchor="(\w+)">([^<]*)</text>'
    found: list[tuple[str, Box]] = []
    for x, y, anchor, text in re.findall(form, drawing):
        width = 6.5 * len(unescape(text))
        left = float(x) - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width
        found.append((unescape(text), (left, float(y) - 10, left + width, float(y) + 2)))
    return found


def test_a_front_is_a_choice_and_is_drawn(empty: Project) -> None:
    asked = ("--regions", "aws:*", *MACHINES, "--user", "aws:eu-west-3", "--max-latency-ms", "120")
    page = page_of(empty, *asked, "--objective", "carbon,cost")
    answer = empty.rung("place", *asked, "--objective", "carbon,cost", "--json").json()
    assert len(answer["front"]) == 2
    assert title_of(page) == "Two places, none better on both"
    assert f"Nothing beats these on both carbon and cost: {', '.join(answer['front'])}." in Outline(page).text
    assert page.count('<polyline class="front"') == 2, "one for each width"
    for drawing in (d for d in drawings(page) if "trade-1" in d):
        assert drawing.count('<circle class="dot chosen"') == 2
        assert drawing.count('<circle class="dot') == len(answer["options"])
        assert {name.split()[0] for name, _ in labels(drawing)} >= {name.split()[0] for name in answer["front"]}
    (wide, _) = (re.findall(r'<polyline class="front" points="([^"]+)"', d)[0] for d in drawings(page) if "trade-" in d)
    points = [tuple(map(float, point.split(","))) for point in wide.split()]
    assert points == sorted(points)
    assert [y for _, y in points] == sorted(y for _, y in points), "less cost, more carbon: downwards to the right"


@pytest.mark.parametrize("regions", ["aws:*,gcp:*,azure:*", "aws:eu-*"])
def test_labels_cover_neither_each_other_nor_the_edge(empty: Project, regions: str) -> None:
    for objective in ("carbon", "carbon,water"):
        drawn = drawings(page_of(empty, "--regions", regions, *LOAD, "--objective", objective))
        assert sum(len(labels(drawing)) for drawing in drawn) > 10
        for drawing in drawn:
            width = 350 if 'class="slim"' in drawing else 920
            for name, box in labels(drawing):
                assert box[0] >= 0, name
                assert box[2] <= width, name
            for (one, a), (other, b) in combinations(labels(drawing), 2):
                apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
                assert apart, (one, other)


def test_the_map_is_cropped_to_the_regions(empty: Project) -> None:
    page = page_of(empty, "--regions", "aws:eu-*", *LOAD)
    wide = next(d for d in drawings(page) if "map-wide" in d)
    across = [float(x) for x in re.findall(r'<circle class="region[^>]* cx="([\d.]+)"', wide)]
    assert max(across) - min(across) > 920 / 4
    assert "60° N" in wide
    assert "equator" not in wide
    assert "0°<" not in wide
    assert "aws:eu-north-1" in [name for name, _ in labels(wide)]


def test_one_option_has_neither_a_map_nor_a_why_not(empty: Project) -> None:
    page = page_of(empty, "--regions", "aws:eu-west-3", *LOAD)
    assert title_of(page) == "aws:eu-west-3"
    assert "map-wide" not in page
    assert "why not" not in page


def test_three_objectives_are_pairs_without_a_line(empty: Project) -> None:
    """A front of three is no line on two axes."""
    page = page_of(empty, "--regions", "aws:eu-*", *MACHINES, "--objective", "carbon,water,cost")
    assert title_of(page).endswith("none better on all three")
    assert "all of carbon, water and cost" in page
    assert {"Carbon against water", "Carbon against cost"} <= set(re.findall(r"<h2[^>]*>(.*?)</h2>", page))
    assert '<polyline class="front"' not in page


def test_one_that_is_least_on_both_is_named(empty: Project) -> None:
    page = page_of(empty, "--regions", "aws:eu-north-1,aws:eu-west-1", *LOAD, "--objective", "carbon,energy")
    name = title_of(page).removesuffix(", least on both")
    assert f"{name} is least on both carbon and energy." in Outline(page).text


def test_many_options_say_how_many_are_left_out(empty: Project) -> None:
    page = page_of(empty, "--regions", "aws:*,gcp:*,azure:*", *LOAD)
    rows = page.split('<table class="placing">')[1].split("</table>")[0].count("<tr") - 1
    more = re.search(r"(\d+) more options", page)
    assert rows == 50
    assert more is not None
    assert int(more[1]) > 50
    assert "The first 15 of" in page
    assert "the first has" in page


def test_nothing_left_is_a_page_of_reasons(empty: Project) -> None:
    page = page_of(empty, "--regions", "aws:us-*", *LOAD, "--residency", "EU", code=1)
    assert title_of(page) == "No place is left"
    assert page.count("residency: needed data in EU") == 1
    assert drawings(page) == []


def test_a_hostile_name_is_text_and_short_in_drawings(empty: Project) -> None:
    mix = f"{HOSTILE}=aws:eu-west-1=0.5,aws:eu-west-3=0.5"
    page = page_of(empty, "--regions", "aws:eu-*", "--mix", mix, *LOAD, "--objective", "carbon,water")
    assert Outline(page).open == []
    assert "<script" not in page
    assert HOSTILE in Outline(page).text
    shown = [unescape(text) for d in drawings(page) for text in re.findall(r"<text[^>]*>([^<]*)</text>", d)]
    assert max(map(len, shown)) <= 44
