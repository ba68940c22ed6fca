"""What verdicts on pairs add up to: win rate, consistency, and how much the order decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rung.stats import wilson

Place = Literal["first", "second", "tie"]
"""What a judge prefers, by its place in the prompt."""

Winner = Literal["A", "B", "tie"]
"""What it prefers, by which system it is."""


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What a judge says of two answers to one item, asked twice.

    Args:
        item: id.
        forward: with A first; None where nothing could be read.
        backward: with B first.
        reasoning: of both, forward first.
    """

    item: str
    forward: Place | None
    backward: Place | None
    reasoning: tuple[str, str] = ("", "")

    @property
    def winner(self) -> Winner:
        """The one that both orders prefer; a disagreement and an unreadable verdict are ties."""
        if self.forward == "first" and self.backward == "second":
            return "A"
        if self.forward == "second" and self.backward == "first":
            return "B"
        return "tie"

    @property
    def readable(self) -> bool:
        """Whether both verdicts could be read."""
        return self.forward is not None and self.backward is not None

    @property
    def consistent(self) -> bool:
        """Whether both orders say the same of the systems."""
        flipped: dict[Place | None, Place | None] = {"first": "second", "second": "first", "tie": "tie"}
        return self.readable and flipped[self.forward] == self.backward


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95% Wilson interval, and of how many."""

    value: float
    low: float
    high: float
    of: int

    @classmethod
    def mean(cls, values: Sequence[float]) -> Share | None:
        """The mean of numbers in [0, 1]; None of nothing. The interval is wide enough for any such numbers."""
        if not values:
            return None
        found = wilson(sum(values), len(values))
        return cls(found.value, found.low or 0.0, found.high or 0.0, found.items)

    def to_json(self) -> dict[str, float | int]:
        """JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high, "of": self.of}


@dataclass(frozen=True, slots=True)
class PairFigures:
    """What pairs add up to.

    Args:
        win_rate: of A, a tie counting half; None without pairs.
        wins: of A, of B, and ties.
        first_wins: share of first-position wins among verdicts that prefer one, a mean over pairs; .5 is no bias.
        consistent: share of pairs where both orders agree.
        unreadable: pairs with a verdict that could not be read; they count as ties.
    """

    win_rate: Share | None
    wins: tuple[int, int, int]
    first_wins: Share | None
    consistent: Share | None
    unreadable: int

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        shares = {"win_rate": self.win_rate, "first_position_wins": self.first_wins, "consistent": self.consistent}
        return {
            **{name: None if share is None else share.to_json() for name, share in shares.items()},
            "wins": dict(zip(("A", "B", "tie"), self.wins, strict=True)),
            "unreadable": self.unreadable,
        }


def pair_figures(pairs: Sequence[PairVerdict]) -> PairFigures:
    """Win rate, position bias and consistency of pairs, each pair asked in both orders.

    The two verdicts of a pair depend on each other, so a pair is one observation: its share of first-position wins is
    0, 1/2 or 1. Wilson's interval is that of a 0/1 observation with this mean, whose variance is the largest possible.
    """
    scored = {"A": 1.0, "tie": 0.5, "B": 0.0}
    winners = [one.winner for one in pairs]
    firsts: list[float] = []
    for one in pairs:
        decided = [place for place in (one.forward, one.backward) if place in ("first", "second")]
        if decided:
            firsts.append(decided.count("first") / len(decided))
    return PairFigures(
        win_rate=Share.mean([scored[winner] for winner in winners]),
        wins=(winners.count("A"), winners.count("B"), winners.count("tie")),
        first_wins=Share.mean(firsts),
        consistent=Share.mean([float(one.consistent) for one in pairs if one.readable]),
        unreadable=sum(not one.readable for one in pairs),
    )
