"""The live line of a climb, on stderr: candidate, items, wealth, spent."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rung.climb import Status


class LiveListener:
    """Draws a progress bar where stderr is a terminal, and a plain line per verdict where it is not."""

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
        self._task = self._progress.add_task("preparing", total=1.0, detail="")
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._progress.stop()

    def status(self, status: Status) -> None:
        """Redraw, at most ten times a second."""
        now = time.monotonic()
        if now - self._drawn < 0.1:
            return
        self._drawn = now
        spent = "" if status.spent_j is None else f"  {status.spent_j / 1e3:.2f} kJ"
        spent += f"  {status.spent_usd:.4f} USD" if status.spent_usd else ""
        if status.step == "build":
            detail = f"{status.detail}{spent}"
        else:
            mean = "" if status.mean is None else f"mean {status.mean:.3f}  "
            wealth = f"pass {status.pass_share:.0%}  fail {status.fail_share:.0%}"
            detail = f"{status.items}/{status.of_items} items  {mean}{wealth}{spent}"
        self._progress.update(
            self._task, description=f"{status.candidate}: {status.step}", completed=status.share_done, detail=detail
        )

    def said(self, line: str) -> None:
        """Keep a line above the bar."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
