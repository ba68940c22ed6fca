"""What was asked of `rung fleet`, made into a fleet: replicas, scaling, regions, who may wait, where the trace is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rung.cli.fleet_power import home_power, yearly
from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.prediction.fleet import (
        Deferral,
        FleetSpec,
        Objective,
        Power,
        ReplicaService,
        Request,
        Scaling,
        SiteSpec,
        TraceFile,
    )
    from rung.prediction.fleet.scaling import ScalingKind
    from rung.prediction.fleet.site import Routing

_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SHARE_OF_BATCH = 0.7
_LOOKED_AT = 1000


@dataclass(frozen=True)
class Asked:
    """The options of the command, as typed."""

    trace: Path
    profile: Path | None
    model: str | None
    silicon: str
    count: int | None
    parallel: str | None
    precision: str | None
    batch: int
    constants: Path | None
    first: int | None
    load: float
    scaling: ScalingKind
    replicas: str | None
    target: float | None
    interval: str
    hold: str
    keep: str | None
    routing: Routing | None
    chunk: int
    region: str | None
    grid_intensity: str | None
    series: Path | None
    start: str | None
    pue: float | None
    usd_per_hour: float | None
    deferrable: float
    deadline: str | None
    deferred_batch: int | None
    spill: str | None
    spill_queue: int
    spill_rtt_ms: float
    spill_replicas: str | None
    slo: tuple[str, ...]
    seed: int
    skip_bad: bool


@dataclass(frozen=True)
class Question:
    """What is simulated, and by what it is judged."""

    spec: FleetSpec
    powers: tuple[Power, ...]
    objectives: tuple[Objective, ...]


def question(asked: Asked) -> Question:
    """The fleet, its regions and objectives.

    Raises:
        BadInput, BadData, MissingFactor: something cannot be read, or is not in the catalog.
    """
    from rung.prediction.fleet import FleetSpec, SiteSpec, read_objective

    service = service_of(asked)
    start = _moment(asked.start)
    rule = scaling_of(asked, service)
    routing = asked.routing or ("pack" if rule.kind == "zero" else "spread")
    home = SiteSpec(asked.region or "home", service, rule, chunk=_chunk(asked.chunk), routing=routing)
    spec = FleetSpec(
        home=home,
        spill=None if asked.spill is None else _spill(home, asked),
        spill_queue=asked.spill_queue,
        deferral=_deferral(asked),
        load=asked.load,
        past_hour_s=0.0 if start is None else start.timestamp() % 3600,
    )
    powers = [home_power(asked, start), *([] if asked.spill is None else [yearly(asked.spill, None, asked.pue)])]
    return Question(spec, tuple(powers), tuple(read_objective(text) for text in asked.slo))


def service_of(asked: Asked) -> ReplicaService:
    """The replica: measured, from a profile, or predicted, from a model and silicon.

    Raises:
        BadInput: neither or both are given, or what was given cannot be.
        BadData: the profile cannot be read.
    """
    from rung.prediction.fleet import read_profile

    if asked.usd_per_hour is not None:
        _refuse_negative("--usd-per-hour", asked.usd_per_hour)
    if (asked.profile is None) == (asked.model is None):
        problem = "a replica is both measured and predicted" if asked.profile else "no replica is given"
        raise BadInput(problem, mend="give --profile FILE, or --model with --silicon and --count")
    if asked.profile is None:
        return _predicted(asked)
    service = read_profile(asked.profile)
    return service if asked.usd_per_hour is None else replace(service, usd_per_hour=asked.usd_per_hour)


def _predicted(asked: Asked) -> ReplicaService:
    """A replica at the mean lengths of the first requests."""
    from rung.cli.predict_asked import architecture, parallel_of, replica_of
    from rung.prediction.roofline.constants import read_constants, shipped
    from rung.prediction.roofline.replica import predicted_replica

    first = list(islice(requests_of(asked)[1], _LOOKED_AT))
    if not first:
        raise BadInput(f"{asked.trace} has no request", mend="give a trace of at least one")
    prompt = sum(one.prompt for one in first) / len(first)
    output = sum(one.output for one in first) / len(first)
    shared = parallel_of(asked.count, asked.parallel)
    one = replica_of(architecture(str(asked.model)), asked.silicon, shared, asked.precision, (1.0, prompt, output))
    known = shipped() if asked.constants is None else read_constants(asked.constants)
    found = predicted_replica(one, most=asked.batch, constants=known)
    return found if asked.usd_per_hour is None else replace(found, usd_per_hour=asked.usd_per_hour)


def scaling_of(asked: Asked, service: ReplicaService) -> Scaling:
    """The rule; the numbers that were not given follow from the replica."""
    from rung.prediction.fleet import Scaling, keep_alive_s

    least, most = _replicas(asked.replicas, "--replicas", asked.scaling)
    target = asked.target if asked.target is not None else _target(asked, service)
    keep_s = seconds_of(asked.keep, "--keep") if asked.keep else min(keep_alive_s(service), 86_400.0)
    return Scaling(
        asked.scaling, least, most, target, seconds_of(asked.interval, "--interval"),
        seconds_of(asked.hold, "--hold"), keep_s,
    )  # fmt: skip


def _target(asked: Asked, service: ReplicaService) -> float:
    """70% of the requests that a replica holds: of its batch, or of its cache at the length of the first requests."""
    lengths = [one.prompt + one.output for one in islice(requests_of(asked)[1], _LOOKED_AT)]
    fits = service.kv_capacity_tokens * len(lengths) / sum(lengths) if lengths else math.inf
    return max(1.0, float(round(_SHARE_OF_BATCH * min(service.max_batch, fits))))


def _replicas(text: str | None, option: str, scaling: ScalingKind) -> tuple[int, int]:
    """`4` or `1..20`; what is not given depends on the rule."""
    if text is None:
        return (0, 100) if scaling == "zero" else (1, 1 if scaling == "fixed" else 100)
    found = re.fullmatch(r"\s*(\d{1,6})(?:\s*\.\.\s*(\d{1,6}))?\s*", text)
    if found is None:
        raise BadInput(f"{option} {text!r} is no number", mend=f"write e.g. {option} 4 or {option} 1..20")
    low, high = int(found[1]), int(found[2] or found[1])
    if scaling == "fixed":
        if low != high:
            raise BadInput(f"fixed scaling has one number of replicas, not {text}", mend=f"give e.g. {option} 4")
        return low, low
    return (low, high) if found[2] else (0 if scaling == "zero" else 1, high)


def _chunk(tokens: int) -> int:
    from rung.prediction.fleet.replica import WHOLE

    if tokens < 0:
        raise BadInput(f"--chunk {tokens} cannot be", mend="give tokens, or 0 to read prompts whole")
    return tokens or WHOLE


def _spill(home: SiteSpec, asked: Asked) -> SiteSpec:
    if not 0 <= asked.spill_rtt_ms < 1e6:
        raise BadInput(f"--spill-rtt-ms {asked.spill_rtt_ms:g} cannot be", mend="give milliseconds, 0 or more")
    rule = home.scaling
    if asked.spill_replicas is not None:
        least, most = _replicas(asked.spill_replicas, "--spill-replicas", rule.kind)
        rule = replace(rule, least=least, most=most)
    return replace(home, name=asked.spill or "", scaling=rule, away_s=asked.spill_rtt_ms / 1e3)


def _deferral(asked: Asked) -> Deferral:
    from rung.prediction.fleet import Deferral

    if asked.deferrable and asked.deadline is None:
        raise BadInput("--deferrable without --deadline", mend="say how long they may wait, e.g. --deadline 10m")
    if asked.deferred_batch is not None and asked.deferred_batch < 1:
        raise BadInput(f"--deferred-batch {asked.deferred_batch} cannot be", mend="give 1 or more")
    deadline_s = seconds_of(asked.deadline, "--deadline") if asked.deadline else 0.0
    return Deferral(asked.deferrable, deadline_s, asked.seed, asked.deferred_batch)


def _moment(text: str | None) -> datetime | None:
    from rung.feeds.series import parse_time

    if text is None:
        return None
    try:
        return parse_time(text)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"--start {text!r} is no time", mend="write ISO 8601 in UTC, e.g. 2026-01-31T13:00Z") from error


def requests_of(asked: Asked) -> tuple[TraceFile, Iterator[Request]]:
    """The trace, and its requests as far as they are wanted."""
    from rung.prediction.fleet import TraceFile

    if asked.first is not None and asked.first < 1:
        raise BadInput(f"--first {asked.first} leaves nothing", mend="give 1 or more")
    trace = TraceFile(asked.trace, skip_bad=asked.skip_bad)
    return trace, islice(trace, asked.first)


def seconds_of(text: str, option: str) -> float:
    """Seconds from e.g. `90s`, `10m`, `4h`.

    Raises:
        BadInput: no such form.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*", text)
    if found is None or found[2] not in _SECONDS or len(found[1]) > 12:
        raise BadInput(f"{option} {text!r} is no duration", mend="write e.g. 90s, 10m or 4h")
    return float(found[1]) * _SECONDS[found[2]]


def _refuse_negative(option: str, value: float) -> None:
    if not 0 <= value < 1e9:
        raise BadInput(f"{option} {value:g} cannot be", mend="give 0 or more")


def settings_of(asked: Asked) -> dict[str, Any]:
    """What a program needs to tell one run from another."""
    return {
        "load": asked.load,
        "first": asked.first,
        "chunk": asked.chunk,
        "seed": asked.seed,
        "deferrable": asked.deferrable,
        "deadline": asked.deadline,
        "spill": asked.spill,
        "spill_queue": asked.spill_queue,
        "spill_rtt_ms": asked.spill_rtt_ms,
        "spill_replicas": asked.spill_replicas,
    }


def notes_of(put: Question, skipped: int) -> tuple[str, ...]:
    """What the figures do not hold."""
    home, service = put.spec.home, put.spec.home.service
    notes = [*service.notes, "carbon is operational: what making the machines emitted is not in it"]
    if home.scaling.least:
        notes.append(f"{home.scaling.least} warm at the start; the start of these costs nothing here")
    if service.usd_per_hour is None:
        notes.append("no price: give usd_per_hour in the profile, or --usd-per-hour")
    if skipped:
        notes.append(f"{skipped} unusable rows of the trace were left out")
    return tuple(notes)
