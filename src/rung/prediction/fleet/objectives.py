"""Latency objectives of a fleet: a quantile of a time stays within a limit; and whether a run kept them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from rung.errors import BadInput
from rung.prediction.fleet.books import Tally
from rung.prediction.fleet.histogram import LogHistogram

TimeName = Literal["ttft", "itl", "latency"]
TIMES: Final[tuple[TimeName, ...]] = ("ttft", "itl", "latency")
_UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_FORM = "write e.g. --slo ttft=2s@p95, --slo itl=100ms@p99 or --slo latency=30s"


@dataclass(frozen=True, slots=True)
class Objective:
    """A share `level` of the values of `time` is at most `limit_s`.

    Args:
        time: `ttft` (arrival to first token), `itl` (gaps between tokens) or `latency` (arrival to last token).
        limit_s: [s].
        level: share, 0 to 1, both excluded.
    """

    time: TimeName
    limit_s: float
    level: float = 0.95

    @property
    def words(self) -> str:
        """For readers."""
        limit = f"{self.limit_s * 1e3:g} ms" if self.limit_s < 1 else f"{self.limit_s:g} s"
        return f"p{100 * self.level:g} {self.time} within {limit}"

    def seen(self, tally: Tally) -> LogHistogram:
        """The times that it is about."""
        return {"ttft": tally.ttft, "itl": tally.itl, "latency": tally.latency}[self.time]

    def kept(self, tally: Tally) -> Kept:
        """How a run stands to it."""
        seen = self.seen(tally)
        share = seen.share_within(self.limit_s)
        return Kept(self, seen.quantile(self.level), share, share is None or share >= self.level)


@dataclass(frozen=True, slots=True)
class Kept:
    """How a run stands to an objective.

    Args:
        objective: which.
        value_s: the quantile [s]; None when there was nothing to see.
        share: of the values within the limit.
        holds: whether that is enough.
    """

    objective: Objective
    value_s: float | None
    share: float | None
    holds: bool

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "objective": self.objective.words,
            "time": self.objective.time,
            "limit_s": self.objective.limit_s,
            "level": self.objective.level,
            "value_s": self.value_s,
            "share": self.share,
            "holds": self.holds,
        }


def read_objective(text: str) -> Objective:
    """An objective from e.g. `ttft=2s@p95`; the 95th percentile where none is named.

    Raises:
        BadInput: another form.
    """
    found = re.fullmatch(r"\s*(\w+)\s*=\s*([0-9.]{1,12})\s*([a-z]+)\s*(?:@\s*p?([0-9.]{1,8})\s*%?)?\s*", text)
    time: TimeName | None = next((name for name in TIMES if found and found[1] == name), None)
    if found is None or time is None or found[3] not in _UNITS:
        raise BadInput(f"--slo {text!r} is no objective", mend=_FORM)
    try:
        limit, percent = float(found[2]) * _UNITS[found[3]], float(found[4] or 95)
    except ValueError:
        raise BadInput(f"--slo {text!r} is no objective", mend=_FORM) from None
    if not (0 < limit < 1e9 and 0 < percent < 100):
        raise BadInput(f"--slo {text!r} cannot be", mend=f"give a positive time and a percentile below 100: {_FORM}")
    return Objective(time, limit, percent / 100)
