"""Calling something now and then, as long as its owner lives."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

Owner = TypeVar("Owner")


def call_every(seconds: float, owner: Owner, call: Callable[[Owner], object]) -> threading.Event:
    """Call `call(owner)` from a daemon thread until the owner is collected, or the returned event is set.

    Args:
        seconds: between calls [s].
        owner: kept by a weak reference only.
        call: must not keep the owner alive itself.
    """
    stop = threading.Event()
    weakref.finalize(owner, stop.set)
    threading.Thread(target=_loop, args=(weakref.ref(owner), call, seconds, stop), daemon=True).start()
    return stop


def _loop(owner: weakref.ref[Owner], call: Callable[[Owner], object], seconds: float, stop: threading.Event) -> None:
    while not stop.wait(seconds):
        alive = owner()
        if alive is None:
            return
        call(alive)
        del alive
