"""What a batch used, shared among its answers."""

from __future__ import annotations

from collections.abc import Sequence

from rung.types import Reading, TokenUsage

PREFILL_WEIGHT = 0.2
"""Work of an input token against an output token: prefill runs many tokens through the weights at once."""


def work_shares(usages: Sequence[TokenUsage]) -> list[float]:
    """How a batch's energy is shared among its answers: by tokens, prefill weighted; sums to 1."""
    work = [PREFILL_WEIGHT * (u.input - u.cached) + u.output for u in usages]
    whole = sum(work)
    return [w / whole for w in work] if whole > 0 else [1 / len(usages)] * len(usages)


def scaled(reading: Reading, share: float) -> Reading:
    """A share of a reading."""
    energy = None if reading.energy is None else reading.energy.scaled(share)
    parts = {name: value * share for name, value in reading.parts_j.items()}
    return Reading(reading.wall_s * share, reading.cpu_s * share, energy, parts)
