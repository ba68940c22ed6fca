"""An engine as a judge of single answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rung.errors import BadInput
from rung.evaluation.judging.asking import MOST_TOKENS, CountTokens, Desk, Remote
from rung.evaluation.judging.prompting import LONGEST, ask_about
from rung.evaluation.judging.rubric import Rubric
from rung.evaluation.judging.settling import Case, OnBatch, settle
from rung.evaluation.judging.verdicts import Judged, JudgeSpending, Verdict
from rung.evaluation.records import EvalItem, Response
from rung.types import Engine, Meter, Progress

BATCH: Final = 16
"""Prompts that go to the judge at once; after each batch the caller may write what there is."""


def judge_responses(
    engine: Engine,
    meter: Meter | None,
    rubrics: Sequence[Rubric],
    responses: Sequence[Response],
    items: Mapping[str, EvalItem],
    progress: Progress,
    *,
    known: Mapping[str, Verdict] | None = None,
    on_batch: OnBatch | None = None,
    remote: Remote | None = None,
    seed: int = 0,
    max_tokens: int = MOST_TOKENS,
    longest: int = LONGEST,
    batch: int = BATCH,
    count: CountTokens | None = None,
) -> Judged:
    """Judge answers under rubrics: verdicts by rubric, then in the order of the answers, and what they took.

    The temperature is 0. Where no label can be read, the label alone is asked for once more; what cannot be read then
    scores the worst (0, or 1 where lower is better) and is counted.

    Args:
        engine: the judge.
        meter: of this machine; None leaves the energy unknown.
        rubrics: for single answers.
        responses: to judge.
        items: their questions, by id.
        progress: hears the rubric and the share done.
        known: verdicts by key, from an earlier start; they are not asked for again.
        on_batch: hears each batch; after a failure too, with what was paid until then.
        remote: energy of a call spent elsewhere; by default 0 for a local judge, else unknown.
        seed: of decoding.
        max_tokens: cap on a verdict with its reasoning.
        longest: characters of material in one prompt at most; a smaller context tightens it.
        batch: prompts at once.
        count: tokens of a prompt, so that material is cut to a local judge's context.

    Raises:
        BadInput: a rubric compares two answers, two have one name, an answer's item is unknown, or a rubric leaves no
            room in the judge's context.
        UpstreamFailed: the judge cannot be reached; `on_batch` has heard what was paid.
    """
    names = [rubric.name for rubric in rubrics]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"the rubric {twice[0]!r} twice", mend="give each rubric its own name")
    desk = Desk(engine, meter, remote, seed, max_tokens, longest, count)
    whole = Judged((), JudgeSpending())
    for place, rubric in enumerate(rubrics):
        judge = Judge(engine, rubric, desk=desk, known=known, on_batch=on_batch, batch=batch)

        def told(what: str, share: float, place: int = place) -> None:
            progress(what, (place + share) / len(rubrics))

        whole = whole + judge.judge(responses, items, told)
    return whole


class Judge:
    """Judges answers under one rubric, in batches.

    Args:
        engine: the judge.
        rubric: for single answers.
        desk: where it is asked; by default on the engine, unmetered.
        known: verdicts by key; they are not asked for again.
        on_batch: hears each batch.
        batch: prompts at once.

    Raises:
        BadInput: the rubric compares two answers.
    """

    def __init__(
        self,
        engine: Engine,
        rubric: Rubric,
        *,
        desk: Desk | None = None,
        known: Mapping[str, Verdict] | None = None,
        on_batch: OnBatch | None = None,
        batch: int = BATCH,
    ) -> None:
        if rubric.pairwise:
            raise BadInput(
                f"the rubric {rubric.name!r} compares two answers", mend="judge pairs with it: --pairwise A B"
            )
        self.rubric = rubric
        self._desk = desk or Desk(engine)
        self._known = dict(known or {})
        self._on_batch = on_batch
        self._batch = max(1, batch)

    @property
    def name(self) -> str:
        """Name of the metric."""
        return self.rubric.name

    @property
    def higher_is_better(self) -> bool:
        """False for harm, stereotypes, refusals."""
        return self.rubric.higher_is_better

    def judge(
        self, responses: Sequence[Response], items: Mapping[str, EvalItem], progress: Progress | None = None
    ) -> Judged:
        """A verdict for each answer, in order, and what they took.

        Raises:
            BadInput: an answer's item is unknown, or the rubric leaves no room in the judge's context.
            UpstreamFailed: the judge cannot be reached; `on_batch` has heard what was paid.
        """
        whole = Judged((), JudgeSpending())
        # All prompts before the first is paid: one that leaves no room is an error.
        every = [self._case(one, _item_of(one, items)) for one in responses]
        for start in range(0, len(responses), self._batch):
            cases = every[start : start + self._batch]
            whole = whole + settle(self._desk, self.rubric, cases, known=self._known, on_batch=self._on_batch)
            if progress is not None:
                progress(self.name, min(1.0, (start + self._batch) / len(responses)))
        return whole

    def _case(self, response: Response, item: EvalItem) -> Case | Verdict:
        """What to ask, or the verdict where there is nothing to ask."""
        blank = Verdict(response.item, response.system, self.name, "unparsable", None, self.rubric.worst)
        if response.error is not None:
            return replace(blank, status="answer_error", reasoning=response.error)
        asked = self._desk.fitted(self.rubric, lambda room: ask_about(self.rubric, response, item, room=room))
        if asked is None:
            why = f"needs {' and '.join(self.rubric.needs)}"
            return replace(blank, status="not_applicable", score=None, reasoning=why)
        return Case(asked, blank)


def _item_of(response: Response, items: Mapping[str, EvalItem]) -> EvalItem:
    try:
        return items[response.item]
    except KeyError:
        raise BadInput(
            f"an answer of {response.system!r} is to an unknown item {response.item!r}", mend="give its item as well"
        ) from None
