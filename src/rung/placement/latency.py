"""How long a request travels: a great-circle model of the network between users and regions.

    round trip [ms] = 2 x great circle [km] x route factor / speed in fibre [km/ms] + access [ms]

It knows no peering and no cable map: it tells regions on one's continent from regions across an ocean, and its interval
is wide. Where a millisecond decides, measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from rung.errors import BadInput
from rung.footprint import SourcedFactor
from rung.types import Origin, Quantity

EARTH_KM: Final = 6371.0
"""Mean radius (IUGG)."""

FIBRE_KM_PER_MS: Final = 299.792458 / 1.468
"""Light in vacuum over the group index of standard single-mode fibre (ITU-T G.652): 204 km/ms."""

ROUTE: Final = SourcedFactor(
    "route factor",
    Quantity.between(1.1, 1.8, 3.3, "ratio", source="route-factor", origin=Origin.QUOTED),
    "round trips between 45 pairs of AWS regions measured in 2017: 1.14 to 3.24, median 1.84; Bozkurt et al. 2018, "
    "Dissecting Latency in the Internet's Fiber Infrastructure: 2.1 by rule of thumb, 1.3 by the shortest ways",
    2018,
    "doc",
)
"""Way of the packets over the great circle; all routes share the error, so that regions are compared under one."""

ACCESS: Final = SourcedFactor(
    "access delay",
    Quantity.between(1.0, 8.0, 40.0, "ms", source="access-delay", origin=Origin.ASSUMED),
    "user to backbone and back: about 1 ms on an office line, 8 ms on fixed broadband, 40 ms on a mobile network",
    2024,
    "memory",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the Earth [degrees north, degrees east].

    Raises:
        BadInput: it is not on the Earth.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise BadInput(
                f"{self.latitude:g}, {self.longitude:g} is no place on the Earth",
                mend="give LATITUDE,LONGITUDE in degrees: -90 to 90 north, -180 to 180 east",
            )


@dataclass(frozen=True, slots=True)
class User:
    """Where some of the requests come from.

    Args:
        name: for readers.
        point: where.
        weight: their share of the requests, relative to the other users' weights.
    """

    name: str
    point: Point
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (self.weight > 0 and math.isfinite(self.weight)):
            raise BadInput(f"the weight {self.weight:g} of users at {self.name}", mend="give a number above 0")


def great_circle_km(a: Point, b: Point) -> float:
    """The shortest way over the ground [km] (haversine formula)."""
    north_a, north_b = math.radians(a.latitude), math.radians(b.latitude)
    east = math.radians(b.longitude - a.longitude)
    half = math.sin((north_b - north_a) / 2) ** 2 + math.cos(north_a) * math.cos(north_b) * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def round_trip_ms(a: Point, b: Point) -> Quantity:
    """Round trip between two places [ms], access included."""
    straight = Quantity.of(2 * great_circle_km(a, b) / FIBRE_KM_PER_MS, "ms", Origin.MODELLED)
    return straight.times(ROUTE.quantity, "ms") + ACCESS.quantity


def percentile_ms(users: Sequence[User], served_at: Sequence[tuple[Point, float]], percentile: float) -> Quantity:
    """The round trip [ms] that at least a `percentile` of the requests stays within.

    Args:
        users: where requests come from.
        served_at: places with the share of the requests that each serves, whoever asks (a cross-region profile
            sends a request where there is room, not to the nearest place).
        percentile: in (0, 1].

    Raises:
        BadInput: there are no users, or no such percentile.
    """
    if not users or not served_at:
        raise BadInput("latency to nobody", mend="say where the users are: --user LATITUDE,LONGITUDE or a region")
    if not 0 < percentile <= 1:
        raise BadInput(f"a percentile of {percentile:g}", mend="give a share above 0 and at most 1, e.g. 0.95")
    # Round trips are all one straight line in the same two error sources, so that their order is the same everywhere.
    ways = sorted(
        chain.from_iterable(
            ((round_trip_ms(user.point, point), user.weight * share) for point, share in served_at) for user in users
        ),
        key=lambda way: way[0].value,
    )
    whole, reached = math.fsum(weight for _, weight in ways), 0.0
    for way, weight in ways:
        reached += weight
        if reached >= percentile * whole * (1 - 1e-12):
            return way
    return ways[-1][0]
