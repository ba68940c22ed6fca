"""What relaxing an objective saves: a trace through many fleets, the least joules at each limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from rung.prediction.fleet.deferral import Deferral
from rung.prediction.fleet.objectives import Objective
from rung.prediction.fleet.outcome import Outcome, outcome_of
from rung.prediction.fleet.power import Power
from rung.prediction.fleet.scaling import Scaling, keep_alive_s
from rung.prediction.fleet.service import ReplicaService
from rung.prediction.fleet.simulate import FleetSpec, Request, Simulated, simulate

LIMITS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""How many times as long as asked an answer may take."""
LEVELS: Final = (0.999, 0.99, 0.95, 0.9, 0.75, 0.5)
"""How many of the answers have to be in time."""
DEADLINES_S: Final = (60.0, 600.0, 3600.0)

_TIMES_LEAST = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0)
_SHARES_OF_BATCH = (0.25, 0.5, 0.75)

Source = Callable[[], Iterable[Request]]
"""Opens the trace anew."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A fleet that was tried.

    Args:
        words: how it scales, and whether requests wait.
        outcome: of the trace.
        value_s: the quantile of the objective's time [s]; None where all requests wait.
        within: limit [s] -> share of all requests whose time is within it, for the limits of the curve.
        whole: deadline [s] -> share of all requests whose whole answer is within it.
        deadline_s: by when all answers are due; None where they are answered at once.
    """

    words: str
    outcome: Outcome
    value_s: float | None
    within: Mapping[float, float]
    whole: Mapping[float, float]
    deadline_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        per = self.outcome.per_request
        figures = {"energy": self.outcome.energy, "carbon": self.outcome.carbon, "usd": self.outcome.usd}
        each = {name: per(whole) for name, whole in figures.items()}
        return {
            "fleet": self.words,
            "value_s": self.value_s,
            "deadline_s": self.deadline_s,
            "on_time": None if self.deadline_s is None else self.whole[self.deadline_s],
            "utilisation": self.outcome.utilisation,
            "per_request": {name: None if part is None else part.to_json() for name, part in each.items()},
        }


@dataclass(frozen=True, slots=True)
class Step:
    """The least energy at one looser objective.

    Args:
        asked: the objective, in words.
        limit_s: its limit [s].
        level: its share.
        best: the fleet, or None when none that was tried keeps it.
        saving: share of the joules per request of the strictest step that is kept, 0 at that step itself.
    """

    asked: str
    limit_s: float
    level: float
    best: Tried | None
    saving: float | None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        best = None if self.best is None else self.best.words
        return {
            "asked": self.asked, "limit_s": self.limit_s, "level": self.level, "fleet": best, "saving": self.saving
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Curve:
    """What relaxing saves.

    Args:
        objective: the one that is relaxed.
        tried: every fleet.
        latency: steps to looser limits, then to deadlines, at the level of the objective.
        availability: steps to lower levels, at the limit of the objective.
    """

    objective: Objective
    tried: tuple[Tried, ...]
    latency: tuple[Step, ...]
    availability: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "objective": self.objective.words,
            "tried": [one.to_json() for one in self.tried],
            "latency": [step.to_json() for step in self.latency],
            "availability": [step.to_json() for step in self.availability],
        }


def relax(
    source: Source,
    spec: FleetSpec,
    powers: tuple[Power, ...],
    objective: Objective,
    asked: Simulated,
    said: Callable[[str, int, int], None] | None = None,
) -> Curve:
    """Try the fleets, and read the two curves off them.

    Args:
        source: opens the trace anew for each fleet.
        spec: the fleet that was asked for; its service, regions and load are kept.
        powers: of each region.
        objective: what is relaxed.
        asked: what came of `spec`: it counts as tried too.
        said: told which fleet is run, its number and how many there are.
    """
    tried = [_try("as asked: " + spec.home.scaling.words, asked, powers, objective, None)]
    others = list(_fleets(spec, asked))
    for number, (words, one, deadline_s) in enumerate(others, 1):
        if said is not None:
            said(words, number, len(others))
        tried.append(_try(words, simulate(source(), one), powers, objective, deadline_s))
    return Curve(objective, tuple(tried), tuple(_by_limit(tried, objective)), tuple(_by_level(tried, objective)))


def _try(
    words: str, simulated: Simulated, powers: tuple[Power, ...], objective: Objective, deadline_s: float | None
) -> Tried:
    tally = simulated.tally
    seen, latency = objective.seen(tally), tally.latency
    # A request that was refused was not answered in time.
    answered = tally.served / tally.arrived
    within = {
        limit: (seen.share_within(limit) or 0.0) * answered
        for limit in (objective.limit_s * factor for factor in LIMITS)
    }
    if deadline_s is None:
        whole = {deadline: (latency.share_within(deadline) or 0.0) * answered for deadline in DEADLINES_S}
    else:
        whole = {deadline_s: (tally.deferred - tally.late) / tally.arrived}
    return Tried(words, outcome_of(simulated, powers), seen.quantile(objective.level), within, whole, deadline_s)


def _fleets(spec: FleetSpec, asked: Simulated) -> Iterator[tuple[str, FleetSpec, float | None]]:
    home, service = spec.home, spec.home.service
    least = _least_replicas(asked, service)
    for replicas in dict.fromkeys(math.ceil(least * factor) for factor in _TIMES_LEAST):
        yield _with(spec, Scaling.fixed(replicas))
    most = max(home.scaling.most, 2 * least)
    for share in _SHARES_OF_BATCH:
        target = max(1.0, round(service.max_batch * share))
        yield _with(spec, Scaling("target", max(1, home.scaling.least), most, target))
    to_zero = Scaling("zero", 0, most, max(1.0, round(service.max_batch * 0.75)), keep_s=_keep_s(service))
    yield _with(spec, to_zero)
    for deadline_s in DEADLINES_S:
        waiting = replace(spec, deferral=Deferral(1.0, deadline_s, spec.deferral.seed, spec.deferral.batch))
        for scaling in (Scaling.fixed(least), to_zero):
            words, one, _ = _with(waiting, scaling)
            yield f"{words}, all may wait {deadline_s / 60:g} min", one, deadline_s


def _with(spec: FleetSpec, scaling: Scaling) -> tuple[str, FleetSpec, None]:
    routing = "pack" if scaling.kind == "zero" else "spread"
    return scaling.words, replace(spec, home=replace(spec.home, scaling=scaling, routing=routing)), None


def _keep_s(service: ReplicaService) -> float:
    return min(keep_alive_s(service), 86_400.0)


def _least_replicas(asked: Simulated, service: ReplicaService) -> int:
    """So many full batches would be just busy: below it the line grows without end."""
    tally, span_s = asked.tally, max(asked.end_s - asked.start_s, 1e-9)
    if not tally.served:
        return 1
    context = (tally.input_tokens + tally.output_tokens / 2) / tally.served
    fits = int(service.kv_capacity_tokens / max(context, 1.0))
    batch = max(1, min(service.max_batch, fits))
    decode_s = tally.output_tokens * service.step_s(batch, context) / batch
    prefill_s = tally.served * service.prefill_s(max(1, round(tally.input_tokens / tally.served)))
    return max(1, math.ceil((decode_s + prefill_s) / span_s))


def _by_limit(tried: list[Tried], objective: Objective) -> Iterator[Step]:
    first: float | None = None
    for factor in LIMITS:
        limit = objective.limit_s * factor
        keep = [one for one in tried if one.within[limit] >= objective.level and one.deadline_s is None]
        step, first = _step(replace(objective, limit_s=limit).words, limit, objective.level, keep, first)
        yield step
    for deadline_s in DEADLINES_S:
        keep = [one for one in tried if one.whole.get(deadline_s, 0.0) >= objective.level]
        words = f"{100 * objective.level:g}% of whole answers within {deadline_s / 60:g} min"
        step, first = _step(words, deadline_s, objective.level, keep, first)
        yield step


def _by_level(tried: list[Tried], objective: Objective) -> Iterator[Step]:
    first: float | None = None
    for level in LEVELS:
        keep = [one for one in tried if one.within[objective.limit_s] >= level]
        words = replace(objective, level=level).words
        step, first = _step(words, objective.limit_s, level, keep, first)
        yield step


def _step(
    words: str, limit_s: float, level: float, keep: list[Tried], first: float | None
) -> tuple[Step, float | None]:
    """The step, and the joules per request that savings are counted from."""
    best = min(keep, key=_joules, default=None)
    if best is None:
        return Step(words, limit_s, level, None, None), first
    start = _joules(best) if first is None else first
    return Step(words, limit_s, level, best, 1 - _joules(best) / start if start else 0.0), start


def _joules(one: Tried) -> float:
    each = one.outcome.per_request(one.outcome.energy)
    return math.inf if each is None else each.value
