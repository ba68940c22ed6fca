"""Parameters of the parts that models are built of, each as one formula of its sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Norm = Literal["rms", "layer", "unbiased", "none"]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer of a decoder, in numbers.

    Args:
        fixed: parameters that every token goes through.
        routed: parameters of all its routed experts.
        chosen: those of them that one token goes through.
        cached: whether it keeps keys and values.
        windowed: whether it keeps them for the last tokens only.
        state: elements that it carries from token to token, whatever the length.
    """

    fixed: int
    routed: int = 0
    chosen: int = 0
    cached: bool = True
    windowed: bool = False
    state: int = 0


@dataclass(frozen=True, slots=True)
class Decoder:
    """A language model: blocks, and what stands around them.

    Args:
        blocks: its layers.
        embedding: the table of input embeddings.
        head: the output head; with tied embeddings, what it has beyond the table.
        around: final norm, position tables, projections.
        hidden: width.
        query_heads: of an attention layer.
        kv_heads: of an attention layer; 1 where the cache is one latent vector.
        head_dim: of a query.
        kv_elements: kept per token and attention layer.
        vocabulary: tokens.
        tied: whether the input table is the output head.
        latent: whether the cache is one latent vector.
        window: tokens, where some blocks are windowed.
        experts: routed experts of a layer.
        chosen: of them per token.
    """

    blocks: tuple[Block, ...]
    embedding: int
    head: int
    around: int
    hidden: int
    query_heads: int
    kv_heads: int
    head_dim: int
    kv_elements: int
    vocabulary: int
    tied: bool
    latent: bool = False
    window: int | None = None
    experts: int = 0
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """A recurrent mixer: its parameters, and what it carries from token to token [elements]."""

    parameters: int
    elements: int


def norm(width: int, kind: Norm) -> int:
    """A norm: a gain, and a bias where it is a layer norm with one."""
    return {"rms": width, "unbiased": width, "layer": 2 * width, "none": 0}[kind]


def linear(inputs: int, outputs: int, *, bias: bool = False) -> int:
    """A matrix, and a bias."""
    return inputs * outputs + (outputs if bias else 0)


def attention(
    width: int,
    query_heads: int,
    kv_heads: int,
    head_dim: int,
    *,
    qkv_bias: bool = False,
    out_bias: bool = False,
    gate: bool = False,
) -> int:
    """Queries (twice, where an output gate is made beside them), keys, values, output."""
    queries = query_heads * head_dim
    made = queries * (2 if gate else 1) + 2 * kv_heads * head_dim
    return linear(width, made, bias=qkv_bias) + linear(queries, width, bias=out_bias)


def latent_attention(
    width: int, heads: int, *, query_rank: int | None, kv_rank: int, plain: int, rotary: int, value: int, bias: bool
) -> int:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values from one latent of `kv_rank`.

    Args:
        width: of the model.
        heads: of the queries.
        query_rank: of the queries' latent; None makes them directly.
        kv_rank: of the latent.
        plain: dimensions of a head without position.
        rotary: dimensions of a head with position; its key is shared by the heads.
        value: dimensions of a head's value.
        bias: of the projections into latents and of the output.
    """
    made = heads * (plain + rotary)
    if query_rank is None:
        queries = linear(width, made)
    else:
        queries = linear(width, query_rank, bias=bias) + query_rank + linear(query_rank, made)
    keys = linear(width, kv_rank + rotary, bias=bias) + kv_rank + linear(kv_rank, heads * (plain + value))
    return queries + keys + linear(heads * value, width, bias=bias)


def feed_forward(width: int, inner: int, *, gated: bool = True, bias: bool = False) -> int:
    """Up and down, with a gate beside up where it is gated."""
    up = 2 * inner if gated else inner
    return linear(width, up, bias=bias) + linear(inner, width, bias=bias)


def mamba(
    width: int, inner: int, state: int, kernel: int, rank: int, *, bias: bool = False, conv_bias: bool = True
) -> State:
    """Mamba's selective state space (arXiv 2312.00752); the state and the last inputs of the convolution are kept."""
    made = linear(width, 2 * inner, bias=bias) + linear(inner, width, bias=bias)
    conv = inner * kernel + (inner if conv_bias else 0)
    steps = linear(inner, rank + 2 * state) + linear(rank, inner, bias=True)
    return State(made + conv + steps + inner * state + inner, inner * (state + kernel - 1))


def mamba2(
    width: int,
    heads: int,
    head_dim: int,
    state: int,
    groups: int,
    kernel: int,
    *,
    bias: bool = False,
    conv_bias: bool = True,
    normed: bool = True,
) -> State:
    """Mamba-2's (arXiv 2405.21060): one step size per head, inputs and outputs of the state shared by groups."""
    inner = heads * head_dim
    mixed = inner + 2 * groups * state
    made = linear(width, inner + mixed + heads, bias=bias) + linear(inner, width, bias=bias)
    conv = mixed * kernel + (mixed if conv_bias else 0)
    own = 3 * heads + (inner if normed else 0)
    return State(made + conv + own, inner * state + mixed * (kernel - 1))


def gated_delta(width: int, key_heads: int, key_dim: int, value_heads: int, value_dim: int, kernel: int) -> State:
    """Gated delta rule (arXiv 2412.06464) as in Qwen3-Next: a matrix per head of values is kept."""
    keys, values = key_heads * key_dim, value_heads * value_dim
    mixed = 2 * keys + values
    made = linear(width, mixed + values + 2 * value_heads) + linear(values, width)
    kept = value_heads * key_dim * value_dim + mixed * (kernel - 1)
    return State(made + mixed * kernel + 2 * value_heads + value_dim, kept)
