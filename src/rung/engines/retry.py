"""Asking again: which failures are worth it, and how long to wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from rung.errors import RungError

T = TypeVar("T")
R = TypeVar("R")


class TryAgain(Exception):
    """One attempt failed in a way that may pass.

    Args:
        problem: what happened, without secrets.
        after_s: how long the upstream asked to wait [s]; None when it did not say.
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
        cap_s: the longest wait, also when the upstream asks for more [s].
        sleep: how to wait.
        rng: the jitter; waits are spread over [0.5, 1] of the backoff so that clients do not come back in step.
    """

    attempts: int = 5
    base_s: float = 0.5
    cap_s: float = 30.0
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
                if count == self.attempts - 1:
                    raise
                self.sleep(self.wait_s(count, failure.after_s))
        raise AssertionError("attempts >= 1")

    def wait_s(self, failures: int, asked_s: float | None) -> float:
        """Wait [s] = min(cap, max(asked, base * 2^failures * U(0.5, 1)))."""
        backoff = self.base_s * 2**failures * (0.5 + self.rng.random() / 2)
        return min(self.cap_s, max(asked_s or 0.0, backoff))


def in_parallel(task: Callable[[T], R], inputs: Sequence[T], *, threads: int) -> list[R]:
    """Results in order; the first failure cancels what has not started and is raised.

    Raises:
        RungError: with the results that there are, those of tasks under way included, as `done`.
    """
    if len(inputs) <= 1:
        return [task(value) for value in inputs]
    with ThreadPoolExecutor(max_workers=min(threads, len(inputs))) as pool:
        futures = [pool.submit(task, value) for value in inputs]
        try:
            finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future in finished:
                    future.result()
            return [future.result() for future in futures]
        except RungError as problem:
            pool.shutdown(wait=True, cancel_futures=True)
            problem.done = {place: future.result() for place, future in enumerate(futures) if _succeeded(future)}
            raise
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _succeeded(future: Future[R]) -> bool:
    return not future.cancelled() and future.exception() is None
