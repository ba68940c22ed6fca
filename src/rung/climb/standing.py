"""Where one candidate stands: predicted, built, tried, decided."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rung.climb.costing import Costing
from rung.climb.plan import ControlEvidence, Decision
from rung.climb.tally import Tally
from rung.climb.trials import Trial, TrialBook
from rung.prediction import EFFORT_MODEL
from rung.types import (
    Candidate,
    Footprint,
    ModelFacts,
    Rejection,
)

if TYPE_CHECKING:
    from rung.methods import Method
    from rung.referee import Hearing


@dataclass(slots=True)
class Standing:
    """A candidate in a climb, and what is known of it so far.

    Args:
        candidate: the candidate.
        method: that builds and loads it.
        key: its content hash.
        facts: of its model, or None.
        predicted_build: before anything was run.
        predicted_per_request: before anything was run.
        predicted_build_usd: what a provider is predicted to charge for building it, at the high end [USD].
        predicted_call_usd: likewise for one request [USD].
        hearing: decides on it, item by item.
        book: its trials.
    """

    candidate: Candidate
    method: Method
    key: str
    facts: ModelFacts | None
    predicted_build: Footprint
    predicted_per_request: Footprint
    predicted_build_usd: float
    predicted_call_usd: float
    hearing: Hearing
    book: TrialBook
    built: Footprint | None = None
    tally: Tally = field(init=False)
    trials: list[Trial] = field(default_factory=list[Trial])
    decision: Decision = "untried"
    rejection: Rejection | None = None
    controls: tuple[ControlEvidence, ...] = ()
    latencies_s: list[float] = field(default_factory=list[float])
    _rank: tuple[int, Footprint] | None = None

    def __post_init__(self) -> None:
        self.tally = Tally(self.candidate.name)

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.candidate.name

    @property
    def is_open(self) -> bool:
        """Whether more trials could decide it."""
        return self.decision == "untried"

    @property
    def build(self) -> Footprint:
        """Metered when it was built, predicted before."""
        return self.predicted_build if self.built is None else self.built

    @property
    def metered(self) -> bool:
        """Whether both its build and its requests have been metered."""
        return self.built is not None and bool(self.trials)

    @property
    def dearest_call_usd(self) -> float:
        """The most that one request has been charged so far; as predicted before the first [USD]."""
        return self.tally.dearest_usd if self.trials else self.predicted_call_usd

    def take(self, trial: Trial) -> None:
        """One more trial, in the seeded order."""
        self.trials.append(trial)
        self.tally.add(trial)

    def per_request(self, costing: Costing) -> Footprint:
        """The mean over its trials; as predicted before the first."""
        return self.tally.mean(costing) if self.trials else self.predicted_per_request

    def lifetime(self, costing: Costing) -> Footprint:
        """Lifetime total as known now, the search excluded."""
        return costing.lifetime(self.build, self.per_request(costing))

    def rank(self, costing: Costing) -> float:
        """Lifetime objective [its unit] for the order of candidates; infinite when unknown.

        It is computed anew when the candidate is built and when its first batch is metered, then kept: an order
        that moved with every batch would only load models again and again.
        """
        stage = (self.built is not None) + bool(self.trials)
        if self._rank is None or self._rank[0] != stage:
            self._rank = (stage, self.lifetime(costing))
        goal = costing.goal(self._rank[1])
        return math.inf if goal is None else goal.value

    def rank_at_worst(self, costing: Costing) -> float:
        """`rank`, with whatever is still predicted of it at the high end of its prediction."""
        goal = costing.goal(self.lifetime(costing))
        return math.inf if goal is None else goal.at({EFFORT_MODEL.name: 1.0})

    @property
    def errors(self) -> int:
        """Items that ended in an error."""
        return sum(trial.error is not None for trial in self.trials)
