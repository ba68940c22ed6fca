"""The work behind `rung judge`: the judge opened, asked and metered, its verdicts kept, counted and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rung.cli.judge_asked import HumanLabel
from rung.cli.judge_kept import pair_lines
from rung.cli.live_line import LiveLine
from rung.engines import EngineRoom
from rung.errors import BadInput
from rung.evaluation.judging import (
    Desk,
    Judged,
    JudgeQuality,
    JudgeSpending,
    PairJudge,
    Rubric,
    Share,
    judge_responses,
    known_verdicts,
    pair_figures,
    with_verdicts,
)
from rung.evaluation.judging.comparing import Rated, pair_quality_of, quality_of
from rung.evaluation.records import EvalResults, Response
from rung.ledger import Ledger
from rung.meters import local_meter
from rung.prediction import remote_energy
from rung.report.judging import JudgedMetric, JudgedPairs, Shown
from rung.types import Completion, Engine, GenerationSettings, Meter, ModelFacts, ModelRef, Prompt, Quantity, TokenUsage

if TYPE_CHECKING:
    from rung.evaluation.judging import PairVerdict, Verdict
    from rung.evaluation.judging.asking import CountTokens

NO_RUN = ""
"""Judging a file belongs to no run of the ledger."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be judged, and by whom.

    Args:
        model: the judge.
        rubrics: of single answers and of pairs.
        systems: the pair, where pairs are judged.
        max_tokens: cap on a verdict.
        longest: characters of material in one prompt at most.
        seed: of decoding and bootstraps.
        home: folder of the ledger.
    """

    model: ModelRef
    rubrics: Sequence[Rubric]
    systems: tuple[str, str] | None
    max_tokens: int
    longest: int
    seed: int
    home: Path

    @property
    def single(self) -> list[Rubric]:
        """The rubrics of single answers."""
        return [one for one in self.rubrics if not one.pairwise]

    @property
    def paired(self) -> list[Rubric]:
        """The rubrics of pairs."""
        return [one for one in self.rubrics if one.pairwise]

    def check(self, results: EvalResults, people: Sequence[HumanLabel], where: str) -> None:
        """Refuse what cannot go together, before anything is spent.

        Raises:
            BadInput: an unknown system, pairs without a pairwise rubric or the other way round, labels of no rubric.
        """
        if self.paired and self.systems is None:
            raise BadInput(
                f"the rubric {self.paired[0].name!r} compares two answers", mend="name two systems: --pairwise A B"
            )
        known = ", ".join(results.scored)
        for name in self.systems or ():
            if name not in results.scored:
                raise BadInput(f"there is no system {name!r} in the results", mend=f"choose two of {known}")
        if self.systems is not None and self.systems[0] == self.systems[1]:
            raise BadInput("a system is compared with itself", mend=f"choose two of {known}")
        for label in people:
            self.rubric_of(label, where)

    def rubric_of(self, label: HumanLabel, where: str) -> Rubric:
        """The rubric that a label of people is about.

        Raises:
            BadInput: it names none, or there are several.
        """
        if label.of_study:
            return self._rubric_of_study(label, where)
        names = [one.name for one in self.rubrics]
        if label.metric is None and len(names) > 1:
            raise BadInput(f"{where}:{label.line}: there are several rubrics", mend="add a column `metric`")
        found = [one for one in self.rubrics if label.metric in (None, one.name)]
        if not found:
            raise BadInput(f"{where}:{label.line}: no rubric {label.metric!r}", mend=f"use {' or '.join(names)}")
        return found[0]

    def _rubric_of_study(self, label: HumanLabel, where: str) -> Rubric:
        """A study's metric has a name of its own: where it is no rubric's, the only one of its kind is meant."""
        mine = self.paired if label.pair else self.single
        found = [one for one in mine if one.name == label.metric] or (mine if len(mine) == 1 else [])
        if not found:
            kind = "pairs" if label.pair else "single answers"
            raise BadInput(
                f"{where}:{label.line}: people rated {kind}, and none or several of the rubrics are of these",
                mend="give one such rubric, or name one like the study's metric",
            )
        return found[0]


def run(job: Job, results: EvalResults, people: Sequence[HumanLabel], where: str) -> Done:
    """Judge, keep what was spent, and hold it against people. Where nothing need be asked, no judge is opened.

    Raises:
        RungError: the judge cannot be opened or reached; what was paid is in the ledger, and is not paid again.
    """
    with Ledger(job.home / "ledger.db") as ledger, EngineRoom() as room, LiveLine("opening the judge") as line:
        meter, count = local_meter(), room.token_counter(job.model)
        engine: Engine = _Unopened(job.model.engine, room.describe(job.model))
        loading = JudgeSpending()
        try:
            judged, pairs = _Bench(job, engine, meter, ledger, line, count).all(results)
        except _Needed:
            engine, loading = _opened(job.model, room, meter, ledger)
            judged, pairs = _Bench(job, engine, meter, ledger, line, count).all(results)
    whole = sum((one for _, one in pairs.values()), judged)
    shown = Shown(
        judge=job.model.name,
        metrics=[_metric(rubric, system, judged) for rubric in job.single for system in results.scored],
        pairs=[
            JudgedPairs(name, job.systems, pair_figures(found))
            for name, (found, _) in pairs.items()
            if job.systems is not None
        ],
        people=_people(job, judged, {name: found for name, (found, _) in pairs.items()}, people, where),
        spending=whole.spending + loading,
        recalled=sum(one.recalled for one in whole.verdicts),
        out=None,
        notes=tuple(getattr(engine, "notes", ())),
        warnings=tuple(told for rubric in job.rubrics if (told := whole.warning(rubric.name))),
    )
    lines = [line for one in job.paired for line in pair_lines(one, job.systems or ("", ""), pairs[one.name][1])]
    return Done(shown, with_verdicts(results, job.single, judged), lines, readable=whole.readable)


@dataclass(frozen=True, slots=True)
class Done:
    """What judging brought.

    Args:
        shown: to be told.
        results: with the scores.
        pairs: a line for each verdict on a pair.
        readable: whether any verdict could be read, of those that the judge was asked for.
    """

    shown: Shown
    results: EvalResults
    pairs: list[dict[str, Any]]
    readable: bool


class _Needed(Exception):
    """There is something to ask, so the judge has to be opened; no error."""


@dataclass(frozen=True, slots=True)
class _Unopened:
    """The judge before it is opened: what is known of it, and nothing can be asked."""

    name: str
    facts: ModelFacts

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        raise _Needed

    def close(self) -> None:
        """Nothing is open."""


def _opened(model: ModelRef, room: EngineRoom, meter: Meter, ledger: Ledger) -> tuple[Engine, JudgeSpending]:
    start = meter.look()
    engine = room.open(model)
    loading = JudgeSpending(reading=meter.between(start, meter.look()))
    ledger.append(NO_RUN, [loading.event(model.name, part="load")])
    return engine, loading


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where one job is done."""

    job: Job
    engine: Engine
    meter: Meter
    ledger: Ledger
    line: LiveLine
    count: CountTokens | None

    def all(self, results: EvalResults) -> tuple[Judged, dict[str, tuple[list[PairVerdict], Judged]]]:
        judged = self.single(results)
        return judged, {rubric.name: self.paired(rubric, results) for rubric in self.job.paired}

    def keep(self, judged: Judged) -> None:
        events, texts = judged.events(self.job.model.name)
        self.ledger.append(NO_RUN, events, texts=texts)

    def told(self, what: str, share: float) -> None:
        if self.line.due() or share >= 1:
            self.line.draw(share, f"{share:.0%}", words=f"judging {what}")

    def elsewhere(self, usage: TokenUsage) -> Quantity | None:
        return remote_energy(self.job.model, usage)

    def single(self, results: EvalResults) -> Judged:
        return judge_responses(
            self.engine,
            self.meter,
            self.job.single,
            [_response(results, system, item.id) for system in results.scored for item in results.items],
            {item.id: item for item in results.items},
            self.told,
            known=known_verdicts(self.ledger),
            on_batch=self.keep,
            remote=self.elsewhere,
            seed=self.job.seed,
            max_tokens=self.job.max_tokens,
            longest=self.job.longest,
            count=self.count,
        )

    def paired(self, rubric: Rubric, results: EvalResults) -> tuple[list[PairVerdict], Judged]:
        a, b = self.job.systems or ("", "")
        job = self.job
        desk = Desk(self.engine, self.meter, self.elsewhere, job.seed, job.max_tokens, job.longest, self.count)
        judge = PairJudge(desk, rubric, known=known_verdicts(self.ledger), on_batch=self.keep)
        pairs = [(_response(results, a, item.id), _response(results, b, item.id)) for item in results.items]
        return judge.judge(pairs, {item.id: item for item in results.items}, self.told)


def _response(results: EvalResults, system: str, item: str) -> Response:
    return results.scored[system][item].response


def _metric(rubric: Rubric, system: str, judged: Judged) -> JudgedMetric:
    mine = [one for one in judged.verdicts if (one.rubric, one.system) == (rubric.name, system)]
    labels = Counter(one.label for one in mine if one.label is not None)
    return JudgedMetric(
        name=rubric.name,
        system=system,
        mean=Share.mean([one.score for one in mine if one.score is not None]),
        higher_is_better=rubric.higher_is_better,
        labels={label.name: labels[label.name] for label in rubric.labels},
        counted=Judged(tuple(mine), JudgeSpending()).counted(rubric.name),
    )


def _people(
    job: Job,
    judged: Judged,
    pairs: dict[str, list[PairVerdict]],
    people: Sequence[HumanLabel],
    where: str,
) -> dict[str, JudgeQuality]:
    """How far the judge says what people say, by rubric."""
    found: dict[str, JudgeQuality] = {}
    for rubric in job.rubrics:
        rated = [
            Rated(one.item, one.label, one.system, f"{where}:{one.line}")
            for one in people
            if job.rubric_of(one, where) is rubric and (not one.pair or set(one.pair) == set(job.systems or ()))
        ]
        if not rated:
            continue
        if rubric.pairwise and job.systems is not None:
            found[rubric.name] = pair_quality_of(pairs[rubric.name], rated, job.systems, seed=job.seed)
        else:
            mine: list[Verdict] = [one for one in judged.verdicts if one.rubric == rubric.name]
            found[rubric.name] = quality_of(rubric, mine, rated, seed=job.seed)
    return found
