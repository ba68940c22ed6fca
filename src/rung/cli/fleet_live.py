"""The live line of a simulation, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rung.prediction.fleet import TraceFile


class Bar:
    """A progress bar where stderr is a terminal, and silence where it is not."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task("simulating", total=1.0, detail="")
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._progress.stop()

    def of_trace(self, trace: TraceFile) -> Callable[[int, float], None]:
        """Told how many requests have arrived; at most ten times a second it redraws."""

        def arrived(count: int, at_s: float) -> None:
            now = time.monotonic()
            if now - self._drawn >= 0.1:
                self._drawn = now
                detail = f"{count:,} requests, {at_s / 3600:.1f} h"
                self._progress.update(self._task, completed=trace.share_read, detail=detail)

        return arrived

    def of_fleets(self, words: str, number: int, of: int) -> None:
        """Told which fleet of the curve is run."""
        self._progress.update(self._task, description="relaxing", completed=number / of, detail=words)

    def say(self, line: str) -> None:
        """Keep a line above the bar."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
