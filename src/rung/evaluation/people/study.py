"""Who rates what: tasks, raters and their shares, in orders that a seed gives."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from rung.errors import BadData, BadInput
from rung.evaluation.people.kinds import LETTERS, Kind, kind_named
from rung.evaluation.records import EvalItem, Response
from rung.stats import seeded_order

MAX_TEXT: Final = 100_000
"""Longest text [characters] that a page shows."""

MAX_RATERS: Final = 500
MAX_INSTRUCTIONS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of whom.

    Args:
        kind: name of the kind of question.
        metric: what is rated, as exports name it.
        question: that the page asks.
        instructions: Markdown for the raters, or empty.
        raters: how many there are.
        per_item: raters for each task, 1 to 3.
        seed: of every order.
    """

    kind: str
    metric: str
    question: str
    instructions: str
    raters: int
    per_item: int
    seed: int


@dataclass(frozen=True, slots=True)
class Task:
    """Responses to an item that are rated together."""

    item: str
    systems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task of a rater.

    Args:
        rater: from 1 on.
        place: in this rater's order, from 1 on.
        task: position in the study's tasks.
        shown: its systems as this rater sees them, A first: what unblinds an answer.
    """

    rater: int
    place: int
    task: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """A plan with its material; two studies with the same `digest` are the same."""

    name: str
    plan: Plan
    items: tuple[EvalItem, ...]
    responses: Mapping[str, Mapping[str, Response]]
    tasks: tuple[Task, ...]
    assignments: tuple[Assignment, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of what raters see and in which order."""
        plan = self.plan
        texts = [
            (i.id, i.input, i.references, [t.content for t in i.earlier], [(r.text, r.error) for r in answers.values()])
            for i, answers in ((item, self.responses[item.id]) for item in self.items)
        ]
        parts = [plan.kind, plan.metric, plan.question, plan.instructions, plan.raters, plan.per_item, plan.seed]
        shown = [(a.rater, a.task, a.shown) for a in self.assignments]
        whole = json.dumps([self.name, parts, texts, [(t.item, t.systems) for t in self.tasks], shown])
        return hashlib.sha256(whole.encode()).hexdigest()


def make_study(
    name: str, plan: Plan, items: Sequence[EvalItem], responses: Mapping[str, Mapping[str, Response]]
) -> Study:
    """Tasks of the items, shared among the raters.

    Args:
        name: of the data set.
        plan: what is asked.
        items: to be rated.
        responses: item id -> system -> response; all items have the same systems.

    Raises:
        BadInput: a number is out of range, or there are too few or too many systems for the kind.
        BadData: a text is too long to be shown, or is no text.
    """
    kind = kind_named(plan.kind)
    systems = tuple(sorted({system for by_system in responses.values() for system in by_system}))
    _refuse(plan, kind, items, systems)
    _refuse_texts(items, responses)
    order = seeded_order([item.id for item in items], plan.seed)
    ordered = tuple(items[place] for place in order)
    tasks = tuple(Task(item.id, group) for item in ordered for group in kind.systems_at_once(systems))
    return Study(name, plan, ordered, responses, tasks, tuple(_assign(plan, tasks)))


def _refuse(plan: Plan, kind: Kind, items: Sequence[EvalItem], systems: Sequence[str]) -> None:
    if not items:
        raise BadInput("there is nothing to rate", mend="give results with at least one item")
    if not 1 <= plan.raters <= MAX_RATERS:
        raise BadInput(f"{plan.raters} raters", mend=f"give --raters 1 to {MAX_RATERS}")
    if not 1 <= plan.per_item <= min(3, plan.raters):
        raise BadInput(f"{plan.per_item} raters an item", mend="give --per-item 1 to 3, and no more than --raters")
    if len(systems) < (1 if kind.scope == "each" else 2):
        raise BadInput(f"{kind.name} compares systems, and there is one", mend="give two, or use thumbs or likert")
    if len(systems) > len(LETTERS):
        raise BadInput(f"{len(systems)} systems are too many to rate", mend=f"name at most {len(LETTERS)} by --system")
    if len(plan.instructions) > MAX_INSTRUCTIONS:
        raise BadInput("the instructions are too long", mend=f"stay under {MAX_INSTRUCTIONS:,} characters")


def _refuse_texts(items: Sequence[EvalItem], responses: Mapping[str, Mapping[str, Response]]) -> None:
    for item in items:
        texts = [
            ("the prompt", item.input),
            *((f"the response of {system!r}", found.text) for system, found in responses[item.id].items()),
            *(("a reference", text) for text in item.references),
            *(("an earlier turn", turn.content) for turn in item.earlier),
        ]
        for what, text in texts:
            if len(text) > MAX_TEXT:
                raise BadData(
                    f"item {item.id!r}: {what} has {len(text):,} characters; a page shows {MAX_TEXT:,}",
                    mend="shorten it, or leave the item out",
                )
            if any("\ud800" <= letter <= "\udfff" for letter in text):
                raise BadData(
                    f"item {item.id!r}: {what} holds half a character (a lone surrogate)", mend="mend the text"
                )


def _assign(plan: Plan, tasks: Sequence[Task]) -> list[Assignment]:
    """Each task to the raters with the least to do, among them to those who met least: shares differ by one at most."""
    load, met = [0] * (plan.raters + 1), Counter[tuple[int, int]]()
    mine: dict[int, list[int]] = {rater: [] for rater in range(1, plan.raters + 1)}
    for position, task in enumerate(tasks):
        chosen: list[int] = []
        turn = int.from_bytes(_draw(plan.seed, "rater", *_names(task)))
        for _ in range(plan.per_item):
            free = [rater for rater in mine if rater not in chosen]
            least = min(load[rater] for rater in free)
            order = _seldom_met(met, tuple(chosen), turn, plan.raters)
            chosen.append(min((rater for rater in free if load[rater] == least), key=order))
        for rater in chosen:
            load[rater] += 1
            mine[rater].append(position)
        met.update(combinations(sorted(chosen), 2))
    return [
        Assignment(rater, place, position, _shuffled(plan.seed, tasks[position], rater))
        for rater, positions in mine.items()
        for place, position in enumerate(
            sorted(positions, key=lambda p: _draw(plan.seed, "place", *_names(tasks[p]), rater)), 1
        )
    ]


def _seldom_met(
    met: Counter[tuple[int, int]], chosen: tuple[int, ...], turn: int, raters: int
) -> Callable[[int], tuple[int, int]]:
    """Orders raters by how often they met those chosen, and then from a drawn one on."""

    def order(rater: int) -> tuple[int, int]:
        meetings = sum(met.get((min(rater, other), max(rater, other)), 0) for other in chosen)
        return meetings, (rater + turn) % raters

    return order


def _shuffled(seed: int, task: Task, rater: int) -> tuple[str, ...]:
    return tuple(sorted(task.systems, key=lambda system: _draw(seed, "shown", *_names(task), rater, system)))


def _names(task: Task) -> tuple[str, ...]:
    return (task.item, *task.systems)


def _draw(seed: int, *parts: str | int) -> bytes:
    """The same on every platform, and independent of what else is drawn."""
    return hashlib.blake2b(json.dumps([seed, *parts]).encode(), digest_size=16).digest()
