"""A predicted replica as the simulator sees it says what the prediction says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prediction.roofline.test_step import serving

from rung.errors import BadInput
from rung.prediction.roofline.predict import predict
from rung.prediction.roofline.replica import predicted_replica


@given(
    batch=st.integers(1, 64),
    size=st.sampled_from(["1B", "8B", "30B-A3B"]),
    silicon=st.sampled_from(["H100", "A100", "B200"]),
)
def test_a_step_is_the_predicted_one_without_its_prefill(batch: int, size: str, silicon: str) -> None:
    one = replace(serving(size, silicon), batch=float(batch))
    found, predicted = predicted_replica(one, most=64), predict([one])[0]
    without = sum(predicted.terms_s.values()) - predicted.terms_s["prefill"]
    assert found.step_s(batch, one.context) == pytest.approx(without, rel=1e-3)
    assert found.prefill_s(int(one.prompt)) == pytest.approx(
        predicted.ttft_s.value - sum(predicted.terms_s.values()), rel=1e-6
    )
    assert 0 < found.idle_w < found.decode_w(batch) <= one.count * one.accelerator.watts


@given(batch=st.integers(1, 63), context=st.floats(1, 50_000))
def test_more_sequences_and_longer_ones_take_longer(batch: int, context: float) -> None:
    found = predicted_replica(serving("8B"), most=64)
    assert found.step_s(batch + 1, context) >= found.step_s(batch, context)
    assert found.step_s(batch, context * 1.5) >= found.step_s(batch, context)
    assert found.prefill_s(1000) > found.prefill_s(10)


def test_the_batch_is_bounded_by_the_cache() -> None:
    long = replace(serving("8B"), prompt=60_000.0, output=1000.0)
    found = predicted_replica(long, most=4096)
    assert found.max_batch < 10
    assert found.kv_capacity_tokens >= found.max_batch * 61_000


def test_weights_that_do_not_fit_are_refused_with_the_mend() -> None:
    with pytest.raises(BadInput, match="do not fit") as refused:
        predicted_replica(serving("70B"), most=8)
    assert "--count" in str(refused.value.mend)


def test_price_and_error_are_the_replicas() -> None:
    found = predicted_replica(serving("8B", count=2), most=8, usd_per_hour=3.0)
    assert found.usd_per_hour == 6.0
    assert found.accelerators == 2
    assert found.energy_error.low < 1 < found.energy_error.high
    assert found.cold_start_j == pytest.approx(found.cold_start_s * found.idle_w)
