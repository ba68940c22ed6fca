"""Laws of the prediction of training runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput, MissingFactor
from rung.prediction.training import (
    METHODS,
    MFU,
    POWER,
    Share,
    TrainedModel,
    TrainingJob,
    adapter_parameters,
    flops_per_token,
    least_count,
    predict_training,
    training_flops,
    training_memory,
)
from rung.types import Origin

LLAMA_8B = TrainedModel("Llama 3.1 8B", 8.03e9, 8.03e9, 32, 4096, 128_256)
FIXED = Share(0.3, 0.4, 0.5, Origin.ASSUMED, "of a test")

sizes = st.floats(1e8, 1e12)
methods = st.sampled_from(METHODS)
chips = st.sampled_from(("A100", "H100", "H200", "B200", "MI300X", "trainium2"))


def model(parameters: float, share: float = 1.0) -> TrainedModel:
    layers = max(4, round((parameters / 12 / 128**2) ** (1 / 3)))
    return TrainedModel("m", parameters, parameters * share, layers, 128 * layers, 32_000)


@st.composite
def jobs(draw: st.DrawFn) -> TrainingJob:
    chosen = model(draw(sizes), draw(st.floats(0.3, 1)))
    most = int(chosen.active / 4 / adapter_parameters(chosen, 1))
    return TrainingJob(
        model=chosen,
        method=draw(methods),
        tokens=draw(st.floats(1e3, 1e14)),
        silicon=draw(chips),
        count=draw(st.integers(1, 20_000)),
        sequence=draw(st.floats(16, 32_768)),
        recompute=draw(st.sampled_from(("none", "blocks"))),
        rank=draw(st.integers(1, min(64, most))),
    )


@given(jobs(), st.floats(1.01, 100))
def test_more_tokens_take_more_of_everything(job: TrainingJob, more: float) -> None:
    less, longer = predict_training(job), predict_training(replace(job, tokens=job.tokens * more))
    assert longer.flops > less.flops
    for name in ("accelerator_hours", "hours", "accelerator_j", "energy_j"):
        for end in ("low", "value", "high"):
            assert getattr(getattr(longer, name), end) > getattr(getattr(less, name), end)


@given(jobs(), st.floats(1.01, 100))
def test_without_checkpoints_everything_is_linear_in_tokens(job: TrainingJob, times: float) -> None:
    job = replace(job, checkpoints=0)
    one, many = predict_training(job), predict_training(replace(job, tokens=job.tokens * times))
    assert many.flops == pytest.approx(times * one.flops)
    assert many.energy_j.value == pytest.approx(times * one.energy_j.value)
    assert many.hours.high == pytest.approx(times * one.hours.high)


@given(jobs(), st.floats(1, 50))
def test_epochs_are_tokens(job: TrainingJob, epochs: float) -> None:
    again, longer = replace(job, epochs=epochs), replace(job, tokens=job.tokens * epochs)
    assert training_flops(again) == pytest.approx(training_flops(longer))


@given(sizes, st.floats(1.01, 50), methods, st.sampled_from(("none", "blocks")))
def test_more_parameters_take_more(size: float, more: float, method: str, recompute: str) -> None:
    job = TrainingJob(model(size), method, 1e9, "H100", recompute=recompute)  # type: ignore[arg-type]
    larger = replace(job, model=model(size * more))
    assert training_flops(larger) > training_flops(job)
    assert predict_training(larger).energy_j.value > predict_training(job).energy_j.value
    assert training_memory(larger).needed_bytes >= training_memory(job).needed_bytes


@given(jobs())
def test_adapters_never_take_more_than_the_weights(job: TrainingJob) -> None:
    full, lora = (
        replace(job, method="full", count=8, checkpoints=0),
        replace(job, method="lora", count=8, checkpoints=0),
    )
    assert flops_per_token(lora) <= flops_per_token(full)
    less, most = predict_training(lora, reached=FIXED), predict_training(full, reached=FIXED)
    assert less.energy_j.value <= most.energy_j.value
    assert training_memory(lora, 1).needed_bytes <= training_memory(full, 1).needed_bytes
    assert training_memory(replace(lora, method="qlora"), 1).needed_bytes <= training_memory(lora, 1).needed_bytes


@given(st.floats(1e9, 1e12), st.floats(16, 8192), st.integers(1, 64))
def test_adapters_take_less_at_the_published_ranges_too(size: float, sequence: float, rank: int) -> None:
    full = TrainingJob(model(size), "full", 1e9, "H100", 8, sequence=sequence, rank=rank)
    assert predict_training(replace(full, method="lora")).energy_j.value < predict_training(full).energy_j.value


@given(jobs(), st.integers(1, 10_000))
def test_energy_does_not_depend_on_the_count_at_a_fixed_utilisation(job: TrainingJob, count: int) -> None:
    # Beyond 64 the share of power is another one.
    job = replace(job, method="pretrain")
    here, there = predict_training(job, reached=FIXED), predict_training(replace(job, count=count), reached=FIXED)
    assert there.energy_j.value == pytest.approx(here.energy_j.value)
    assert there.hours.value * count == pytest.approx(here.hours.value * job.count)


@given(jobs())
def test_recomputing_trades_arithmetic_for_memory(job: TrainingJob) -> None:
    kept, again = replace(job, recompute="none"), replace(job, recompute="blocks")
    assert flops_per_token(kept) < flops_per_token(again) <= 1.5 * flops_per_token(kept) * (1 + 1e-12)
    if job.model.layers > 2:
        assert training_memory(again, 1).activation_bytes <= training_memory(kept, 1).activation_bytes


@given(jobs())
def test_the_smallest_count_fits_and_half_of_it_does_not(job: TrainingJob) -> None:
    least = least_count(job)
    if least is None:
        assert not training_memory(job, 65_536).fits
        return
    assert training_memory(job, least).fits
    assert least == 1 or not training_memory(job, least // 2).fits


@given(jobs())
def test_figures_are_ordered_and_name_their_sources(job: TrainingJob) -> None:
    found = predict_training(job)
    for quantity in (found.hours, found.accelerator_j, found.energy_j):
        assert 0 < quantity.low < quantity.value < quantity.high
    assert found.energy_j.value > found.accelerator_j.value
    assert {MFU, POWER} <= found.energy_j.sources
    assert found.energy_j.origin is Origin.ASSUMED


def test_a_worked_example_by_hand() -> None:
    """1 token of Llama 3.1 8B at rows of 8192: 6 x 8.03e9 + 12 x 32 x 4096 x 8192 = 6.107e10 FLOP."""
    job = TrainingJob(LLAMA_8B, "pretrain", 1, "H100", sequence=8192)
    assert training_flops(job) == pytest.approx(6 * 8.03e9 + 12 * 32 * 4096 * 8192)


def test_adapters_of_rank_16_on_all_linear_layers_are_42_million_in_llama_8b() -> None:
    assert adapter_parameters(LLAMA_8B, 16) == pytest.approx(41.9e6, rel=0.01)


def test_memory_as_people_find_it() -> None:
    """Full fine-tuning of 8 B does not fit one 80 GB board, LoRA does, and QLoRA of 70 B does too."""
    full = TrainingJob(LLAMA_8B, "full", 1e6, "H100", recompute="blocks")
    assert not training_memory(full).fits
    assert least_count(full) == 2
    assert training_memory(replace(full, method="lora")).fits
    large = TrainedModel("Llama 3.1 70B", 70.6e9, 70.6e9, 80, 8192, 128_256)
    assert training_memory(TrainingJob(large, "qlora", 1e6, "H100", recompute="blocks")).fits
    assert not training_memory(TrainingJob(large, "lora", 1e6, "H100", recompute="blocks")).fits


def test_rows_that_fit_nowhere_are_said_to() -> None:
    assert least_count(TrainingJob(LLAMA_8B, "lora", 1e9, "T4", sequence=1e7)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": 0},
        {"tokens": float("nan")},
        {"tokens": float("inf")},
        {"epochs": -1},
        {"sequence": 0},
        {"count": 0},
        {"micro_batch": 0},
        {"rank": 0},
        {"checkpoints": -1},
        {"method": "distil"},
        {"recompute": "some"},
    ],
)
def test_bad_numbers_are_refused_with_a_mend(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput) as error:
        replace(TrainingJob(LLAMA_8B, "lora", 1e6, "H100"), **wrong)  # type: ignore[arg-type]
    assert error.value.mend


def test_bad_models_ranks_and_chips_are_refused() -> None:
    with pytest.raises(BadInput):
        TrainedModel("m", 1e9, 2e9, 10, 1000)
    with pytest.raises(BadInput, match="rank"):
        predict_training(TrainingJob(LLAMA_8B, "lora", 1e6, "H100", rank=4096))
    with pytest.raises(BadInput, match="no accelerator"):
        predict_training(TrainingJob(LLAMA_8B, "lora", 1e6, "graviton4"))
    with pytest.raises(MissingFactor):
        predict_training(TrainingJob(LLAMA_8B, "lora", 1e6, "H1000"))
