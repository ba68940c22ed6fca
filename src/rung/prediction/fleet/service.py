"""What a replica can do: times and watts of the machine that runs a copy of the model.

The simulator asks a `ReplicaService` and knows nothing else of models and chips. `AffineService` is the form that two
load probes give (SCIENCE, serving): a step of a batch takes `s(b) = a + b*beta`, plus a term for its context.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final, Protocol

from rung.errors import BadInput
from rung.types import Factor, Origin

EXACT: Final = Factor("service-profile", 1.0, 1.0)
"""No error: for figures that are true by definition, as in tests."""

_MOST_TRIED = 4096


class ReplicaService(Protocol):
    """One replica: an engine with continuous batching on its own accelerators. Methods are pure, and called often."""

    @property
    def name(self) -> str:
        """For readers."""
        ...

    @property
    def max_batch(self) -> int:
        """How many requests it runs at once, at least 1."""
        ...

    @property
    def kv_capacity_tokens(self) -> int:
        """How many tokens (prompt and output of all requests) its cache holds."""
        ...

    @property
    def cold_start_s(self) -> float:
        """From the order to the first request it can take [s]."""
        ...

    @property
    def cold_start_j(self) -> float:
        """What that takes [J]."""
        ...

    @property
    def accelerators(self) -> int:
        """How many it occupies; 0 on a processor."""
        ...

    @property
    def usd_per_hour(self) -> float | None:
        """Price of having it [USD/h]; None is unknown."""
        ...

    @property
    def idle_w(self) -> float:
        """Power while it is up and has nothing to do [W]."""
        ...

    @property
    def prefill_w(self) -> float:
        """Power while it reads prompts [W]."""
        ...

    @property
    def energy_error(self) -> Factor:
        """How far its joules may be off, low and high, under the name of the error source."""
        ...

    @property
    def origin(self) -> Origin:
        """Whether its figures are measured or modelled."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What its figures rest on, a sentence each."""
        ...

    def prefill_s(self, tokens: int) -> float:
        """Time to read a prompt of so many tokens alone [s]."""
        ...

    def step_s(self, batch: int, mean_context_tokens: float) -> float:
        """Time of one decode step, a token for each request of the batch [s]."""
        ...

    def decode_w(self, batch: int) -> float:
        """Power while it decodes for a batch [W], what it draws idle included."""
        ...


@dataclass(frozen=True, slots=True)
class AffineService:
    """Times that are straight lines in batch and context.

    Args:
        name: for readers.
        step_base_s: `a`, what a step takes before any request [s].
        step_per_request_s: `beta`, what each request of the batch adds to a step [s].
        prefill_tokens_per_s: prompt tokens read in a second.
        idle_w: power with nothing to do [W].
        busy_w: power while decoding [W].
        prefill_w: power while reading prompts [W].
        max_batch: requests at once.
        kv_capacity_tokens: tokens that the cache holds.
        cold_start_s: from the order to the first request [s].
        cold_start_j: energy of that [J].
        accelerators: how many it occupies.
        step_per_context_token_s: what each token in the cache of the whole batch adds to a step [s].
        prefill_base_s: what a prompt takes before its first token [s].
        busy_w_per_request: what each further request of the batch adds to `busy_w` [W].
        usd_per_hour: price of having it [USD/h]; None is unknown.
        energy_error: low and high multiplier of its joules.
        origin: measured or modelled.
        notes: what its figures rest on.
    """

    name: str
    step_base_s: float
    step_per_request_s: float
    prefill_tokens_per_s: float
    idle_w: float
    busy_w: float
    prefill_w: float
    max_batch: int
    kv_capacity_tokens: int
    cold_start_s: float
    cold_start_j: float
    accelerators: int = 0
    step_per_context_token_s: float = 0.0
    prefill_base_s: float = 0.0
    busy_w_per_request: float = 0.0
    usd_per_hour: float | None = None
    energy_error: Factor = EXACT
    origin: Origin = Origin.MODELLED
    notes: tuple[str, ...] = ()

    def prefill_s(self, tokens: int) -> float:
        """Base + tokens / rate [s]."""
        return self.prefill_base_s + tokens / self.prefill_tokens_per_s

    def step_s(self, batch: int, mean_context_tokens: float) -> float:
        """`a + b*beta + (b * mean context) * gamma` [s]."""
        return self.step_base_s + batch * (
            self.step_per_request_s + mean_context_tokens * self.step_per_context_token_s
        )

    def decode_w(self, batch: int) -> float:
        """`busy_w` and what each request after the first adds [W]."""
        return self.busy_w + (batch - 1) * self.busy_w_per_request


@dataclass(frozen=True, slots=True)
class ProbedService(AffineService):
    """A step's time between more than two probes: straight from each to the next, for engines whose times bend.

    Args:
        points: batch and time of a step [s] of each probe, by batch; beyond the last, its stretch goes on.
    """

    points: tuple[tuple[int, float], ...] = ()

    def step_s(self, batch: int, mean_context_tokens: float) -> float:
        """The probes' time at this batch + (b * mean context) * gamma [s]."""
        points = self.points
        at = min(max(bisect_left(points, (batch, 0.0)), 1), len(points) - 1)
        (low, low_s), (high, high_s) = points[at - 1], points[at]
        step_s = low_s + (batch - low) * max(0.0, high_s - low_s) / (high - low)
        return step_s + batch * mean_context_tokens * self.step_per_context_token_s


def step_line(first: tuple[int, float], second: tuple[int, float]) -> tuple[float, float]:
    """`a` and `beta` [s] of `s(b) = a + b*beta` from two load probes: concurrency 1, and saturation.

    Args:
        first: batch, and the mean time between its tokens [s].
        second: the same of another batch.

    Raises:
        BadInput: one batch twice, or a larger batch that steps faster by more than all of `a`.
    """
    (b1, s1), (b2, s2) = sorted((first, second))
    if b1 == b2:
        raise BadInput(f"both probes ran at batch {b1}", mend="probe at concurrency 1 and at saturation")
    beta = (s2 - s1) / (b2 - b1)
    base = s1 - b1 * beta
    if beta < 0:  # noise: a larger batch is no faster
        return (s1 + s2) / 2, 0.0
    return (base, beta) if base >= 0 else (0.0, s2 / b2)


def best_batch(service: ReplicaService, mean_context_tokens: float) -> int:
    """The batch of least energy for a token, `decode_w(b) * s(b) / b`; the smallest within 2% of the least."""
    sizes = range(1, min(service.max_batch, _MOST_TRIED) + 1)
    cost = {b: service.decode_w(b) * service.step_s(b, mean_context_tokens) / b for b in sizes}
    least = min(cost.values())
    return next(b for b in sizes if cost[b] <= 1.02 * least)
