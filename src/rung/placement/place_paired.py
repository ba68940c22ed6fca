"""Two figures under common errors: how likely one is the smaller, and by how much."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

from rung.footprint import p_cheapest
from rung.types import Quantity

SCENARIOS: Final = 2000
NEAR_TIE: Final = 0.9
"""Below this chance of being better, the first and the second are called a near tie."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What one figure saves against another when every error source is drawn once for both.

    Args:
        p_better: P(it is the smaller); ties count half.
        low: saving at the 5th percentile of the scenarios; negative is a loss.
        mid: saving at the mid values.
        high: saving at the 95th percentile.
        share: the mid saving over what it is compared with; None when that is 0.
        unit: of low, mid and high.
    """

    p_better: float
    low: float
    mid: float
    high: float
    share: float | None
    unit: str

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {name: getattr(self, name) for name in ("p_better", "low", "mid", "high", "share", "unit")}


def saving(ours: Quantity, theirs: Quantity, *, scenarios: int = SCENARIOS, seed: int = 0) -> Saving:
    """What `ours` saves against `theirs`; positions are triangular on [-1, 1] around the mid, as in `p_cheapest`."""
    sources = sorted(ours.sources | theirs.sources)
    draw = random.Random(seed)
    saved: list[float] = []
    for _ in range(scenarios if sources else 1):
        scenario = {source: draw.triangular(-1.0, 1.0, 0.0) for source in sources}
        saved.append(theirs.at(scenario) - ours.at(scenario))
    saved.sort()
    return Saving(
        p_better=p_cheapest("ours", {"ours": ours, "theirs": theirs}, scenarios=scenarios, seed=seed),
        low=saved[int(0.05 * (len(saved) - 1))],
        mid=theirs.value - ours.value,
        high=saved[round(0.95 * (len(saved) - 1))],
        share=None if theirs.value == 0 else 1 - ours.value / theirs.value,
        unit=ours.unit,
    )
