"""Asking a service again: how often, and how long to wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

T = TypeVar("T")


class Passing(Exception):
    """A failure that may pass.

    Args:
        problem: what happened, without secrets.
        after_s: how long the service asked to wait [s]; None when it did not say.
    """

    def __init__(self, problem: str, *, after_s: float | None = None) -> None:
        super().__init__(problem)
        self.problem, self.after_s = problem, after_s


@dataclass(frozen=True)
class Patience:
    """Exponential backoff with jitter.

    Args:
        attempts: in all, at least 1.
        base_s: the first wait; it doubles each time [s].
        cap_s: the longest wait. A service that asks for more is not asked again [s].
        sleep: how to wait.
        rng: the jitter; a wait is 0.5 to 1 of the backoff.
    """

    attempts: int = 4
    base_s: float = 0.5
    cap_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)

    def run(self, attempt: Callable[[], T]) -> T:
        """The result of the first attempt that succeeds.

        Raises:
            Passing: the last failure.
        """
        for count in range(self.attempts):
            try:
                return attempt()
            except Passing as failure:
                if count == self.attempts - 1 or (failure.after_s or 0.0) > self.cap_s:
                    raise
                backoff = self.base_s * 2**count * (0.5 + self.rng.random() / 2)
                self.sleep(min(self.cap_s, max(failure.after_s or 0.0, backoff)))
        raise AssertionError("attempts >= 1")


def retry_after_s(header: str | None, *, now: datetime | None = None) -> float | None:
    """The wait [s] that a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); None without one."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
