"""Threads of torch while a small model works."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def few_threads() -> Generator[None]:
    """One thread of torch inside; put back after.

    Small operations gain nothing from a second thread, and one that waits for a busy core spins: on a machine that
    does other work too, CPU time can grow tenfold.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
