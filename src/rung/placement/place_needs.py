"""What must hold of a place: residency, latency, an objective for the whole answer, and ceilings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rung.errors import BadInput
from rung.placement.latency import User, percentile_ms
from rung.placement.place_costs import Site
from rung.placement.regions import countries_of, outside, point_of
from rung.types import Footprint, Quantity, Rejection
from rung.workload import Objective


@dataclass(frozen=True, slots=True)
class Needs:
    """What must hold.

    Args:
        residency: countries and groups of countries that the data may be in; empty for anywhere.
        users: where requests come from; empty where latency does not matter.
        percentile: of the requests, whose round trip counts.
        round_trip_ms: the most that the network may take at that percentile [ms], at the mid of its interval.
        answer_ms: the most that network and answering may take together [ms].
        answering_ms: what answering itself takes [ms]; needed with `answer_ms`.
        most: ceilings of the totals by objective [J, gCO2e, L, USD], at the mid.
    """

    residency: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    percentile: float = 0.95
    round_trip_ms: float | None = None
    answer_ms: float | None = None
    answering_ms: float | None = None
    most: Mapping[Objective, float] = field(default_factory=dict[Objective, float])

    def __post_init__(self) -> None:
        countries_of(self.residency)
        limits = {
            "round trip": self.round_trip_ms,
            "answer": self.answer_ms,
            **{str(k): v for k, v in self.most.items()},
        }
        for name, limit in limits.items():
            if limit is not None and not (limit > 0 and math.isfinite(limit)):
                raise BadInput(f"a ceiling of {limit:g} on {name}", mend="give a number above 0")
        if not self.users and self.round_trip_ms is not None:
            raise BadInput(
                "a round trip to nobody", mend="say where the users are: --user LATITUDE,LONGITUDE or a region"
            )
        if self.answer_ms is not None and self.answering_ms is None:
            raise BadInput(
                "how long answering takes is not known", mend="give --service-ms, or climb the workload with its SLO"
            )


def round_trip(site: Site, needs: Needs) -> Quantity | None:
    """The network round trip at the percentile [ms]; None without users, or where a part is no point."""
    points = [(point, share) for place, share in site.parts if (point := point_of(place)) is not None]
    if not needs.users or len(points) < len(site.parts):
        return None
    return percentile_ms(needs.users, points, needs.percentile)


def refused_at(site: Site, needs: Needs) -> Rejection | None:
    """What forbids a site, whatever runs there; None when nothing does."""
    if needs.residency:
        allowed = countries_of(needs.residency)
        for place, _ in site.parts:
            if rejection := outside(place, allowed, needs.residency):
                return rejection
    return _too_far(site, needs)


def _too_far(site: Site, needs: Needs) -> Rejection | None:
    if needs.round_trip_ms is None and needs.answer_ms is None:
        return None
    way = round_trip(site, needs)
    if way is None and needs.users:
        return Rejection("latency", "a place with coordinates", "a grid zone")
    share = f"{100 * needs.percentile:g}%"
    if needs.round_trip_ms is not None and way is not None and way.value > needs.round_trip_ms:
        needed = f"at most {needs.round_trip_ms:g} ms for {share} of requests"
        return Rejection("round trip", needed, _interval(way))
    if needs.answer_ms is not None:
        answering = needs.answering_ms or 0.0
        whole = answering + (0.0 if way is None else way.value)
        if whole > needs.answer_ms:
            network = "" if way is None else f": {answering:.3g} ms answering, {_interval(way)} on the way"
            return Rejection(
                "SLO", f"at most {needs.answer_ms:g} ms for {share} of requests", f"{whole:.3g} ms{network}"
            )
    return None


def refused_for(total: Footprint, objectives: Sequence[Objective], needs: Needs) -> Rejection | None:
    """What forbids an option once its footprint is known: an unknown objective, or a ceiling."""
    for objective in objectives:
        if part_of(total, objective) is None:
            mend = "name --instances for a price" if objective == "cost" else "a part of it is unknown"
            return Rejection(objective, "a known figure", f"unknown; {mend}")
    for objective, limit in needs.most.items():
        quantity = part_of(total, objective)
        if quantity is None or quantity.value > limit:
            got = "unknown" if quantity is None else _interval(quantity)
            return Rejection(f"most {objective}", f"at most {limit:g} {_UNITS[objective]}", got)
    return None


_UNITS: dict[Objective, str] = {"carbon": "gCO2e", "energy": "J", "cost": "USD", "water": "L"}


OBJECTIVES: Final[tuple[Objective, ...]] = ("carbon", "energy", "water", "cost")


def part_of(footprint: Footprint, objective: Objective) -> Quantity | None:
    """One of the four parts of a footprint."""
    parts = {
        "carbon": footprint.carbon,
        "energy": footprint.energy,
        "cost": footprint.cost,
        "water": footprint.water,
    }
    return parts[objective]


def _interval(quantity: Quantity) -> str:
    return f"{quantity.value:.3g} {quantity.unit} ({quantity.low:.3g} to {quantity.high:.3g})"
