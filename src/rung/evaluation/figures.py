"""Figures of a whole data set in an evaluation: corpus BLEU, chrF and WER, and how labels are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Final

from rung.errors import BadInput
from rung.evaluation.aggregate import LabelReport, label_report
from rung.evaluation.corpus import CorpusMetric, corpus_figure
from rung.evaluation.records import EvalItem, EvalResults, Scored
from rung.evaluation.registry import response_scorer_names
from rung.stats import Figure

CORPUS: Final[Mapping[str, CorpusMetric]] = {"corpus_bleu": "bleu", "corpus_chrf": "chrf", "corpus_wer": "wer"}
LABELS: Final[Mapping[str, str]] = {
    "balanced_accuracy": "balanced_accuracy",
    "macro_precision": "precision",
    "macro_recall": "recall",
    "macro_f1": "f1",
}
"""Name -> field of `LabelReport`."""
LOWER_IS_BETTER: Final = frozenset({"corpus_wer"})

NO_LABEL: Final = "\N{NULL}"
"""The answer of a response with an error: equal to no label, not even to an empty one."""


@dataclass(frozen=True, slots=True)
class DataFigure:
    """A figure of a data set.

    Args:
        system: name.
        metric: name.
        higher_is_better: False where less is better.
        figure: with its interval; None where no item has a reference.
        not_applicable: items without a reference; left out.
        errors: responses with an error; they count as an empty answer, or as no label.
    """

    system: str
    metric: str
    higher_is_better: bool
    figure: Figure | None
    not_applicable: int
    errors: int

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SystemLabels:
    """How a system tells labels.

    Args:
        system: name.
        report: over the items that have a reference.
        level: confidence of each interval.
    """

    system: str
    report: LabelReport
    level: float

    def to_json(self) -> dict[str, Any]:
        """JSON values: the figures over labels, and of each label."""
        report = self.report
        return {
            "system": self.system,
            "accuracy": asdict(report.accuracy),
            **{name: asdict(getattr(report, field)) for name, field in LABELS.items()},
            "outside": report.outside,
            "labels": [
                {
                    "label": one.label,
                    "items": one.items,
                    "answers": one.answers,
                    "right": one.right,
                    **asdict(one.intervals(self.level)),
                }
                for one in report.labels
            ],
        }


@dataclass(frozen=True, slots=True)
class DataFigures:
    """All figures of an evaluation's data set; `labels` where a figure of labels was asked for."""

    figures: tuple[DataFigure, ...] = ()
    labels: tuple[SystemLabels, ...] = ()


def split_metrics(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of metrics of responses, and of figures of the data set; each once, in order.

    Raises:
        BadInput: a name is unknown, and near to that of a figure.
    """
    known = (*LABELS, *CORPUS)
    responses: list[str] = []
    for name in dict.fromkeys(names):
        if name in known:
            continue
        near = get_close_matches(name, known, n=1, cutoff=0.85)
        if near and name not in response_scorer_names():
            raise BadInput(f"there is no metric {name!r}", mend=f"did you mean {near[0]}?")
        responses.append(name)
    return tuple(responses), tuple(name for name in dict.fromkeys(names) if name in known)


def data_figures(results: EvalResults, names: Sequence[str], *, alpha: float) -> DataFigures:
    """Figures by system and name, over the items that have a reference.

    Args:
        results: of an evaluation.
        names: of `LABELS` and `CORPUS`.
        alpha: 1 - confidence of each interval.

    Raises:
        MissingExtra: sacrebleu is not installed (`corpus_bleu`).
    """
    items = [item for item in results.items if item.references]
    figures: list[DataFigure] = []
    labels: list[SystemLabels] = []
    for system, scored in results.scored.items():
        mine = [scored[item.id] for item in items]
        report = None
        if items and any(name in LABELS for name in names):
            report = _labels(items, mine, alpha, results.seed)
            labels.append(SystemLabels(system, report, 1 - alpha))
        for name in names:
            if name in LABELS:
                figure = None if report is None else getattr(report, LABELS[name])
            else:
                figure = _corpus(CORPUS[name], items, mine, alpha, results.seed) if items else None
            errors = sum(one.response.error is not None for one in mine)
            left_out = len(results.items) - len(items)
            figures.append(DataFigure(system, name, name not in LOWER_IS_BETTER, figure, left_out, errors))
    return DataFigures(tuple(figures), tuple(labels))


def _labels(items: Sequence[EvalItem], mine: Sequence[Scored], alpha: float, seed: int) -> LabelReport:
    answers = _answers(mine, failed=NO_LABEL)
    return label_report(answers, [item.references for item in items], seed=seed, level=1 - alpha)


def _corpus(metric: CorpusMetric, items: Sequence[EvalItem], mine: Sequence[Scored], alpha: float, seed: int) -> Figure:
    answers = _answers(mine, failed="")
    return corpus_figure(metric, answers, [item.references for item in items], seed=seed, level=1 - alpha)


def _answers(mine: Sequence[Scored], *, failed: str) -> list[str]:
    return [one.response.text if one.response.error is None else failed for one in mine]
