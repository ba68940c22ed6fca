"""Systems beside each other on the same items: paired differences, slices, wins and losses, quality and footprint.

Everything is turned so that more is better: of a metric where less is better, 1 - score is compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from rung.errors import BadInput
from rung.evaluation.failures import Failures, failures_of
from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.stats import holm, mean_interval, paired_p
from rung.types import Quantity, sum_known

PER = 1000
"""Footprints are given for so many responses."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over items, turned so that more is better; None without a scored item."""

    value: float | None
    low: float | None
    high: float | None
    items: int


@dataclass(frozen=True, slots=True)
class Difference:
    """`second` minus `first` on the items that both have scores for, turned so that more is better.

    Args:
        first: a system.
        second: another.
        metric: name.
        items: how many both have scores for.
        mean: of the differences.
        low: of the paired bootstrap at 1 - alpha, this interval alone; where all are alike, see `mean_interval`.
        high: likewise.
        p: two-sided, of the sign-flip test.
        p_adjusted: by Holm over all pairs of the metric.
        wins: items on which `second` is better.
        losses: items on which it is worse.
    """

    first: str
    second: str
    metric: str
    items: int
    mean: float
    low: float
    high: float
    p: float
    p_adjusted: float
    wins: int
    losses: int

    @property
    def ties(self) -> int:
        """Items on which both score the same."""
        return self.items - self.wins - self.losses

    def better_minus_worse(self) -> Difference:
        """The same with the one that scores more as `second`, so that the mean is not negative."""
        if self.mean >= 0:
            return self
        return replace(
            self,
            first=self.second,
            second=self.first,
            mean=-self.mean,
            low=-self.high,
            high=-self.low,
            wins=self.losses,
            losses=self.wins,
        )


@dataclass(frozen=True, slots=True)
class Footing:
    """What a system takes for 1,000 responses; None where any response's is unknown.

    Args:
        system: name.
        energy: [J].
        carbon: [gCO2e].
        usd: price [USD].
        latency_s: mean of one response [s].
        errors: responses with an error.
    """

    system: str
    energy: Quantity | None
    carbon: Quantity | None
    usd: float | None
    latency_s: float | None
    errors: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `rung compare` shows.

    Args:
        name: of the data set.
        seed: of bootstrap and flips.
        alpha: error rate.
        items: in the order of the results.
        metrics: those that all systems have.
        left_out: metrics that some systems lack.
        scored: system -> item id -> response with scores as they are, not turned.
        means: (system, metric) -> mean.
        failures: (system, metric) -> what of the scores stands for no verdict or no answer.
        differences: for each metric and pair of systems.
        slices: category -> (system, metric) -> mean; of the items that have one.
        footings: for each system.
    """

    name: str
    seed: int
    alpha: float
    items: tuple[EvalItem, ...]
    metrics: tuple[MetricInfo, ...]
    left_out: tuple[str, ...]
    scored: Mapping[str, Mapping[str, Scored]]
    means: Mapping[tuple[str, str], Mean]
    failures: Mapping[tuple[str, str], Failures]
    differences: tuple[Difference, ...]
    slices: Mapping[str, Mapping[tuple[str, str], Mean]]
    footings: tuple[Footing, ...]

    @property
    def systems(self) -> tuple[str, ...]:
        """Names, in the order in which they were given."""
        return tuple(self.scored)


def compare(
    named: Sequence[tuple[str, EvalResults]], *, alpha: float = 0.05, metrics: Sequence[str] = ()
) -> Comparison:
    """Compare all systems of some results.

    Args:
        named: results, each with a name that tells equal system names apart.
        alpha: error rate of each interval, and of all tests of a metric together.
        metrics: to compare; empty is all that every system has.

    Raises:
        BadInput: fewer than two systems, other items in one of the results, or no common metric.
    """
    first = named[0][1]
    _refuse_other_items(named)
    scored = _all_systems(named)
    if len(scored) < 2:
        raise BadInput(
            f"there is one system, {next(iter(scored), 'none')!r}", mend="give results of at least two systems"
        )
    kept, left_out = _metrics(named, metrics)
    columns = {
        (system, metric.name): [turned(mine[item.id], metric) for item in first.items]
        for system, mine in scored.items()
        for metric in kept
    }
    return Comparison(
        name=first.name,
        seed=first.seed,
        alpha=alpha,
        items=first.items,
        metrics=kept,
        left_out=left_out,
        scored=scored,
        means={at: _mean(column, alpha, first.seed) for at, column in columns.items()},
        failures={
            (system, metric.name): failures_of(mine.values(), metric.name)
            for system, mine in scored.items()
            for metric in kept
        },
        differences=tuple(
            one for metric in kept for one in _differences(metric.name, tuple(scored), columns, alpha, first.seed)
        ),
        slices=_slices(first.items, columns, alpha, first.seed),
        footings=tuple(_footing(system, mine) for system, mine in scored.items()),
    )


def turned(one: Scored, metric: MetricInfo) -> float | None:
    """A score, turned so that more is better; None where the metric does not apply."""
    score = one.scores.get(metric.name)
    return score if score is None or metric.higher_is_better else 1 - score


def _refuse_other_items(named: Sequence[tuple[str, EvalResults]]) -> None:
    first_name, first = named[0]
    known = {item.id: item for item in first.items}
    for name, results in named[1:]:
        other = sum(known.get(item.id) != item for item in results.items) + max(0, len(known) - len(results.items))
        if other:
            raise BadInput(
                f"{other} items of {name} are not those of {first_name}: differences would not be paired",
                mend="evaluate both on the same data file",
            )


def _all_systems(named: Sequence[tuple[str, EvalResults]]) -> dict[str, Mapping[str, Scored]]:
    names = [system for _, results in named for system in results.scored]
    found: dict[str, Mapping[str, Scored]] = {}
    for name, results in named:
        for system, mine in results.scored.items():
            own = system if names.count(system) == 1 else f"{system} ({name})"
            if own in found:
                raise BadInput(f"two systems are called {own!r}", mend="give the results files names of their own")
            found[own] = mine
    return found


def _metrics(
    named: Sequence[tuple[str, EvalResults]], wanted: Sequence[str]
) -> tuple[tuple[MetricInfo, ...], tuple[str, ...]]:
    known: dict[str, MetricInfo] = {}
    for _, results in named:
        for metric in results.metrics:
            if known.setdefault(metric.name, metric).higher_is_better != metric.higher_is_better:
                raise BadInput(f"results disagree on what is better by {metric.name!r}", mend="score them again")
    common = [name for name in known if all(name in {m.name for m in results.metrics} for _, results in named)]
    if unknown := [name for name in wanted if name not in common]:
        raise BadInput(
            f"not all systems have the metric {unknown[0]!r}", mend=f"those of all are {', '.join(common) or 'none'}"
        )
    if not common:
        raise BadInput(
            "no metric is common to all systems", mend="score the results again: rung eval RESULTS --metric M"
        )
    kept = [name for name in common if not wanted or name in wanted]
    return tuple(known[name] for name in kept), tuple(name for name in known if name not in common)


Columns = Mapping[tuple[str, str], Sequence[float | None]]


def _mean(column: Sequence[float | None], alpha: float, seed: int) -> Mean:
    values = [value for value in column if value is not None]
    if not values:
        return Mean(None, None, None, 0)
    return Mean(math.fsum(values) / len(values), *mean_interval(values, alpha=alpha, seed=seed), len(values))


def _differences(metric: str, systems: Sequence[str], columns: Columns, alpha: float, seed: int) -> list[Difference]:
    found: list[tuple[str, str, list[float]]] = []
    for first, second in combinations(systems, 2):
        pairs = zip(columns[first, metric], columns[second, metric], strict=True)
        differences = [b - a for a, b in pairs if a is not None and b is not None]
        if differences:
            found.append((first, second, differences))
    p_values = [paired_p(differences, seed=seed) for _, _, differences in found]
    return [
        Difference(
            first,
            second,
            metric,
            len(differences),
            math.fsum(differences) / len(differences),
            *mean_interval(differences, alpha=alpha, seed=seed, lowest=-1.0),
            p,
            adjusted,
            sum(value > 0 for value in differences),
            sum(value < 0 for value in differences),
        )
        for (first, second, differences), p, adjusted in zip(found, p_values, holm(p_values), strict=True)
    ]


def _slices(
    items: Sequence[EvalItem], columns: Columns, alpha: float, seed: int
) -> dict[str, Mapping[tuple[str, str], Mean]]:
    places: dict[str, list[int]] = {}
    for at, item in enumerate(items):
        if item.category is not None:
            places.setdefault(item.category, []).append(at)
    return {
        category: {at: _mean([column[place] for place in mine], alpha, seed) for at, column in columns.items()}
        for category, mine in sorted(places.items())
    }


def _footing(system: str, mine: Mapping[str, Scored]) -> Footing:
    responses = [one.response for one in mine.values()]
    share = PER / len(responses)
    energy = sum_known([one.energy for one in responses], "J")
    carbon = sum_known([one.carbon for one in responses], "gCO2e")
    return Footing(
        system,
        None if energy is None else energy.scaled(share),
        None if carbon is None else carbon.scaled(share),
        _summed([one.cost_usd for one in responses], share),
        _summed([one.latency_s for one in responses], 1 / len(responses)),
        sum(_failed(one) for one in responses),
    )


def _failed(response: Response) -> bool:
    return response.error is not None


def _summed(values: Sequence[float | None], share: float) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) * share if known and len(known) == len(values) else None
