"""One metric of one candidate, on trial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from rung.stats import BettingTest, Claim, anytime_interval, terminal_p

Decision = Literal["passed", "failed", "inconclusive"]

SEQUENTIAL_SHARE = 0.6
"""Share of alpha for the sequential test under the population claim; the rest is for one exact test at the end."""


@dataclass(frozen=True, slots=True)
class MetricState:
    """What is known of one metric of one candidate. A relative bar is reported as a difference of scores.

    Args:
        metric: name, with the slice in brackets for a slice guard, and with `- REFERENCE` for a relative bar.
        role: `bar` or `guard`.
        at_least: the level asked for (relative bar: minus `within`).
        items: evaluation items used.
        mean: mean score over them (relative bar: mean difference), or None.
        low: lower end of the anytime-valid interval (confidence 1 - alpha, for this metric alone), or None.
        high: upper end, or None.
        log_pass_wealth: natural log of the pass wealth, against `log_pass_at`; at least that once it is certain.
        log_pass_at: where it passes.
        log_fail_wealth: natural log of the fail wealth, against `log_fail_at`; at least that once it is certain.
        log_fail_at: where it fails.
        decision: for this metric alone.
    """

    metric: str
    role: Literal["bar", "guard"]
    at_least: float
    items: int
    mean: float | None
    low: float | None
    high: float | None
    log_pass_wealth: float
    log_pass_at: float
    log_fail_wealth: float
    log_fail_at: float
    decision: Decision


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of one metric: `score` of a slice (or of all items) is at least `at_least` on average.

    Args:
        metric: name of the scorer.
        role: `bar` or `guard`.
        at_least: the level, in score points (relative: minus `within`).
        size: evaluation items that it is about.
        slice: the slice it is about, or None for all items.
        reference: name of the reference of a relative bar, or None.
        binary: True when the scorer can only give 0 or 1.
    """

    metric: str
    role: Literal["bar", "guard"]
    at_least: float
    size: int
    slice: str | None = None
    reference: str | None = None
    binary: bool = False

    @property
    def name(self) -> str:
        """How it is printed."""
        if self.reference is not None:
            return f"{self.metric} - {self.reference}"
        return self.metric if self.slice is None else f"{self.metric}[{self.slice}]"

    @property
    def tau(self) -> float:
        """The level on the scale of the test: a difference d is tested as (d + 1) / 2."""
        return self.at_least if self.reference is None else (self.at_least + 1) / 2


def relative_score(small: float, reference: float) -> float:
    """(D + 1) / 2 for D = small - reference: a paired difference as a score in [0, 1]."""
    return (small - reference + 1) / 2


class MetricTrial:
    """Tests one question: a betting test either way, and at the end of a population claim one exact test.

    Args:
        question: what is asked.
        claim: what the claim is about.
        alpha: P(it passes though the mean is below) is at most this: the bar's alpha times the candidate's weight.
        beta: P(it fails though the mean is not below) is at most this.
        confidence_alpha: 1 - confidence of the interval.
    """

    def __init__(self, question: Question, *, claim: Claim, alpha: float, beta: float, confidence_alpha: float) -> None:
        self.question = question
        self.decision: Decision = "inconclusive"
        self._claim: Claim = claim
        self._confidence_alpha = confidence_alpha
        self._test = BettingTest(question.tau, claim=claim, size=question.size, binary=question.binary)
        self._scores: list[float] = []
        sequential = alpha if claim == "dataset" else SEQUENTIAL_SHARE * alpha
        self._terminal_alpha = 0.0 if claim == "dataset" else (1 - SEQUENTIAL_SHARE) * alpha
        self.log_pass_at = -math.log(sequential)
        self.log_fail_at = -math.log(beta)

    def observe(self, score: float) -> None:
        """One score on the scale of the test, already checked."""
        self._test.observe(score)
        self._scores.append(score)
        if self._test.certain is not None:
            # certainty corrects even a verdict that was given at small odds of error
            self.decision = self._test.certain
        elif self.decision == "inconclusive":
            self._decide()

    def _decide(self) -> None:
        if self._test.log_pass_wealth >= self.log_pass_at:
            self.decision = "passed"
        elif self._test.log_fail_wealth >= self.log_fail_at:
            self.decision = "failed"
        elif self._test.count == self.question.size and self.passes_at_end(self._test.total):
            self.decision = "passed"

    def passes_at_end(self, total: float) -> bool:
        """Whether the exact test at N passes with this sum of scores (population claim only)."""
        if self._claim == "dataset":
            return False
        question = self.question
        return terminal_p(total, question.size, question.tau, binary=question.binary) <= self._terminal_alpha

    def state(self) -> MetricState:
        """What is known now, with the anytime-valid interval (the costly part: call it to report, not per item)."""
        seen, mean, low, high = len(self._scores), self._test.mean, None, None
        if seen:
            low, high = anytime_interval(
                self._scores, alpha=self._confidence_alpha, claim=self._claim, size=self.question.size
            )
        if self.question.reference is not None:
            mean, low, high = (None if value is None else 2 * value - 1 for value in (mean, low, high))
        return MetricState(
            metric=self.question.name,
            role=self.question.role,
            at_least=self.question.at_least,
            items=seen,
            mean=mean,
            low=low,
            high=high,
            log_pass_wealth=self._wealth("passed"),
            log_pass_at=self.log_pass_at,
            log_fail_wealth=self._wealth("failed"),
            log_fail_at=self.log_fail_at,
            decision=self.decision,
        )

    def _wealth(self, verdict: Literal["passed", "failed"]) -> float:
        passing = verdict == "passed"
        wealth = self._test.log_pass_wealth if passing else self._test.log_fail_wealth
        if self._test.certain == verdict:
            return max(wealth, self.log_pass_at if passing else self.log_fail_at)
        return wealth

    @property
    def progress(self) -> tuple[float, float]:
        """(ln pass wealth / ln where it passes, the same for failing): cheap, for live display; clipped to [0, 1]."""
        return (
            min(1.0, max(0.0, self._wealth("passed") / self.log_pass_at)),
            min(1.0, max(0.0, self._wealth("failed") / self.log_fail_at)),
        )
