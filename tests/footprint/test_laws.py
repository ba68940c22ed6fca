"""Laws of footprints: additivity, monotonicity, and that unknown stays unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.footprint import (
    Factors,
    SourcedFactor,
    embodied_carbon_g,
    facility_energy_j,
    footprint_of,
    lifetime_total,
    operational_carbon_g,
    sci,
    water_l,
)
from rung.types import Factor, Footprint, Origin, Quantity
from rung.units import J_PER_KWH

amounts = st.floats(0, 1e9, allow_subnormal=False).map(lambda value: 0.0 if value < 1e-100 else value)
USD = Quantity.zero("USD")


def sourced(value: float, unit: str, name: str) -> SourcedFactor:
    return SourcedFactor(name, Quantity.of(value, unit, Origin.QUOTED, Factor(name, 0.5, 2.0)), "made up", 2024)


FACTORS = Factors(
    intensity=sourced(300.0, "gCO2e/kWh", "grid:X"),
    pue=sourced(1.2, "ratio", "pue:X"),
    wue=sourced(0.5, "L/kWh", "wue:X"),
    grid_water=sourced(3.0, "L/kWh", "grid-water:X"),
    tariff=sourced(0.2, "USD/kWh", "tariff:X"),
    embodied=sourced(1e-4, "gCO2e/core-s", "embodied:server-vcpu"),
)


def joules(value: float) -> Quantity:
    return Quantity.of(value, "J", Origin.MODELLED, Factor("cpu-power-model", 0.3, 3.2))


def figures(footprint: Footprint) -> list[float]:
    parts = (footprint.energy, footprint.carbon, footprint.water, footprint.cost)
    return [figure for part in parts if part is not None for figure in (part.low, part.value, part.high)]


@pytest.mark.capability("footprint", verified="real")
@given(amounts, amounts, amounts, amounts, amounts, amounts)
def test_the_footprint_of_a_sum_is_the_sum(e1: float, e2: float, c1: float, c2: float, u1: float, u2: float) -> None:
    apart = footprint_of(joules(e1), c1, Quantity.of(u1, "USD"), FACTORS) + footprint_of(
        joules(e2), c2, Quantity.of(u2, "USD"), FACTORS
    )
    together = footprint_of(joules(e1 + e2), c1 + c2, Quantity.of(u1 + u2, "USD"), FACTORS)
    assert figures(apart) == pytest.approx(figures(together), rel=1e-9, abs=1e-12)


@given(amounts, amounts, st.floats(0, 1e6))
def test_more_of_anything_is_not_less(energy: float, cpu_s: float, more: float) -> None:
    less = footprint_of(joules(energy), cpu_s, USD, FACTORS)
    for larger in (
        footprint_of(joules(energy + more), cpu_s, USD, FACTORS),
        footprint_of(joules(energy), cpu_s + more, USD, FACTORS),
        footprint_of(joules(energy), cpu_s, Quantity.of(more, "USD"), FACTORS),
    ):
        assert all(b >= a * (1 - 1e-12) for a, b in zip(figures(less), figures(larger), strict=True))


@given(amounts, amounts)
def test_the_mids_are_the_plain_formulas(energy: float, cpu_s: float) -> None:
    footprint = footprint_of(joules(energy), cpu_s, Quantity.of(1.0, "USD"), FACTORS)
    assert footprint.energy is not None
    assert footprint.carbon is not None
    assert footprint.water is not None
    assert footprint.cost is not None
    assert footprint.energy.value == pytest.approx(facility_energy_j(energy, pue=1.2))
    operational = operational_carbon_g(energy, pue=1.2, intensity_g_per_kwh=300)
    assert footprint.carbon.value == pytest.approx(operational + 1e-4 * cpu_s)
    assert footprint.water.value == pytest.approx(water_l(energy, pue=1.2, wue_l_per_kwh=0.5, grid_l_per_kwh=3))
    assert footprint.cost.value == pytest.approx(1 + energy / J_PER_KWH * 1.2 * 0.2)


def test_every_error_source_is_named() -> None:
    footprint = footprint_of(joules(1.0), 1.0, USD, FACTORS)
    assert footprint.carbon is not None
    assert footprint.carbon.sources == {"cpu-power-model", "grid:X", "pue:X", "embodied:server-vcpu"}
    assert footprint.carbon.origin is Origin.QUOTED
    assert [used.name for used in FACTORS.used()][:2] == ["grid:X", "pue:X"]
    assert len(FACTORS.used()) == 6


def test_unknown_energy_is_unknown_everywhere() -> None:
    unknown = footprint_of(None, 5.0, Quantity.of(1.0, "USD"), FACTORS)
    assert unknown == Footprint(None, None, None, None)
    known = footprint_of(joules(1.0), 1.0, USD, FACTORS)
    assert lifetime_total(known, unknown, 10) == Footprint(None, None, None, None)


@given(amounts, st.floats(0, 1e6), amounts, amounts)
def test_a_lifetime_is_build_hosting_and_requests(build: float, requests: float, per: float, kept: float) -> None:
    parts = [footprint_of(joules(value), 0.0, USD, FACTORS) for value in (build, per, kept)]
    total = lifetime_total(parts[0], parts[1], requests, parts[2])
    assert total.energy is not None
    assert total.energy.value == pytest.approx(1.2 * (build + requests * per + kept), rel=1e-9)
    without = lifetime_total(parts[0], parts[1], requests)
    assert without.energy is not None
    assert without.energy.value <= total.energy.value * (1 + 1e-12)


@given(amounts, st.floats(1, 1e6), st.floats(1, 1e6))
def test_embodied_carbon_over_a_whole_life_is_all_of_it(total_g: float, used: float, rest: float) -> None:
    first = embodied_carbon_g(total_g, used_s=used, lifetime_s=used + rest)
    second = embodied_carbon_g(total_g, used_s=rest, lifetime_s=used + rest)
    assert first + second == pytest.approx(total_g)


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.floats(1, 1e6))
def test_sci_times_its_units_is_the_carbon(operational: float, embodied: float, units: float) -> None:
    rate = sci(operational_g=operational, embodied_g=embodied, functional_units=units)
    assert rate * units == pytest.approx(operational + embodied)


def test_site_water_does_not_grow_with_pue() -> None:
    """Multiplying site WUE by facility energy is a known error: with a dry grid, PUE does not change the water."""
    one, two = (water_l(J_PER_KWH, pue=pue, wue_l_per_kwh=1.8, grid_l_per_kwh=0) for pue in (1.0, 2.0))
    assert one == two == pytest.approx(1.8)


def test_a_cleaner_grid_lowers_carbon_alone() -> None:
    clean = replace(FACTORS, intensity=sourced(30.0, "gCO2e/kWh", "grid:Y"))
    dirty, cleaner = (footprint_of(joules(1e6), 0.0, USD, factors) for factors in (FACTORS, clean))
    assert dirty.carbon is not None
    assert cleaner.carbon is not None
    assert cleaner.carbon.value == pytest.approx(dirty.carbon.value / 10)
    assert cleaner.energy == dirty.energy
    assert cleaner.water == dirty.water


def test_what_is_from_memory_is_assumed() -> None:
    with pytest.raises(ValueError, match="from memory is assumed, not quoted"):
        SourcedFactor("x", Quantity.of(1, "ratio", Origin.QUOTED), "common knowledge", 2024, "memory")
    SourcedFactor("x", Quantity.of(1, "ratio", Origin.ASSUMED), "common knowledge", 2024, "memory")
