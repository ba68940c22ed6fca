"""Decoders of Mamba and Mamba-2 alone, and those that mix them with attention layer by layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from rung.prediction.llm.blocks import Block, Decoder, State, feed_forward, mamba, mamba2
from rung.prediction.llm.config_json import Config
from rung.prediction.llm.decoders import EXPERTS, HIDDEN, experts, layer_count
from rung.prediction.llm.families import Sparse
from rung.prediction.llm.hybrid_parts import Sizes, attention_of, mamba2_of, put_together, recurrent, sizes_of
from rung.prediction.llm.patterned import nemotron_h, qwen3_next, zamba2
from rung.prediction.llm.windows import kinds_of


def pure(config: Config, model_type: str) -> Decoder:
    """Mamba, Falcon Mamba, Mamba-2: every layer is a norm and a mixer."""
    hidden, layers = config.count(*HIDDEN), layer_count(config)
    bias, conv_bias = config.flag("use_bias"), config.flag("use_conv_bias", default=True)
    kernel, state = config.count("conv_kernel", default=4), config.count("state_size", default=16)
    if model_type == "mamba2":
        mixer = mamba2(
            hidden,
            config.count("num_heads"),
            config.count("head_dim"),
            state,
            config.count("n_groups"),
            kernel,
            bias=bias,
            conv_bias=conv_bias,
        )
    else:
        inner = config.count("intermediate_size", default=config.count("expand", default=2) * hidden)
        mixer = mamba(
            hidden, inner, state, kernel, _rank(config, "time_step_rank", hidden), bias=bias, conv_bias=conv_bias
        )
    tied = model_type != "mamba2"
    return put_together(config, Sizes(hidden), (recurrent(mixer, hidden),) * layers, tied=tied)


def _rank(config: Config, name: str, hidden: int) -> int:
    value = config.get(name)
    return math.ceil(hidden / 16) if value in (None, "auto") else config.count(name)


def jamba(config: Config, model_type: str) -> Decoder:
    """Jamba (arXiv 2403.19887): one attention layer of eight, experts in every other layer, Mamba with inner norms."""
    sizes, layers = sizes_of(config), layer_count(config)
    hidden, state = sizes.hidden, config.count("mamba_d_state")
    rank = _rank(config, "mamba_dt_rank", hidden)
    mixer = mamba(
        hidden,
        config.count("mamba_expand") * hidden,
        state,
        config.count("mamba_d_conv"),
        rank,
        bias=config.flag("mamba_proj_bias"),
        conv_bias=config.flag("mamba_conv_bias", default=True),
    )
    mixer = State(mixer.parameters + rank + 2 * state, mixer.elements)
    dense = feed_forward(hidden, config.count("intermediate_size"))
    blocks: list[Block] = []
    for at in range(layers):
        attends = at % config.count("attn_layer_period") == config.count("attn_layer_offset", least=0)
        routes = at % config.count("expert_layer_period") == config.count("expert_layer_offset", least=0)
        block = Block(attention_of(config, sizes) + 2 * hidden) if attends else recurrent(mixer, 2 * hidden)
        fixed, routed, chosen = (
            experts(config, Sparse(), hidden) if routes and config.count(*EXPERTS) > 1 else (dense, 0, 0)
        )
        blocks.append(replace(block, fixed=block.fixed + fixed, routed=routed, chosen=chosen))
    return put_together(config, sizes, tuple(blocks), tied=False)


def layered(config: Config, model_type: str) -> Decoder:
    """Granite 4 hybrids and Bamba: layers of attention or of Mamba-2, each with its feed-forward part."""
    sizes, layers = sizes_of(config), layer_count(config)
    hidden, mixer = sizes.hidden, mamba2_of(config, sizes.hidden)
    kinds = kinds_of(config, layers, "layer_types", "layers_block_type")
    if kinds is None:
        attending = config.items("attn_layer_indices") or []
        kinds = ["attention" if at in attending else "mamba" for at in range(layers)]
    fixed, routed, chosen = _hybrid_feed_forward(config, hidden)
    blocks: list[Block] = []
    for kind in kinds:
        attends = kind.endswith("attention")
        block = Block(attention_of(config, sizes) + 2 * hidden) if attends else recurrent(mixer, 2 * hidden)
        blocks.append(replace(block, fixed=block.fixed + fixed, routed=routed, chosen=chosen))
    return put_together(config, sizes, tuple(blocks), tied=False)


def _hybrid_feed_forward(config: Config, hidden: int) -> tuple[int, int, int]:
    if config.count(*EXPERTS, least=0, default=0):
        return experts(config, Sparse(shared="shared_intermediate_size"), hidden)
    inner = config.count("shared_intermediate_size", "intermediate_size")
    return feed_forward(hidden, inner, bias=config.flag("mlp_bias")), 0, 0


def falcon_h1(config: Config, model_type: str) -> Decoder:
    """Falcon-H1 (arXiv 2507.22448): attention and Mamba-2 side by side in every layer."""
    sizes, layers = sizes_of(config), layer_count(config)
    inner = config.count("mamba_d_ssm") if config.has("mamba_d_ssm") else None
    mixer = mamba2_of(config, sizes.hidden, normed=config.flag("mamba_rms_norm", default=True), inner=inner)
    dense = feed_forward(sizes.hidden, config.count("intermediate_size"), bias=config.flag("mlp_bias"))
    fixed = attention_of(config, sizes) + mixer.parameters + dense + 2 * sizes.hidden
    return put_together(config, sizes, (Block(fixed, state=mixer.elements),) * layers, tied=False)


HYBRIDS: Final[Mapping[str, Callable[[Config, str], Decoder]]] = {
    "bamba": layered,
    "falcon_h1": falcon_h1,
    "falcon_mamba": pure,
    "granitemoehybrid": layered,
    "jamba": jamba,
    "mamba": pure,
    "mamba2": pure,
    "nemotron_h": nemotron_h,
    "qwen3_next": qwen3_next,
    "zamba2": zamba2,
}
"""Decoders with recurrent layers."""
