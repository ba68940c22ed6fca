"""Calls side by side: results in order, and what a broken batch had brought."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from rung.errors import RungError

T = TypeVar("T")
R = TypeVar("R")


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
