"""What tells one family of decoders from another, by the `model_type` of its config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from rung.prediction.llm.blocks import Norm

Switch = bool | str
"""Always, never, or as the field of that name says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Where a decoder departs from Llama's: two RMS norms, gated feed-forward, no bias, a head of its own.

    Args:
        norm: kind of its norms.
        norms: per layer.
        qk_norm: norm of queries and keys: over a `head` (shared by all), over the `full` width, that with a
            bias (`wide`), none.
        gated: whether the feed-forward part has a gate.
        qkv_bias: of queries, keys and values.
        out_bias: of attention's output.
        mlp_bias: of the feed-forward part.
        head_bias: of the output head.
        sinks: one more parameter per query head.
        tied: where the config does not say, whether the input table is the output head.
        positions: learned positions beyond the field that counts them; None: none are learned.
        embedding_norm: a norm right after the embedding.
        widening: inner width over width where the config does not say.
        full_every: see `windowed_layers`.
        moe: what its sparse layers have beyond routed experts.
        defaults: of fields that a nested config may leave out.
    """

    norm: Norm = "rms"
    norms: int = 2
    qk_norm: Literal["head", "full", "wide", "none"] = "none"
    gated: bool = True
    qkv_bias: Switch = False
    out_bias: Switch = False
    mlp_bias: Switch = False
    head_bias: Switch = False
    sinks: bool = False
    tied: bool = False
    positions: int | None = None
    embedding_norm: bool = False
    widening: int | None = None
    full_every: int | None = None
    moe: Sparse | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparse:
    """What sparse layers have beyond routed experts.

    Args:
        bias: one per expert in the router.
        expert_bias: in the experts.
        shared_gate: a gate before the shared expert.
        shared: the shared expert's inner width is this field.
        dense: the inner width of layers without experts is this field.
    """

    bias: bool = False
    expert_bias: bool = False
    shared_gate: bool = False
    shared: str = ""
    dense: str = "intermediate_size"


_LLAMA = {
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32000,
}
_MISTRAL = {**_LLAMA, "intermediate_size": 14336, "num_key_value_heads": 8}
_QWEN2 = {**_LLAMA, "intermediate_size": 22016, "num_key_value_heads": 32, "vocab_size": 151936}
_GEMMA3 = {
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "num_hidden_layers": 26,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "vocab_size": 262208,
    "sliding_window": 4096,
    "max_position_embeddings": 131072,
}
_LLAMA4 = {
    "hidden_size": 5120,
    "intermediate_size": 8192,
    "intermediate_size_mlp": 16384,
    "num_hidden_layers": 48,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 202048,
    "num_local_experts": 16,
    "num_experts_per_tok": 1,
    "interleave_moe_layer_step": 1,
    "attention_chunk_size": 8192,
    "max_position_embeddings": 4096 * 32,
}
_LLAMA_LIKE = Family(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias", defaults=_LLAMA)
_GPT = Family(
    norm="layer", gated=False, qkv_bias=True, out_bias=True, mlp_bias=True, tied=True, positions=0, widening=4
)
_QWEN3 = Family(qk_norm="head", qkv_bias="attention_bias", out_bias="attention_bias", defaults=_QWEN2)
_QWEN3_MOE = Family(qk_norm="head", qkv_bias="attention_bias", out_bias="attention_bias", moe=Sparse())
_GEMMA = Family(tied=True, qkv_bias="attention_bias", out_bias="attention_bias")
_GEMMA3_TEXT = Family(norms=4, qk_norm="head", tied=True, full_every=6, defaults=_GEMMA3)
_DEEPSEEK = Family(qkv_bias="attention_bias", out_bias="attention_bias", moe=Sparse())
_DEEPSEEK_V3 = Family(qkv_bias="attention_bias", out_bias="attention_bias", moe=Sparse(bias=True))
_GRANITE_MOE = Family(moe=Sparse(shared="shared_intermediate_size"))
_COHERE = Family(norm="unbiased", norms=1, tied=True, qkv_bias="attention_bias", out_bias="attention_bias")

DECODERS: Final[Mapping[str, Family]] = {
    "arcee": Family(gated=False, qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias"),
    "bloom": Family(
        norm="layer",
        gated=False,
        qkv_bias=True,
        out_bias=True,
        mlp_bias=True,
        tied=True,
        embedding_norm=True,
        widening=4,
    ),
    "chameleon": Family(qk_norm="wide", qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias"),
    "cohere": _COHERE,
    "cohere2": Family(norm="unbiased", norms=1, tied=True, full_every=4),
    "dbrx": Family(norm="unbiased", moe=Sparse()),
    "deepseek_v2": _DEEPSEEK,
    "deepseek_v3": _DEEPSEEK_V3,
    "exaone4": Family(qk_norm="head"),
    "falcon": Family(
        norm="layer", gated=False, qkv_bias="bias", out_bias="bias", mlp_bias="bias", tied=True, widening=4
    ),
    "gemma": _GEMMA,
    "gemma2": Family(norms=4, tied=True, full_every=2),
    "gemma3_text": _GEMMA3_TEXT,
    "glm": Family(qkv_bias="attention_bias"),
    "glm4": Family(norms=4, qkv_bias="attention_bias"),
    "glm4_moe": Family(qkv_bias="attention_bias", moe=Sparse(bias=True)),
    "gpt2": _GPT,
    "gpt_bigcode": _GPT,
    "gpt_neox": Family(norm="layer", gated=False, qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias=True),
    "gpt_oss": Family(qkv_bias=True, out_bias=True, sinks=True, full_every=2, moe=Sparse(bias=True, expert_bias=True)),
    "gptj": Family(norm="layer", norms=1, gated=False, mlp_bias=True, head_bias=True, widening=4),
    "granite": Family(qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias"),
    "granitemoe": _GRANITE_MOE,
    "granitemoeshared": _GRANITE_MOE,
    "internlm2": Family(qkv_bias="bias", out_bias="bias"),
    "internlm3": Family(qkv_bias="qkv_bias", out_bias="bias", mlp_bias="bias"),
    "kimi_k2": _DEEPSEEK_V3,
    "llama": _LLAMA_LIKE,
    "llama4_text": Family(
        qkv_bias="attention_bias",
        out_bias="attention_bias",
        full_every=4,
        moe=Sparse(shared="intermediate_size", dense="intermediate_size_mlp"),
        defaults=_LLAMA4,
    ),
    "minicpm": _LLAMA_LIKE,
    "ministral3": Family(defaults=_MISTRAL),
    "mistral": Family(defaults=_MISTRAL),
    "mixtral": Family(moe=Sparse()),
    "mpt": Family(norm="unbiased", gated=False, tied=True, widening=4),
    "nemotron": Family(
        norm="layer", gated=False, qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias"
    ),
    "olmo": Family(norm="none", qkv_bias="attention_bias", out_bias="attention_bias"),
    "olmo2": Family(qk_norm="full", qkv_bias="attention_bias", out_bias="attention_bias"),
    "olmo3": Family(qk_norm="full", full_every=4),
    "olmoe": Family(qk_norm="full", qkv_bias="attention_bias", out_bias="attention_bias", moe=Sparse()),
    "opt": Family(norm="layer", gated=False, qkv_bias=True, out_bias=True, mlp_bias=True, tied=True, positions=2),
    "phi": Family(norm="layer", norms=1, gated=False, qkv_bias=True, out_bias=True, mlp_bias=True, head_bias=True),
    "phi3": Family(),
    "phi3_v": Family(),
    "phi3small": Family(norm="layer", qkv_bias=True, out_bias=True, mlp_bias=True, tied=True),
    "phimoe": Family(
        norm="layer", qkv_bias="attention_bias", out_bias="attention_bias", head_bias="lm_head_bias", moe=Sparse()
    ),
    "qwen2": Family(qkv_bias=True, defaults=_QWEN2),
    "qwen2_moe": Family(qkv_bias=True, moe=Sparse(shared="shared_expert_intermediate_size", shared_gate=True)),
    "qwen2_vl": Family(qkv_bias=True, defaults=_QWEN2),
    "qwen2_vl_text": Family(qkv_bias=True, defaults=_QWEN2),
    "qwen2_5_vl": Family(qkv_bias=True, defaults=_QWEN2),
    "qwen2_5_vl_text": Family(qkv_bias=True, defaults=_QWEN2),
    "qwen3": _QWEN3,
    "qwen3_vl_text": _QWEN3,
    "qwen3_moe": _QWEN3_MOE,
    "qwen3_vl_moe_text": _QWEN3_MOE,
    "seed_oss": Family(qkv_bias="attention_bias", out_bias="attention_out_bias", mlp_bias="mlp_bias"),
    "smollm3": Family(tied=True, qkv_bias="attention_bias", out_bias="attention_bias", mlp_bias="mlp_bias"),
    "stablelm": Family(norm="layer", qkv_bias="use_qkv_bias"),
    "starcoder2": Family(
        norm="layer", gated=False, qkv_bias="use_bias", out_bias="use_bias", mlp_bias="use_bias", tied=True
    ),
}
"""Decoders that are attention and feed-forward in every layer; sources: the papers and model cards of each, and the
model code that Hugging Face publishes under Apache-2.0."""
