from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.report import numbers
from rung.report.axes import axis_around
from rung.types import Factor, Origin, Quantity


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0, "J", "0 J"),
        (1.234, "gCO2e", "1.2 gCO2e"),
        (0.00042, "USD", "420 µUSD"),
        (0.0042, "USD", "0.0042 USD"),
        (1240.0, "USD", "1,240 USD"),
        (3.6e6, "J", "3.6 MJ"),
        (9.96, "L", "10 L"),
        (2.5e6, "gCO2e", "2.5 tCO2e"),
        (2500.0, "L", "2.5 m³"),
        (310.0, "gCO2e/kWh", "310 gCO2e/kWh"),
    ],
)
def test_figures(value: float, unit: str, said: str) -> None:
    assert numbers.plain_figure(value, unit) == said


def test_a_figure_has_interval_and_origin_and_unknown_is_a_word() -> None:
    quantity = Quantity.of(1.2, "gCO2e", Origin.MODELLED, Factor("grid", 2 / 3, 2.0))
    assert numbers.figure(quantity) == "1.2 (0.80–2.4) gCO2e, modelled"
    assert numbers.figure(Quantity.of(3, "J")) == "3.0 J, measured"
    pue = Quantity.of(1.15, "ratio", Origin.QUOTED, Factor("pue", 0.95, 1.13))
    assert numbers.figure(pue) == "1.15 (1.09–1.30) ratio, quoted"
    assert numbers.figure(None) == numbers.interval(None) == numbers.middle(None) == "unknown"


@given(st.floats(min_value=1e-12, max_value=1e15))
def test_a_printed_number_is_within_half_a_unit_of_its_second_digit(value: float) -> None:
    divisor, _ = numbers.scale_of(value, "gCO2e")
    printed = float(numbers.digits(value / divisor).replace(",", "")) * divisor
    assert math.isclose(printed, value, rel_tol=0.051)


@pytest.mark.parametrize(
    ("value", "said"), [(None, "unknown"), (1.0, "100%"), (0.9999, "over 99%"), (0.97, "97%"), (0.0001, "under 1%")]
)
def test_a_chance_is_never_rounded_to_certainty(value: float | None, said: str) -> None:
    assert numbers.probability(value) == said


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_progress_lies_between_0_and_1(log_wealth: float, log_at: float) -> None:
    assert 0 <= numbers.progress(log_wealth, log_at) <= 1


@given(st.lists(st.floats(min_value=0, max_value=1e12, allow_subnormal=False), min_size=1, max_size=9))
def test_an_axis_keeps_order_and_stays_inside(values: list[float]) -> None:
    axis = axis_around(values, 10.0, 500.0)
    pixels = [axis.at(v) for v in sorted(values)]
    assert pixels == sorted(pixels)
    assert all(10 <= p <= 500 for p in pixels)
    assert all(axis.low <= tick <= axis.high * (1 + 1e-9) for tick in axis.ticks())


def test_counts_sizes_and_times() -> None:
    assert numbers.count(3.65e6) == "3.65 million"
    assert numbers.count(264_000) == "264,000"
    assert numbers.parameters(3_900_000) == "3.9M"
    assert numbers.parameters(70_600_000_000) == "71B"
    assert numbers.duration(211.0) == "3.5 min"
    assert numbers.wealth(math.inf) == "over a million"
