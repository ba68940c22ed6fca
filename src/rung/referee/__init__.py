"""The referee decides, with few items and stated risks, whether a candidate meets the bar and the guards."""

from __future__ import annotations

from rung.referee.alpha import AlphaAccount, Grant
from rung.referee.metric import Decision, MetricState, MetricTrial, Question, relative_score
from rung.referee.referee import Hearing, Referee

__all__ = [
    "AlphaAccount",
    "Decision",
    "Grant",
    "Hearing",
    "MetricState",
    "MetricTrial",
    "Question",
    "Referee",
    "relative_score",
]
