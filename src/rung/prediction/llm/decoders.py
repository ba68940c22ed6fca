"""Decoders that are attention and feed-forward in every layer, sparse or not, from their config."""

from __future__ import annotations

from dataclasses import replace

from rung.prediction.llm.blocks import Block, Decoder, attention, feed_forward, latent_attention, linear, norm
from rung.prediction.llm.config_json import Config
from rung.prediction.llm.families import DECODERS, Family, Sparse, Switch
from rung.prediction.llm.windows import window_of, windowed_layers

HIDDEN = ("hidden_size", "n_embd", "d_model")
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
KV_HEADS = ("num_key_value_heads", "num_kv_heads", "kv_n_heads")
INNER = ("intermediate_size", "ffn_dim", "n_inner", "ff_intermediate_size")
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "moe_top_k", "moe_k")
MOST_LAYERS = 10_000
BIASED = dict.fromkeys(("glm", "glm4", "gpt_neox", "seed_oss"), "attention_bias") | {"starcoder2": "use_bias"}
"""Switches that are on where a config does not say."""


def decoder(config: Config, model_type: str) -> Decoder:
    """The decoder that a config describes."""
    family, config = _variant(DECODERS[model_type], config, model_type)
    heads = Heads.of(config)
    layers = layer_count(config)
    window = window_of(config)
    windowed = windowed_layers(config, layers, every=family.full_every) if window else (False,) * layers
    mixing = _mixing(family, config, heads)
    blocks = tuple(
        _block(
            family, config, heads.hidden, mixing, windowed=windowed[at], sparse=sparse(config, family.moe, at, layers)
        )
        for at in range(layers)
    )
    return _around(family, config, heads, blocks, window if any(windowed) else None)


class Heads:
    """Sizes of attention, checked against each other."""

    def __init__(self, hidden: int, query: int, kv: int, dim: int) -> None:
        self.hidden, self.query, self.kv, self.dim = hidden, query, kv, dim

    @classmethod
    def of(cls, config: Config) -> Heads:
        """Sizes as the config has them; keys and values have as many heads as queries where it does not say."""
        hidden, query = config.count(*HIDDEN), config.count(*HEADS)
        kv = config.count(*KV_HEADS, default=query)
        if query % kv:
            raise config.problem(
                f"{query} query heads are not a multiple of {kv} heads of keys and values",
                mend="check num_attention_heads and num_key_value_heads",
            )
        if not config.has("head_dim", "attention_head_dim", "qk_nope_head_dim") and hidden % query:
            raise config.problem(
                f"hidden_size {hidden} is not a multiple of {query} heads, and there is no head_dim",
                mend="check hidden_size and num_attention_heads, or add head_dim",
            )
        return cls(hidden, query, kv, config.count("head_dim", "attention_head_dim", default=max(1, hidden // query)))


def layer_count(config: Config, *names: str, default: int | None = None) -> int:
    """How many layers, within reason; under the usual names where no others are given."""
    layers = config.count(*(names or LAYERS), default=default)
    if layers > MOST_LAYERS:
        raise config.problem(f"{layers} layers", mend=f"at most {MOST_LAYERS:,} are read")
    return layers


def switch(config: Config, how: Switch) -> bool:
    """Whether a part has what a family says of it."""
    return config.flag(how) if isinstance(how, str) else how


def sparse(config: Config, moe: Sparse | None, at: int, layers: int) -> Sparse | None:
    """What the layer has of routed experts, or None where it is dense."""
    if moe is None or not config.count(*EXPERTS, least=0, default=0):
        return None
    return moe if _is_sparse(config, at, layers) else None


def _is_sparse(config: Config, at: int, layers: int) -> bool:
    """Each model has its own way of saying which layers are dense; all of them are read."""
    if (kinds := config.items("mlp_layer_types")) and len(kinds) == layers:
        return kinds[at] == "sparse"
    if (listed := config.items("moe_layers")) is not None:
        return at in listed
    if (dense := config.items("mlp_only_layers")) and at in dense:
        return False
    if at < config.count("first_k_dense_replace", least=0, default=0):
        return False
    if (each := config.items("moe_layer_freq")) is not None:
        return bool(each[at]) if at < len(each) else True
    if at % config.count("moe_layer_freq", default=1):
        return False
    step = config.count("decoder_sparse_step", "interleave_moe_layer_step", default=1)
    return (at + 1) % step == 0


def experts(config: Config, moe: Sparse, hidden: int, *, gated: bool = True) -> tuple[int, int, int]:
    """Parameters that every token goes through, of all routed experts, and of those that one token goes through."""
    count, chosen = config.count(*EXPERTS), config.count(*CHOSEN)
    if chosen > count:
        raise config.problem(f"{chosen} experts per token of {count}", mend="check num_experts_per_tok")
    inner = config.count("moe_intermediate_size", "ffn_hidden_size", *INNER)
    one = feed_forward(hidden, inner, gated=gated, bias=moe.expert_bias)
    fixed = linear(hidden, count, bias=moe.bias)
    shared = config.count("n_shared_experts", "num_shared_experts", least=0, default=0) * inner
    if moe.shared:
        shared = config.count(moe.shared, least=0, default=0)
    if shared:
        fixed += feed_forward(hidden, shared, gated=gated) + (hidden if moe.shared_gate else 0)
    return fixed, count * one, chosen * one


def inner_width(config: Config, family: Family, hidden: int, *, dense: str = "intermediate_size") -> int:
    """Of the dense feed-forward part."""
    default = None if family.widening is None else family.widening * hidden
    names = (dense, *INNER) if dense == "intermediate_size" else (dense,)
    return config.count(*names, "ffn_hidden_size", default=default)


def _block(family: Family, config: Config, hidden: int, mixing: int, *, windowed: bool, sparse: Sparse | None) -> Block:
    fixed = mixing + family.norms * norm(hidden, family.norm)
    if sparse is not None:
        more, routed, chosen = experts(config, sparse, hidden)
        return Block(fixed + more, routed, chosen, windowed=windowed)
    inner = inner_width(config, family, hidden, dense=family.moe.dense if family.moe else "intermediate_size")
    dense = feed_forward(hidden, inner, gated=family.gated, bias=switch(config, family.mlp_bias))
    return Block(fixed + dense, windowed=windowed)


def _mixing(family: Family, config: Config, heads: Heads) -> int:
    """Parameters of attention."""
    if config.has("kv_lora_rank"):
        return latent_attention(
            heads.hidden,
            heads.query,
            query_rank=config.count("q_lora_rank") if config.has("q_lora_rank") else None,
            kv_rank=config.count("kv_lora_rank"),
            plain=config.count("qk_nope_head_dim"),
            rotary=config.count("qk_rope_head_dim"),
            value=config.count("v_head_dim"),
            bias=switch(config, family.out_bias),
        )
    queries, keys = heads.query * heads.dim, heads.kv * heads.dim
    norms = {"none": 0, "head": 2 * heads.dim, "full": queries + keys, "wide": 2 * (queries + keys)}[family.qk_norm]
    return (
        attention(
            heads.hidden,
            heads.query,
            heads.kv,
            heads.dim,
            qkv_bias=switch(config, family.qkv_bias),
            out_bias=switch(config, family.out_bias),
        )
        + norms
        + (heads.query if family.sinks else 0)
    )


def _around(family: Family, config: Config, heads: Heads, blocks: tuple[Block, ...], window: int | None) -> Decoder:
    """Embedding, head and what stands between them and the blocks."""
    vocabulary, tied = config.count("vocab_size"), config.flag("tie_word_embeddings", default=family.tied)
    inner = config.count("word_embed_proj_dim", default=heads.hidden)
    around = norm(heads.hidden, family.norm) * (2 if family.embedding_norm else 1)
    if inner != heads.hidden:
        around += 2 * inner * heads.hidden
    if family.positions is not None:
        around += (config.count("max_position_embeddings", "n_positions") + family.positions) * heads.hidden
    if not config.flag("do_layer_norm_before", default=True):
        around -= norm(heads.hidden, family.norm)
    latent = config.has("kv_lora_rank")
    kept = 2 * heads.kv * heads.dim
    if latent:
        kept = config.count("kv_lora_rank") + config.count("qk_rope_head_dim")
    routed = any(block.routed for block in blocks)
    return Decoder(
        blocks=blocks,
        embedding=vocabulary * inner,
        head=(0 if tied else vocabulary * inner) + (vocabulary if switch(config, family.head_bias) else 0),
        around=around,
        hidden=heads.hidden,
        query_heads=heads.query,
        kv_heads=1 if latent else heads.kv,
        head_dim=config.count("qk_nope_head_dim") + config.count("qk_rope_head_dim") if latent else heads.dim,
        kv_elements=kept,
        vocabulary=vocabulary,
        tied=tied,
        latent=latent,
        window=window,
        experts=config.count(*EXPERTS) if routed else 0,
        chosen=config.count(*CHOSEN) if routed else 0,
    )


def _variant(family: Family, config: Config, model_type: str) -> tuple[Family, Config]:
    """A family whose members differ by switches of their config, as this member is."""
    config = config.with_defaults(family.defaults if config.path else {})
    data = dict(config.data)
    if model_type == "falcon":
        return _falcon(family, config)
    if model_type == "gpt_bigcode" and config.flag("multi_query", default=True):
        return family, replace(config, data={**data, "num_key_value_heads": 1})
    if model_type in BIASED:
        return family, replace(config, data={BIASED[model_type]: True, **data})
    if model_type == "opt" and not config.flag("enable_bias", default=True):
        return replace(family, qkv_bias=False, out_bias=False, mlp_bias=False), config
    if model_type in {"dbrx", "mpt"}:
        return family, replace(config, data=_flat(data))
    if model_type in {"cohere", "stablelm"}:
        qk = config.flag("use_qk_norm", "qk_layernorm")
        one = config.flag("use_parallel_residual")
        return replace(family, qk_norm="full" if qk else "none", norms=1 if one else family.norms), config
    return family, config


def _flat(data: dict[str, object]) -> dict[str, object]:
    """Fields of attention and feed-forward that stand in parts of their own, with the others."""
    for name in ("attn_config", "ffn_config"):
        part = data.get(name)
        if isinstance(part, dict):
            data = {**data, **part}
    if isinstance(ratio := data.get("expansion_ratio"), int) and isinstance(width := data.get("d_model"), int):
        data["intermediate_size"] = ratio * width
    return data


def _falcon(family: Family, config: Config) -> tuple[Family, Config]:
    """Falcon 40B keeps groups of heads and two parallel norms; 7B keeps one head and one norm."""
    data = dict(config.data)
    if config.flag("new_decoder_architecture"):
        norms = config.count("num_ln_in_parallel_attn", default=2)
    else:
        norms = 1 if config.flag("parallel_attn", default=True) else 2
        data["num_kv_heads"] = 1 if config.flag("multi_query", default=True) else config.count(*HEADS)
    return replace(family, norms=norms), replace(config, data=data)
