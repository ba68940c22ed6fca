"""A comparison as text."""

from __future__ import annotations

from collections.abc import Sequence

from rung.evaluation.comparison import Comparison
from rung.report.compare_words import (
    FOOTING_NAMES,
    caveats,
    dataset_claim,
    footing_words,
    mean_words,
    metric_name,
    population_claim,
)
from rung.report.labels import shorten

MOST_SLICES = 12


def render_comparison(found: Comparison) -> str:
    """Means, claims, slices and footprints; the first lines say the most."""
    parts = [_means(found), *(_claims(found, metric.name) for metric in found.metrics), _slices(found)]
    parts += [_footings(found), "\n".join(f"note: {line}" for line in caveats(found))]
    return "\n\n".join(part for part in parts if part)


def _means(found: Comparison) -> str:
    rows = [["system", *(metric_name(found, metric.name) for metric in found.metrics)]]
    for system in found.systems:
        rows.append([system, *(mean_words(found.means[system, metric.name]) for metric in found.metrics)])
    return _table(rows)


def _claims(found: Comparison, metric: str) -> str:
    lines = [metric_name(found, metric)]
    for one in found.differences:
        if one.metric == metric:
            lines.append(f"  {dataset_claim(one)} ({one.wins} wins, {one.losses} losses of {one.second})")
            lines.append(f"  {population_claim(found, one)}")
    return "\n".join(lines)


def _slices(found: Comparison) -> str:
    if not found.slices:
        return ""
    metric = found.metrics[0].name
    rows = [[f"{metric_name(found, metric)} by category", "items", *found.systems]]
    for category, means in list(found.slices.items())[:MOST_SLICES]:
        mine = [means[system, metric] for system in found.systems]
        rows.append([category, str(max(one.items for one in mine)), *(mean_words(one) for one in mine)])
    more = len(found.slices) - MOST_SLICES
    return _table(rows) + (f"\n{more} more categories: see --json or --html" if more > 0 else "")


def _footings(found: Comparison) -> str:
    rows = [["system", *FOOTING_NAMES]]
    rows += [[one.system, *footing_words(one)] for one in found.footings]
    return _table(rows)


def _table(rows: Sequence[Sequence[str]]) -> str:
    short = [[shorten(cell, 60) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in short) for at in range(len(short[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in short)
