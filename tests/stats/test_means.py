from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.stats import mean_estimate


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_interval_holds_the_mean_and_stays_in_bounds(values: list[float]):
    found = mean_estimate(values)
    assert found is not None
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1
    assert found.n == len(values)


def test_nothing_is_unknown_and_one_value_says_little():
    assert mean_estimate([]) is None
    one = mean_estimate([1.0])
    assert one is not None
    assert one.low == pytest.approx(0.025), "the exact interval of one success in one try"
    assert one.high == 1.0


def test_no_spread_is_no_certainty():
    """20 of 20: Clopper-Pearson's lower end, .025 ** (1/20)."""
    found = mean_estimate([1.0] * 20)
    assert found is not None
    assert found.low == pytest.approx(0.025 ** (1 / 20), abs=1e-9)


def test_it_covers():
    random = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        found = mean_estimate(random.beta(2, 1, 40).tolist())
        assert found is not None
        held += found.low <= 2 / 3 <= found.high
    assert 0.93 <= held / 1000 <= 0.97
