"""Decoders whose layers follow a pattern of their own: Nemotron-H, Qwen3-Next, Zamba2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rung.prediction.llm.blocks import Block, Decoder, feed_forward, gated_delta, linear, mamba2
from rung.prediction.llm.config_json import Config
from rung.prediction.llm.decoders import EXPERTS, HIDDEN, experts, layer_count
from rung.prediction.llm.families import Sparse
from rung.prediction.llm.hybrid_parts import Sizes, attention_of, mamba2_of, put_together, recurrent, sizes_of
from rung.prediction.llm.windows import kinds_of


def nemotron_h(config: Config, model_type: str) -> Decoder:
    """Nemotron-H (arXiv 2504.03624): a norm and one mixer per layer.

    The pattern has a letter per layer: M Mamba-2, * attention, - feed-forward, E experts.
    """
    sizes = sizes_of(config)
    pattern = config.text("hybrid_override_pattern")
    if not pattern:
        letters = {"mamba": "M", "attention": "*", "mlp": "-", "moe": "E"}
        pattern = "".join(letters.get(str(kind), "?") for kind in config.items("layers_block_type") or ())
    hidden = sizes.hidden
    mixer = mamba2(
        hidden,
        config.count("mamba_num_heads"),
        config.count("mamba_head_dim"),
        config.count("ssm_state_size"),
        config.count("n_groups", "mamba_n_groups"),
        config.count("conv_kernel", default=4),
        bias=config.flag("use_bias"),
        conv_bias=config.flag("use_conv_bias", default=True),
    )
    made: Mapping[str, Callable[[], Block]] = {
        "M": lambda: recurrent(mixer, hidden),
        "*": lambda: Block(attention_of(config, sizes) + hidden),
        "-": lambda: Block(hidden + _plain_feed_forward(config, hidden), cached=False),
        "E": lambda: _experts_alone(config, hidden),
    }
    if not pattern or set(pattern) - made.keys():
        raise config.problem(f"hybrid_override_pattern is {pattern!r}", mend="it has a letter per layer: M, *, - or E")
    kinds = {letter: made[letter]() for letter in set(pattern)}
    return put_together(config, sizes, tuple(kinds[letter] for letter in pattern), tied=False)


def _plain_feed_forward(config: Config, hidden: int) -> int:
    return feed_forward(hidden, config.count("intermediate_size"), gated=False, bias=config.flag("mlp_bias"))


def _experts_alone(config: Config, hidden: int) -> Block:
    moe = Sparse(bias=True, shared="moe_shared_expert_intermediate_size")
    fixed, routed, chosen = experts(config, moe, hidden, gated=False)
    return Block(fixed + hidden, routed, chosen, cached=False)


def qwen3_next(config: Config, model_type: str) -> Decoder:
    """Qwen3-Next: three layers of the gated delta rule to one of gated attention, each with experts."""
    sizes, layers = sizes_of(config), layer_count(config)
    hidden = sizes.hidden
    mixer = gated_delta(
        hidden,
        config.count("linear_num_key_heads"),
        config.count("linear_key_head_dim"),
        config.count("linear_num_value_heads"),
        config.count("linear_value_head_dim"),
        config.count("linear_conv_kernel_dim"),
    )
    every = config.count("full_attention_interval", default=4)
    kinds = kinds_of(config, layers, "layer_types") or [
        "full_attention" if (at + 1) % every == 0 else "linear_attention" for at in range(layers)
    ]
    attending = Block(attention_of(config, sizes, gate=True) + 2 * sizes.dim + 2 * hidden)
    moe = Sparse(shared="shared_expert_intermediate_size", shared_gate=True)
    if config.count(*EXPERTS, least=0, default=0):
        fixed, routed, chosen = experts(config, moe, hidden)
    else:
        fixed, routed, chosen = feed_forward(hidden, config.count("intermediate_size")), 0, 0
    blocks: list[Block] = []
    for kind in kinds:
        block = attending if kind == "full_attention" else recurrent(mixer, 2 * hidden)
        blocks.append(replace(block, fixed=block.fixed + fixed, routed=routed, chosen=chosen))
    return put_together(config, sizes, tuple(blocks), tied=False)


def zamba2(config: Config, model_type: str) -> Decoder:
    """Zamba2 (arXiv 2411.15242): Mamba-2 layers, and a few attention blocks that many layers share.

    A shared block is counted once, with the first layers that use it; every layer that uses it has its own cache.
    """
    hidden, layers = config.count(*HIDDEN), layer_count(config)
    wide, query = 2 * hidden, config.count("num_attention_heads")
    kv, dim = config.count("num_key_value_heads", default=query), wide // query
    inner, rank = config.count("intermediate_size"), config.count("adapter_rank", default=128)
    queries = query * dim
    shared = wide * (queries + 2 * kv * dim) + queries * hidden + feed_forward(hidden, inner) + wide + hidden
    own = linear(hidden, hidden) + hidden * rank + rank * 2 * inner
    if config.flag("use_shared_attention_adapter"):
        own += 3 * (wide * rank + rank * queries)
    mixer, blocks, left = mamba2_of(config, hidden), list[Block](), config.count("num_mem_blocks", default=1)
    for kind in kinds_of(config, layers, "layers_block_type") or ["mamba"] * layers:
        block = recurrent(mixer, hidden)
        if kind == "hybrid":
            block = Block(block.fixed + own + (shared if left else 0), state=block.state)
            left = max(0, left - 1)
        blocks.append(block)
    return put_together(config, Sizes(hidden, query, kv, dim), tuple(blocks), tied=True)
