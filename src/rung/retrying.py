"""Asking a service again: which failures are worth it, how often, and how long to wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar

T = TypeVar("T")


class TryAgain(Exception):
    """One attempt failed in a way that may pass.

    Args:
        problem: what happened, without secrets.
        after_s: how long the service asked to wait [s]; None when it did not say.
    """

    def __init__(self, problem: str, *, after_s: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.after_s = after_s


@dataclass(frozen=True)
class Retry:
    """Exponential backoff with jitter.

    Args:
        attempts: in all, at least 1.
        base_s: the first wait; it doubles each time [s].
        cap_s: the longest wait [s].
        beyond_cap: what to do when the service asks for a longer wait: `wait` for `cap_s`, or `give_up`.
        sleep: how to wait.
        rng: the jitter; waits are spread over [0.5, 1] of the backoff so that clients do not come back in step.
    """

    attempts: int = 5
    base_s: float = 0.5
    cap_s: float = 30.0
    beyond_cap: Literal["wait", "give_up"] = "wait"
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)

    def run(self, attempt: Callable[[], T]) -> T:
        """The result of the first attempt that succeeds.

        Raises:
            TryAgain: the last attempt's failure.
        """
        for count in range(self.attempts):
            try:
                return attempt()
            except TryAgain as failure:
                too_long = self.beyond_cap == "give_up" and (failure.after_s or 0.0) > self.cap_s
                if count == self.attempts - 1 or too_long:
                    raise
                self.sleep(self.wait_s(count, failure.after_s))
        raise AssertionError("attempts >= 1")

    def wait_s(self, failures: int, asked_s: float | None) -> float:
        """Wait [s] = min(cap, max(asked, base * 2^failures * U(0.5, 1)))."""
        backoff = self.base_s * 2**failures * (0.5 + self.rng.random() / 2)
        return min(self.cap_s, max(asked_s or 0.0, backoff))


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
