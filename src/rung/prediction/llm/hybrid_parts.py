"""What decoders with recurrent layers have in common: sizes, attention, Mamba-2 by its usual fields."""

from __future__ import annotations

from dataclasses import dataclass

from rung.prediction.llm.blocks import Block, Decoder, State, attention, mamba2
from rung.prediction.llm.config_json import Config
from rung.prediction.llm.decoders import CHOSEN, EXPERTS, Heads


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of attention in a hybrid; zeros where there is none."""

    hidden: int
    query: int = 0
    kv: int = 0
    dim: int = 0


def put_together(
    config: Config, sizes: Sizes, blocks: tuple[Block, ...], *, tied: bool, around: int | None = None
) -> Decoder:
    """The decoder of these blocks, with its table, its head and a final norm."""
    vocabulary, tied = config.count("vocab_size"), config.flag("tie_word_embeddings", default=tied)
    table, routed = vocabulary * sizes.hidden, any(block.routed for block in blocks)
    return Decoder(
        blocks=blocks,
        embedding=table,
        head=0 if tied else table,
        around=sizes.hidden if around is None else around,
        hidden=sizes.hidden,
        query_heads=sizes.query,
        kv_heads=sizes.kv,
        head_dim=sizes.dim,
        kv_elements=2 * sizes.kv * sizes.dim,
        vocabulary=vocabulary,
        tied=tied,
        experts=config.count(*EXPERTS) if routed else 0,
        chosen=config.count(*CHOSEN) if routed else 0,
    )


def sizes_of(config: Config) -> Sizes:
    """Sizes of attention, checked."""
    heads = Heads.of(config)
    return Sizes(heads.hidden, heads.query, heads.kv, heads.dim)


def attention_of(config: Config, sizes: Sizes, *, gate: bool = False) -> int:
    """Parameters of attention in one layer."""
    bias = config.flag("attention_bias")
    return attention(sizes.hidden, sizes.query, sizes.kv, sizes.dim, qkv_bias=bias, out_bias=bias, gate=gate)


def recurrent(state: State, more: int) -> Block:
    """A block of a recurrent mixer and so many parameters more."""
    return Block(state.parameters + more, cached=False, state=state.elements)


def mamba2_of(config: Config, hidden: int, *, normed: bool = True, inner: int | None = None) -> State:
    """A Mamba-2 mixer by the fields that Granite 4, Bamba, Falcon-H1 and Zamba2 share."""
    heads = config.count("mamba_n_heads", "n_mamba_heads")
    wide = inner or config.count("mamba_expand", default=2) * hidden
    dim = config.get("mamba_d_head", "mamba_headdim")
    return mamba2(
        hidden,
        heads,
        wide // heads if dim in (None, "auto") else config.count("mamba_d_head", "mamba_headdim"),
        config.count("mamba_d_state"),
        config.count("mamba_n_groups", "mamba_ngroups"),
        config.count("mamba_d_conv"),
        bias=config.flag("mamba_proj_bias", "add_bias_linear"),
        conv_bias=config.flag("mamba_conv_bias", "use_conv_bias", default=True),
        normed=normed,
    )
