"""What is said of when to run a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rung.feeds.series import SignalKind
from rung.placement.shifting import Job
from rung.types import Quantity


@dataclass(frozen=True, slots=True)
class Span:
    """A saving [gCO2e] and the 5% to 95% range of it; it may be negative. None is unknown."""

    low: float | None
    value: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Option:
    """One region with the hours chosen there.

    Args:
        region: its name.
        hours: when each hour begins, earliest first, UTC.
        shares: how much of each hour the job runs.
        expected_g_per_kwh: mean intensity expected over them [gCO2e/kWh].
        carbon: what the job is expected to emit there [gCO2e].
    """

    region: str
    hours: tuple[datetime, ...]
    shares: tuple[float, ...]
    expected_g_per_kwh: float
    carbon: Quantity


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What really came of a past start [gCO2e]."""

    now_g: float
    chosen_g: float
    perfect_g: float


@dataclass(frozen=True, slots=True)
class When:
    """The decision.

    Args:
        job: what is to run.
        power: while it runs [W].
        energy: of the whole job [kWh].
        arrival: the first hour it could run in.
        kind: whether the intensities are average or marginal.
        sources: of each region's series.
        now: running at once, where it runs today.
        options: the best hours of each region: today's first, then by name.
        best: index of the option with the least expected carbon.
        saving: of the best option against running at once.
        verdict: wait, move (another region, whenever), or now.
        why: the reason, or how sure it is.
        expected: intensity of each hour of each region [gCO2e/kWh].
        errors: real - expected of each hour of each region, 5% and 95% of past forecasts; None when unknown.
        checked: how many past decisions the interval comes from.
        hindsight: what really happened, for a start whose hours are in the series.
    """

    job: Job
    power: Quantity
    energy: Quantity
    arrival: datetime
    kind: SignalKind
    sources: tuple[str, ...]
    now: Option
    options: tuple[Option, ...]
    best: int
    saving: Span
    verdict: Literal["wait", "move", "now"]
    why: str
    expected: tuple[tuple[float, ...], ...]
    errors: tuple[tuple[tuple[float, float], ...], ...] | None
    checked: int
    hindsight: Hindsight | None

    @property
    def chosen(self) -> Option:
        """The option with the least expected carbon."""
        return self.options[self.best]

    @property
    def advised(self) -> Option:
        """What the verdict says to do."""
        return self.now if self.verdict == "now" else self.chosen

    @property
    def nothing_to_save(self) -> bool:
        """Whether the chosen hours are those of running at once where it runs today."""
        return (self.chosen.region, self.chosen.hours) == (self.now.region, self.now.hours)

    @property
    def saving_share(self) -> float:
        """Expected saving as a share of running at once."""
        return self.saving.value / self.now.carbon.value if self.now.carbon.value > 0 else 0.0

    @property
    def losers(self) -> tuple[tuple[str, str], ...]:
        """Each region that was not taken, with its reason."""
        best = self.chosen
        return tuple(
            (one.region, _more(one.carbon.value - best.carbon.value)) for one in self.options if one is not best
        )

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "verdict": self.verdict,
            "why": self.why,
            "arrival": self.arrival.isoformat(),
            "duration_h": self.job.duration_h,
            "deadline_h": self.job.deadline_h,
            "interruptible": self.job.interruptible,
            "power": self.power.to_json(),
            "energy": self.energy.to_json(),
            "kind": self.kind,
            "sources": list(self.sources),
            "run": _option_json(self.advised),
            "cleanest": _option_json(self.chosen),
            "now": _option_json(self.now),
            "regions": [_option_json(one) for one in self.options],
            "losers": [{"region": region, "reason": reason} for region, reason in self.losers],
            "saving_g": {"low": self.saving.low, "value": self.saving.value, "high": self.saving.high},
            "saving_share": self.saving_share,
            "past_decisions": self.checked,
            "expected_g_per_kwh": {o.region: list(row) for o, row in zip(self.options, self.expected, strict=True)},
            "hindsight": None
            if self.hindsight is None
            else {
                "now_g": self.hindsight.now_g,
                "chosen_g": self.hindsight.chosen_g,
                "perfect_g": self.hindsight.perfect_g,
            },
        }


def _more(grams: float) -> str:
    # The chosen region may run at once, where waiting there is worth next to nothing.
    if grams < 0:
        return f"its best hours are expected to emit {-grams:.4g} gCO2e less, but later: not worth the wait"
    return f"its best hours are expected to emit {grams:.4g} gCO2e more"


def _option_json(option: Option) -> dict[str, Any]:
    return {
        "region": option.region,
        "hours": [hour.isoformat() for hour in option.hours],
        "shares": list(option.shares),
        "expected_g_per_kwh": option.expected_g_per_kwh,
        "carbon": option.carbon.to_json(),
    }
