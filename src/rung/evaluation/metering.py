"""What an evaluation spends, in laps of one meter, each a `spent` event; shared among the responses of its lap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rung.evaluation.asking import Asked
from rung.evaluation.records import Response
from rung.footprint import Factors, footprint_of, scaled, work_shares
from rung.ledger import NewEvent
from rung.types import Footprint, Look, Meter, Quantity, Reading, TokenUsage, sum_footprints, sum_known

NOTHING: Final = Quantity.zero("J")


@dataclass(frozen=True, slots=True)
class Paid:
    """A response with its footprint, and what of it goes into its event."""

    response: Response
    body: dict[str, Any]


class Laps:
    """Meters an evaluation without gaps: each lap starts where the last one ended.

    Args:
        meter: reads this process and its children.
        factors: of the place.
        since: where the first lap starts; None is now.
    """

    def __init__(self, meter: Meter, factors: Factors, *, since: Look | None = None) -> None:
        self._meter = meter
        self._factors = factors
        self._last = since or meter.look()
        self._parts: list[Footprint] = []
        self.calls = 0

    @property
    def total(self) -> Footprint:
        """Everything spent in this start."""
        return sum_footprints(self._parts)

    def overhead(self) -> NewEvent:
        """End a lap that no response is to blame for: loading, reading, scoring."""
        return self.other("overhead", None)

    def other(self, part: str, system: str | None) -> NewEvent:
        """End a lap of local work that is no response."""
        return self._lap(part, system, 0.0, NOTHING, 0)[1]

    def responses(self, system: str, asked: Sequence[Asked]) -> tuple[list[Paid], NewEvent]:
        """End a lap in which these responses came; its energy is shared among them by their tokens.

        A response that no model was called for has no share, and keeps what it says of itself.
        """
        called = [one for one in asked if one.called]
        usd = sum(one.response.cost_usd or 0.0 for one in called)
        remote = sum_known([one.remote for one in called], "J")
        reading, spent = self._lap("eval", system, usd, remote, len(called))
        usages = [one.response.usage or TokenUsage() for one in called]
        shares = iter(work_shares(usages) if called else [])
        return [self._paid(one, reading, next(shares) if one.called else None) for one in asked], spent

    def _lap(
        self, part: str, system: str | None, usd: float, remote: Quantity | None, calls: int
    ) -> tuple[Reading, NewEvent]:
        now = self._meter.look()
        reading = self._meter.between(self._last, now)
        self._last = now
        self.calls += calls
        self._parts.append(self._footprint(reading, usd, remote))
        body = {
            "part": part,
            "candidate": system,
            "reading": reading.to_json(),
            "usd": usd,
            "remote": None if remote is None else remote.to_json(),
            "calls": calls,
        }
        return reading, NewEvent("spent", body)

    def _paid(self, one: Asked, reading: Reading, share: float | None) -> Paid:
        if share is None:
            return Paid(one.response, {"reading": None, "remote": None})
        mine = scaled(reading, share)
        footprint = self._footprint(mine, one.response.cost_usd or 0.0, one.remote)
        body = {"reading": mine.to_json(), "remote": None if one.remote is None else one.remote.to_json()}
        return Paid(replace(one.response, energy=footprint.energy, carbon=footprint.carbon), body)

    def _footprint(self, reading: Reading, usd: float, remote: Quantity | None) -> Footprint:
        """Local work at the place, and energy spent elsewhere under the same PUE and grid; its price is in `usd`."""
        local = footprint_of(reading.energy, reading.cpu_s, Quantity.of(usd, "USD"), self._factors)
        if remote is None:
            return Footprint(None, None, None, local.cost)
        far = footprint_of(remote, 0.0, Quantity.zero("USD"), self._factors)
        return local + replace(far, cost=Quantity.zero("USD"))
