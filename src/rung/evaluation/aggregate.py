"""Figures of a whole data set: means and differences of scores, and what is known of labels, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rung.errors import BadData
from rung.evaluation.text import plain_form
from rung.stats import LEVEL, Figure, bootstrap, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES: Final = 2000


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How one label is told.

    Args:
        label: in its normal form.
        right: items with this label that were told so.
        items: with this label.
        answers: with this label.
    """

    label: str
    right: int
    items: int
    answers: int

    @property
    def precision(self) -> float:
        """Right / answers with this label; 0 where there is none."""
        return self.right / max(1, self.answers)

    @property
    def recall(self) -> float:
        """Right / items with this label."""
        return self.right / self.items

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (self.items + self.answers)

    def intervals(self, level: float = LEVEL) -> LabelIntervals:
        """Precision, recall and F1 with Wilson's intervals.

        F1 is 2J / (1 + J) of the share J of right ones among items and answers with this label together, and rises
        with it, so that J's interval gives that of F1. Source: Hand, Christen & Kirielle 2021, "F*".
        """
        union = wilson(self.right, self.items + self.answers - self.right, level=level)
        low, high = (None if end is None else 2 * end / (1 + end) for end in (union.low, union.high))
        return LabelIntervals(
            precision=wilson(self.right, self.answers, level=level) if self.answers else None,
            recall=wilson(self.right, self.items, level=level),
            f1=replace(union, value=self.f1, low=low, high=high),
        )


@dataclass(frozen=True, slots=True)
class LabelIntervals:
    """Figures of one label with their intervals; no precision where no answer has the label."""

    precision: Figure | None
    recall: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class LabelReport:
    """How labels are told over a data set.

    Args:
        accuracy: share of right answers, with Wilson's interval.
        balanced_accuracy: mean recall over the labels of the references.
        precision: mean over those labels (macro).
        recall: mean over those labels; equal to the balanced accuracy.
        f1: mean over those labels.
        labels: each label by itself, in order.
        outside: answers that are none of the labels; they count as wrong, and as a label of nobody.
    """

    accuracy: Figure
    balanced_accuracy: Figure
    precision: Figure
    recall: Figure
    f1: Figure
    labels: tuple[LabelFigures, ...]
    outside: int


def mean_figure(
    scores: Sequence[float],
    *,
    binary: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Figure:
    """The mean score: bootstrap by items, or Wilson's interval for a metric that can only be 0 or 1.

    Raises:
        BadData: there are no scores.
    """
    import numpy as np

    _some(scores)
    if binary:
        return wilson(sum(scores), len(scores), level=level)
    values = np.asarray(scores, dtype=np.float64)
    return bootstrap(lambda at: float(values[at].mean()), len(values), resamples=resamples, level=level, seed=seed)


def difference_figure(
    left: Sequence[float],
    right: Sequence[float],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Figure:
    """Mean of left - right over the same items, with a paired bootstrap interval.

    Raises:
        BadData: there are no scores, or not as many on both sides.
    """
    import numpy as np

    _some(left)
    _paired(left, right)
    differences = np.asarray(left, dtype=np.float64) - np.asarray(right, dtype=np.float64)
    return bootstrap(
        lambda at: float(differences[at].mean()), len(differences), resamples=resamples, level=level, seed=seed
    )


def label_report(
    answers: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> LabelReport:
    """Accuracy, balanced accuracy and precision, recall, F1 over labels.

    Texts are compared as by `exact_match`. With several references the one that the answer equals is the truth, else
    the first. The intervals resample items; a label that a resample lacks is left out of its means.

    Raises:
        BadData: there are no answers, an item has no reference, or the counts differ.
    """
    import numpy as np

    told, truths = [plain_form(answer) for answer in answers], _truths(answers, references)
    labels = sorted(set(truths))
    number = {label: place for place, label in enumerate(labels)}
    true = np.array([number[label] for label in truths])
    got = np.array([number.get(label, len(labels)) for label in told])

    def over(figure: Callable[[_Rates], NDArray[np.float64]]) -> Figure:
        def mean(at: NDArray[np.intp]) -> float:
            rates = _rates(true[at], got[at], len(labels))
            return float(figure(rates)[rates.items > 0].mean())

        return bootstrap(mean, len(told), resamples=resamples, level=level, seed=seed)

    rates = _rates(true, got, len(labels))
    recall = over(lambda found: found.recall)
    labelled = zip(labels, rates.right.tolist(), rates.items.tolist(), rates.answers.tolist(), strict=True)
    return LabelReport(
        accuracy=wilson(int((true == got).sum()), len(told), level=level),
        balanced_accuracy=recall,
        precision=over(lambda found: found.precision),
        recall=recall,
        f1=over(lambda found: found.f1),
        labels=tuple(LabelFigures(label, *counts) for label, *counts in labelled),
        outside=int((got == len(labels)).sum()),
    )


@dataclass(frozen=True, slots=True)
class _Rates:
    """Per label; the last label, of answers outside, is left out."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    items: NDArray[np.intp]
    answers: NDArray[np.intp]
    right: NDArray[np.intp]


def _rates(true: NDArray[np.intp], got: NDArray[np.intp], labels: int) -> _Rates:
    import numpy as np

    items = np.bincount(true, minlength=labels)[:labels]
    answers = np.bincount(got, minlength=labels)[:labels]
    right = np.bincount(true[true == got], minlength=labels)[:labels]
    return _Rates(
        precision=right / np.maximum(answers, 1),
        recall=right / np.maximum(items, 1),
        f1=2 * right / np.maximum(answers + items, 1),
        items=items,
        answers=answers,
        right=right,
    )


def _truths(answers: Sequence[str], references: Sequence[Sequence[str]]) -> list[str]:
    _some(answers)
    _paired(answers, references)
    truths: list[str] = []
    for place, (answer, known) in enumerate(zip(answers, references, strict=True), 1):
        forms = [plain_form(reference) for reference in known]
        if not forms:
            raise BadData(f"item {place} has no reference", mend="leave out the items without a label")
        truths.append(plain_form(answer) if plain_form(answer) in forms else forms[0])
    return truths


def _some(rows: Sequence[object]) -> None:
    if not rows:
        raise BadData("there is nothing to take a figure of", mend="give at least one item")


def _paired(left: Sequence[object], right: Sequence[object]) -> None:
    if len(left) != len(right):
        raise BadData(f"{len(left)} rows beside {len(right)}", mend="give both sides of the same items, in one order")
