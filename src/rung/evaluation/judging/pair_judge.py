"""An engine as a judge of two answers side by side, asked in both orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rung.errors import BadInput
from rung.evaluation.judging.asking import Desk
from rung.evaluation.judging.judge import BATCH
from rung.evaluation.judging.pairs import PairVerdict, Place
from rung.evaluation.judging.prompting import ask_which
from rung.evaluation.judging.rubric import Rubric
from rung.evaluation.judging.settling import Case, OnBatch, settle
from rung.evaluation.judging.verdicts import Judged, JudgeSpending, Verdict
from rung.evaluation.records import EvalItem, Response
from rung.types import Progress

Pair = tuple[Response, Response]
"""Answers of A and of B to one item."""

PLACES: Final[tuple[Place, ...]] = ("first", "second", "tie")


@dataclass(frozen=True, slots=True)
class PairJudge:
    """Compares answers of two systems, each pair in both orders.

    Args:
        desk: where the judge is asked.
        rubric: a pairwise one.
        known: verdicts by key; they are not asked for again.
        on_batch: hears each batch.
        batch: prompts at once.
    """

    desk: Desk
    rubric: Rubric
    known: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])
    on_batch: OnBatch | None = None
    batch: int = BATCH

    def judge(
        self, pairs: Sequence[Pair], items: Mapping[str, EvalItem], progress: Progress | None = None
    ) -> tuple[list[PairVerdict], Judged]:
        """A verdict for each pair (A, B), in order, and the single verdicts behind them with what they took.

        An answer with an error loses to one without, and two such tie; the judge is not asked.

        Raises:
            BadInput: the rubric is for single answers or leaves no room in the judge's context, or the answers of a
                pair are to different or unknown items.
            UpstreamFailed: the judge cannot be reached; `on_batch` has heard what was paid.
        """
        if not self.rubric.pairwise:
            raise BadInput(
                f"the rubric {self.rubric.name!r} is for single answers", mend="use `preference`, or one of `pairwise`"
            )
        whole, found = Judged((), JudgeSpending()), list[PairVerdict]()
        known = dict(self.known)
        step = max(1, self.batch // 2)
        every = [self._cases(pair, items) for pair in pairs]
        for start in range(0, len(pairs), step):
            cases = [case for both in every[start : start + step] for case in both]
            judged = settle(self.desk, self.rubric, cases, known=known, on_batch=self.on_batch)
            whole = whole + judged
            both = zip(judged.verdicts[::2], judged.verdicts[1::2], strict=True)
            found += [self._pair(forward, backward) for forward, backward in both]
            if progress is not None:
                progress(self.rubric.name, min(1.0, (start + step) / len(pairs)))
        return found, whole

    def _cases(self, pair: Pair, items: Mapping[str, EvalItem]) -> list[Case | Verdict]:
        a, b = pair
        if a.item != b.item or a.item not in items:
            raise BadInput(f"the answers to {a.item!r} and {b.item!r} are no pair", mend="pair answers to one item")
        return [self._case(a, b, items[a.item], a.system), self._case(b, a, items[a.item], a.system)]

    def _case(self, first: Response, second: Response, item: EvalItem, a: str) -> Case | Verdict:
        b = second.system if first.system == a else first.system
        system = f"{a} | {b} ({'forward' if first.system == a else 'backward'})"
        blank = Verdict(item.id, system, self.rubric.name, "unparsable", None, None)
        if first.error is not None or second.error is not None:
            place: Place = "tie" if first.error and second.error else "second" if first.error else "first"
            why = first.error or second.error or ""
            return replace(blank, status="answer_error", label=self._name_of(place), reasoning=why)
        asked = self.desk.fitted(self.rubric, lambda room: ask_which(self.rubric, first, second, item, room=room))
        return blank if asked is None else Case(asked, blank)

    def _pair(self, forward: Verdict, backward: Verdict) -> PairVerdict:
        return PairVerdict(
            forward.item,
            self._place_of(forward.label),
            self._place_of(backward.label),
            (forward.reasoning, backward.reasoning),
        )

    def _name_of(self, place: Place) -> str | None:
        return next((label.name for label in self.rubric.labels if label.value == place), None)

    def _place_of(self, name: str | None) -> Place | None:
        value = next((label.value for label in self.rubric.labels if label.name == name), None)
        return next((place for place in PLACES if place == value), None)
