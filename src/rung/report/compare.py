"""A comparison as text."""

from __future__ import annotations

from collections.abc import Sequence

from rung.evaluation.comparison import Comparison, Difference
from rung.report.compare_words import (
    FOOTING_NAMES,
    VERDICTS,
    caveats,
    failure_warnings,
    failure_words,
    footing_words,
    headline,
    items_words,
    mean_words,
    metric_name,
    shown,
    shown_claims,
)
from rung.report.labels import shorten

MOST_SLICES = 12
NAME_LETTERS = 30
"""Of a system in a pair; the middle of a longer name is left out."""


def render_comparison(found: Comparison) -> str:
    """Warnings, means, failures, differences, claims, slices and footprints; the first lines say the most."""
    warnings = "\n".join(f"WARNING: {line}" for line in failure_warnings(found))
    parts = [headline(found), warnings, _means(found), _failures(found), _differences(found), _claims(found)]
    parts += [_slices(found), _footings(found), "\n".join(f"note: {line}" for line in caveats(found))]
    return "\n\n".join(part for part in parts if part)


def _means(found: Comparison) -> str:
    rows = [["system", *(metric_name(found, metric.name) for metric in found.metrics)]]
    for system in found.systems:
        rows.append([system, *(mean_words(found.means[system, metric.name]) for metric in found.metrics)])
    return _table(rows)


def _failures(found: Comparison) -> str:
    rows = [
        [system, metric, f"{one.scored:,}", failure_words(one)]
        for (system, metric), one in found.failures.items()
        if one.named()
    ]
    return _table([["failures of", "by", "scored", "counted"], *rows]) if rows else ""


def _differences(found: Comparison) -> str:
    rows = [["metric", "better minus worse", "difference", "p, corrected", "wins/losses/ties", "for the population"]]
    rows += [_difference(found, one) for one in found.differences]
    return _table(rows)


def _difference(found: Comparison, given: Difference) -> list[str]:
    one = given.better_minus_worse()
    return [
        one.metric,
        f"{shorten(one.second, NAME_LETTERS)} minus {shorten(one.first, NAME_LETTERS)}",
        f"{one.mean:+.3f} ({one.low:+.3f} to {one.high:+.3f})",
        f"{one.p_adjusted:.2g}",
        f"{one.wins}/{one.losses}/{one.ties}",
        VERDICTS[shown(found, one)],
    ]


def _claims(found: Comparison) -> str:
    lines: list[str] = []
    metric = None
    for one, here, beyond in shown_claims(found):
        if one.metric != metric:
            metric = one.metric
            lines.append(metric_name(found, metric))
        lines += [f"  {here} ({items_words(one)})", f"  {beyond}"]
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
    short = [[shorten(cell, 2 * NAME_LETTERS + 8) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in short) for at in range(len(short[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in short)
