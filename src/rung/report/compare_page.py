"""A comparison as one page: radar, histograms, quality against footprint, and an item browser.

With the package `plotly` its script is put into the page, so that the drawings are interactive without a network;
without it they are static, and the page says so. The item browser needs neither.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.evaluation.comparison import Comparison, Difference, turned
from rung.evaluation.records import MetricInfo
from rung.report.compare_words import (
    FOOTING_NAMES,
    VERDICTS,
    caveats,
    failure_warnings,
    failure_words,
    footing_words,
    headline,
    mean_words,
    metric_name,
    shown,
    shown_claims,
)
from rung.report.labels import shorten
from rung.report.page import read_template, render_page, sha256_base64
from rung.types import Quantity

BINS: Final = 10
MOST_ITEMS: Final = 3000
"""Items that the browser holds; drawings and figures are of all."""
MOST_LETTERS: Final = 2000
"""Of a text in the item browser."""
MOST_LEADS: Final = 3
"""Claims that stand in words at the top; the table has all."""
LEAST_SPOKES: Final = 3
"""Metrics below which a radar is no area, and is left out."""
STYLES: Final = 6
"""Line styles of the style sheet."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """A metric of the radar: its end and where its name stands [px]."""

    x: float
    y: float
    text_x: float
    text_y: float
    anchor: str
    name: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A system's polygon on the radar, as SVG points."""

    style: int
    system: str
    points: str


@dataclass(frozen=True, slots=True)
class Radar:
    """The radar in a square of `size` px; a ring for each quarter."""

    size: int
    middle: float
    rings: tuple[float, ...]
    spokes: tuple[Spoke, ...]
    outlines: tuple[Outline, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A bar of a histogram [px]."""

    x: float
    y: float
    width: float
    height: float
    style: int
    words: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of items by score, for each system; the highest bar is `most` of the items."""

    metric: str
    name: str
    most: float
    columns: tuple[Column, ...]


def render_compare_page(found: Comparison, *, script: str | None = None) -> str:
    """The comparison as one HTML page that asks the network for nothing; its texts are not trusted.

    Args:
        found: what to show.
        script: Plotly's; None is that of the installed package, and an empty one leaves it out.
    """
    plotly = plotly_script() if script is None else script
    own = read_template("compare.js")
    data = json.dumps(page_data(found), ensure_ascii=False)
    claims = shown_claims(found)
    leads = _leads(claims)
    return render_page(
        "compare",
        found=found,
        plotly=plotly,
        script=own,
        hashes=[sha256_base64(text) for text in (plotly, own) if text],
        # Text in a script element ends at `</`, whatever stands around it.
        data=data.replace("<", "\\u003c"),
        headline=headline(found),
        warnings=failure_warnings(found),
        failures=[(*at, one.scored, failure_words(one)) for at, one in found.failures.items() if one.named()],
        leads=leads,
        more=_more(found, len(claims) - len(leads)),
        differences=[(one.better_minus_worse(), VERDICTS[shown(found, one)]) for one in found.differences],
        names={metric.name: metric_name(found, metric.name) for metric in found.metrics},
        words=mean_words,
        radar=radar(found, 460) if len(found.metrics) >= LEAST_SPOKES else None,
        histograms=histograms(found, 300, 130),
        footing_names=FOOTING_NAMES,
        footings=[(one.system, footing_words(one)) for one in found.footings],
        caveats=caveats(found),
        styles={system: at % STYLES for at, system in enumerate(found.systems)},
        most=MOST_ITEMS,
    )


def plotly_script() -> str:
    """The script of the installed package `plotly`; empty without it (the extra `plots`)."""
    spec = importlib.util.find_spec("plotly")
    places = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
    found = (place / "package_data" / "plotly.min.js" for place in places)
    return next((file.read_text(encoding="utf-8") for file in found if file.is_file()), "")


def _leads(claims: Sequence[tuple[Difference, str, str]]) -> list[tuple[Difference, str, str]]:
    """The first claim of each metric, then others, up to `MOST_LEADS`."""
    metrics = {one.metric: at for at, (one, *_) in reversed(list(enumerate(claims)))}
    first = [claims[at] for at in sorted(metrics.values())]
    return [*first, *(claim for at, claim in enumerate(claims) if at not in metrics.values())][:MOST_LEADS]


def _more(found: Comparison, further: int) -> str:
    """What of the differences is not in the leads."""
    verdicts = [shown(found, one) for one in found.differences]
    said = [
        f"{further:,} further shown differences" if further > 1 else "one further shown difference" if further else "",
        f"{verdicts.count(False):,} not shown" if False in verdicts else "",
        f"{verdicts.count(None):,} without a claim" if None in verdicts else "",
    ]
    parts = ", ".join(part for part in said if part)
    return f"Others follow below: {parts}." if parts else ""


def radar(found: Comparison, size: int) -> Radar:
    """Means on a spoke each, 0 in the middle and 1 at the end; a metric without a mean stands at 0."""
    middle, reach = size / 2, size / 2 - 70
    count = len(found.metrics)
    angles = [2 * math.pi * at / count - math.pi / 2 for at in range(count)]
    spokes = tuple(
        Spoke(
            *_at(middle, reach, angle),
            *_at(middle, reach + 14, angle),
            "middle" if abs(math.cos(angle)) < 0.3 else "start" if math.cos(angle) > 0 else "end",
            _short_name(metric, 22),
        )
        for metric, angle in zip(found.metrics, angles, strict=True)
    )
    outlines = [
        Outline(
            style % STYLES,
            system,
            " ".join(
                "{},{}".format(*_at(middle, reach * (found.means[system, metric.name].value or 0.0), angle))
                for metric, angle in zip(found.metrics, angles, strict=True)
            ),
        )
        for style, system in enumerate(found.systems)
    ]
    return Radar(size, middle, tuple(reach * part / 4 for part in (1, 2, 3, 4)), spokes, tuple(outlines))


def _short_name(metric: MetricInfo, letters: int) -> str:
    return shorten(metric.name if metric.higher_is_better else f"1 - {metric.name}", letters)


def _at(middle: float, radius: float, angle: float) -> tuple[float, float]:
    return round(middle + radius * math.cos(angle), 1), round(middle + radius * math.sin(angle), 1)


def shares_by_score(scores: Sequence[float]) -> list[float]:
    """Share of the scores in each of `BINS` equal parts of [0, 1]; the last holds 1."""
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, int(score * BINS + 1e-9))] += 1
    return [count / len(scores) for count in counts] if scores else [0.0] * BINS


def histograms(found: Comparison, width: int, height: int) -> tuple[Histogram, ...]:
    """A histogram for each metric, turned so that more is better; systems stand side by side."""
    made: list[Histogram] = []
    slot = width / BINS
    bar = (slot - 4) / len(found.systems)
    for metric in found.metrics:
        shares = [shares_by_score(_scores(found, system, metric)) for system in found.systems]
        most = max(max(one) for one in shares)
        columns = [
            _column(at, part, share, system, slot=slot, bar=bar, height=height, most=most)
            for at, system in enumerate(found.systems)
            for part, share in enumerate(shares[at])
        ]
        made.append(Histogram(metric.name, metric_name(found, metric.name), most, tuple(columns)))
    return tuple(made)


def _column(
    at: int, part: int, share: float, system: str, *, slot: float, bar: float, height: int, most: float
) -> Column:
    high = round(share / most * height, 1) if most else 0.0
    words = f"{system}: {share:.1%} of items from {part / BINS:g} to {(part + 1) / BINS:g}"
    x = round(part * slot + 2 + at * bar, 1)
    return Column(x, round(height - high, 1), round(bar, 1), high, at % STYLES, words)


def _scores(found: Comparison, system: str, metric: MetricInfo) -> list[float]:
    scores = (turned(one, metric) for one in found.scored[system].values())
    return [score for score in scores if score is not None]


def page_data(found: Comparison) -> dict[str, Any]:
    """What the page's script needs, as JSON values; scores are turned."""
    return {
        "systems": list(found.systems),
        "metrics": [
            {
                "name": metric.name,
                "title": metric_name(found, metric.name),
                "short": _short_name(metric, 18),
                "means": [_triple(found, system, metric.name) for system in found.systems],
                "shares": [shares_by_score(_scores(found, system, metric)) for system in found.systems],
            }
            for metric in found.metrics
        ],
        "footings": [
            {
                "energy": _span(one.energy),
                "carbon": _span(one.carbon),
                "usd": None if one.usd is None else [one.usd] * 3,
                "origins": {
                    name: quantity.origin.label
                    for name, quantity in (("energy", one.energy), ("carbon", one.carbon))
                    if quantity is not None
                },
            }
            for one in found.footings
        ],
        "items": [_item(found, at) for at in range(min(len(found.items), MOST_ITEMS))],
    }


def _triple(found: Comparison, system: str, metric: str) -> list[float | None]:
    mean = found.means[system, metric]
    return [mean.value, mean.low, mean.high]


def _span(quantity: Quantity | None) -> list[float] | None:
    return None if quantity is None else [quantity.value, quantity.low, quantity.high]


def _item(found: Comparison, at: int) -> Mapping[str, Any]:
    item = found.items[at]
    mine = [found.scored[system][item.id] for system in found.systems]
    return {
        "id": item.id,
        "input": _cut(item.input),
        "category": item.category,
        "references": [_cut(reference) for reference in item.references[:3]],
        "texts": [_cut(one.response.text) for one in mine],
        "passages": [len(one.response.passages) for one in mine],
        "errors": [one.response.error for one in mine],
        "failed": [[one.failed.get(metric.name) for metric in found.metrics] for one in mine],
        "scores": [[turned(one, metric) for metric in found.metrics] for one in mine],
    }


def _cut(text: str) -> str:
    return (
        text
        if len(text) <= MOST_LETTERS
        else f"{text[:MOST_LETTERS]} … (the first {MOST_LETTERS:,} of {len(text):,} characters)"
    )
