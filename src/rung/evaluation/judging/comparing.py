"""Labels of people beside the verdicts on the same answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rung.errors import BadData
from rung.evaluation.judging.pairs import PairVerdict
from rung.evaluation.judging.quality import JudgeQuality, judge_quality
from rung.evaluation.judging.rubric import Rubric, normal_form
from rung.evaluation.judging.verdicts import Verdict

PAIR_LABELS = ("A", "tie", "B")
"""In the order of preference, so that weighted kappas mean something."""


@dataclass(frozen=True, slots=True)
class Rated:
    """What people say of one answer: item, label, the system where there are several, and where it stands."""

    item: str
    label: str
    system: str | None
    where: str


def quality_of(rubric: Rubric, verdicts: Sequence[Verdict], rated: Sequence[Rated], *, seed: int = 0) -> JudgeQuality:
    """A judge against people under one rubric. An answer that several people rated counts once for each.

    Verdicts that do not apply and answers with an error are left out, since the judge saw nothing.

    Raises:
        BadData: a label is not of the scale, or an answer was not judged, or is not told apart.
    """
    found: dict[tuple[str, str], Verdict] = {(one.item, one.system): one for one in verdicts}
    systems = {one.system for one in verdicts}
    names = _names(rubric)
    people: list[str] = []
    judge: list[str | None] = []
    for one in rated:
        verdict = _verdict_on(one, found, systems)
        label = names.get(normal_form(one.label))
        if label is None:
            scale = ", ".join(label.name for label in rubric.labels)
            raise BadData(f"{one.where}: the label {one.label!r} is not of {rubric.name!r}", mend=f"use {scale}")
        if verdict.status in ("not_applicable", "answer_error"):
            continue
        people.append(label)
        judge.append(verdict.label)
    return judge_quality(people, judge, _scale(rubric), ordered=rubric.numeric, seed=seed)


def pair_quality_of(
    verdicts: Sequence[PairVerdict], rated: Sequence[Rated], systems: tuple[str, str], *, seed: int = 0
) -> JudgeQuality:
    """A judge of pairs against people, by its winners over both orders; labels are A, B, tie, or names of the systems.

    Raises:
        BadData: another label, or an item that was not judged.
    """
    winners = {one.item: one.winner if one.readable else None for one in verdicts}
    words = {"a": "A", "b": "B", "tie": "tie", normal_form(systems[0]): "A", normal_form(systems[1]): "B"}
    people: list[str] = []
    judge: list[str | None] = []
    for one in rated:
        label = words.get(normal_form(one.label))
        if label is None:
            raise BadData(f"{one.where}: the label {one.label!r} names no winner", mend="use A, B or tie")
        if one.item not in winners:
            raise BadData(f"{one.where}: the item {one.item!r} was not judged", mend="label items of the results")
        people.append(label)
        judge.append(winners[one.item])
    return judge_quality(people, judge, PAIR_LABELS, ordered=True, seed=seed)


def _verdict_on(one: Rated, found: Mapping[tuple[str, str], Verdict], systems: set[str]) -> Verdict:
    if one.system is None and len(systems) != 1:
        raise BadData(f"{one.where}: several systems were judged", mend="add a column `system`")
    verdict = found.get((one.item, one.system or next(iter(systems))))
    if verdict is None:
        raise BadData(f"{one.where}: no verdict on the item {one.item!r}", mend="label answers of the results")
    return verdict


def _scale(rubric: Rubric) -> list[str]:
    """Its labels by their scores, highest first; weighted kappas count steps of it, however the file lists them."""
    if not rubric.numeric:
        return [label.name for label in rubric.labels]
    return [label.name for label in sorted(rubric.labels, key=lambda label: label.score or 0.0, reverse=True)]


def _names(rubric: Rubric) -> dict[str, str]:
    """What people may write -> label: its name, or its number where no other has it."""
    values = [label.value for label in rubric.labels]
    numbers = {
        normal_form(f"{label.value:g}"): label.name
        for label in rubric.labels
        if isinstance(label.value, float) and values.count(label.value) == 1 and label.value >= 0
    }
    return {**numbers, **{normal_form(label.name): label.name for label in rubric.labels}}
