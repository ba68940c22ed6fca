"""What an answer is worth: scorers, figures of a data set, noise, and the controls that show where it comes from."""

from __future__ import annotations

from rung.evaluation.aggregate import (
    LabelFigures,
    LabelReport,
    difference_figure,
    label_report,
    mean_figure,
)
from rung.evaluation.controls import (
    ControlRun,
    ControlState,
    Places,
    Warn,
    answer_all,
    places_of_gold,
    run_controls,
    warnings_of,
)
from rung.evaluation.corpus import CorpusMetric, corpus_difference, corpus_figure
from rung.evaluation.registry import (
    binary_metrics,
    is_binary,
    response_scorer,
    response_scorer_names,
    scorer,
    scorer_names,
)
from rung.evaluation.robustness import Noise, Perturbed, RobustnessDelta, perturb, robustness_delta
from rung.evaluation.scoring import score_answer, scorers
from rung.evaluation.stereotypes import StereotypePair, Stereotyping, read_pairs, stereotyping

__all__ = [
    "ControlRun",
    "ControlState",
    "CorpusMetric",
    "LabelFigures",
    "LabelReport",
    "Noise",
    "Perturbed",
    "Places",
    "RobustnessDelta",
    "StereotypePair",
    "Stereotyping",
    "Warn",
    "answer_all",
    "binary_metrics",
    "corpus_difference",
    "corpus_figure",
    "difference_figure",
    "is_binary",
    "label_report",
    "mean_figure",
    "perturb",
    "places_of_gold",
    "read_pairs",
    "response_scorer",
    "response_scorer_names",
    "robustness_delta",
    "run_controls",
    "score_answer",
    "scorer",
    "scorer_names",
    "scorers",
    "stereotyping",
    "warnings_of",
]
