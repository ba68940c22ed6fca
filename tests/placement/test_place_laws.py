"""Laws of placing: mixes, constraints, PUE and intensity, the front, moving nothing, common errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung import catalog
from rung.catalog import Fact, GridRow
from rung.placement.latency import User
from rung.placement.place import place, sites_of
from rung.placement.place_costs import Site, bringing, running
from rung.placement.place_front import beaten_by, dominates, front
from rung.placement.place_load import Busy, BusyCores, CoreWork, GivenEnergy, GivenWatts, Load, Machine
from rung.placement.place_machines import machine
from rung.placement.place_needs import Needs, part_of
from rung.placement.place_paired import saving
from rung.placement.place_records import Question, Spare
from rung.placement.regions import point_of
from rung.placement.transfer import Data, moving
from rung.types import Factor, Footprint, Origin, Quantity, Rejection
from rung.workload import Objective

AWS = [name for name in catalog.regions() if name.startswith("aws:")]
MACHINES = [machine(name) for name in ("c7g.xlarge", "m7i.xlarge", "g5.xlarge", "r6g.large")]
OBJECTIVES: tuple[Objective, ...] = ("carbon", "energy", "water", "cost")


@pytest.fixture(scope="module", autouse=True)
def few_chances() -> Iterator[None]:
    """The chances of those behind the first take most of the time, and decide nothing."""
    with patch("rung.placement.place.CHANCES", 0):
        yield


regions = st.sampled_from(AWS)
machines = st.sampled_from(MACHINES)
watts = st.floats(1, 1e5).map(lambda w: GivenWatts(Quantity.of(w, "W"), 8760.0, 1e6))
loads: st.SearchStrategy[Load] = st.one_of(
    watts,
    st.floats(0.01, 1e4).map(lambda j: GivenEnergy(Quantity.of(j, "J"), 1e6, 8760.0)),
    st.floats(0, 1).map(lambda share: Busy(share, 8760.0)),
    st.floats(0.01, 50).map(lambda cores: BusyCores(cores, 8760.0)),
)


def footprint(site: Site, load: Load, on: Machine | None) -> Footprint:
    work = load.on(on)
    assert not isinstance(work, Rejection)
    return running(site, work, on, load.hours)


def values(of: Footprint) -> dict[str, float]:
    parts = {objective: part_of(of, objective) for objective in OBJECTIVES}
    return {name: quantity.value for name, quantity in parts.items() if quantity is not None}


def scaled(fact: Fact, by: float) -> Fact:
    return replace(fact, quantity=fact.quantity.scaled(by))


@settings(deadline=None)
@given(regions, regions, st.floats(0.01, 0.99), watts, machines)
def test_a_mix_lies_between_its_parts(a: str, b: str, share: float, load: Load, on: Machine) -> None:
    if a == b:
        return
    ends = [values(footprint(Site.at(region), load, on)) for region in (a, b)]
    mixed = values(footprint(Site.mix("mix", {a: share, b: 1 - share}), load, on))
    for name, value in mixed.items():
        low, high = sorted(end[name] for end in ends)
        assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


@settings(deadline=None)
@given(regions, loads, machines, st.floats(1, 3), st.sampled_from(["pue", "intensity", "wue", "grid_water"]))
def test_more_of_a_factor_is_never_cheaper(region: str, load: Load, on: Machine, by: float, which: str) -> None:
    if on.accelerated and isinstance(load, BusyCores):
        return
    row = catalog.grid(region)
    worse: GridRow = replace(row, **{which: scaled(getattr(row, which), by)})
    now = values(footprint(Site("s", ((row, 1.0),)), load, on))
    then = values(footprint(Site("s", ((worse, 1.0),)), load, on))
    assert all(then[name] >= now[name] * (1 - 1e-12) for name in now)
    moved = {"pue": "energy", "intensity": "carbon", "wue": "water", "grid_water": "water"}[which]
    if by > 1.01 and now[moved] > 0 and getattr(row, which).quantity.value > 0:
        assert then[moved] > now[moved]


@settings(deadline=None)
@given(regions, loads, machines)
def test_parts_lie_in_their_interval(region: str, load: Load, on: Machine) -> None:
    if on.accelerated and isinstance(load, BusyCores):
        return
    total = footprint(Site.at(region), load, on)
    for objective in OBJECTIVES:
        quantity = part_of(total, objective)
        assert quantity is not None
        assert quantity.low <= quantity.value * (1 + 1e-12) <= quantity.high * (1 + 1e-9)


@settings(deadline=None)
@given(st.floats(0.001, 40), st.floats(0, 0.999), st.sampled_from([m for m in MACHINES if not m.accelerated]))
def test_more_work_on_a_machine_never_takes_less(cores: float, less: float, on: Machine) -> None:
    more, fewer = (CoreWork(Quantity.of(c * 3600, "s"), 100, 100).on(on) for c in (cores, cores * less + 1e-6))
    assert not isinstance(more, Rejection)
    assert not isinstance(fewer, Rejection)
    assert fewer.energy.value <= more.energy.value * (1 + 1e-9)
    assert fewer.machines <= more.machines


@settings(deadline=None)
@given(regions, regions)
def test_moving_nothing_costs_nothing(a: str, b: str) -> None:
    there = moving(0.0, catalog.grid(a), catalog.grid(b))
    assert values(there) == dict.fromkeys(OBJECTIVES, 0.0)


@settings(deadline=None)
@given(regions, st.floats(0, 1e6))
def test_data_that_is_there_already_costs_nothing(region: str, gigabytes: float) -> None:
    assert values(bringing(Data(gigabytes, region), Site.at(region), 8760)) == dict.fromkeys(OBJECTIVES, 0.0)


@settings(deadline=None)
@given(regions, regions, st.floats(0.001, 1e5), st.floats(1, 10))
def test_moving_is_linear_in_bytes(a: str, b: str, gigabytes: float, by: float) -> None:
    once, more = (values(moving(g, catalog.grid(a), catalog.grid(b))) for g in (gigabytes, gigabytes * by))
    assert all(more[name] == pytest.approx(once[name] * by) for name in once)


rows = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.tuples(*(st.integers(0, 6).map(float) for _ in range(3))),
    min_size=1,
    max_size=25,
)


@settings(deadline=None)
@given(rows)
def test_the_front_has_no_dominated_point_and_misses_none(points: dict[str, Sequence[float]]) -> None:
    kept = front(points)
    every = {n for n in points if not any(dominates(points[o], points[n]) for o in points)}
    assert set(kept) == every
    assert [points[n][0] for n in kept] == sorted(points[n][0] for n in kept)
    for name in points:
        winner = beaten_by(name, points, kept)
        assert (winner is None) == (name in every)
        assert winner is None or dominates(points[winner], points[name])


def best(needs: Needs, spare: Spare | None = None) -> float:
    load = GivenWatts(Quantity.of(500, "W"), 1000.0)
    question = Question(load, sites_of(AWS, {}), (MACHINES[0],), ("carbon",), needs, spare=spare or Spare())
    found = place(question).best
    return float("inf") if found is None or found.total.carbon is None else found.total.carbon.value


def asking(region: str) -> tuple[User, ...]:
    point = point_of(catalog.grid(region))
    assert point is not None
    return (User(region, point),)


@settings(max_examples=15, deadline=None)
@given(regions, st.floats(9, 300), st.floats(0.2, 1))
def test_a_tighter_latency_never_improves_the_best(region: str, limit: float, tighter: float) -> None:
    loose, tight = (Needs(users=asking(region), round_trip_ms=ms) for ms in (limit, limit * tighter))
    assert best(tight) >= best(loose)


@settings(max_examples=15, deadline=None)
@given(st.sets(st.sampled_from(["EU", "CH", "US", "JP", "IN", "AU", "GB", "BR"]), min_size=1), st.data())
def test_a_tighter_residency_never_improves_the_best(allowed: set[str], data: st.DataObject) -> None:
    fewer = data.draw(st.sets(st.sampled_from(sorted(allowed)), min_size=1))
    assert best(Needs(residency=tuple(fewer))) >= best(Needs(residency=tuple(allowed)))


@settings(max_examples=15, deadline=None)
@given(st.floats(10, 1e5), st.floats(0.1, 1))
def test_a_tighter_ceiling_never_improves_the_best(usd: float, tighter: float) -> None:
    assert best(Needs(most={"cost": usd * tighter})) >= best(Needs(most={"cost": usd}))


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 4), st.booleans())
def test_more_redundancy_never_improves_the_best(replicas: int, second: bool) -> None:
    plain, more = Spare(replicas), Spare(replicas + 1, "auto" if second else None)
    assert best(Needs(), more) > best(Needs(), plain)


@settings(deadline=None)
@given(st.floats(0.01, 1e6), st.floats(0.01, 0.99))
def test_a_saving_under_one_shared_error_is_certain(value: float, share: float) -> None:
    """However wide the grid's interval, it does not make two loads on it a tie."""
    grid = Factor("grid:XX", 0.1, 10.0)
    ours, theirs = (Quantity.of(v, "gCO2e", Origin.QUOTED, grid) for v in (value * share, value))
    found = saving(ours, theirs, scenarios=200)
    assert found.p_better == 1.0
    assert found.low > 0
    assert found.mid == pytest.approx(value * (1 - share))


@settings(deadline=None)
@given(st.floats(0.01, 1e6))
def test_equal_figures_under_one_error_save_nothing(value: float) -> None:
    same = Quantity.of(value, "gCO2e", Origin.QUOTED, Factor("grid:XX", 0.5, 2.0))
    found = saving(same, same, scenarios=100)
    assert (found.low, found.mid, found.high, found.p_better) == (0, 0, 0, 0.5)
