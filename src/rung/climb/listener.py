"""What a climb tells while it runs; the command line draws it, tests and programs may ignore it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Status:
    """Where a climb stands.

    Args:
        candidate: the one that is worked on.
        step: `build`, `trial`, `control`, ...
        share_done: of the step, in [0, 1].
        detail: e.g. the name of a build's phase.
        items: evaluation items used by the candidate.
        of_items: how many there are.
        mean: mean score so far, or None.
        pass_share: log pass wealth over where it passes, at most 1.
        fail_share: log fail wealth over where it fails, at most 1.
        spent_j: energy of the whole climb so far [J], or None (unknown).
        spent_usd: [USD].
    """

    candidate: str
    step: str
    share_done: float
    detail: str
    items: int
    of_items: int
    mean: float | None
    pass_share: float
    fail_share: float
    spent_j: float | None
    spent_usd: float


class Listener(Protocol):
    """Hears where a climb stands."""

    def status(self, status: Status) -> None:
        """Called often; return fast."""
        ...

    def said(self, line: str) -> None:
        """A line worth keeping, e.g. a verdict."""
        ...


class Silent:
    """Hears nothing."""

    def status(self, status: Status) -> None:
        """Nothing."""

    def said(self, line: str) -> None:
        """Nothing."""
