"""BLEU, chrF and word error rate of a whole data set: not the mean over items, but one figure of the summed counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from rung.errors import BadData
from rung.evaluation.metrics import word_errors
from rung.evaluation.metrics.translation import bleu_metric
from rung.stats import LEVEL, Figure, bootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CorpusMetric = Literal["bleu", "chrf", "wer"]

RESAMPLES: Final = 1000
ORDERS: Final = 6
BETA2: Final = 4.0


@dataclass(frozen=True, slots=True)
class _Counts:
    """How a figure is made of counts that add up over items."""

    of: Callable[[str, Sequence[str]], list[float]]
    figure: Callable[[NDArray[np.float64]], float]


def corpus_figure(
    metric: CorpusMetric,
    answers: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Figure:
    """The figure of a data set, with a bootstrap interval over items.

    BLEU and chrF are in [0, 1] (sacrebleu's number / 100); WER is 0 or more and lower is better. BLEU matches against
    all references of an item at once; chrF and WER take the best one.

    Raises:
        BadData: there are no answers, an item has no reference, or the counts differ.
        MissingExtra: sacrebleu is not installed (BLEU).
    """
    figure, counts = _METRICS[metric].figure, _table(metric, answers, references)
    return bootstrap(
        lambda at: figure(counts[at].sum(axis=0)), len(counts), resamples=resamples, level=level, seed=seed
    )


def corpus_difference(
    metric: CorpusMetric,
    left: Sequence[str],
    right: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Figure:
    """Figure of left - figure of right on the same items, with a paired bootstrap interval.

    Raises:
        BadData: there are no answers, an item has no reference, or the counts differ.
        MissingExtra: sacrebleu is not installed (BLEU).
    """
    figure = _METRICS[metric].figure
    a, b = _table(metric, left, references), _table(metric, right, references)

    def difference(at: NDArray[np.intp]) -> float:
        return figure(a[at].sum(axis=0)) - figure(b[at].sum(axis=0))

    return bootstrap(difference, len(a), resamples=resamples, seed=seed)


def _table(metric: CorpusMetric, answers: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    import numpy as np

    if not answers or len(answers) != len(references):
        raise BadData(
            f"{len(answers)} answers beside references of {len(references)} items",
            mend="give one answer an item, and at least one item",
        )
    if empty := [place for place, known in enumerate(references, 1) if not known]:
        raise BadData(f"item {empty[0]} has no reference", mend=f"leave out the items without one for {metric}")
    count = _METRICS[metric].of
    return np.array([count(answer, known) for answer, known in zip(answers, references, strict=True)], np.float64)


def _bleu_counts(answer: str, references: Sequence[str]) -> list[float]:
    """Matches and totals of four n-gram orders, and the lengths of answer and nearest reference."""
    score = bleu_metric().corpus_score([answer], [[reference] for reference in references])
    return [*score.counts, *score.totals, score.sys_len, score.ref_len]


def _bleu_figure(sums: NDArray[np.float64]) -> float:
    counts = [round(value) for value in sums.tolist()]
    metric: Any = type(bleu_metric())
    made = metric.compute_bleu(counts[:4], counts[4:8], counts[8], counts[9], smooth_method="exp")
    return min(1.0, float(made.score) / 100)


def _chrf_counts(answer: str, references: Sequence[str]) -> list[float]:
    """Character n-grams of answer, of reference and of both, for six orders; of the best reference.

    As sacrebleu counts: white space is left out, and n-grams of the answer only count where the reference has some of
    that order.
    """
    mine = _characters(answer)
    return max((_shared(mine, _characters(reference)) for reference in references), key=_chrf_score)


def _shared(mine: Sequence[Counter[str]], theirs: Sequence[Counter[str]]) -> list[float]:
    counts: list[float] = []
    for left, right in zip(mine, theirs, strict=True):
        counts += [left.total() if right else 0, right.total(), (left & right).total()]
    return counts


def _characters(text: str) -> list[Counter[str]]:
    plain = "".join(text.split())
    return [Counter(plain[at : at + n] for at in range(len(plain) - n + 1)) for n in range(1, ORDERS + 1)]


def _chrf_figure(sums: NDArray[np.float64]) -> float:
    return _chrf_score(sums.tolist())


def _chrf_score(counts: Sequence[float]) -> float:
    """F-beta of precision and recall, each the mean over the orders that both sides have.

    Source: Popovic 2015, as in sacrebleu (beta 2, no smoothing).
    """
    triples = [counts[at : at + 3] for at in range(0, 3 * ORDERS, 3)]
    told = [(both / answer, both / reference) for answer, reference, both in triples if answer > 0 and reference > 0]
    if not any(precision for precision, _ in told):
        return 0.0
    p, r = (sum(values) / len(told) for values in zip(*told, strict=True))
    return (1 + BETA2) * p * r / (BETA2 * p + r)


def _wer_counts(answer: str, references: Sequence[str]) -> list[float]:
    found = [word_errors(answer, reference) for reference in references]
    return list(map(float, min(found, key=lambda one: one[0] / max(1, one[1]))))


def _wer_figure(sums: NDArray[np.float64]) -> float:
    errors, wanted = sums.tolist()
    return errors / max(1.0, wanted)


_METRICS: Final[Mapping[str, _Counts]] = {
    "bleu": _Counts(_bleu_counts, _bleu_figure),
    "chrf": _Counts(_chrf_counts, _chrf_figure),
    "wer": _Counts(_wer_counts, _wer_figure),
}
