"""What was asked of `rung place`, made into a question: the work, where it may go, what must hold, what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rung.cli.place_reading import listed, mixes, objectives, users
from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.cli.place_workload import Known
    from rung.placement.place_load import Load, Machine
    from rung.placement.place_needs import Needs
    from rung.placement.place_records import Question, Today
    from rung.placement.transfer import Data
    from rung.types import Quantity
    from rung.workload import Objective


KB_PER_GB = 1e6
ON_PREMISES = "onprem"


@dataclass(frozen=True)
class Asked:
    """The options of the command, as typed; numbers are read already."""

    workload: Path | None
    candidate: str | None
    home: Path
    regions: str | None
    mix: list[str]
    instances: str | None
    objective: str | None
    watts: float | None
    hours: float | None
    unit_energy: float | None
    requests: float | None
    busy_cores: float | None
    utilisation: float | None
    residency: str | None
    user: list[str]
    percentile: float | None
    max_latency_ms: float | None
    slo_ms: float | None
    service_ms: float | None
    max_usd: float | None
    max_kg: float | None
    data_gb: float
    data_at: str | None
    data_moved: str
    request_kb: float
    replicas: int
    second_region: str | None
    origin: str | None
    from_instance: str | None
    from_watts: float | None
    from_kg: float
    from_usd_per_hour: float
    managed: str | None


def question(asked: Asked, known: Known | None) -> Question:
    """The question.

    Raises:
        BadInput, MissingFactor: something cannot be read, or is not in the catalog.
    """
    from rung.placement.place import sites_of
    from rung.placement.place_records import Question, Spare

    machines = machines_of(asked)
    load = load_of(asked, known, machines)
    one_size(asked, machines)
    return Question(
        load=load,
        sites=sites_of(regions_of(asked), mixes(asked.mix)),
        machines=machines,
        objectives=_objectives(asked, known),
        needs=needs_of(asked, known),
        data=_data(asked),
        spare=Spare(asked.replicas, asked.second_region),
        request_gb=asked.request_kb / KB_PER_GB,
        today=today_of(asked, known, load, machines),
    )


LEADERS = {
    "edge": ("edge_watts", "edge_hours", "edge_kg", "edge_usd", "edge_dedicated"),
    "managed": ("tokens_in", "tokens_out", "tokens_cached", "capacity"),
    "from": ("from_instance", "from_watts", "from_kg", "from_usd_per_hour"),
}
"""Options that say nothing without another one."""


def refuse_idle_options(given: Mapping[str, Any]) -> None:
    """An option that would be passed over is an error: what was meant is not known.

    Raises:
        BadInput: there is one.
    """
    for leader, followers in LEADERS.items():
        alone = given["origin" if leader == "from" else leader] is None
        idle = [name for name in followers if alone and given[name]]
        if leader == "from" and given["workload"] is not None:
            idle = []
        if idle:
            raise BadInput(f"--{idle[0].replace('_', '-')} without --{leader}", mend=f"add --{leader}, or leave it out")
    if given["workload"] is not None and (given["hours"] is not None or given["requests"] is not None):
        name = "--hours" if given["hours"] is not None else "--requests"
        raise BadInput(f"{name} beside a workload", mend="its file says volume and lifetime; leave it out")
    counted = given["requests"] is not None or given["workload"] is not None
    if given["request_kb"] and not counted:
        raise BadInput("--request-kb of how many requests?", mend="add --requests N")


def regions_of(asked: Asked) -> list[str]:
    """Regions by pattern; without one and without a mix, all clouds, or AWS alone where instances are named."""
    from rung import catalog
    from rung.placement.regions import matching

    patterns = listed(asked.regions)
    if not patterns and asked.mix:
        return []
    if not patterns:
        patterns = ["aws:*"] if asked.instances else ["*:*"]
    return matching(patterns, catalog.regions(), "region")


def machines_of(asked: Asked) -> tuple[Machine | None, ...]:
    """Instances by pattern; none where none are asked for."""
    from rung import catalog
    from rung.placement.place_machines import machine
    from rung.placement.regions import matching

    patterns = listed(asked.instances)
    return tuple(machine(n) for n in matching(patterns, catalog.instances(), "instance")) if patterns else (None,)


def load_of(asked: Asked, known: Known | None, machines: tuple[Machine | None, ...]) -> Load:
    """The work, in the one form in which it was given.

    Raises:
        BadInput: in none, or in several.
    """
    from rung.placement.place_load import Busy, BusyCores, GivenEnergy, GivenWatts
    from rung.types import Origin, Quantity

    ways = {
        "WORKLOAD": known,
        "--watts": asked.watts,
        "--unit-energy": asked.unit_energy,
        "--busy-cores": asked.busy_cores,
        "--utilisation": asked.utilisation,
    }
    given = [name for name, value in ways.items() if value is not None]
    if len(given) != 1:
        what = "the work is not given" if not given else f"the work is given by {' and by '.join(given)}"
        mend = "give one of WORKLOAD, --unit-energy J --requests N, --watts W, --busy-cores N or --utilisation SHARE"
        raise BadInput(what, mend=f"{mend} (the last four with --hours)")
    if known is not None:
        return known.load(machines)
    if asked.hours is None:
        raise BadInput("for how long is not given", mend="add --hours H, e.g. 8760 for a year")
    if asked.watts is not None:
        return GivenWatts(Quantity.of(asked.watts, "W", Origin.ASSUMED), asked.hours, asked.requests)
    if asked.unit_energy is not None:
        if asked.requests is None:
            raise BadInput("--unit-energy without a count", mend="add --requests N, over all of --hours")
        return GivenEnergy(Quantity.of(asked.unit_energy, "J", Origin.ASSUMED), asked.requests, asked.hours)
    if asked.busy_cores is not None:
        return BusyCores(asked.busy_cores, asked.hours, asked.requests)
    return Busy(asked.utilisation or 0.0, asked.hours, requests=asked.requests)


def one_size(asked: Asked, machines: tuple[Machine | None, ...]) -> None:
    """Machines of several sizes that are equally busy do not do the same work, so they are not ranked by it.

    Raises:
        BadInput: they are of several sizes.
    """
    sizes = sorted({machine.vcpu for machine in machines if machine is not None})
    if asked.utilisation is not None and len(sizes) > 1:
        raise BadInput(
            f"machines of {sizes[0]} to {sizes[-1]} vCPUs that are {asked.utilisation:g} busy do not do the same work",
            mend="say how many vCPUs are busy (--busy-cores N), or name instances of one size",
        )


def needs_of(asked: Asked, known: Known | None) -> Needs:
    """What must hold."""
    from rung.placement.place_needs import Needs

    most: dict[Objective, float] = {}
    if asked.max_usd is not None:
        most["cost"] = asked.max_usd
    if asked.max_kg is not None:
        most["carbon"] = asked.max_kg * 1000
    service = asked.service_ms if asked.service_ms is not None else (known.answering_ms if known else None)
    slo = asked.slo_ms if asked.slo_ms is not None else (known.slo_ms if known else None)
    if slo is not None and asked.slo_ms is None and service is None:
        slo = None  # Nothing is known of the answer's own time; the notes say that the SLO is not judged.
    return Needs(
        residency=tuple(listed(asked.residency)),
        users=users(asked.user),
        percentile=asked.percentile if asked.percentile is not None else (known.quantile if known else 0.95),
        round_trip_ms=asked.max_latency_ms,
        answer_ms=slo,
        answering_ms=service,
        most=most,
    )


def today_of(asked: Asked, known: Known | None, load: Load, machines: tuple[Machine | None, ...]) -> Today | None:
    """Where the work runs now: as --from says, else as the workload's place does, else nowhere.

    Raises:
        BadInput: what it draws there is not known.
    """
    from rung.placement.place_load import GivenWatts
    from rung.placement.place_machines import machine
    from rung.placement.place_today import on_premises, today_at
    from rung.types import Origin, Quantity

    name = asked.origin or (known.today if known else None)
    if name is None:
        return None
    if asked.from_watts is not None:
        load = GivenWatts(Quantity.of(asked.from_watts, "W", Origin.ASSUMED), load.hours)
    elif known is not None and asked.from_instance is None:
        load = known.energy()
    if name.partition(":")[0] == ON_PREMISES:
        zone = name.partition(":")[2]
        if not zone:
            raise BadInput("on premises, but where?", mend="write --from onprem:ZONE, e.g. onprem:DE")
        own = on_premises(
            zone,
            watts=_mean_watts(load),
            hours=load.hours,
            embodied_kg=asked.from_kg,
            usd_per_h=asked.from_usd_per_hour,
        )
        return replace(own, marginal=not isinstance(load, GivenWatts))
    if asked.from_instance is not None:
        return today_at(name, machine(asked.from_instance), load)
    same = machines[0] if len(machines) == 1 and known is None and asked.from_watts is None else None
    return today_at(name, same, load)


def _mean_watts(load: Load) -> Quantity:
    """What a load draws without a machine of the catalog [W].

    Raises:
        BadInput: it is known by a machine only.
    """
    from rung.types import Rejection
    from rung.units import S_PER_HOUR

    work = load.on(None)
    if isinstance(work, Rejection):
        raise BadInput("what the work draws today is not known", mend="add --from-watts W")
    return work.energy.scaled(1 / (load.hours * S_PER_HOUR), "W")


def _data(asked: Asked) -> Data | None:
    from rung import catalog
    from rung.placement.transfer import Data

    if asked.data_at is None:
        if asked.data_gb:
            raise BadInput(f"{asked.data_gb:g} GB, but where?", mend="say where the data is: --data-at REGION")
        return None
    catalog.grid(asked.data_at)
    if asked.data_moved not in ("once", "month"):
        raise BadInput(f"data moved {asked.data_moved!r}", mend="write --data-moved once, or month")
    return Data(asked.data_gb, asked.data_at, asked.data_moved)


def _objectives(asked: Asked, known: Known | None) -> tuple[Objective, ...]:
    text = asked.objective or (known.objective if known else "carbon")
    return cast("tuple[Objective, ...]", objectives(text))
