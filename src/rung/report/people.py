"""What people said, for the terminal and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rung.evaluation.people import JudgedMean, PeopleReport
from rung.stats import Estimate


def people_json(report: PeopleReport, judged: Sequence[JudgedMean] | None, metric: str | None) -> dict[str, Any]:
    """All figures; `judged` is null without a judge."""
    plan = report.info.plan
    return {
        "study": report.info.name,
        "kind": plan.kind,
        "metric": plan.metric,
        "items": report.info.items,
        "ratings": report.ratings,
        "raters": [asdict(count) for count in report.raters],
        "agreement": {"statistic": "Krippendorff's alpha", **asdict(report.agreement)},
        "means": [asdict(mean) for mean in report.means],
        "win_rates": [asdict(win) for win in report.wins],
        "judged": None
        if judged is None
        else {"metric": metric, "method": "PPI++", "systems": [_flat(one) for one in judged]},
    }


def people_text(report: PeopleReport, judged: Sequence[JudgedMean] | None, metric: str | None) -> str:
    """The same as lines."""
    return "\n".join([*_head(report), *_means(report), *_wins(report), *_judged(judged, metric)])


def _head(report: PeopleReport) -> Iterator[str]:
    plan, agreed = report.info.plan, report.agreement
    yield f"{report.info.name}: {plan.kind}, {plan.metric}; {report.ratings} ratings of {report.info.items} items"
    for count in report.raters:
        end = ", finished" if count.finished else ""
        yield f"  rater {count.rater}: {count.rated} of {count.assigned}, {count.changes} changed{end}"
    if agreed.alpha is None:
        yield "agreement: unknown (nothing was rated twice, or every rating is the same)"
        return
    ends = "interval unknown" if agreed.low is None else f"{agreed.low:.2f} to {agreed.high:.2f}"
    yield f"agreement: Krippendorff's alpha {agreed.alpha:.2f} ({ends}), {agreed.units} units rated twice or more"


def _means(report: PeopleReport) -> Iterator[str]:
    yield "means in [0, 1], 95%:"
    for mean in report.means:
        yield f"  {mean.system}: {_span(mean.mean)}, {mean.ratings} ratings"


def _wins(report: PeopleReport) -> Iterator[str]:
    if report.wins:
        yield "preferred, ties half, 95%:"
    for win in report.wins:
        yield f"  {win.system} over {win.other}: {_span(win.rate)}; {win.wins} won, {win.ties} tied, {win.losses} lost"


def _judged(judged: Sequence[JudgedMean] | None, metric: str | None) -> Iterator[str]:
    if judged is None:
        return
    yield f"people with the judge's {metric} (PPI++, asymptotic; the rated items must be a random sample), 95%:"
    for one in judged:
        mean = one.mean
        yield (
            f"  {one.system}: {mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f}); people alone {mean.people:.3f} "
            f"({mean.people_low:.3f} to {mean.people_high:.3f}), judge alone {mean.judge:.3f}; "
            f"{mean.labelled} labels, {mean.unlabelled} more judged, judge's weight {mean.judge_weight:.2f}"
        )
        if one.without:
            yield f"    {one.without} rated items have no score by the judge and are left out"
        if mean.few:
            yield f"    {mean.labelled} labels are few: the interval is too narrow to rely on"


def _flat(one: JudgedMean) -> dict[str, Any]:
    return {"system": one.system, "without": one.without, **asdict(one.mean), "few": one.mean.few}


def _span(estimate: Estimate | None) -> str:
    if estimate is None:
        return "unknown"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f}) over {estimate.n} items"
