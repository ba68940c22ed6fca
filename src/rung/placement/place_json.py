"""A placement with what was asked besides, and its JSON form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rung.placement.edge import EdgeVerdict
from rung.placement.managed import Managed
from rung.placement.place_paired import Saving
from rung.placement.place_records import Option, Ranked, Ranking
from rung.placement.regions import point_of
from rung.types import Footprint, Quantity, Rejection


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that `rung place` says.

    Args:
        what: the work in words.
        ranking: regions and machines.
        edge: the edge against the first, or None.
        managed: a service by the token against the first, or None.
        notes: what was assumed or left out, a sentence each.
    """

    what: str
    ranking: Ranking
    edge: EdgeVerdict | None
    managed: Managed | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON values; quantities with low, high, origin and error sources."""
        ranking = self.ranking
        today = ranking.today
        return {
            "what": self.what,
            "objectives": list(ranking.objectives),
            "hours": ranking.hours,
            "requests": ranking.requests,
            "best": None if ranking.best is None else ranking.best.name,
            "near_tie": ranking.near_tie,
            "front": list(ranking.front),
            "options": [_ranked(row) for row in ranking.ranked],
            "refused": [{"name": r.name, **_rejection(r.rejection)} for r in ranking.refused],
            "today": None if today is None else {"name": today.name, "total": today.footprint.to_json()},
            "edge": None if self.edge is None else _edge(self.edge),
            "managed": None if self.managed is None else _managed(self.managed),
            "notes": list(self.notes),
        }


def _ranked(row: Ranked) -> dict[str, Any]:
    option = row.option
    return {
        "name": option.name,
        "regions": [_part(option, at) for at in range(len(option.site.parts))],
        "instance": None if option.machine is None else option.machine.name,
        "machines": option.machines,
        "second_region": option.second,
        "total": option.total.to_json(),
        "running": _ends(option.running),
        "moved": _ends(option.moved),
        "redundancy": _ends(option.redundancy),
        "round_trip": None if option.round_trip is None else option.round_trip.to_json(),
        "rejection": None if row.rejection is None else _rejection(row.rejection),
        "p_first_is_better": row.p_better,
        "against_today": {name: saved.to_json() for name, saved in row.against.items()},
    }


def _ends(footprint: Footprint) -> dict[str, Any]:
    """A part of the total: its figures without the error sources, which the total has."""
    whole = footprint.to_json()
    return {
        name: None if part is None else {key: part[key] for key in ("value", "low", "high", "unit", "origin")}
        for name, part in whole.items()
    }


def _part(option: Option, at: int) -> dict[str, Any]:
    place, share = option.site.parts[at]
    point, market = point_of(place), place.market_intensity
    return {
        "region": place.region,
        "country": place.country,
        "share": share,
        "intensity": place.intensity.quantity.to_json(),
        "market_intensity": None if market is None else market.to_json(),
        "latitude": None if point is None else point.latitude,
        "longitude": None if point is None else point.longitude,
    }


def _rejection(rejection: Rejection) -> dict[str, str]:
    return asdict(rejection)


def _edge(verdict: EdgeVerdict) -> dict[str, Any]:
    return {
        "total": verdict.edge.to_json(),
        "against": verdict.cloud,
        "saved": {name: saving.to_json() for name, saving in verdict.saved.items()},
    }


def _managed(compared: Managed) -> dict[str, Any]:
    return {name: _plain(getattr(compared, name)) for name in Managed.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity | Footprint | Saving):
        return value.to_json()
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
