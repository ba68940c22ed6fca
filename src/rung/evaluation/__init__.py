"""What an answer is worth: scorers, and the controls that show where it comes from."""

from __future__ import annotations

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
from rung.evaluation.registry import binary_metrics, is_binary, scorer, scorer_names
from rung.evaluation.scoring import score_answer, scorers

__all__ = [
    "ControlRun",
    "ControlState",
    "Places",
    "Warn",
    "answer_all",
    "binary_metrics",
    "is_binary",
    "places_of_gold",
    "run_controls",
    "score_answer",
    "scorer",
    "scorer_names",
    "scorers",
    "warnings_of",
]
