"""How far a judge says what people say: agreement, kappa, and where they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rung.evaluation.judging.pairs import Share
from rung.stats import Weights, cohen_kappa, confusion, kappa_interval

UNPARSABLE: Final = "unparsable"
"""The label of a verdict without one."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa with its bootstrap interval of 95%."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class LabelQuality:
    """How a judge does on one label.

    Args:
        people: how often people give it.
        judge: how often the judge gives it.
        recall: share of people's that the judge gives too; None where people never do.
        precision: share of the judge's that people give too; None where the judge never does.
    """

    people: int
    judge: int
    recall: float | None
    precision: float | None


@dataclass(frozen=True, slots=True)
class JudgeQuality:
    """A judge held against human labels.

    Args:
        labels: of the scale, in order; the last may be `unparsable`, which people never give.
        agreement: share of equal labels; None without items.
        kappa: plain; None where it is not defined.
        linear: weighted by steps of the scale; None where it is not defined or the labels have no order.
        quadratic: by squared steps.
        confusion: people in rows, the judge in columns.
        by_label: for each label.
        unparsable: verdicts without a label; they agree with nobody.
    """

    labels: tuple[str, ...]
    agreement: Share | None
    kappa: Kappa | None
    linear: Kappa | None
    quadratic: Kappa | None
    confusion: tuple[tuple[int, ...], ...]
    by_label: dict[str, LabelQuality]
    unparsable: int

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "items": sum(map(sum, self.confusion)),
            "agreement": None if self.agreement is None else self.agreement.to_json(),
            "kappa": None if self.kappa is None else self.kappa.to_json(),
            "kappa_linear": None if self.linear is None else self.linear.to_json(),
            "kappa_quadratic": None if self.quadratic is None else self.quadratic.to_json(),
            "labels": list(self.labels),
            "confusion_people_x_judge": [list(row) for row in self.confusion],
            "by_label": {
                name: {"people": one.people, "judge": one.judge, "recall": one.recall, "precision": one.precision}
                for name, one in self.by_label.items()
            },
            "unparsable": self.unparsable,
        }


def judge_quality(
    people: Sequence[str], judge: Sequence[str | None], labels: Sequence[str], *, ordered: bool, seed: int = 0
) -> JudgeQuality:
    """Hold a judge's labels against people's, item by item.

    A verdict without a label is a label of its own that people never give, so it counts against agreement and kappa.
    Weighted kappas leave such items out, since they have no place on the scale; `unparsable` says how many.

    Args:
        people: a label for each item.
        judge: likewise; None is a verdict that could not be read.
        labels: of the scale, in its order.
        ordered: whether the order means something, so that weighted kappas do.
        seed: of the bootstrap.

    Raises:
        ValueError: lengths differ, or a label is not of the scale.
    """
    heard = [UNPARSABLE if one is None else one for one in judge]
    names = (*labels, *((UNPARSABLE,) if None in judge else ()))
    counts = confusion(people, heard, names)
    scale = counts[: len(labels), : len(labels)]
    return JudgeQuality(
        labels=tuple(names),
        agreement=Share.mean([float(a == b) for a, b in zip(people, heard, strict=True)]),
        kappa=_kappa(counts, "none", seed),
        linear=_kappa(scale, "linear", seed) if ordered else None,
        quadratic=_kappa(scale, "quadratic", seed) if ordered else None,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        by_label={name: _of_label(counts, at) for at, name in enumerate(labels)},
        unparsable=heard.count(UNPARSABLE),
    )


def _kappa(counts: NDArray[np.int64], weights: Weights, seed: int) -> Kappa | None:
    value, interval = cohen_kappa(counts, weights), kappa_interval(counts, weights, seed=seed)
    return None if value is None or interval is None else Kappa(value, *interval)


def _of_label(counts: NDArray[np.int64], at: int) -> LabelQuality:
    people, judge, both = int(counts[at].sum()), int(counts[:, at].sum()), int(counts[at, at])
    return LabelQuality(people, judge, both / people if people else None, both / judge if judge else None)
