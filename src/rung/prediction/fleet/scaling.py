"""How many replicas: fixed, following the load, down to zero, or looking ahead. It sees what an operator sees."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from rung.errors import BadInput
from rung.prediction.fleet.service import ReplicaService

ScalingKind = Literal["fixed", "target", "zero", "predictive"]

MOST_REPLICAS: Final = 10_000
_DAY_S: Final = 86_400.0
_SHORTEST_LOOK_S: Final = 0.1
_LEVEL, _TREND, _SERVICE = 0.3, 0.1, 0.3
"""Weights of the newest look in level and trend (Holt's linear smoothing) and in the time in service."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The rule of one region.

    `fixed`: `least` replicas, always. `target`: at each look the requests in the system, waiting ones included, over
    `target`; upwards at once, downwards when no look of the last `hold_s` wished for more. `zero`: a request for which
    there is no place starts a replica at once, one that idles for `keep_s` is switched off. `predictive`: as
    `target`, but for the load expected when a replica ordered now is there: forecast arrivals x time in service
    (Little's law), from Holt's smoothing and from what came at this time yesterday, whichever is more.

    Args:
        kind: which rule.
        least: replicas at least; so many are up at the start.
        most: replicas at most.
        target: requests in flight for each replica.
        interval_s: between looks [s].
        hold_s: the largest wish of so long binds [s].
        keep_s: how long an idle replica is kept by `zero` [s].

    Raises:
        BadInput: a number that cannot be.
    """

    kind: ScalingKind
    least: int = 1
    most: int = 100
    target: float = 8.0
    interval_s: float = 15.0
    hold_s: float = 300.0
    keep_s: float = 300.0

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most <= MOST_REPLICAS or self.most < 1:
            raise BadInput(
                f"{self.least} to {self.most} replicas cannot be",
                mend=f"give 0 <= least <= most, and most from 1 to {MOST_REPLICAS}",
            )
        if self.kind != "zero" and self.least < 1:
            raise BadInput(f"`{self.kind}` scaling needs a replica", mend="give at least 1, or scale to zero")
        for name in ("target", "interval_s", "hold_s", "keep_s"):
            value: float = getattr(self, name)
            if not (math.isfinite(value) and (value > 0 or (value == 0 and name in ("hold_s", "keep_s")))):
                raise BadInput(f"a {name} of {value:g} cannot be", mend=f"give a positive {name}")
        if self.interval_s < _SHORTEST_LOOK_S:
            raise BadInput(
                f"looking every {self.interval_s:g} s", mend=f"look every {_SHORTEST_LOOK_S:g} s or less often"
            )

    @classmethod
    def fixed(cls, replicas: int) -> Scaling:
        """Always so many."""
        return cls("fixed", replicas, replicas)

    @property
    def looks(self) -> bool:
        """Whether it looks at intervals."""
        return self.kind in ("target", "predictive")

    @property
    def words(self) -> str:
        """For readers."""
        match self.kind:
            case "fixed":
                return f"{self.least} replica{'s' * (self.least != 1)}"
            case "zero":
                return f"to zero after {self.keep_s:g} s, {self.target:g} requests a replica"
            case _:
                return f"{self.kind}, {self.target:g} requests a replica, {self.least} to {self.most}"


def keep_alive_s(service: ReplicaService) -> float:
    """How long keeping an idle replica is worth a cold start [s]: `E_cold / P_idle`.

    Ski rental: at most twice the optimum without knowing the future (SCIENCE, serving).
    """
    return service.cold_start_j / service.idle_w if service.idle_w > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look sees of the interval before it.

    Args:
        now: [s].
        arrivals_per_s: mean.
        in_system: mean requests waiting or running.
        in_service_s: mean of those that ended, place in a batch to last token [s]; 0 when none has.
    """

    now: float
    arrivals_per_s: float
    in_system: float
    in_service_s: float


class Scaler:
    """A rule at work: it remembers its wishes, and what it forecasts with.

    Args:
        scaling: the rule.
        ahead_s: how long a replica that is ordered now takes to be there [s].
    """

    def __init__(self, scaling: Scaling, ahead_s: float) -> None:
        self._scaling = scaling
        self._ahead_s = ahead_s
        self._wishes: deque[tuple[float, int]] = deque()
        self._level = self._trend = self._service_s = 0.0
        self._yesterday: deque[float] = deque(maxlen=math.ceil(_DAY_S / scaling.interval_s))
        self._looks = 0

    def wanted(self, seen: Seen) -> int:
        """How many replicas there should be."""
        rule = self._scaling
        load = seen.in_system
        if rule.kind == "predictive":
            load = max(load, self._expected(seen))
        wish = min(rule.most, max(rule.least, math.ceil(load / rule.target - 1e-9)))
        wishes = self._wishes
        while wishes and wishes[-1][1] <= wish:
            wishes.pop()
        wishes.append((seen.now, wish))
        while wishes[0][0] < seen.now - rule.hold_s:
            wishes.popleft()
        return wishes[0][1]

    def _expected(self, seen: Seen) -> float:
        """Requests in flight when a replica ordered now is there."""
        if seen.in_service_s > 0:
            old = self._service_s or seen.in_service_s
            self._service_s = old + _SERVICE * (seen.in_service_s - old)
        steps = self._ahead_s / self._scaling.interval_s + 1
        return self._rate(seen.arrivals_per_s, steps) * self._service_s

    def _rate(self, rate: float, steps: float) -> float:
        if self._looks == 0:
            self._level = rate
        before = self._level
        self._level = _LEVEL * rate + (1 - _LEVEL) * (before + self._trend)
        self._trend = _TREND * (self._level - before) + (1 - _TREND) * self._trend
        self._looks += 1
        past = self._yesterday
        same_time = 0.0
        if len(past) == past.maxlen:  # yesterday, from the next look until a replica ordered now is there
            same_time = max(past[min(ahead, len(past) - 1)] for ahead in range(1, math.ceil(steps) + 1))
        past.append(rate)
        return max(0.0, self._level + self._trend * steps, same_time)
