"""Attribution conserves energy at any concurrency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.meters import share_energy
from rung.types import Factor, Origin, Quantity

weights = st.lists(st.floats(0, 1e6, allow_subnormal=False), max_size=40)
energies = st.builds(
    lambda a, b: Quantity.of(a, "J", Origin.MODELLED, Factor("cpu-power-model", 0.3, 3.2)) + Quantity.of(b, "J"),
    st.floats(0, 1e9),
    st.floats(0, 1e9),
)


@pytest.mark.capability("energy-sharing", verified="real")
@given(energies, weights, st.floats(0, 1))
def test_requests_and_unattributed_sum_to_the_window(energy: Quantity, work: list[float], claimed: float) -> None:
    shares = share_energy(energy, work, claimed=claimed)
    whole = shares.unattributed
    for part in shares.parts:
        whole = whole + part
    for one, other in ((whole.low, energy.low), (whole.value, energy.value), (whole.high, energy.high)):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


@given(energies, weights)
def test_more_work_is_not_less_energy(energy: Quantity, work: list[float]) -> None:
    parts = share_energy(energy, work).parts
    for a, one in zip(work, parts, strict=True):
        for b, other in zip(work, parts, strict=True):
            assert a > b or one.value <= other.value * (1 + 1e-12)


@pytest.mark.parametrize("concurrency", [1, 4, 8, 32, 100])
def test_concurrency_does_not_multiply_the_energy(concurrency: int) -> None:
    """codecarbon PR #1380: charging each request the whole machine over-counts by the concurrency; ours is <= 1."""
    window = Quantity.of(1000.0, "J")
    shares = share_energy(window, [7.0] * concurrency, claimed=0.85)
    assert sum(part.value for part in shares.parts) / window.value == pytest.approx(0.85)
    assert shares.unattributed.value == pytest.approx(150.0)


def test_without_work_everything_is_unattributed() -> None:
    shares = share_energy(Quantity.of(5.0, "J"), [0.0, 0.0])
    assert shares.unattributed.value == 5.0
    assert [part.value for part in shares.parts] == [0.0, 0.0]
    assert share_energy(Quantity.of(5.0, "J"), []).parts == ()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        share_energy(Quantity.of(5.0, "J"), [1.0, -1.0])
    with pytest.raises(ValueError, match="share"):
        share_energy(Quantity.of(5.0, "J"), [1.0], claimed=1.5)
