"""What an architecture says: worked examples from papers and model cards, and laws."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.prediction.llm import BYTES, Size, estimate, known_architectures

from .known import CONFIGS, made, published


def test_llama_31_8b_keeps_128_kib_per_token() -> None:
    """2 x 32 layers x 8 heads x 128 x 2 bytes (arXiv 2407.21783, Table 3)."""
    found = published("llama-3.1-8b")
    assert found.kv_bytes_per_token(1000) == 131_072
    assert found.kv_bytes(1000, bytes_per_element=1) == 65_536_000
    assert found.lookup_parameters == 128_256 * 4096


def test_deepseek_v3_keeps_one_latent_of_576_per_layer() -> None:
    """arXiv 2412.19437: 61 layers, 512 + 64 elements; 3 dense layers, then 8 of 256 experts and a shared one."""
    found = published("deepseek-v3")
    assert (found.latent, found.kv_elements, found.kv_heads) == (True, 576, 1)
    assert (found.moe_layers, found.experts, found.experts_per_token) == (58, 256, 8)
    assert found.native_precision == "fp8"
    assert found.kv_bytes_per_token(10) == 61 * 576 * 2


def test_gemma_3_sees_all_in_one_layer_of_six() -> None:
    found = published("gemma-3-12b")
    assert (found.window, found.windowed_share) == (1024, pytest.approx(40 / 48))
    assert found.kv_bytes(1024) == 48 * 2 * 8 * 256 * 2 * 1024
    assert found.kv_bytes(4096) == 2 * 8 * 256 * 2 * (8 * 4096 + 40 * 1024)
    assert (found.image_tokens, found.image_tokens_range) == (256, (256, 256))


def test_gpt_oss_20b_takes_what_its_files_take() -> None:
    """The published safetensors hold 13.76 GB: experts in mxfp4, the rest in bf16 (arXiv 2508.10925)."""
    found = published("gpt-oss-20b")
    assert found.native_precision == "mxfp4"
    assert found.weight_bytes() == pytest.approx(13.76e9, rel=0.01)
    assert found.weight_bytes("bf16") == 2 * found.parameters
    assert (found.window, found.windowed_share) == (128, 0.5)


def test_llama_31_8b_in_int4_takes_what_its_awq_files_take() -> None:
    """5.73 GB: table and head stay in 16 bits."""
    assert published("llama-3.1-8b").weight_bytes("int4") == pytest.approx(5.73e9, rel=0.01)


def test_hybrids_keep_keys_in_few_layers_and_a_state() -> None:
    nano, jamba, mamba = (published(name) for name in ("nemotron-nano-12b-v2", "jamba-v0.1", "mamba-2.8b"))
    assert (nano.layers, nano.attention_layers) == (62, 6)
    assert (jamba.layers, jamba.attention_layers, jamba.moe_layers) == (32, 4, 16)
    assert jamba.kv_bytes(256_000) == pytest.approx(4 * 2**30, rel=0.03), "arXiv 2403.19887, Table 1: 4 GB"
    assert (mamba.attention_layers, mamba.kv_bytes(1000)) == (0, 0)
    assert mamba.state_elements == 64 * 5120 * (16 + 3)
    assert min(nano.state_elements, jamba.state_elements) > 0


@pytest.mark.parametrize(
    ("name", "tokens", "low", "high"),
    [
        ("llava-1.5-7b", 576, 576, 576),
        ("chameleon-7b", 1024, 1024, 1024),
        ("qwen2-vl-7b", 1369, 4, 16_384),
        ("qwen3-vl-8b", 1024, 4, 16_384),
        ("llama-4-maverick", 1440, 144, 2448),
        ("pixtral-12b", 64 * 65, 2, 64 * 65),
    ],
)
def test_tokens_of_an_image(name: str, tokens: int, low: int, high: int) -> None:
    found = published(name)
    assert (found.image_tokens, found.image_tokens_range) == (tokens, (low, high))


def test_a_model_without_eyes_reads_no_image() -> None:
    assert made().image_tokens is None
    assert made().vision_parameters == 0


@pytest.mark.parametrize(
    ("changes", "window", "share"),
    [
        ({"model_type": "mistral", "sliding_window": 64}, 64, 1.0),
        ({"model_type": "mistral", "sliding_window": None}, None, 0.0),
        ({"model_type": "mistral", "sliding_window": 64, "max_position_embeddings": 64}, None, 0.0),
        ({"model_type": "qwen2", "sliding_window": 64, "use_sliding_window": False}, None, 0.0),
        ({"model_type": "qwen2", "sliding_window": 64, "use_sliding_window": True, "max_window_layers": 3}, 64, 0.25),
        ({"model_type": "gemma3_text", "sliding_window": 64, "sliding_window_pattern": 2}, 64, 0.5),
        ({"model_type": "exaone4", "sliding_window": 64, "sliding_window_pattern": "LLLG"}, 64, 0.75),
        ({"model_type": "gemma2", "sliding_window": 64}, 64, 0.5),
        ({"model_type": "olmo3", "sliding_window": 8, "layer_types": ["full_attention"] * 4}, None, 0.0),
    ],
)
def test_windows_as_each_family_says_them(changes: dict[str, Any], window: int | None, share: float) -> None:
    found = made(**changes)
    assert (found.window, found.windowed_share) == (window, share)


@pytest.mark.parametrize(
    ("quantization", "precision"),
    [
        (None, None),
        ({"quant_method": "awq", "bits": 4}, "int4"),
        ({"quant_method": "gptq", "bits": 8}, "int8"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "int4"),
        ({"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 4}}}}, "int4"),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"g": {"weights": {"num_bits": 8, "type": "float"}}},
            },
            "fp8",
        ),
    ],
)
def test_the_published_precision(quantization: dict[str, Any] | None, precision: str | None) -> None:
    assert made(quantization_config=quantization).native_precision == precision


NAMES = st.sampled_from(sorted(CONFIGS))


@given(NAMES)
def test_parts_are_no_more_than_the_whole(name: str) -> None:
    found = published(name)
    assert 0 <= found.active_parameters <= found.parameters
    parts = (found.lookup_parameters, found.expert_parameters, found.vision_parameters, found.encoder_parameters)
    assert all(0 <= part <= found.parameters for part in parts)
    assert sum(parts) <= found.parameters
    assert 0 <= found.attention_layers <= found.layers
    assert 0 <= found.moe_layers <= found.layers
    assert (found.lookup_parameters == 0) == (found.tied or not found.layers)
    assert (found.experts > 0) == (found.expert_parameters > 0) == (found.moe_layers > 0)


@given(NAMES, st.floats(1, 1e6), st.floats(1, 1e6))
def test_the_cache_grows_with_the_context_and_windows_bound_it(name: str, one: float, other: float) -> None:
    found, (short, long) = published(name), sorted((one, other))
    assert found.kv_bytes(short) <= found.kv_bytes(long) * (1 + 1e-12)
    whole = dataclasses.replace(found, window=None, windowed_share=0.0)
    assert found.kv_bytes(long) <= whole.kv_bytes(long) * (1 + 1e-12)
    if found.windowed_share == 1 and found.window:
        assert found.kv_bytes(long) <= found.kv_bytes(found.window)
    assert found.kv_bytes_per_token(long) <= found.kv_bytes_per_token(short) * (1 + 1e-9)


@given(NAMES)
def test_fewer_bits_take_fewer_bytes(name: str) -> None:
    found = published(name)
    order = [found.weight_bytes(precision) for precision in ("int4", "int8", "bf16")]
    assert order == sorted(order)
    assert found.weight_bytes("fp8") == found.weight_bytes("int8")
    assert all(0.5 * found.parameters <= found.weight_bytes(one) <= 2 * found.parameters for one in BYTES)


@given(NAMES, st.integers(0, 4096), st.floats(0.1, 1.0))
def test_touched_experts_grow_from_the_chosen_to_all(name: str, tokens: int, skew: float) -> None:
    found = published(name)
    touched = found.touched_experts(tokens, skew)
    assert touched <= found.touched_experts(tokens + 1, skew) <= found.experts
    assert found.touched_experts(0) == 0
    assert found.touched_experts(1) == pytest.approx(found.experts_per_token)


SIZES = st.floats(1e-3, 5000).map(lambda billions: f"{billions:.6f}B")


@given(SIZES, st.floats(0.01, 1.0))
def test_an_estimate_keeps_the_size_that_is_known(total: str, share: float) -> None:
    size = Size.of(total, float(total.removesuffix("B")) * share if share < 1 else None)
    found = estimate(size)
    assert found.estimated
    assert found.parameters == size.parameters
    assert 0 < found.active_parameters <= size.active
    assert found.expert_parameters <= found.parameters
    assert found.lookup_parameters + found.active_parameters <= found.parameters
    assert found.query_heads % found.kv_heads == 0
    assert found.query_heads * found.head_dim == found.hidden


@pytest.mark.parametrize("name", ["llama-3.1-8b", "qwen3-32b", "llama-3.1-405b", "qwen3-30b-a3b", "mixtral-8x7b"])
def test_an_estimate_is_near_what_the_config_says(name: str) -> None:
    known = published(name)
    sparse = known.experts > 0
    found = estimate(Size(known.parameters, known.active_parameters if sparse else known.parameters))
    assert found.layers == pytest.approx(known.layers, rel=0.6)
    assert found.hidden == pytest.approx(known.hidden, rel=0.6)
    assert found.kv_bytes(1000) == pytest.approx(known.kv_bytes(1000), rel=1.2)
    if sparse:
        assert found.expert_parameters == pytest.approx(known.expert_parameters, rel=0.1)


def test_known_architectures_hold_what_is_promised() -> None:
    promised = "llama mistral qwen3 gemma3 phi3 falcon gpt_neox opt gpt2 starcoder2 olmo2 granite deepseek_v3 mixtral "
    promised += "qwen3_moe llama4 gpt_oss granitemoe olmoe dbrx jamba nemotron_h granitemoehybrid zamba2 falcon_h1 "
    promised += "mamba mamba2 qwen3_next t5 whisper bart llava qwen2_vl qwen3_vl phi3_v"
    assert set(promised.split()) <= set(known_architectures())


def test_the_reference_names_every_known_architecture() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "architectures.md").read_text("utf-8")
    assert [name for name in known_architectures() if f"`{name}`" not in page] == []


def test_reading_brings_neither_torch_nor_numpy() -> None:
    script = (
        "import sys; import rung.prediction.llm; print(sorted({'torch', 'transformers', 'numpy'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
