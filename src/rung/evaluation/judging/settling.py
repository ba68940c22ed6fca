"""A batch of cases before a judge: known verdicts recalled, the others asked for, all told to whoever pays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rung.evaluation.judging.asking import Desk, Said
from rung.evaluation.judging.prompting import Asked
from rung.evaluation.judging.rubric import Rubric
from rung.evaluation.judging.verdicts import Judged, JudgeSpending, Verdict, recalled

OnBatch = Callable[[Judged], None]
"""Hears what a batch brought, as soon as it is paid; to be written to the ledger there."""


@dataclass(frozen=True, slots=True)
class Case:
    """A prompt, and the verdict that it has until the judge has spoken: unparsable."""

    asked: Asked
    blank: Verdict


def settle(
    desk: Desk,
    rubric: Rubric,
    cases: Sequence[Case | Verdict],
    *,
    known: dict[str, Verdict],
    on_batch: OnBatch | None,
) -> Judged:
    """The verdicts of a batch, in order; those that stand already are taken as they are, equal ones asked for once.

    `known` is added to.

    Raises:
        UpstreamFailed: the judge cannot be reached; `on_batch` has heard what was paid.
    """
    made: dict[int, Verdict] = {}
    waiting: dict[str, list[tuple[int, Case]]] = {}
    for place, case in enumerate(cases):
        if isinstance(case, Verdict):
            made[place] = case
            continue
        blank = replace(case.blank, key=desk.key(rubric, case.asked.prompt), left_out=case.asked.left_out)
        if (earlier := known.get(blank.key)) is not None:
            made[place] = recalled(earlier, item=blank.item, system=blank.system)
        else:
            waiting.setdefault(blank.key, []).append((place, Case(case.asked, blank)))
    spending, problem = JudgeSpending(), None
    if waiting:
        groups = list(waiting.values())
        round_ = desk.ask([group[0][1].asked.prompt for group in groups], rubric.labels)
        for at, said in round_.said.items():
            (first, case), *same = groups[at]
            made[first] = known[case.blank.key] = _verdict(said, case.blank)
            made |= {at: recalled(made[first], item=one.blank.item, system=one.blank.system) for at, one in same}
        spending, problem = round_.spending, round_.problem
    judged = Judged(tuple(made[place] for place in sorted(made)), spending)
    if on_batch is not None:
        on_batch(judged)
    if problem is not None:
        raise problem
    return judged


def _verdict(said: Said, blank: Verdict) -> Verdict:
    label = said.label
    return replace(
        blank,
        status="refused" if said.error is not None else "unparsable" if label is None else "judged",
        label=None if label is None else label.name,
        score=blank.score if label is None else label.score,
        reasoning=said.error or said.reasoning,
        usage=said.usage,
        latency_s=said.latency_s,
        cost_usd=said.cost_usd,
        energy=said.energy,
        calls=said.calls,
    )
