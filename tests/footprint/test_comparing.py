"""Comparisons under common factors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.footprint import break_even_requests, p_cheapest
from rung.types import Factor, Origin, Quantity

POWER = Factor("cpu-power-model", 0.2, 5.0)


def carbon(value: float, *factors: Factor) -> Quantity:
    return Quantity.of(value, "gCO2e", Origin.MODELLED, *factors)


@pytest.mark.capability("comparisons", verified="real")
def test_what_is_shared_does_not_decide() -> None:
    """Intervals overlap from 0.2 to 5 times, yet 1% less under the same model is less in every scenario."""
    totals = {"a": carbon(99.0, POWER), "b": carbon(100.0, POWER)}
    assert totals["a"].high > totals["b"].low
    assert p_cheapest("a", totals) == 1.0
    assert p_cheapest("b", totals) == 0.0


def test_independent_errors_of_equal_mids_are_even() -> None:
    totals = {"a": carbon(10.0, Factor("x", 0.5, 1.5)), "b": carbon(10.0, Factor("y", 0.5, 1.5))}
    assert p_cheapest("a", totals, scenarios=4000) == pytest.approx(0.5, abs=0.03)


def test_a_triangular_draw_has_its_known_probability() -> None:
    """P(T > 0.5) of a triangular variable on [-1, 1] is 0.5^2 / 2 = 0.125."""
    totals = {"a": carbon(10.0, Factor("x", 0.0, 2.0)), "b": carbon(15.0)}
    assert p_cheapest("b", totals, scenarios=20_000) == pytest.approx(0.125, abs=0.01)


def test_certain_ties_are_shared() -> None:
    totals = {"a": carbon(10.0), "b": carbon(10.0), "c": carbon(11.0)}
    assert [p_cheapest(name, totals) for name in totals] == [0.5, 0.5, 0.0]
    same = {"a": carbon(10.0, POWER), "b": carbon(10.0, POWER)}
    assert p_cheapest("a", same) == 0.5


def test_one_candidate_is_cheapest() -> None:
    assert p_cheapest("a", {"a": carbon(3.0, POWER)}) == 1.0


@pytest.mark.capability("comparisons", verified="real")
@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(1, 100), st.sampled_from("xyz")), min_size=1, max_size=5), st.integers(0, 99))
def test_probabilities_sum_to_one(candidates: list[tuple[float, str]], seed: int) -> None:
    totals = {str(i): carbon(v, POWER, Factor(name, 0.5, 3.0)) for i, (v, name) in enumerate(candidates)}
    chances = [p_cheapest(name, totals, scenarios=50, seed=seed) for name in totals]
    assert sum(chances) == pytest.approx(1.0)
    assert chances == [p_cheapest(name, totals, scenarios=50, seed=seed) for name in totals]


def test_nonsense_is_refused() -> None:
    with pytest.raises(KeyError):
        p_cheapest("z", {"a": carbon(1.0)})
    with pytest.raises(ValueError, match="units"):
        p_cheapest("a", {"a": carbon(1.0), "b": Quantity.of(1.0, "J")})


@given(st.floats(0, 1e6), st.floats(0, 1e3), st.floats(0, 1e6), st.floats(0, 1e3))
def test_at_break_even_the_totals_are_equal(build_a: float, per_a: float, build_b: float, per_b: float) -> None:
    volume = break_even_requests(build_a, per_a, build_b, per_b)
    assert volume == break_even_requests(build_b, per_b, build_a, per_a)
    if volume is not None and volume < 1e12:
        assert build_a + volume * per_a == pytest.approx(build_b + volume * per_b, rel=1e-6)


def test_a_dearer_build_that_saves_nothing_never_breaks_even() -> None:
    assert break_even_requests(10, 1, 20, 1) is None
    assert break_even_requests(10, 1, 20, 2) is None
    assert break_even_requests(10, 1, 10, 2) is None
    assert break_even_requests(100, 5, 1100, 3) == 500


@pytest.mark.capability("comparisons", verified="real")
@settings(deadline=None)
@given(
    st.floats(1e-3, 1e6),
    st.floats(1e-3, 0.9),
    st.floats(0, 0.99),
    st.floats(1.01, 100),
    st.integers(0, 3),
)
def test_a_shared_error_alone_never_makes_a_tie(
    value: float, more: float, low: float, high: float, shared: int
) -> None:
    """However wide the errors that two candidates share, the one with less is less in every scenario."""
    errors = [Factor(f"shared-{n}", low, high) for n in range(shared + 1)]
    totals = {"less": carbon(value, *errors), "more": carbon(value * (1 + more), *errors)}
    if low > 0:
        assert p_cheapest("less", totals, scenarios=40) == 1.0
    else:
        # At the very bottom of a range that begins at 0 both are nothing.
        assert p_cheapest("less", totals, scenarios=40) > 0.9
