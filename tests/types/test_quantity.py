"""The laws of quantities: sums and products of intervals that keep their error sources."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.types import Factor, Footprint, Origin, Quantity, Reading, sum_footprints, sum_known, total

NAMES = ("cpu-power-model", "grid:FR", "pue:own", "tariff:FR")
values = st.floats(0, 1e9, allow_subnormal=False).map(lambda value: 0.0 if value < 1e-100 else value)
positions = st.floats(-1, 1)
scenarios = st.dictionaries(st.sampled_from(NAMES), positions)


@st.composite
def factor_lists(draw: st.DrawFn) -> list[Factor]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
    return [Factor(name, draw(st.floats(0, 1)), draw(st.floats(1, 20))) for name in names]


@st.composite
def quantities(draw: st.DrawFn, unit: str = "J") -> Quantity:
    result = Quantity.zero(unit)
    for _ in range(draw(st.integers(0, 3))):
        origin = draw(st.sampled_from(Origin))
        result = result + Quantity.of(draw(values), unit, origin, *draw(factor_lists()))
    return result


def same(one: Quantity, other: Quantity) -> None:
    assert one.unit == other.unit
    assert one.origin == other.origin
    for a, b in ((one.low, other.low), (one.value, other.value), (one.high, other.high)):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-9)


@given(quantities())
def test_low_mid_high_are_in_order(quantity: Quantity) -> None:
    slack = 1e-9 * quantity.high
    assert 0 <= quantity.low <= quantity.value + slack
    assert quantity.value <= quantity.high + slack


@given(quantities(), scenarios)
def test_every_scenario_is_inside_the_interval(quantity: Quantity, scenario: dict[str, float]) -> None:
    slack = 1e-9 * (1 + quantity.high)
    assert quantity.low - slack <= quantity.at(scenario) <= quantity.high + slack


@given(quantities())
def test_the_ends_are_scenarios(quantity: Quantity) -> None:
    slack = 1e-9 * (1 + quantity.high)
    assert quantity.at(dict.fromkeys(NAMES, -1.0)) == pytest.approx(quantity.low, abs=slack)
    assert quantity.at({}) == pytest.approx(quantity.value, abs=slack)
    assert quantity.at(dict.fromkeys(NAMES, 1.0)) == pytest.approx(quantity.high, abs=slack)


@given(quantities(), scenarios, st.sampled_from(NAMES), positions)
def test_a_source_pushes_one_way(quantity: Quantity, scenario: dict[str, float], name: str, to: float) -> None:
    here = scenario.get(name, 0.0)
    before, after = quantity.at(scenario), quantity.at(scenario | {name: to})
    slack = 1e-9 * (1 + quantity.high)
    assert after >= before - slack if to >= here else after <= before + slack


@given(quantities(), quantities(), quantities())
def test_sums_commute_associate_and_have_a_neutral_element(a: Quantity, b: Quantity, c: Quantity) -> None:
    same(a + b, b + a)
    same((a + b) + c, a + (b + c))
    same(a + Quantity.zero("J"), a)
    assert (a + b).origin == max(a.origin, b.origin)
    assert (a + b).sources == a.sources | b.sources


@pytest.mark.capability("quantity", verified="real")
@given(quantities(), quantities(), scenarios)
def test_a_scenario_of_a_sum_is_the_sum_of_scenarios(a: Quantity, b: Quantity, scenario: dict[str, float]) -> None:
    assert (a + b).at(scenario) == pytest.approx(a.at(scenario) + b.at(scenario), rel=1e-9, abs=1e-9)


@given(quantities(), quantities(), st.floats(0, 1e3))
def test_scaling_distributes(a: Quantity, b: Quantity, by: float) -> None:
    same((a + b).scaled(by), a.scaled(by) + b.scaled(by))


@given(quantities(), quantities("kWh"), quantities("kWh"))
def test_products_distribute_and_multiply_the_mids(a: Quantity, b: Quantity, c: Quantity) -> None:
    same(a.times(b + c, "x"), a.times(b, "x") + a.times(c, "x"))
    assert a.times(b, "x").value == pytest.approx(a.value * b.value, rel=1e-9)
    assert a.times(b, "x").origin == max(a.origin, b.origin)


@given(values, values, scenarios)
def test_products_of_different_sources_multiply_in_every_scenario(a: float, b: float, s: dict[str, float]) -> None:
    one = Quantity.of(a, "J", Origin.MODELLED, Factor("cpu-power-model", 0.3, 3.2))
    other = Quantity.of(b, "g/J", Origin.QUOTED, Factor("grid:FR", 0.3, 1.9))
    assert one.times(other, "g").at(s) == pytest.approx(one.at(s) * other.at(s), rel=1e-9)


def test_a_shared_source_counts_once_in_a_product() -> None:
    a = Quantity.of(2.0, "J", Origin.MODELLED, Factor("x", 0.5, 2.0))
    product = a.times(Quantity.of(3.0, "", Origin.MODELLED, Factor("x", 0.8, 4.0)), "J")
    assert (product.low, product.value, product.high) == (3.0, 6.0, 24.0)


@pytest.mark.capability("quantity", verified="real")
@given(quantities())
def test_json_reads_back_exactly(quantity: Quantity) -> None:
    assert Quantity.from_json(json.loads(json.dumps(quantity.to_json()))) == quantity


@pytest.mark.capability("quantity", verified="real")
@given(st.lists(st.one_of(st.none(), quantities()), max_size=5))
def test_an_unknown_part_makes_the_sum_unknown(parts: list[Quantity | None]) -> None:
    known = [part for part in parts if part is not None]
    result = sum_known(parts, "J")
    if len(known) < len(parts):
        assert result is None
    else:
        assert result is not None
        same(result, total(known, "J"))


@given(quantities(), quantities("gCO2e"))
def test_footprints_add_and_unknown_stays_unknown(energy: Quantity, carbon: Quantity) -> None:
    one = Footprint(energy, carbon, None, Quantity.zero("USD"))
    both = sum_footprints([one, one])
    assert both.water is None
    assert both.energy is not None
    same(both.energy, energy.scaled(2))
    same(both.energy, one.scaled(2).energy or Quantity.zero("J"))
    assert Footprint.from_json(json.loads(json.dumps(both.to_json()))) == both


@given(quantities(), values, values)
def test_readings_add_and_read_back(energy: Quantity, wall_s: float, cpu_s: float) -> None:
    reading = Reading(wall_s, cpu_s, energy, {"cpu": energy.value})
    both = reading + Reading(wall_s, cpu_s, None)
    assert both.energy is None
    assert both.wall_s == 2 * wall_s
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_quantity_is_finite_and_not_negative(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Quantity.of(value, "J")


@pytest.mark.parametrize(("low", "high"), [(-0.1, 1.0), (1.1, 2.0), (0.5, 0.9), (0.5, math.inf)])
def test_a_factor_straddles_one(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="low"):
        Factor("x", low, high)


def test_units_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot add"):
        _ = Quantity.of(1, "J") + Quantity.of(1, "kWh")


def test_between_gives_the_interval_back() -> None:
    quantity = Quantity.between(16, 53, 100, "gCO2e/kWh", source="grid:FR", origin=Origin.QUOTED)
    assert (quantity.low, quantity.value, quantity.high) == pytest.approx((16, 53, 100))
    assert quantity.sources == {"grid:FR"}
    assert Quantity.between(0, 0, 0, "L", source="x", origin=Origin.QUOTED).value == 0
    with pytest.raises(ValueError, match="interval around 0"):
        Quantity.between(0, 0, 1, "L", source="x", origin=Origin.QUOTED)
