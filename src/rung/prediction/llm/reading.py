"""From a config to an `Architecture`: which family it is, and what its parts add up to."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rung.errors import BadInput
from rung.prediction.llm.architecture import Architecture, Precision
from rung.prediction.llm.blocks import Decoder
from rung.prediction.llm.config_json import Config, read_config
from rung.prediction.llm.decoders import decoder
from rung.prediction.llm.encoders import ENCODED, listener
from rung.prediction.llm.families import DECODERS
from rung.prediction.llm.hybrids import HYBRIDS
from rung.prediction.llm.sizes import Size, estimate
from rung.prediction.llm.vision import SIGHTED, Sight

TEXT_PARTS: Final = ("text_config", "llm_config", "language_config")
NESTED_AS: Final = {
    "gemma3": "gemma3_text",
    "idefics3": "llama",
    "internvl": "qwen2",
    "internvl_chat": "qwen2",
    "llama4": "llama4_text",
    "llava": "llama",
    "llava_next": "llama",
    "mistral3": "mistral",
    "paligemma": "gemma",
    "qwen2_5_omni_text": "qwen2",
    "qwen2_5_omni_thinker": "qwen2",
    "qwen2_5_vl": "qwen2",
    "qwen2_vl": "qwen2",
    "qwen3_omni_moe_text": "qwen3_moe",
    "qwen3_omni_moe_thinker": "qwen3_moe",
    "qwen3_vl": "qwen3",
    "qwen3_vl_moe": "qwen3_moe",
    "smolvlm": "llama",
}
"""Of what family the language model is, where its part does not say."""


def known_architectures() -> tuple[str, ...]:
    """Every `model_type` that is read."""
    return tuple(sorted({*DECODERS, *HYBRIDS, *ENCODED, *SIGHTED}))


def read_architecture(source: str | Path, *, size: Size | None = None) -> Architecture:
    """The architecture of a model folder or of a config.json.

    Args:
        source: a file, or a folder with a config.json.
        size: to go on with where the family is not known; the result is then `estimated`.

    Raises:
        BadInput: no such file, not JSON, a family that is not known, a field missing or out of range.
    """
    path = Path(source)
    config = read_config(path)
    place = path if path.is_dir() else path.parent if path.name == "config.json" else path.with_suffix("")
    name = Path(config.text("_name_or_path")).name or place.resolve().name
    return _read(config, name, size)


def from_config(data: Mapping[str, Any], *, name: str, where: str = "config", size: Size | None = None) -> Architecture:
    """The architecture that a config describes, already parsed.

    Args:
        data: the fields.
        name: of the model.
        where: for messages.
        size: as in `read_architecture`.

    Raises:
        BadInput: as in `read_architecture`.
    """
    return _read(Config(data, where), name, size)


def _read(config: Config, name: str, size: Size | None) -> Architecture:
    whole = config.part("thinker_config") or config
    model_type = whole.text("model_type")
    if whole is not config and not model_type:
        model_type = f"{config.text('model_type')}_thinker"
        whole = replace(whole, data={**whole.data, "model_type": model_type})
    if model_type not in known_architectures():
        if size is not None:
            return replace(estimate(size), name=name)
        raise _unknown(config, model_type)
    precision = _native_precision(config)
    if model_type in ENCODED:
        made, encoder = ENCODED[model_type](whole, model_type)
        return _whole(name, made, None, encoder, precision)
    part = whole.part(*TEXT_PARTS)
    text = part or whole
    kind = text.text("model_type") or model_type
    if kind not in DECODERS:
        kind = NESTED_AS.get(kind, kind)
    if kind not in DECODERS and kind not in HYBRIDS:
        raise _unknown(config, kind)
    text = _with_tie(whole, text)
    made = HYBRIDS[kind](text, kind) if kind in HYBRIDS else decoder(text, kind)
    sight = SIGHTED[model_type](whole, made.hidden) if model_type in SIGHTED else None
    heard = whole.part("audio_config")
    return _whole(name, made, sight, listener(heard) if heard else 0, precision)


def _with_tie(whole: Config, text: Config) -> Config:
    """A tie that is stated for the whole holds for its language model, where that says nothing."""
    if text is whole or text.has("tie_word_embeddings") or not whole.has("tie_word_embeddings"):
        return text
    return replace(text, data={**text.data, "tie_word_embeddings": whole.get("tie_word_embeddings")})


def _whole(name: str, made: Decoder, sight: Sight | None, encoder: int, precision: Precision | None) -> Architecture:
    fixed = sum(block.fixed for block in made.blocks)
    routed = sum(block.routed for block in made.blocks)
    cached = sum(block.cached for block in made.blocks)
    read = fixed + sum(block.chosen for block in made.blocks) + made.around + made.head
    lookup = 0 if made.tied else made.embedding
    seen = sight.parameters if sight else 0
    return Architecture(
        name=name,
        layers=len(made.blocks),
        attention_layers=cached,
        hidden=made.hidden,
        query_heads=made.query_heads,
        kv_heads=made.kv_heads,
        head_dim=made.head_dim,
        kv_elements=made.kv_elements,
        latent=made.latent,
        window=made.window,
        windowed_share=sum(block.windowed for block in made.blocks) / cached if made.window and cached else 0.0,
        experts=made.experts,
        experts_per_token=made.chosen,
        moe_layers=sum(block.routed > 0 for block in made.blocks),
        parameters=fixed + routed + made.around + made.embedding + made.head + seen + encoder,
        active_parameters=read + made.embedding - lookup,
        lookup_parameters=lookup,
        expert_parameters=routed,
        vision_parameters=seen,
        encoder_parameters=encoder,
        state_elements=sum(block.state for block in made.blocks),
        vocabulary=made.vocabulary,
        tied=made.tied,
        native_precision=precision,
        image_tokens=sight.tokens if sight else None,
        image_tokens_range=(sight.low, sight.high) if sight else None,
    )


def _native_precision(config: Config) -> Precision | None:
    """Of published weights, by `quantization_config`."""
    part = config.part("quantization_config") or next(
        (inner for inner in (p.part("quantization_config") for p in [config.part(*TEXT_PARTS)] if p) if inner), None
    )
    if part is None:
        return None
    method = part.text("quant_method").lower()
    bits = part.count("bits", default=4)
    if method in {"awq", "gptq", "auto-round"}:
        return "int8" if bits == 8 else "int4"
    if method == "bitsandbytes":
        return "int8" if part.flag("load_in_8bit") else "int4"
    if method in {"fp8", "fbgemm_fp8"}:
        return "fp8"
    if method == "mxfp4":
        return "mxfp4"
    if method == "compressed-tensors":
        return _compressed(part)
    known = "fp8, mxfp4, awq, gptq, bitsandbytes, compressed-tensors"
    raise config.problem(f"quantization_config.quant_method is {method!r}", mend=f"known are {known}")


def _compressed(part: Config) -> Precision | None:
    """The weights' format in the first group of compressed-tensors."""
    groups = part.part("config_groups")
    first = groups.part(*groups.data) if groups else None
    weights = first.part("weights") if first else None
    if weights is None:
        return None
    bits = weights.count("num_bits", default=8)
    if bits == 4:
        return "int4"
    return "fp8" if weights.text("type") == "float" else "int8"


def _unknown(config: Config, model_type: str) -> BadInput:
    mend = "give the size with --parameters (and --active, where experts are chosen) to go on with an estimate"
    if not model_type:
        return config.problem("no model_type", mend=f"take the config.json as its maker published it, or {mend}")
    near = difflib.get_close_matches(model_type, known_architectures(), n=3, cutoff=0.3)
    hint = f"the nearest known are {', '.join(near)}; " if near else ""
    return config.problem(f"the architecture {model_type!r} is not known", mend=f"{hint}{mend}")
