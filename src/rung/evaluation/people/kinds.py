"""The kinds of questions that raters are asked: what may be answered, and what an answer is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from rung.errors import BadInput
from rung.stats import Level

Scope = Literal["each", "pair", "all"]

LETTERS: Final = "ABCDEFGHIJKLMNOP"
"""What systems are called on the page; at most so many responses stand on one."""

WHOLE: Final = "choice"
"""The field of an answer that is about both responses of a pair at once."""

BETTER: Final = {"1": 1.0, "2": 0.75, "3": 0.5, "4": 0.25, "5": 0.0}
CHOSEN: Final = {"A": 1.0, "B": 0.0, "tie": 0.5}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    Args:
        name: as it is asked for.
        scope: what an answer is about: `each` response by itself, a `pair` of them, or `all` in order.
        level: of measurement, for agreement.
        question: what raters are asked where nobody says otherwise.
        choices: value -> label, best first for comparisons; empty for ranks, which depend on how many there are.
        bedrock: name of the kind in Amazon Bedrock's results.
    """

    name: str
    scope: Scope
    level: Level
    question: str
    choices: Mapping[str, str]
    bedrock: str

    def systems_at_once(self, systems: Sequence[str]) -> list[tuple[str, ...]]:
        """The groups of systems that are shown together: every pair, or all."""
        return list(combinations(systems, 2)) if self.scope == "pair" else [tuple(systems)]

    def fields(self, count: int) -> tuple[str, ...]:
        """What an answer on `count` responses has to fill in."""
        return (WHOLE,) if self.scope == "pair" else tuple(LETTERS[:count])

    def options(self, count: int) -> Mapping[str, str]:
        """What each field may hold: value -> label."""
        return self.choices or {str(rank): str(rank) for rank in range(1, count + 1)}

    def refuse(self, answer: Mapping[str, str], count: int) -> str | None:
        """Why this is no answer on `count` responses, in words for the rater; None when it is one."""
        fields, options = self.fields(count), self.options(count)
        if not set(answer) <= set(fields) or any(value not in options for value in answer.values()):
            return "That is not one of the choices."
        missing = [name for name in fields if name not in answer]
        if not missing:
            return None
        return "Please choose one." if missing == [WHOLE] else f"Please rate {' and '.join(missing)} too."

    def scores(self, answer: Mapping[str, str], shown: Sequence[str]) -> dict[str, float]:
        """What a whole answer is worth to each system, in [0, 1].

        Thumbs are 0 or 1, a Likert scale is (x - 1)/4, a rank is the share of the others that it is better than
        (ties half). Of a pair, one has what the other lacks: 1, 0.75, 0.5, 0.25 or 0.

        Args:
            answer: that `refuse` did not refuse.
            shown: the systems behind the letters, A first.
        """
        if self.scope == "pair":
            first = (BETTER if self.name == "comparison-likert" else CHOSEN)[answer[WHOLE]]
            return {shown[0]: first, shown[1]: 1.0 - first}
        given = {system: int(answer[letter]) for letter, system in zip(LETTERS, shown, strict=False)}
        if self.scope == "all":
            return {system: _share_beaten(rank, list(given.values())) for system, rank in given.items()}
        return {system: float(value) if self.name == "thumbs" else (value - 1) / 4 for system, value in given.items()}


def _share_beaten(rank: int, ranks: Sequence[int]) -> float:
    beaten = sum(1.0 for other in ranks if other > rank) + 0.5 * (ranks.count(rank) - 1)
    return beaten / (len(ranks) - 1)


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("thumbs", "each", "nominal", "Is this response good?", {"1": "👍 Yes", "0": "👎 No"}, "thumbsUpDown"),
        Kind(
            "likert",
            "each",
            "ordinal",
            "How good is this response?",
            {"1": "1, very bad", "2": "2, bad", "3": "3, fair", "4": "4, good", "5": "5, very good"},
            "individualLikertScale",
        ),
        Kind(
            "comparison-likert",
            "pair",
            "ordinal",
            "Which response is better, and by how much?",
            {
                "1": "A is much better",
                "2": "A is slightly better",
                "3": "About the same",
                "4": "B is slightly better",
                "5": "B is much better",
            },
            "comparisonLikertScale",
        ),
        Kind(
            "comparison-choice",
            "pair",
            "nominal",
            "Which response is better?",
            {"A": "A is better", "tie": "Tie", "B": "B is better"},
            "comparisonChoice",
        ),
        Kind("ranking", "all", "ordinal", "Rank the responses: 1 is best. Equal ranks are ties.", {}, "comparisonRank"),
    )
}


def kind_named(name: str) -> Kind:
    """The kind of this name.

    Raises:
        BadInput: there is none.
    """
    if name not in KINDS:
        raise BadInput(f"there is no kind of rating {name!r}", mend=f"use one of {', '.join(KINDS)}")
    return KINDS[name]
