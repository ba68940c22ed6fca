"""Sharing the energy of a window among what was done in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rung.types import Quantity


@dataclass(frozen=True, slots=True)
class Shares:
    """Energy by request, and what nobody claims; together they are the window's total.

    Args:
        parts: one for each weight [J].
        unattributed: idle and unclaimed energy [J].
    """

    parts: tuple[Quantity, ...]
    unattributed: Quantity


def share_energy(energy: Quantity, weights: Sequence[float], *, claimed: float = 1.0) -> Shares:
    """Share a window's energy by work done; sum(parts) + unattributed = energy, to rounding.

    Args:
        energy: of the window [J].
        weights: work of each request in it (prefill and decode tokens, weighted); not negative. Without any work
            everything is unattributed.
        claimed: the share of the window's energy that work can claim, in [0, 1]; the rest is idle.

    Raises:
        ValueError: a negative weight, or a share outside [0, 1].
    """
    if not 0 <= claimed <= 1:
        raise ValueError(f"a share lies in [0, 1], got {claimed}")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    work = sum(weights)
    if work == 0:
        return Shares(tuple(energy.scaled(0.0) for _ in weights), energy)
    parts = tuple(energy.scaled(claimed * (weight / work)) for weight in weights)
    return Shares(parts, energy.scaled(1 - claimed))
