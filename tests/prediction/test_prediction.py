"""Predictions: calibration, laws of effort, and remote models by price and range."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.prediction import (
    TYPICAL,
    MachineSpeed,
    TrainingSize,
    calibrate,
    generation_effort,
    indexing_effort,
    loading_effort,
    remote_effort,
    retrieval_effort,
    sparse_fit_effort,
    sparse_linear_effort,
    training_effort,
)
from rung.types import Effort, ModelFacts, ModelRef, Origin

FACTS = ModelFacts(
    "f",
    local=True,
    parameters=1_050_240,
    layers=6,
    hidden=128,
    vocabulary=512,
    weight_bytes=2_100_480,
    context_tokens=1024,
)
SIZES = st.floats(1, 2000)


def cpu(effort: Effort) -> float:
    return effort.cpu_s.value


def test_a_light_calibration_is_quick_plausible_and_comes_back_from_json():
    speed = calibrate("light")
    assert MachineSpeed.from_json(speed.to_json()) == speed
    assert 0.1 < speed.gflops < 5000
    assert 0.1 < speed.stream_gb_per_s < 1000
    assert speed.extent == "light"


def test_a_full_calibration_times_blocks_and_leaves_torch_as_it_was():
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    speed = calibrate("full")
    assert torch.get_num_threads() == threads
    assert speed.extent == "full"
    assert 1e-6 < speed.block_overhead_s < 1e-2
    assert speed.block_token_s(256) > speed.block_token_s(64) > 0


@pytest.mark.capability("prediction", verified="real")
@given(SIZES, SIZES, st.integers(1, 64))
def test_more_tokens_cost_more_and_batches_cost_less_each(sent: float, got: float, batch: int):
    def effort(i: float, o: float, b: int) -> float:
        return cpu(generation_effort(FACTS, TYPICAL, input_tokens=i, output_tokens=o, cap=10_000, batch=b))

    assert effort(sent + 1, got, batch) > effort(sent, got, batch)
    assert effort(sent, got + 1, batch) > effort(sent, got, batch)
    assert effort(sent, got, 2 * batch + 2) < effort(sent, got, batch + 1)


@pytest.mark.capability("prediction", verified="real")
def test_a_slower_machine_needs_more_for_everything():
    slow = dataclasses.replace(
        TYPICAL,
        text_s_per_kchar=TYPICAL.text_s_per_kchar * 3,
        call_s=TYPICAL.call_s * 3,
        gflops=TYPICAL.gflops / 3,
        stream_gb_per_s=TYPICAL.stream_gb_per_s / 3,
        block_overhead_s=TYPICAL.block_overhead_s * 3,
        block_elementwise_s=TYPICAL.block_elementwise_s * 3,
        block_matmul_s=TYPICAL.block_matmul_s * 3,
    )
    size = TrainingSize(steps=100, tokens=1e5, answer_tokens=1e4, row_tokens=80)

    def efforts(speed: MachineSpeed) -> list[float]:
        text: dict[str, Any] = {"chars": 60.0, "features": 10.0, "classes": 77, "grams_per_word": 1.0, "speed": speed}
        return [
            cpu(generation_effort(FACTS, speed, input_tokens=100, output_tokens=9, cap=64, batch=32)),
            cpu(training_effort(FACTS, size, speed, trainable="adapter")),
            cpu(training_effort(FACTS, size, speed, trainable="all")),
            cpu(loading_effort(FACTS, speed)),
            cpu(sparse_linear_effort(**text)),
            cpu(sparse_fit_effort(texts=1000, solver="lbfgs", **text)),
            cpu(indexing_effort(documents=100, chars=500, speed=speed)),
            cpu(retrieval_effort(documents=100, query_chars=40, speed=speed)),
        ]

    assert all(a > b for a, b in zip(efforts(slow), efforts(TYPICAL), strict=True))


def test_facts_that_are_not_known_are_guessed_from_the_size():
    bare = ModelFacts("f", local=True, parameters=125_000_000)
    effort = generation_effort(bare, TYPICAL, input_tokens=100, output_tokens=10, cap=64, batch=1)
    assert cpu(effort) > 0
    assert effort.cpu_s.origin is Origin.MODELLED
    assert effort.cpu_s.low < effort.cpu_s.value < effort.cpu_s.high


@pytest.mark.capability("prediction", verified="real")
def test_a_remote_model_costs_its_price_and_its_energy_is_declared_modelled_or_unknown():
    priced = ModelRef("m", "openai", "m", price_input_usd_per_mtok=1.0, price_output_usd_per_mtok=4.0)
    effort = remote_effort(priced, input_tokens=1000, output_tokens=100)
    assert effort.usd.value == pytest.approx(1000e-6 + 400e-6)
    assert effort.remote_energy is None
    sized = dataclasses.replace(priced, parameters_b=(7.0, 9.0))
    modelled = remote_effort(sized, input_tokens=1000, output_tokens=100).remote_energy
    assert modelled is not None
    assert modelled.high > 5 * modelled.low > 0
    declared = dataclasses.replace(priced, energy_j_per_1k_output_tokens=(10.0, 20.0, 40.0))
    quoted = remote_effort(declared, input_tokens=0, output_tokens=1000).remote_energy
    assert quoted is not None
    assert quoted.value == pytest.approx(20.0)


def test_the_prediction_layer_imports_nothing_heavy():
    import subprocess
    import sys

    code = "import sys, rung.prediction; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "torch", "scipy"} & set(loaded)
