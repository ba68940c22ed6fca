"""A comparison in sentences: what is claimed of which items, and at which error rate."""

from __future__ import annotations

from rung.evaluation.comparison import PER, Comparison, Difference, Footing, Mean
from rung.report.numbers import interval, plain_figure


def metric_name(found: Comparison, metric: str) -> str:
    """A metric's name; one that is shown turned says so."""
    higher = next(one.higher_is_better for one in found.metrics if one.name == metric)
    return metric if higher else f"{metric}, turned (1 - score; lower is better)"


def mean_words(mean: Mean) -> str:
    """A mean with its interval."""
    if mean.value is None:
        return "none"
    return f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"


def dataset_claim(one: Difference) -> str:
    """What holds of the items that were seen: it is exact."""
    on = f"on this dataset ({one.items:,} items)"
    if one.mean == 0:
        return f"{on} {one.second} and {one.first} score the same"
    more, less = (one.second, one.first) if one.mean > 0 else (one.first, one.second)
    return f"{on} {more} scores {abs(one.mean):.3f} more than {less}; exact, since all of them were scored"


def population_claim(found: Comparison, one: Difference) -> str:
    """What is claimed of the population that the items are drawn from, and at which error rate."""
    pairs = sum(other.metric == one.metric for other in found.differences)
    corrected = f" after Holm's correction over {pairs} pairs" if pairs > 1 else ""
    p = f"p = {one.p_adjusted:.3g}{corrected}, error rate {found.alpha:g}"
    if not shown(found, one):
        return f"for the population no difference is shown ({_span(one)}; {p})"
    better, worse = (one.second, one.first) if one.mean > 0 else (one.first, one.second)
    return f"for the population {better} is better than {worse} ({_span(one)}; {p})"


def shown(found: Comparison, one: Difference) -> bool:
    """Whether a difference is shown for the population."""
    return one.p_adjusted <= found.alpha


def caveats(found: Comparison) -> list[str]:
    """What a reader should know."""
    said = [
        f"differences are paired by item and turned so that more is better; intervals are of the bootstrap at "
        f"{1 - found.alpha:.0%}, each alone; p by flipping signs (seed {found.seed}); all for one look at all items",
    ]
    if len(found.metrics) > 1:
        said.append("each metric is tested by itself; with many metrics some will seem different by chance")
    turned = [one.name for one in found.metrics if not one.higher_is_better]
    if turned:
        said.append(f"lower is better by {', '.join(turned)}: shown turned, as 1 - score")
    if found.left_out:
        said.append(f"not compared, since not every system has them: {', '.join(found.left_out)}")
    return said


def footing_words(one: Footing) -> tuple[str, str, str, str, str]:
    """Energy, carbon and price of 1,000 responses, latency of one, and errors."""
    return (
        interval(one.energy),
        interval(one.carbon),
        "unknown" if one.usd is None else plain_figure(one.usd, "USD"),
        "unknown" if one.latency_s is None else plain_figure(one.latency_s, "s"),
        str(one.errors),
    )


FOOTING_NAMES = (f"energy of {PER:,}", f"carbon of {PER:,}", f"price of {PER:,}", "latency", "errors")


def _span(one: Difference) -> str:
    return f"{one.second} - {one.first}: {one.mean:+.3f}, {one.low:+.3f} to {one.high:+.3f}"
