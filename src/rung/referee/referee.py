"""The referee: one seeded order of the items, and a hearing for each candidate that sees them in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from rung.errors import BadInput, BadScore
from rung.referee.metric import Decision, MetricState, MetricTrial, Question, relative_score
from rung.stats import LEAST_LEVEL, least_items_to_pass, seeded_order
from rung.types import Item

if TYPE_CHECKING:
    from rung.workload.records import Bar, Guard


class Referee:
    """Holds what is asked of every candidate, and the order in which they see the items.

    Args:
        bar: the quality that must be reached.
        guards: what must hold too.
        items: the evaluation items.
        seed: of the order.
        binary: names of metrics that can only be 0 or 1 (`rung.evaluation.is_binary`); they get the sharper exact
            test at the end of a population claim. It is a property of the metric, never read off the scores.

    Raises:
        BadInput: no items, items that share an id, or a guard on a slice that no item is in.
    """

    def __init__(
        self,
        bar: Bar,
        guards: Sequence[Guard] = (),
        *,
        items: Sequence[Item],
        seed: int,
        binary: Collection[str] = (),
    ) -> None:
        ids = [item.id for item in items]
        if not ids:
            raise BadInput("there are no evaluation items", mend="give at least one, and better some hundreds")
        if len(set(ids)) < len(ids):
            twice = Counter(ids).most_common(1)[0][0]
            raise BadInput(f"two evaluation items have the id {twice!r}", mend="make the ids unique")
        self.bar = bar
        self.guards = tuple(guards)
        self.seed = seed
        self.order: tuple[Item, ...] = tuple(items[place] for place in seeded_order(ids, seed))
        self.questions = self._questions(set(binary))

    def _questions(self, binary: set[str]) -> tuple[Question, ...]:
        bar, slices = self.bar, Counter(item.slice for item in self.order)
        relative = bar.reference is not None
        questions = [
            Question(
                metric=bar.metric,
                role="bar",
                at_least=-bar.within if relative else bar.at_least,
                size=len(self.order),
                reference=bar.reference,
                binary=bar.metric in binary and not relative,
            )
        ]
        for guard in self.guards:
            size = len(self.order) if guard.slice is None else slices[guard.slice]
            if size == 0:
                known = ", ".join(sorted(str(name) for name in slices if name is not None)) or "none"
                raise BadInput(
                    f"the guard {guard.name} is about a slice that no evaluation item is in",
                    mend=f"name one of the slices of the evaluation items ({known}), or drop the guard",
                )
            questions.append(
                Question(guard.metric, "guard", guard.at_least, size, guard.slice, binary=guard.metric in binary)
            )
        for question in questions:
            if not LEAST_LEVEL <= question.tau <= 1:
                raise BadInput(
                    f"the level {question.at_least} of {question.name} cannot be tested",
                    mend="ask for a level in (0, 1]; for a relative bar, `within` in [0, 1)",
                )
        return tuple(questions)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the scorers that `Hearing.observe` needs, each once, the bar's first."""
        return tuple(dict.fromkeys(question.metric for question in self.questions))

    @property
    def claim(self) -> str:
        """The claim in a sentence, for people."""
        n, bar = len(self.order), self.bar
        about = (
            f"the mean over these {n} items"
            if bar.claim == "dataset"
            else f"the population that the {n} items are from"
        )
        return (
            f"About {about}: the probability that what is chosen is below the bar or a guard is at most {bar.alpha:g}, "
            f"and that the cheapest that meets them is wrongly refused at most {bar.beta:g}, whenever the search stops."
        )

    def hearing(self, weight: float, *, beta_share: float = 1.0) -> Hearing:
        """A fresh hearing of one candidate, that passes at `1 / (alpha weight)`.

        Args:
            weight: its share of alpha, from an `AlphaAccount`.
            beta_share: its share of beta; 1, because only the wrong refusal of one candidate (the cheapest that meets
                the bar) can hurt.
        """
        return Hearing(self, weight, beta_share=beta_share)

    def unreachable(self, weight: float) -> tuple[str, ...]:
        """Names of the questions that even a perfect candidate cannot pass with so few items (population claim)."""
        if self.bar.claim == "dataset":
            return ()
        return tuple(question.name for question in self.questions if not self._can_pass(question, weight))

    def items_needed(self, name: str, weight: float, *, at_most: int = 1_000_000) -> int | None:
        """Items of a question that a perfect candidate needs to pass (population claim); None when `at_most` are few.

        Args:
            name: of the question, as `unreachable` gives it.
            weight: the candidate's share of alpha.
            at_most: where the search ends.
        """
        question = next(question for question in self.questions if question.name == name)
        low, high = 0, 1
        while not self._can_pass(replace(question, size=high), weight):
            if high >= at_most:
                return None
            low, high = high, min(2 * high, at_most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._can_pass(replace(question, size=middle), weight) else (middle, high)
        return high

    def _can_pass(self, question: Question, weight: float) -> bool:
        trial = MetricTrial(
            question,
            claim="population",
            alpha=self.bar.alpha * weight,
            beta=self.bar.beta,
            confidence_alpha=self.bar.alpha,
        )
        least = least_items_to_pass(question.tau, trial.log_pass_at, at_most=question.size)
        return least is not None or trial.passes_at_end(float(question.size))


class Hearing:
    """One candidate before the referee.

    The bar and every guard are tested each at alpha times the candidate's weight (intersection-union): the candidate
    passes when all have passed. Each may fail at its part of beta (beta divided by their number): the candidate
    fails when any has failed.
    """

    def __init__(self, referee: Referee, weight: float, *, beta_share: float = 1.0) -> None:
        if not 0 < weight <= 1 or not 0 < beta_share <= 1:
            raise ValueError(f"shares must be in (0, 1], not alpha {weight} and beta {beta_share}")
        self.weight = weight
        self._order = referee.order
        self._reference = referee.bar.reference
        self._seen = 0
        bar, count = referee.bar, len(referee.questions)
        self._trials = [
            MetricTrial(
                question,
                claim=bar.claim,
                alpha=bar.alpha * weight,
                beta=bar.beta * beta_share / count,
                confidence_alpha=bar.alpha,
            )
            for question in referee.questions
        ]

    @property
    def seen(self) -> int:
        """Items observed."""
        return self._seen

    @property
    def next(self) -> Item | None:
        """The item to observe now; None when all are observed."""
        return self._order[self._seen] if self._seen < len(self._order) else None

    def upcoming(self, count: int) -> tuple[Item, ...]:
        """The next `count` items of the order (fewer at its end), for batches."""
        return self._order[self._seen : self._seen + count]

    @property
    def decision(self) -> Decision:
        """Over the bar and all guards. `inconclusive` also while it goes on, and when it is given up (always safe)."""
        decisions = [trial.decision for trial in self._trials]
        if "failed" in decisions:
            return "failed"
        return "passed" if all(decision == "passed" for decision in decisions) else "inconclusive"

    @property
    def exhausted(self) -> bool:
        """True when every item has been observed."""
        return self._seen == len(self._order)

    def observe(
        self, scores: Mapping[str, float], item: Item, *, reference_scores: Mapping[str, float] | None = None
    ) -> Decision:
        """Commit the scores of the next item of the order.

        Args:
            scores: metric name -> score in [0, 1]; an answer with an error scores 0, it is never left out.
            item: must be `next`.
            reference_scores: scores of the reference on the same item; needed for a relative bar.

        Returns:
            The decision now. More items may be committed after it, e.g. for a narrower interval.

        Raises:
            BadScore: a score is missing, not a number or outside [0, 1]; nothing is committed.
            ValueError: it is not this item's turn.
        """
        if self.next is None or item.id != self.next.id:
            turn = "none is left" if self.next is None else f"{self.next.id!r} is next"
            raise ValueError(f"items are committed in the seeded order: {turn}, not {item.id!r}")
        ready: list[tuple[MetricTrial, float]] = []
        for trial in self._trials:
            question = trial.question
            if question.slice is not None and question.slice != item.slice:
                continue
            score = _checked(scores, question, item, whose="candidate")
            if question.reference is not None:
                score = relative_score(score, _checked(reference_scores or {}, question, item, whose="reference"))
            ready.append((trial, score))
        for trial, score in ready:
            trial.observe(score)
        self._seen += 1
        return self.decision

    @property
    def states(self) -> tuple[MetricState, ...]:
        """A record per metric, the bar first, with anytime-valid intervals."""
        return tuple(trial.state() for trial in self._trials)

    @property
    def thresholds(self) -> tuple[float, float]:
        """Log wealth at which the bar's metric passes, and at which it fails."""
        return self._trials[0].log_pass_at, self._trials[0].log_fail_at

    @property
    def progress(self) -> tuple[float, float]:
        """How near it is to passing (the slowest of the open metrics) and to failing (the fastest), each in [0, 1]."""
        if self.decision != "inconclusive":
            return (1.0, 0.0) if self.decision == "passed" else (0.0, 1.0)
        still = [trial.progress for trial in self._trials if trial.decision == "inconclusive"]
        return min(p for p, _ in still), max(f for _, f in still)


def _checked(
    scores: Mapping[str, float], question: Question, item: Item, *, whose: Literal["candidate", "reference"]
) -> float:
    where = f"{question.metric} of the {whose} on item {item.id!r}"
    if question.metric not in scores:
        raise BadScore(f"{where} is missing", mend="score every item with every metric of the bar and the guards")
    score = scores[question.metric]
    if not math.isfinite(score) or not 0 <= score <= 1:
        raise BadScore(f"{where} is {score}, not in [0, 1]", mend=f"mend the scorer {question.metric!r} or rescale it")
    if question.binary and score not in (0, 1):
        raise BadScore(
            f"{where} is {score}, though the metric is declared to be 0 or 1", mend="do not declare it as binary"
        )
    return float(score)
