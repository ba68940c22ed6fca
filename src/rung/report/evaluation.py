"""An evaluation as text: a line for each system and metric, what noise costs, how labels are told, what it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rung.evaluation.figures import DataFigure, SystemLabels
from rung.evaluation.noisy import NoiseCost
from rung.evaluation.running import Evaluated
from rung.evaluation.summaries import MetricSummary
from rung.report.numbers import interval
from rung.stats import Figure
from rung.types import Footprint

MOST_LABELS: Final = 20
"""Labels of a system that are shown; all are in the JSON."""


def render_evaluation(found: Evaluated, *, region: str) -> str:
    """Means with intervals, figures of the data set, noise, labels, and the footprint of this start."""
    rows = [("system", "metric", "mean", "interval", "any time", "items", "counted")]
    rows += [_row(one) for one in found.summaries]
    rows += [_figure_row(one) for one in found.figures.figures]
    tables = [_table(rows)]
    if found.noise:
        tables.append(
            _table(
                [("system", "noise", "metric", "plain", "with noise", "delta", "interval", "items")]
                + [_noise_row(one) for one in found.noise]
            )
        )
    noisy = {f"{one.system} ~{one.kind}" for one in found.noise}
    tables += [_label_table(one) for one in found.figures.labels if one.system not in noisy]
    return "\n".join([*("\n".join([*table, ""]) for table in tables), *_words(found, region)])


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(one: MetricSummary) -> tuple[str, ...]:
    name = _directed(one.metric, one.higher_is_better)
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


def _figure_row(one: DataFigure) -> tuple[str, ...]:
    name = _directed(one.metric, one.higher_is_better)
    said = [
        f"{one.errors} errors" if one.errors else "",
        f"{one.not_applicable} not applicable" if one.not_applicable else "",
    ]
    counted = ", ".join(part for part in said if part)
    if one.figure is None:
        return (one.system, name, "none", "", "", "0", counted)
    figure = one.figure
    return (one.system, name, f"{figure.value:.3f}", _ends(figure), "", str(figure.items), counted)


def _noise_row(one: NoiseCost) -> tuple[str, ...]:
    name = _directed(one.metric, one.higher_is_better)
    if one.cost is None:
        return (one.system, one.kind, name, "none", "none", "", "", "0")
    cost = one.cost
    items = f"{one.items}, {one.unchanged} with no place for it" if one.unchanged else str(one.items)
    return (
        one.system,
        one.kind,
        name,
        f"{cost.plain.value:.3f}",
        f"{cost.noisy.value:.3f}",
        f"{cost.delta.value:+.3f}",
        "" if cost.delta.low is None else f"{cost.delta.low:+.3f} to {cost.delta.high:+.3f}",
        items,
    )


def _label_table(one: SystemLabels) -> list[str]:
    """The labels told worst come first, where not all are shown."""
    labels = one.report.labels
    shown = labels if len(labels) <= MOST_LABELS else sorted(labels, key=lambda label: label.f1)[:MOST_LABELS]
    rows: list[tuple[str, ...]] = [("label", "items", "precision", "interval", "recall", "interval", "F1", "interval")]
    for label in shown:
        figures = label.intervals(one.level)
        cells = [cell for figure in (figures.precision, figures.recall, figures.f1) for cell in _value_and_ends(figure)]
        rows.append((label.label, str(label.items), *cells))
    head = f"labels by {one.system}"
    if len(shown) < len(labels):
        head += f", the {len(shown)} of {len(labels)} that are told worst (all: --json)"
    if one.report.outside:
        head += f"; answers that are no label: {one.report.outside}"
    return [head, *_table(rows)]


def _value_and_ends(figure: Figure | None) -> tuple[str, str]:
    return ("none", "") if figure is None else (f"{figure.value:.3f}", _ends(figure))


def _directed(metric: str, higher: bool) -> str:
    return metric if higher else f"{metric} (lower is better)"


def _ends(figure: Figure) -> str:
    return _span(figure.low, figure.high)


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


def _basis(spent: Footprint) -> str:
    """What the energy rests on: counters, or the model of the processor."""
    model = spent.energy is None or any("model" in source for source in spent.energy.sources)
    return "energy modelled" if model else "energy measured"


def _words(found: Evaluated, region: str) -> list[str]:
    alphas = [one.alpha for one in found.summaries]
    alphas += [1 - one.figure.level for one in found.figures.figures if one.figure is not None]
    confidence = 1 - alphas[0] if alphas else 0.95
    spent = found.spent
    labels = "; those of single labels are Wilson's" if found.figures.labels else ""
    return [
        f"intervals: bootstrap over items, and one that holds at any stopping time; each {confidence:.0%}, for "
        f"the population that the items are drawn from{labels}",
        *(["delta: score with noise - score without, item by item"] if found.noise else []),
        f"asked {found.calls}, kept from before {found.kept}; run {found.run}",
        f"this start took {interval(spent.energy)}, {interval(spent.carbon)}, {interval(spent.cost)} ({region}; "
        f"{_basis(spent)}, PUE included); it counts as search",
    ]
