"""Services, arrivals and fleets for the tests of the simulator."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rung.prediction.fleet import (
    AffineService,
    Deferral,
    FleetSpec,
    Request,
    Scaling,
    Simulated,
    SiteSpec,
    simulate,
)

SERVICE = AffineService(
    name="test",
    step_base_s=0.02,
    step_per_request_s=0.0005,
    prefill_tokens_per_s=8000,
    idle_w=100,
    busy_w=400,
    prefill_w=600,
    max_batch=16,
    kv_capacity_tokens=60_000,
    cold_start_s=30,
    cold_start_j=9000,
    step_per_context_token_s=1e-7,
    prefill_base_s=0.002,
    busy_w_per_request=2,
    usd_per_hour=1.0,
)


def poisson(count: int, rate: float, seed: int = 0, *, prompt: int = 500, output: int = 80) -> list[Request]:
    """Arrivals at a rate [1/s], with exponential lengths of the given means."""
    draw = random.Random(seed)
    found: list[Request] = []
    now = 0.0
    for _ in range(count):
        now += draw.expovariate(rate)
        lengths = (1 + int(draw.expovariate(1 / mean)) for mean in (prompt, output))
        found.append(Request(now, *lengths))
    return found


def fleet(scaling: Scaling | None = None, *, service: AffineService = SERVICE, **more: Any) -> FleetSpec:
    """A fleet at home alone; what is not given is plain."""
    at_site = {name: more.pop(name) for name in ("chunk", "routing") if name in more}
    return FleetSpec(SiteSpec("home", service, scaling or Scaling.fixed(2), **at_site), **more)


def run(requests: Iterable[Request], spec: FleetSpec | None = None) -> Simulated:
    """Simulate."""
    return simulate(requests, spec or fleet())


def with_spill(spec: FleetSpec, **service: Any) -> FleetSpec:
    """The same with a second region."""
    away = replace(spec.home, name="away", service=replace(SERVICE, **service), away_s=0.1)
    return replace(spec, spill=away)


WAITERS = Deferral(0.5, 120.0)
