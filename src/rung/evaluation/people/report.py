"""What raters said of the systems: agreement, means and win rates, each with an interval over items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from rung.evaluation.people.kinds import Kind
from rung.evaluation.people.records import RaterCount, Rating, StudyInfo
from rung.evaluation.people.store import RatingStore
from rung.stats import Agreement, Estimate, mean_estimate, rater_agreement


@dataclass(frozen=True, slots=True)
class SystemMean:
    """What a system is worth to raters, in [0, 1]; None where nobody rated it.

    For comparisons it is the share of preference that it got from those it was shown with.
    """

    system: str
    mean: Estimate | None
    ratings: int


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often a system was preferred to another by a rater who saw both; ties count half in `rate`."""

    system: str
    other: str
    rate: Estimate | None
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True, slots=True)
class PeopleReport:
    """A study in figures; intervals are of 95%, with items as the independent units."""

    info: StudyInfo
    raters: tuple[RaterCount, ...]
    ratings: int
    agreement: Agreement
    means: tuple[SystemMean, ...]
    wins: tuple[WinRate, ...]


def people_report(store: RatingStore) -> PeopleReport:
    """The figures of a study so far; ratings of raters who are not done count as well."""
    ratings, info = store.ratings(), store.info
    return PeopleReport(
        info=info,
        raters=tuple(store.counts()),
        ratings=len(ratings),
        agreement=rater_agreement(units_of(store.kind, ratings), level=store.kind.level, seed=info.plan.seed),
        means=tuple(_mean(system, ratings) for system in info.systems),
        wins=tuple(_wins(a, b, ratings) for a, b in combinations(info.systems, 2)),
    )


def units_of(kind: Kind, ratings: Sequence[Rating]) -> dict[str, list[list[float]]]:
    """Item -> its units, each with the ratings that it got, for `rater_agreement`.

    A unit is a response; of a pair, one side says all, and it is always that of the system whose name sorts first.
    """
    found: dict[str, dict[tuple[str, ...], list[float]]] = defaultdict(lambda: defaultdict(list))
    for rating in ratings:
        systems = sorted(rating.scores)
        for system in systems[:1] if kind.scope == "pair" else systems:
            unit = tuple(systems) if kind.scope == "pair" else (system,)
            found[rating.item][unit].append(rating.scores[system])
    return {item: list(units.values()) for item, units in found.items()}


def by_item(system: str, ratings: Sequence[Rating]) -> dict[str, float]:
    """Item -> mean score of a system over its ratings."""
    found: dict[str, list[float]] = defaultdict(list)
    for rating in ratings:
        if system in rating.scores:
            found[rating.item].append(rating.scores[system])
    return {item: fmean(scores) for item, scores in found.items()}


def _mean(system: str, ratings: Sequence[Rating]) -> SystemMean:
    count = sum(system in rating.scores for rating in ratings)
    return SystemMean(system, mean_estimate(list(by_item(system, ratings).values())), count)


def _wins(system: str, other: str, ratings: Sequence[Rating]) -> WinRate:
    found: dict[str, list[float]] = defaultdict(list)
    for rating in ratings:
        if system in rating.scores and other in rating.scores:
            found[rating.item].append(_preference(rating.scores, system, other))
    every = [value for values in found.values() for value in values]
    rate = mean_estimate([fmean(values) for values in found.values()])
    return WinRate(system, other, rate, every.count(1.0), every.count(0.5), every.count(0.0))


def _preference(scores: Mapping[str, float], system: str, other: str) -> float:
    if scores[system] == scores[other]:
        return 0.5
    return 1.0 if scores[system] > scores[other] else 0.0
