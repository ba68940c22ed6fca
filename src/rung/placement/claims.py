"""Claims of the published guidance, held to intervals of our own. A verdict follows from figures by one written rule.

Every claim is put as a ratio r, how many times better: "60% less" is 1 / (1 - 0.6) = 2.5 times, "50% better" is 1.5
times. Our evidence is a set of comparisons, each with an interval of the same ratio: its 5th to 95th percentile when
every error source is drawn once (see `claims_figures.spread`). The claim is met by a ratio of r / 1.1 or more: claims
are rounded, and a tenth is left to that.

- A claim "up to r" is about the best case: its interval runs from the largest low to the largest high.
- A claim "about r" is about all cases: its interval runs from the smallest low to the largest high.

| verdict | an "up to" claim | an "about" claim |
|---|---|---|
| reproduced | a firm comparison meets it even at its low end | all of it is firm and within r / 1.1 to 1.1 r |
| contradicted | no comparison meets it even at its high end | none of it is within r / 1.1 to 1.1 r |
| consistent | anything else: not refuted, not shown | anything else |
| untestable here | there is no evidence | there is no evidence |

A comparison is firm when no figure in it is modelled or assumed: published, measured, or counted by a formula alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rung.placement.claims_book import Book

Kind = Literal["up to", "about"]
Verdict = Literal["reproduced", "consistent", "contradicted", "untestable here"]

ROUNDING: Final = 1.1


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison: how many times better the one is than the other.

    Args:
        name: what is compared with what, by which measure.
        low: 5th percentile of the ratio.
        mid: at the mids.
        high: 95th percentile.
        firm: whether no figure in it is modelled or assumed.
    """

    name: str
    low: float
    mid: float
    high: float
    firm: bool

    def __post_init__(self) -> None:
        if not (0 <= self.low <= self.mid <= self.high and math.isfinite(self.high)):
            raise ValueError(f"{self.name}: {self.low}, {self.mid}, {self.high} is no interval of a ratio")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What we have.

    Args:
        pairs: comparisons; empty where there is none.
        how: in a sentence, how they were computed.
        unverified: what was not verified, a sentence.
    """

    pairs: tuple[Pair, ...]
    how: str
    unverified: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of the guidance.

    Args:
        key: short name.
        text: what is claimed.
        source: where, and how far the source was checked.
        ratio: the claim as a ratio, how many times better.
        kind: about the best case (`up to`) or about all (`about`).
        evidence: our comparisons, from the facts of a book.
    """

    key: str
    text: str
    source: str
    ratio: float
    kind: Kind
    evidence: Callable[[Book], Evidence]


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim beside our interval.

    Args:
        claim: it.
        evidence: ours.
        interval: low and high of the ratio; None without evidence.
        verdict: by the rule.
    """

    claim: Claim
    evidence: Evidence
    interval: tuple[float, float] | None
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "claim": self.claim.key,
            "text": self.claim.text,
            "source": self.claim.source,
            "kind": self.claim.kind,
            "claimed_ratio": self.claim.ratio,
            "interval": None if self.interval is None else list(self.interval),
            "verdict": self.verdict,
            "how": self.evidence.how,
            "unverified": self.evidence.unverified,
            "comparisons": [
                {"name": p.name, "low": p.low, "mid": p.mid, "high": p.high, "firm": p.firm}
                for p in self.evidence.pairs
            ],
        }


def less(share: float) -> float:
    """The ratio of "a share less": what was needed over what is."""
    return 1 / (1 - share)


def interval_of(pairs: Sequence[Pair], kind: Kind) -> tuple[float, float] | None:
    """The interval that a claim of this kind is held to; None without comparisons."""
    if not pairs:
        return None
    low = max(pair.low for pair in pairs) if kind == "up to" else min(pair.low for pair in pairs)
    return low, max(pair.high for pair in pairs)


def verdict(ratio: float, kind: Kind, pairs: Sequence[Pair]) -> Verdict:
    """The rule at the head of this file."""
    interval = interval_of(pairs, kind)
    if interval is None:
        return "untestable here"
    low, high = interval
    least, most = ratio / ROUNDING, ratio * ROUNDING
    if high < least or (kind == "about" and low > most):
        return "contradicted"
    if kind == "up to":
        shown = any(pair.firm and pair.low >= least for pair in pairs)
    else:
        shown = low >= least and high <= most and all(pair.firm for pair in pairs)
    return "reproduced" if shown else "consistent"


def judge(claim: Claim, book: Book) -> Finding:
    """A claim held to the facts of a book."""
    evidence = claim.evidence(book)
    found = verdict(claim.ratio, claim.kind, evidence.pairs)
    return Finding(claim, evidence, interval_of(evidence.pairs, claim.kind), found)
