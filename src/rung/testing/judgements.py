"""Recorded judgements: what models said of pairs of answers, beside what people said. Nothing in here is fitted."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rung.evaluation.judging import JudgeQuality, PairVerdict, judge_quality
from rung.evaluation.judging.comparing import PAIR_LABELS
from rung.evaluation.judging.pairs import Place

LLMBAR: tuple[Literal["natural", "neighbor"], ...] = ("natural", "neighbor")


@dataclass(frozen=True, slots=True)
class RecordedPair:
    """Two answers to one question: which is better, by people, and by judges.

    Args:
        id: of the pair.
        question: what was asked.
        answers: A and B.
        people: `A`, `B` or `tie` (of several people, the majority; None where there is none).
        each: the label of every person.
        forward: by judge, the winner with A first, or None where nothing could be read.
        backward: by judge, the winner with B first; empty where only one order was asked.
    """

    id: str
    question: str
    answers: tuple[str, str]
    people: str | None
    each: tuple[str, ...]
    forward: dict[str, str | None]
    backward: dict[str, str | None]


def load_llmbar(shared: Path, part: Literal["natural", "neighbor"]) -> list[RecordedPair]:
    """LLMBar: 100 natural or 134 adversarial pairs, one gold label, 44 judges in both orders.

    The file names the winner by answer in both orders, not by place.
    """
    name = {"1": "A", "2": "B", None: None}
    return [
        RecordedPair(
            id=row["item_id"],
            question=row["input"],
            answers=(row["output_1"], row["output_2"]),
            people=name[str(row["label"])],
            each=(str(name[str(row["label"])]),),
            forward={judge: name[said[0]] for judge, said in row["judges"].items()},
            backward={judge: name[said[1]] for judge, said in row["judges"].items()},
        )
        for row in _rows(shared / "data" / "evals" / f"llmbar_{part}.jsonl.gz")
    ]


def load_pandalm(shared: Path) -> list[RecordedPair]:
    """PandaLM's test set: 736 pairs, three people, two judges in one order; what could not be read is None."""
    name = {"0": "tie", "1": "A", "2": "B", "Tie": "tie", "tie": "tie"}
    found: list[RecordedPair] = []
    for number, row in enumerate(_rows(shared / "data" / "evals" / "pandalm_human_vs_judge.jsonl.gz")):
        each = tuple(name[str(row[f"annotator{n}"])] for n in (1, 2, 3))
        winner, votes = Counter(each).most_common(1)[0]
        found.append(
            RecordedPair(
                id=f"pandalm-{number}",
                question=f"{row['instruction']}\n\n{row['input']}".strip(),
                answers=(row["response1"], row["response2"]),
                people=winner if votes > 1 else None,
                each=each,
                forward={judge: name.get(str(row[f"judge_{judge}"])) for judge in ("gpt35", "pandalm7b")},
                backward={},
            )
        )
    return found


def verdicts_of(pairs: Sequence[RecordedPair], judge: str) -> list[PairVerdict]:
    """A judge's verdicts by place, both orders."""
    forward: dict[str | None, Place | None] = {"A": "first", "B": "second", "tie": "tie", None: None}
    backward: dict[str | None, Place | None] = {"A": "second", "B": "first", "tie": "tie", None: None}
    return [PairVerdict(one.id, forward[one.forward[judge]], backward[one.backward[judge]]) for one in pairs]


def quality_in_one_order(
    pairs: Sequence[RecordedPair], judge: str, order: Literal["forward", "backward"], *, seed: int = 0
) -> JudgeQuality:
    """A judge against people in one order; pairs on which people have no majority are left out."""
    rated = [one for one in pairs if one.people is not None]
    said = [(one.forward if order == "forward" else one.backward)[judge] for one in rated]
    return judge_quality([str(one.people) for one in rated], said, PAIR_LABELS, ordered=True, seed=seed)


def quality_in_both_orders(pairs: Sequence[RecordedPair], judge: str, *, seed: int = 0) -> JudgeQuality:
    """The same of winners over both orders, where a disagreement between them is a tie."""
    rated = [one for one in pairs if one.people is not None]
    said = [one.winner if one.readable else None for one in verdicts_of(rated, judge)]
    return judge_quality([str(one.people) for one in rated], said, PAIR_LABELS, ordered=True, seed=seed)


def quality_of_people(pairs: Sequence[RecordedPair], one: int, other: int, *, seed: int = 0) -> JudgeQuality:
    """One person against another: what a judge may be measured by."""
    labels = [(pair.each[one], pair.each[other]) for pair in pairs]
    return judge_quality([a for a, _ in labels], [b for _, b in labels], PAIR_LABELS, ordered=True, seed=seed)


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
