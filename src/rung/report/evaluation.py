"""An evaluation as text: a line for each system and metric, and what it took."""

from __future__ import annotations

from rung.evaluation.running import Evaluated
from rung.evaluation.summaries import MetricSummary
from rung.report.numbers import interval


def render_evaluation(found: Evaluated, *, region: str) -> str:
    """Means with intervals, what was counted, and the footprint of this start."""
    rows = [("system", "metric", "mean", "interval", "any time", "items", "counted")]
    rows += [_row(one) for one in found.summaries]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*table, "", *_words(found, region)])


def _row(one: MetricSummary) -> tuple[str, ...]:
    name = one.metric if one.higher_is_better else f"{one.metric} (lower is better)"
    if one.mean is None:
        return (one.system, name, "none", "", "", "0", _counted(one))
    return (
        one.system,
        name,
        f"{one.mean:.3f}",
        _span(one.low, one.high),
        _span(one.anytime_low, one.anytime_high),
        str(one.items),
        _counted(one),
    )


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _counted(one: MetricSummary) -> str:
    worst = "0" if one.higher_is_better else "1"
    said = [
        f"{one.errors} errors (each scored {worst})" if one.errors else "",
        f"{one.empty} empty" if one.empty else "",
        f"{one.not_applicable} not applicable" if one.not_applicable else "",
    ]
    return ", ".join(part for part in said if part)


def _words(found: Evaluated, region: str) -> list[str]:
    confidence = 1 - found.summaries[0].alpha if found.summaries else 0.95
    spent = found.spent
    return [
        f"intervals: bootstrap over items, and one that holds at any stopping time; each {confidence:.0%}, for the "
        "population that the items are drawn from",
        f"asked {found.calls}, kept from before {found.kept}; run {found.run}",
        f"this start took {interval(spent.energy)}, {interval(spent.carbon)}, {interval(spent.cost)} ({region}); it "
        "counts as search",
    ]
