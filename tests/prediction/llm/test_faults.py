"""Sizes as people write them, and configs that cannot be: each fault names field, file and mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput
from rung.prediction.llm import Size, from_config, read_architecture

from .known import CONFIGS, LLAMA, fixture, made


@pytest.mark.parametrize(
    ("text", "active", "parameters", "through"),
    [
        ("7B", None, 7e9, 7e9),
        ("350m", None, 350e6, 350e6),
        (" 1.2T ", "37B", 1.2e12, 37e9),
        ("30B-A3B", None, 30e9, 3e9),
        ("30.5b_a3.3b", None, 30.5e9, 3.3e9),
        (8, None, 8e9, 8e9),
        ("8", 2.5, 8e9, 2.5e9),
    ],
)
def test_sizes_as_people_write_them(text: str | float, active: str | float | None, parameters: float, through: float):
    assert Size.of(text, active) == Size(round(parameters), round(through))


@pytest.mark.parametrize("text", ["", "big", "8x7B", "7 GB", "B", "-7B", "0B", "nan", "inf", "1e30"])
def test_a_size_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="the size") as caught:
        Size.of(text)
    assert caught.value.mend


def test_more_active_than_there_is_is_refused() -> None:
    with pytest.raises(BadInput, match="active of"):
        Size.of("7B", "8B")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hidden_size": None}, "no hidden_size"),
        ({"vocab_size": None}, "no vocab_size"),
        ({"intermediate_size": None}, "no intermediate_size"),
        ({"hidden_size": -64}, "hidden_size is -64"),
        ({"hidden_size": "64"}, "hidden_size is '64'"),
        ({"hidden_size": 64.5}, "hidden_size is 64.5"),
        ({"hidden_size": True}, "hidden_size is True"),
        ({"hidden_size": float("nan")}, "hidden_size is nan"),
        ({"hidden_size": float("inf")}, "hidden_size is inf"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
        ({"num_hidden_layers": 10**8}, "100000000 layers"),
        ({"num_key_value_heads": 3}, "not a multiple of 3"),
        ({"num_attention_heads": 6, "num_key_value_heads": 6}, "not a multiple of 6"),
        ({"intermediate_size": [100, 200]}, "intermediate_size is [100, 200]"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings is 'no'"),
        ({"model_type": "mixtral", "num_local_experts": 2, "num_experts_per_tok": 3}, "3 experts per token of 2"),
        ({"model_type": "olmo3", "sliding_window": 8, "layer_types": ["full_attention"]}, "lists 1 layers of 4"),
        ({"model_type": "nemotron_h", "hybrid_override_pattern": "MX"}, "mamba_num_heads"),
        ({"quantization_config": {"quant_method": "magic"}}, "'magic'"),
        ({"model_type": "gemma3"}, "no vision_config"),
    ],
)
def test_a_config_that_cannot_be_is_refused_with_field_and_file(changes: dict[str, Any], said: str) -> None:
    data = {name: value for name, value in {**LLAMA, **changes}.items() if value is not None}
    with pytest.raises(BadInput) as caught:
        from_config(data, name="broken", where="some/config.json")
    assert said in caught.value.problem
    assert "some/config.json" in caught.value.problem
    assert caught.value.mend


def test_an_unknown_architecture_names_its_neighbours_and_the_way_on() -> None:
    data = {**LLAMA, "model_type": "qwen9"}
    with pytest.raises(BadInput, match="'qwen9' is not known") as caught:
        from_config(data, name="new")
    assert "qwen3" in caught.value.mend
    assert "--parameters" in caught.value.mend
    assert "--active" in caught.value.mend
    found = from_config(data, name="new", size=Size.of("7B"))
    assert (found.name, found.parameters, found.estimated) == ("new", 7_000_000_000, True)
    with pytest.raises(BadInput, match="no model_type"):
        from_config({}, name="nothing")


def test_what_is_no_config_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{", "utf-8")
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder").mkdir()
    for name, said in {
        "bad.json": "not JSON",
        "list.json": "no object",
        "bytes.json": "not UTF-8",
        "folder": "a folder without config.json",
        "absent.json": "no such file",
    }.items():
        with pytest.raises(BadInput, match=said) as caught:
            read_architecture(tmp_path / name)
        assert caught.value.mend


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(CONFIGS)), st.data())
def test_a_field_of_any_value_gives_a_model_or_a_fault_never_a_crash(name: str, data: st.DataObject) -> None:
    config = fixture(name)["config"]
    target = config
    part = data.draw(st.sampled_from([None, *(key for key, value in config.items() if isinstance(value, dict))]))
    if part is not None:
        target = config[part]
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    try:
        found = from_config(config, name=name)
    except BadInput:
        return
    assert 0 <= found.active_parameters <= found.parameters


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(BadInput, match="'int3'"):
        made().weight_bytes("int3")  # type: ignore[arg-type]
