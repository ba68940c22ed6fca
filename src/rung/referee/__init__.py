"""The referee decides, with few items and stated risks, whether a candidate meets the bar and the guards."""

from __future__ import annotations

from rung.referee.alpha import AlphaAccount, Grant
from rung.referee.metric import Decision, MetricState, MetricTrial, Question, relative_score
from rung.referee.referee import Hearing, Referee
from rung.referee.registration import Registration
from rung.referee.replays import Found, Tried, search
from rung.referee.tables import ScoreTable, read_table

__all__ = [
    "AlphaAccount",
    "Decision",
    "Found",
    "Grant",
    "Hearing",
    "MetricState",
    "MetricTrial",
    "Question",
    "Referee",
    "Registration",
    "ScoreTable",
    "Tried",
    "read_table",
    "relative_score",
    "search",
]
