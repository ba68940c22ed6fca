"""The live line of a climb, on stderr: candidate, items, wealth, spent."""

from __future__ import annotations

from rung.cli.live_line import LiveLine
from rung.climb import Status


class LiveListener(LiveLine):
    """Draws a progress bar where stderr is a terminal, and a plain line per verdict where it is not."""

    def __init__(self) -> None:
        super().__init__("preparing")

    def status(self, status: Status) -> None:
        """Redraw, at most ten times a second."""
        if not self.due():
            return
        spent = "" if status.spent_j is None else f"  {status.spent_j / 1e3:.2f} kJ"
        spent += f"  {status.spent_usd:.4f} USD" if status.spent_usd else ""
        if status.step == "build":
            detail = f"{status.detail}{spent}"
        else:
            mean = "" if status.mean is None else f"mean {status.mean:.3f}  "
            wealth = f"pass {status.pass_share:.0%}  fail {status.fail_share:.0%}"
            detail = f"{status.items}/{status.of_items} items  {mean}{wealth}{spent}"
        self.draw(status.share_done, detail, words=f"{status.candidate}: {status.step}")
