"""What a climb spends: laps of one meter, each written to the ledger, and the limits they must stay under."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rung.climb.costing import NOTHING_REMOTE, Costing
from rung.errors import BudgetExhausted
from rung.ledger import Ledger, NewEvent
from rung.types import Footprint, Look, Meter, Quantity, Reading, sum_footprints, sum_known

_RAISE = "raise the budget and go on with --resume"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a climb may spend at most; None is no limit. The worst case of the dry run is always one of them."""

    energy_j: float | None = None
    usd: float | None = None
    wall_s: float | None = None
    calls: int | None = None

    def tightened(self, other: Limits) -> Limits:
        """The smaller of both, limit by limit."""
        return Limits(
            _smaller(self.energy_j, other.energy_j),
            _smaller(self.usd, other.usd),
            _smaller(self.wall_s, other.wall_s),
            None if (calls := _smaller(self.calls, other.calls)) is None else int(calls),
        )


def _smaller(a: float | None, b: float | None) -> float | None:
    known = [x for x in (a, b) if x is not None]
    return min(known) if known else None


class Purse:
    """Meters a climb without gaps: each lap starts where the last one ended, so that the parts sum to the whole.

    Args:
        ledger: where each lap is written, as a `spent` event.
        run: id of the run.
        meter: reads the process and its children.
        costing: for the footprints.
        limits: checked by `check`.
        since: where the first lap starts; None is now.
    """

    def __init__(
        self, ledger: Ledger, run: str, meter: Meter, costing: Costing, limits: Limits, *, since: Look | None = None
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._meter = meter
        self._costing = costing
        self.limits = limits
        self._first = self._last = since or meter.look()
        self._tapped = time.monotonic()
        self.by_part: dict[str, Footprint] = defaultdict(Footprint.zero)
        self.energy: Quantity | None = Quantity.zero("J")
        self.usd = 0.0
        self.wall_s = 0.0
        self.calls = 0
        self._recall()

    def _recall(self) -> None:
        # A resumed run goes on with what its earlier starts have spent.
        for event in self._ledger.events(run=self._run, kind="spent"):
            body = event.body
            remote = None if body["remote"] is None else Quantity.from_json(body["remote"])
            self._count(body["part"], Reading.from_json(body["reading"]), body["usd"], remote, body["calls"])

    def lap(
        self,
        part: str,
        *,
        candidate: str | None = None,
        usd: float = 0.0,
        remote: Quantity | None = NOTHING_REMOTE,
        calls: int = 0,
    ) -> tuple[Reading, NewEvent]:
        """End a lap: what was used since the last one, counted under `part`.

        Returns:
            the reading, and the event that the caller appends together with what the lap was for.
        """
        now = self._meter.look()
        reading = self._meter.between(self._last, now)
        self._last = now
        self._count(part, reading, usd, remote, calls)
        body = {
            "part": part,
            "candidate": candidate,
            "reading": reading.to_json(),
            "usd": usd,
            "remote": None if remote is None else remote.to_json(),
            "calls": calls,
        }
        return reading, NewEvent("spent", body)

    def spend(self, part: str, *, candidate: str | None = None) -> Reading:
        """End a lap that stands alone, and write it."""
        reading, event = self.lap(part, candidate=candidate)
        self.write([event])
        return reading

    def write(self, events: Iterable[NewEvent]) -> None:
        """Append events of this run."""
        self._ledger.append(self._run, events)

    def now_s(self) -> float:
        """The meter's steady clock [s]."""
        return self._meter.look().wall_s

    def _count(self, part: str, reading: Reading, usd: float, remote: Quantity | None, calls: int) -> None:
        self.by_part[part] = self.by_part[part] + self._costing.of_reading(reading, usd=usd, remote=remote)
        self.energy = sum_known((self.energy, reading.energy, remote), "J")
        self.usd += usd
        self.wall_s += reading.wall_s
        self.calls += calls

    @property
    def total(self) -> Footprint:
        """Everything spent so far, over all starts of the run."""
        return sum_footprints(self.by_part.values())

    def whole(self) -> Reading:
        """What the meter saw from this start's first look to its last lap, in one window: the laps sum to it."""
        return self._meter.between(self._first, self._last)

    def check(self, *, energy_j: float = 0.0, usd: float = 0.0, calls: int = 0) -> None:
        """Refuse the next step when it would pass a limit.

        Args:
            energy_j: what the step takes at most, as far as known [J].
            usd: likewise [USD].
            calls: exactly.

        Raises:
            BudgetExhausted: naming the limit.
        """
        limits = self.limits
        if limits.energy_j is not None and self.energy is not None and self.energy.value + energy_j > limits.energy_j:
            got = f"{self.energy.value / 1e3:.3g} kJ are spent and the next step may take {energy_j / 1e3:.3g} kJ"
            raise BudgetExhausted(f"the energy budget of {limits.energy_j / 1e3:.3g} kJ: {got}", mend=_RAISE)
        if limits.usd is not None and self.usd + usd > limits.usd * (1 + 1e-9) and usd + self.usd > 0:
            got = f"{self.usd:.4g} USD are spent and the next step may take {usd:.4g} USD"
            raise BudgetExhausted(f"the budget of {limits.usd:.4g} USD: {got}", mend=_RAISE)
        if limits.calls is not None and self.calls + calls > limits.calls:
            raise BudgetExhausted(f"the limit of {limits.calls} calls", mend=_RAISE)
        elapsed = self.wall_s + (self._meter.look().wall_s - self._last.wall_s)
        if limits.wall_s is not None and elapsed > limits.wall_s:
            raise BudgetExhausted(f"the time budget of {limits.wall_s / 60:.3g} minutes", mend=_RAISE)

    def tap(self, part: str, *, candidate: str, every_s: float = 2.0) -> None:
        """Called from within long steps: now and then writes a lap, and checks the limits.

        So a step that is killed has its spending in the ledger up to the last tap.
        """
        if time.monotonic() - self._tapped < every_s:
            return
        self._tapped = time.monotonic()
        self.spend(part, candidate=candidate)
        self.check()


def sum_readings(readings: Iterable[Reading]) -> Reading:
    """The sum of readings; of none: nothing, measured."""
    result = Reading(0.0, 0.0, Quantity.zero("J"))
    for reading in readings:
        result = result + reading
    return result
