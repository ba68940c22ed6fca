"""A comparison in sentences: what is claimed of which items, at which error rate, and where nothing can be claimed."""

from __future__ import annotations

from rung.evaluation.comparison import PER, Comparison, Difference, Footing, Mean
from rung.evaluation.failures import Failures
from rung.report.numbers import figure, plain_figure

VERDICTS = {True: "shown", False: "not shown", None: "no claim"}
"""Of a difference for the population; None where most scores of one of the two are failures."""


def metric_name(found: Comparison, metric: str) -> str:
    """A metric's name; one that is shown turned says so."""
    higher = next(one.higher_is_better for one in found.metrics if one.name == metric)
    return metric if higher else f"{metric}, turned (1 - score; lower is better)"


def mean_words(mean: Mean) -> str:
    """A mean with its interval."""
    if mean.value is None:
        return "none"
    return f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"


def shown(found: Comparison, one: Difference) -> bool | None:
    """Whether a difference is shown for the population; None where the scores do not allow a claim."""
    if any(found.failures[system, one.metric].mostly for system in (one.first, one.second)):
        return None
    return one.p_adjusted <= found.alpha


def dataset_claim(found: Comparison, one: Difference) -> str | None:
    """What holds of the items that were seen: it is exact. None where the scores do not allow a claim."""
    if shown(found, one) is None:
        return None
    one = one.better_minus_worse()
    on = f"on this dataset ({_count(one.items, 'item')})"
    if one.mean == 0:
        return f"{on} {one.second} and {one.first} score the same"
    return f"{on} {one.second} scores {one.mean:.3f} more than {one.first}; exact, since all of them were scored"


def population_claim(found: Comparison, one: Difference) -> str | None:
    """What is claimed of the population that the items are drawn from, and at which error rate; None as above."""
    sure = shown(found, one)
    if sure is None:
        return None
    one = one.better_minus_worse()
    pairs = sum(other.metric == one.metric for other in found.differences)
    corrected = f" after Holm's correction over {pairs} pairs" if pairs > 1 else ""
    span = f"{one.mean:+.3f}, {one.low:+.3f} to {one.high:+.3f}"
    p = f"p = {one.p_adjusted:.3g}{corrected}, error rate {found.alpha:g}"
    if not sure:
        return f"for the population no difference is shown ({one.second} minus {one.first}: {span}; {p})"
    return f"for the population {one.second} is better than {one.first} ({span}; {p})"


def items_words(one: Difference) -> str:
    """Wins of the better first, e.g. `1 win, 12 losses, 27 ties`."""
    one = one.better_minus_worse()
    losses = _count(one.losses, "loss", "losses")
    return f"{_count(one.wins, 'win')}, {losses}, {_count(one.ties, 'tie')}"


def shown_claims(found: Comparison) -> list[tuple[Difference, str, str]]:
    """The differences that are shown, each with what holds of the data set and of the population."""
    claims = ((one, dataset_claim(found, one), population_claim(found, one)) for one in found.differences)
    return [(one, here, beyond) for one, here, beyond in claims if here and beyond and shown(found, one)]


def headline(found: Comparison) -> str:
    """How many of all differences are shown; with two systems that one metric compares, or all agree on, which."""
    sure = [one for one in found.differences if shown(found, one)]
    total = len(found.differences)
    if total and all(shown(found, one) is None for one in found.differences):
        return "No claim can be made: most scores are failures"
    if not sure:
        return "No difference is shown" + (f" by {found.metrics[0].name}" if len(found.metrics) == 1 else "")
    better = {(one.better_minus_worse().second, one.better_minus_worse().first) for one in sure}
    if len(found.systems) == 2 and len(sure) == total and len(better) == 1:
        ((more, less),) = better
        by = found.metrics[0].name if len(found.metrics) == 1 else f"all {len(found.metrics)} metrics"
        return f"{more} is better than {less} by {by}"
    return f"{len(sure)} of {total} differences are shown"


def failure_words(one: Failures) -> str:
    """E.g. `3 unparsable, 1 error`; empty without any."""
    return ", ".join(
        f"{count:,} {'error' if (name, count) == ('errors', 1) else name}" for name, count in one.named().items()
    )


def failure_warnings(found: Comparison) -> list[str]:
    """A sentence for each system and metric of which most scores are failures."""
    return [
        f"{system} by {metric}: {_mostly(one)}; no claim is made"
        for (system, metric), one in found.failures.items()
        if one.mostly
    ]


def _mostly(one: Failures) -> str:
    of = f"{one.failed:,} of {one.scored:,}"
    if one.failed == one.unread:
        return f"no verdict could be read in {of}: this says nothing about the answers"
    parts = failure_words(one)
    return f"{of} scores are failures ({parts}): they say nothing about the answers"


def caveats(found: Comparison) -> list[str]:
    """What a reader should know."""
    said = [
        "each difference is the better minus the worse, paired by item, turned so that more is better, and exact on "
        "this dataset",
        f"intervals are of the bootstrap at {1 - found.alpha:.0%}, each alone; where all values are alike, of the "
        f"share that could differ; p by flipping signs (seed {found.seed}); all for one look at all items",
    ]
    if len(found.metrics) > 1:
        said.append("each metric is tested by itself; with many metrics some will seem different by chance")
    turned = [one.name for one in found.metrics if not one.higher_is_better]
    if turned:
        said.append(f"lower is better by {', '.join(turned)}: shown turned, as 1 - score")
    if any(one.failed for one in found.failures.values()):
        said.append("a failure scores the worst and stays in the mean")
    if found.left_out:
        said.append(f"not compared, since not every system has them: {', '.join(found.left_out)}")
    return said


def footing_words(one: Footing) -> tuple[str, str, str, str, str]:
    """Energy and carbon of 1,000 responses with their origin, their price, latency of one, and errors."""
    return (
        figure(one.energy),
        figure(one.carbon),
        "unknown" if one.usd is None else plain_figure(one.usd, "USD"),
        "unknown" if one.latency_s is None else plain_figure(one.latency_s, "s"),
        str(one.errors),
    )


FOOTING_NAMES = (f"energy of {PER:,}", f"carbon of {PER:,}", f"price of {PER:,}", "latency", "errors")


def _count(count: int, name: str, several: str = "") -> str:
    return f"{count:,} {name if count == 1 else several or name + 's'}"
