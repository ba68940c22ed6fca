"""People and a judge together: a few ratings and many scores, in one interval for each system (PPI++)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from rung.errors import BadInput
from rung.evaluation.people.kinds import Kind
from rung.evaluation.people.report import by_item
from rung.evaluation.people.store import RatingStore
from rung.evaluation.records import EvalResults
from rung.stats import Powered, prediction_powered_mean


@dataclass(frozen=True, slots=True)
class JudgedMean:
    """A system by people and judge; `without` counts rated items that the judge has no score of."""

    system: str
    mean: Powered
    without: int


def judged_means(store: RatingStore, results: EvalResults, metric: str) -> list[JudgedMean]:
    """People's mean of each system over all items of the results, helped by the judge's scores.

    The label of an item is the mean of its ratings in [0, 1]. The judge says its score of the system itself, or, where
    people compared, how far it is above the others: the mean of (score - other + 1)/2. Holds where the rated items
    are a random sample of the items of `results`.

    Args:
        store: the study.
        results: with the judge's metric; items are matched by id, systems by name.
        metric: of the judge.

    Raises:
        BadInput: no such metric, or a system that the judge did not score, or too few rated items in common.
    """
    known = [one.name for one in results.metrics]
    if metric not in known:
        raise BadInput(f"the results have no metric {metric!r}", mend=f"give --metric as one of {', '.join(known)}")
    if absent := [system for system in store.info.systems if system not in results.scored]:
        raise BadInput(f"the judge's results have no system {absent[0]!r}", mend="judge the systems that were rated")
    ratings = store.ratings()
    return [
        _judged(system, by_item(system, ratings), _predictions(store.kind, store.info.systems, system, results, metric))
        for system in store.info.systems
    ]


def _judged(system: str, people: Mapping[str, float], judge: Mapping[str, float]) -> JudgedMean:
    labelled = [item for item in people if item in judge]
    if len(labelled) < 2:
        raise BadInput(
            f"{system!r} has {len(labelled)} items that people rated and the judge scored; two are needed",
            mend="rate more, or give the results whose items were rated",
        )
    rest = [score for item, score in judge.items() if item not in people]
    mean = prediction_powered_mean([people[i] for i in labelled], [judge[i] for i in labelled], rest)
    return JudgedMean(system, mean, len(people) - len(labelled))


def _predictions(
    kind: Kind, systems: tuple[str, ...], system: str, results: EvalResults, metric: str
) -> dict[str, float]:
    """Item -> what the judge says of a system there; items with a score missing are left out."""
    found: dict[str, float] = {}
    for item in results.items:
        scores = {name: results.scored[name][item.id].scores.get(metric) for name in systems}
        own = scores.pop(system)
        others = [score for score in scores.values() if score is not None]
        if own is None or (kind.scope != "each" and len(others) < len(scores)):
            continue
        found[item.id] = own if kind.scope == "each" else fmean((own - other + 1) / 2 for other in others)
    return found
