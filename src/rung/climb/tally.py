"""Running sums over a candidate's trials, so that its mean per request is known after each batch at no cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from rung.climb.costing import NOTHING_REMOTE, Costing
from rung.climb.trials import Trial
from rung.types import Factor, Footprint, Origin, Quantity, Reading, sum_known


@dataclass(slots=True)
class Moments:
    """Count, mean and spread of a stream of figures (Welford)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """One more figure."""
        self.count += 1
        off = value - self.mean
        self.mean += off / self.count
        self.squares += off * (value - self.mean)

    @property
    def relative_margin(self) -> float:
        """1.96 standard errors of the mean, over the mean."""
        if self.count < 2 or self.mean <= 0:
            return 0.0
        return 1.96 * math.sqrt(max(0.0, self.squares) / (self.count - 1) / self.count) / self.mean


@dataclass(slots=True)
class Tally:
    """What a candidate's trials have taken so far.

    Args:
        name: of the candidate; names the error source of its sample.
    """

    name: str
    count: int = 0
    reading: Reading = field(default_factory=lambda: Reading(0.0, 0.0, Quantity.zero("J")))
    remote: Quantity | None = NOTHING_REMOTE
    usd: float = 0.0
    dearest_usd: float = 0.0
    _energy: Moments = field(default_factory=Moments)
    _usd: Moments = field(default_factory=Moments)
    _mean: tuple[int, Footprint] | None = None

    def add(self, trial: Trial) -> None:
        """One more trial."""
        self.count += 1
        self.reading = self.reading + trial.reading
        self.remote = sum_known((self.remote, trial.remote), "J")
        self.usd += trial.usd
        self.dearest_usd = max(self.dearest_usd, trial.usd)
        energy = sum_known((trial.reading.energy, trial.remote), "J")
        self._energy.add(0.0 if energy is None else energy.value)
        self._usd.add(trial.usd)

    def mean(self, costing: Costing) -> Footprint:
        """The mean footprint of a request, with the error of the sample as one more error source."""
        if self._mean is None or self._mean[0] != self.count:
            whole = costing.of_reading(self.reading, usd=self.usd, remote=self.remote)
            self._mean = (self.count, self._sampled(whole.scaled(1 / self.count)))
        return self._mean[1]

    def _sampled(self, mean: Footprint) -> Footprint:
        # Energy drives everything but what providers charge; of the two, the wider margin bounds the cost.
        by_energy = self._factor(self._energy.relative_margin)
        by_cost = self._factor(max(self._energy.relative_margin, self._usd.relative_margin))
        return replace(
            mean,
            energy=_under(mean.energy, by_energy),
            carbon=_under(mean.carbon, by_energy),
            water=_under(mean.water, by_energy),
            cost=_under(mean.cost, by_cost),
        )

    def _factor(self, margin: float) -> Factor:
        return Factor(sample_source(self.name), max(0.0, 1 - margin), 1 + margin)


def sample_source(name: str) -> str:
    """The error source of a candidate's sample."""
    return f"sample:{name}"


def _under(quantity: Quantity | None, factor: Factor) -> Quantity | None:
    certain = factor.low == factor.high == 1
    return quantity if quantity is None or certain else quantity.with_factor(factor, Origin.MEASURED)
