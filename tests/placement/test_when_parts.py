"""The forecast by fuels looks at nothing that is not over, and is the forecast without them where they say nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.feeds import HourlySeries
from rung.feeds.generation import Fuel, Generation
from rung.placement.forecast import LEAST_HISTORY_H, Floats, forecasts
from rung.placement.parts import FACTORS, forecasts_with
from rung.placement.shifting import Job
from rung.placement.when import when
from rung.types import Origin, Quantity

Grid = tuple[Floats, dict[Fuel, Floats]]


def grid(days: int, seed: int, times: float = 1.0) -> Grid:
    """Load by day and week, sun by day, wind that wanders; gas and coal follow; `times` the usual factors."""
    rng = np.random.default_rng(seed)
    hours = np.arange(24 * days)
    load = 1000 + 200 * np.sin(hours / 24 * 2 * np.pi) - 100 * (hours // 24 % 7 >= 5) + rng.normal(0, 5, len(hours))
    cloud = np.repeat(rng.uniform(0.3, 1, days), 24)
    wander = rng.normal(0, 1, len(hours))
    for hour in range(1, len(hours)):
        wander[hour] += 0.98 * wander[hour - 1]
    sun = 300 * cloud * np.maximum(0, np.sin((hours - 6) / 24 * 2 * np.pi))
    wind = np.clip(150 + 20 * wander, 0, 300)
    burnt = load - sun - wind - 150
    fuels: dict[Fuel, Floats] = {
        "wind": wind,
        "solar": sun,
        "nuclear": np.full(len(hours), 150.0),
        "oil": np.zeros(len(hours)),
        "gas": burnt * 0.6,
        "coal": burnt * 0.4,
    }
    carbon = sum((times * FACTORS[fuel] * row for fuel, row in fuels.items()), start=np.zeros(len(hours)))
    return carbon / load, fuels


def missed(values: Floats, expected: Floats, first: int = 28 * 24) -> float:
    """Error of the shape of the next 24 hours, mean square."""
    after = np.lib.stride_tricks.sliding_window_view(values, 24)[first:]
    apart = expected[first : first + len(after)] - after
    return float(((apart - apart.mean(axis=1, keepdims=True)) ** 2).mean())


@pytest.mark.capability("when", verified="real")
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(0, 24 * 6 - 1), st.booleans())
def test_changing_the_future_of_values_or_fuels_changes_nothing(seed: int, ahead: int, extra: int, blank: bool) -> None:
    (values, fuels), at = grid(24, seed), LEAST_HISTORY_H + extra
    rng = np.random.default_rng(seed + 1)
    if blank:
        fuels["gas"][rng.integers(24, len(values), 20)] = np.nan
    before = forecasts_with(values, fuels, ahead)
    # Oil, all zero until then, begins to burn; any hour may be unknown.
    changed: dict[Fuel, Floats] = {
        fuel: np.concatenate([row[:at], rng.choice([0, 9e3, np.nan], len(row) - at)]) for fuel, row in fuels.items()
    }
    other = np.concatenate([values[:at], rng.choice([0.0, 900.0, np.nan], len(values) - at)])
    np.testing.assert_array_equal(before[: at + 1], forecasts_with(other, changed, ahead)[: at + 1])
    # Nor does it matter whether there is a future at all.
    past = forecasts_with(values[:at], {fuel: row[:at] for fuel, row in fuels.items()}, ahead)
    np.testing.assert_allclose(past[at], before[at], rtol=1e-9, atol=1e-9)


def test_without_fuels_that_say_something_it_is_the_forecast_from_the_intensity() -> None:
    values, fuels = grid(24, 1)
    alone = forecasts(values, 24)
    unburnt: dict[Fuel, Floats] = {"wind": fuels["wind"], "solar": fuels["solar"]}
    unknown: dict[Fuel, Floats] = {**fuels, "gas": np.full(len(values), np.nan)}
    nothing: dict[Fuel, Floats] = {}
    for given_ in (nothing, unburnt, unknown):
        np.testing.assert_array_equal(forecasts_with(values, given_, 24), alone)


@pytest.mark.parametrize("times", [1.0, 0.5])
def test_where_fuels_make_the_intensity_they_help_whatever_the_factors(times: float) -> None:
    without, by_parts = 0.0, 0.0
    for seed in range(3):
        values, fuels = grid(70, seed, times)
        without += missed(values, forecasts(values, 24))
        by_parts += missed(values, forecasts_with(values, fuels, 24))
    assert by_parts < 0.98 * without


def test_fuels_that_have_nothing_to_do_with_the_intensity_do_little_harm() -> None:
    values, _ = grid(70, 1)
    _, fuels = grid(70, 2)
    shifted: dict[Fuel, Floats] = {fuel: np.roll(row, 9) for fuel, row in fuels.items()}
    assert missed(values, forecasts_with(values, shifted, 24)) < 1.1 * missed(values, forecasts(values, 24))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.001, 1000))
def test_the_unit_of_the_generation_does_not_matter(seed: int, times: float) -> None:
    values, fuels = grid(24, seed)
    scaled: dict[Fuel, Floats] = {fuel: row * times for fuel, row in fuels.items()}
    np.testing.assert_allclose(forecasts_with(values, scaled, 12), forecasts_with(values, fuels, 12), rtol=1e-4)


def test_a_grid_of_fuels_that_repeats_itself_is_forecast_exactly() -> None:
    values, fuels = grid(1, 4)
    days: dict[Fuel, Floats] = {fuel: np.tile(row, 40) for fuel, row in fuels.items()}
    made = forecasts_with(np.tile(values, 40), days, 48)
    assert np.isnan(made[:LEAST_HISTORY_H]).all()
    np.testing.assert_allclose(made[-1], np.tile(values, 2), rtol=1e-3)


def test_a_decision_goes_by_the_fuels_before_the_start() -> None:
    values, fuels = grid(40, 6)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    parts = tuple(Generation(fuel, tuple(row.tolist())) for fuel, row in fuels.items())
    one = HourlySeries("ZZ", start, tuple(values.tolist()), "average", "ZZ.csv", parts)
    at = 24 * 35
    got = when([one], Job(4, 24), Quantity.of(300, "W", Origin.QUOTED), start=one.time_of(at))
    past = forecasts_with(values[:at], {fuel: row[:at] for fuel, row in fuels.items()}, 24)
    np.testing.assert_allclose(got.expected[0], past[-1])
    assert not np.allclose(past[-1], forecasts(values[:at], 24)[-1])
