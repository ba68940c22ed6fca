"""Threads of torch while a model works."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

ONE_THREAD_PARAMETERS: Final = 50_000_000
"""Up to so many parameters one thread of torch is used: its small operations gain nothing from a second one, and a
thread that waits for a busy core spins. On a machine that did other work too, 32 answers of a 1M model took 42 CPU-s
with two threads and 0.2 with one."""


@contextmanager
def torch_threads(threads: int) -> Generator[None]:
    """So many threads of torch inside, put back after; 0 leaves them as they are."""
    import torch

    before = torch.get_num_threads()
    if threads and threads != before:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        if threads and threads != before:
            torch.set_num_threads(before)
