"""The great-circle model: laws, and the round trips that somebody measured between regions."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung import catalog
from rung.errors import BadInput
from rung.placement.latency import ACCESS, EARTH_KM, Point, User, great_circle_km, percentile_ms, round_trip_ms
from rung.placement.regions import point_of

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
weights = st.floats(0.01, 100)
users = st.lists(st.builds(User, st.just("u"), points, weights), min_size=1, max_size=5)

MEASURED_2017 = {
    "us-east-1": [72.74, 86.98, 80.55, 88.66, 145.3, 178.4, 216.7, 230, 119.5],
    "us-west-1": [19.46, 153.2, 166.6, 102.5, 131.5, 174, 157.5, 192.7],
    "us-west-2": [137, 159.5, 89.1, 118.3, 161.4, 162.2, 182.7],
    "eu-west-1": [19.56, 212.4, 242.4, 239, 309.6, 191.3],
    "eu-central-1": [236.5, 266.2, 325.9, 323.5, 194.9],
    "ap-northeast-1": [31.44, 73.79, 103.9, 256.8],
    "ap-northeast-2": [71.87, 134, 286.3],
    "ap-southeast-1": [175.3, 328.1],
    "ap-southeast-2": [322.5],
    "sa-east-1": [],
}
"""Mean round trips between AWS regions [ms], each row to the regions after it; table in
acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html."""


@settings(deadline=None)
@given(points, points)
def test_distance_is_symmetric_and_at_most_half_way_round(a: Point, b: Point) -> None:
    assert great_circle_km(a, b) == pytest.approx(great_circle_km(b, a), abs=1e-6)
    assert 0 <= great_circle_km(a, b) <= math.pi * EARTH_KM + 1e-6


@settings(deadline=None)
@given(points, points, points)
def test_triangle_inequality(a: Point, b: Point, c: Point) -> None:
    assert great_circle_km(a, c) <= great_circle_km(a, b) + great_circle_km(b, c) + 1e-3


def test_no_distance_is_the_access_alone() -> None:
    here = Point(48.86, 2.35)
    way = round_trip_ms(here, here)
    assert (way.low, way.value, way.high) == (ACCESS.quantity.low, ACCESS.quantity.value, ACCESS.quantity.high)


@settings(deadline=None)
@given(users, points, st.floats(0.01, 1), st.floats(0.01, 1000))
def test_scaling_all_weights_changes_nothing(asking: list[User], at: Point, percentile: float, by: float) -> None:
    scaled = [User(u.name, u.point, u.weight * by) for u in asking]
    served = [(at, 1.0)]
    assert percentile_ms(asking, served, percentile).value == percentile_ms(scaled, served, percentile).value


@settings(deadline=None)
@given(users, points, st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_higher_percentile_is_never_faster(asking: list[User], at: Point, p: float, q: float) -> None:
    low, high = sorted((p, q))
    assert percentile_ms(asking, [(at, 1.0)], low).value <= percentile_ms(asking, [(at, 1.0)], high).value


@settings(deadline=None)
@given(users, points, points, st.floats(0.01, 0.99), st.floats(0.01, 1))
def test_a_mix_lies_between_its_parts(asking: list[User], a: Point, b: Point, share: float, percentile: float) -> None:
    ends = sorted(percentile_ms(asking, [(place, 1.0)], percentile).value for place in (a, b))
    mixed = percentile_ms(asking, [(a, share), (b, 1 - share)], percentile).value
    assert ends[0] - 1e-9 <= mixed <= ends[1] + 1e-9


def test_the_far_minority_counts_at_a_high_percentile_only() -> None:
    paris, sydney = Point(48.86, 2.35), Point(-33.87, 151.21)
    asking = [User("near", paris, 9), User("far", sydney, 1)]
    at = [(paris, 1.0)]
    assert percentile_ms(asking, at, 0.9).value == ACCESS.quantity.value
    assert percentile_ms(asking, at, 0.95).value > 200


def test_the_route_factor_spans_45_measured_pairs_of_regions() -> None:
    """The constant was chosen on this table: all inside, the mid within a quarter for half of them."""
    inside, off = [], []
    names = list(MEASURED_2017)
    for a, b in combinations(range(len(names)), 2):
        here, there = (point_of(catalog.grid(f"aws:{names[at]}")) for at in (a, b))
        assert here is not None
        assert there is not None
        seen = MEASURED_2017[names[a]][b - a - 1]
        way = round_trip_ms(here, there)
        low, mid = way.low, way.value - ACCESS.quantity.value
        inside.append(low <= seen <= way.high)
        off.append(abs(mid / seen - 1))
    assert len(inside) == 45
    assert all(inside)
    assert sorted(off)[22] <= 0.25


@pytest.mark.parametrize(
    ("here", "there", "seen_ms"),
    [
        (Point(51.51, -0.13), Point(40.71, -74.01), (70, 80)),
        (Point(34.05, -118.24), Point(35.68, 139.69), (100, 115)),
        (Point(51.51, -0.13), Point(1.35, 103.82), (160, 180)),
        (Point(40.71, -74.01), Point(-33.87, 151.21), (170, 200)),
    ],
)
def test_typical_round_trips_between_cities_lie_in_the_interval(
    here: Point, there: Point, seen_ms: tuple[float, float]
) -> None:
    """Not used for the constant: typical round trips of geocables.com/internet-latency."""
    way = round_trip_ms(here, there)
    assert way.low <= sum(seen_ms) / 2 <= way.high


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (math.nan, 0), (0, math.inf)])
def test_no_place_on_the_earth(latitude: float, longitude: float) -> None:
    with pytest.raises(BadInput, match="no place on the Earth"):
        Point(latitude, longitude)


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf])
def test_a_weight_is_above_zero(weight: float) -> None:
    with pytest.raises(BadInput, match="weight"):
        User("u", Point(0, 0), weight)
