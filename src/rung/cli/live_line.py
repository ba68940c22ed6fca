"""A line on stderr that shows how far long work has come; silent where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

_REDRAW_S = 0.1


class LiveLine:
    """A bar with words before and after it.

    Args:
        words: before the bar, at first.
    """

    def __init__(self, words: str) -> None:
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
        self._words = words
        self._task = self._progress.add_task(words, total=1.0, detail="")
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._progress.stop()

    def due(self) -> bool:
        """Whether a tenth of a second has passed since this was true."""
        now = time.monotonic()
        if now - self._drawn < _REDRAW_S:
            return False
        self._drawn = now
        return True

    def draw(self, share: float, detail: str, *, words: str | None = None) -> None:
        """Show a share in [0, 1] and words after the bar; other words before it, from now on, where they are given."""
        self._words = words or self._words
        self._progress.update(self._task, description=self._words, completed=share, detail=detail)

    def said(self, line: str) -> None:
        """Keep a line above the bar."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
