"""Models with an encoder: T5, BART, Whisper, and encoders alone (BERT)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rung.prediction.llm.blocks import Block, Decoder, attention, feed_forward, linear
from rung.prediction.llm.config_json import Config
from rung.prediction.llm.decoders import INNER, layer_count

Encoded = tuple[Decoder, int]
"""A decoder, and the parameters of the encoder before it; the decoder of an encoder alone has no blocks."""


def _decoder(
    config: Config,
    block: int,
    layers: int,
    *,
    width: int,
    heads: int,
    head_dim: int,
    around: int,
    tied: bool,
) -> Decoder:
    vocabulary = config.count("vocab_size")
    table = vocabulary * width
    return Decoder(
        blocks=(Block(block),) * layers,
        embedding=table,
        head=0 if tied else table,
        around=around,
        hidden=width,
        query_heads=heads,
        kv_heads=heads,
        head_dim=head_dim,
        kv_elements=2 * heads * head_dim,
        vocabulary=vocabulary,
        tied=tied,
    )


def t5(config: Config, model_type: str) -> Encoded:
    """T5 (arXiv 1910.10683): RMS norms, no bias, a table of relative positions in each stack."""
    width, heads, dim = config.count("d_model"), config.count("num_heads"), config.count("d_kv")
    gated = config.flag("is_gated_act", default=config.text("feed_forward_proj").startswith("gated"))
    attends = attention(width, heads, heads, dim)
    forward = feed_forward(width, config.count("d_ff"), gated=gated)
    layers = layer_count(config, "num_layers", "num_hidden_layers")
    around = config.count("relative_attention_num_buckets", default=32) * heads + width
    decoder = _decoder(
        config,
        2 * attends + forward + 3 * width,
        layer_count(config, "num_decoder_layers", default=layers),
        width=width,
        heads=heads,
        head_dim=dim,
        around=around,
        tied=config.flag("tie_word_embeddings", default=True),
    )
    return decoder, layers * (attends + forward + 2 * width) + around


def bart(config: Config, model_type: str) -> Encoded:
    """BART (arXiv 1910.13461): layer norms, biases, learned positions with two spare ones in each stack."""
    width, norm = config.count("d_model"), 2 * config.count("d_model")
    positions = (config.count("max_position_embeddings") + 2) * width
    around = positions + norm * (2 if model_type == "mbart" else 1)
    encoder = _stack(config, "encoder", width, attentions=1) + around
    layers, heads = layer_count(config, "decoder_layers"), config.count("decoder_attention_heads")
    block = _stack(config, "decoder", width, attentions=2) // layers
    decoder = _decoder(
        config,
        block,
        layers,
        width=width,
        heads=heads,
        head_dim=width // heads,
        around=around,
        tied=config.flag("tie_word_embeddings", default=True),
    )
    return decoder, encoder


def _stack(config: Config, side: str, width: int, *, attentions: int, key_bias: bool = True) -> int:
    attends = 4 * linear(width, width, bias=True) - (0 if key_bias else width)
    forward = feed_forward(width, config.count(f"{side}_ffn_dim"), gated=False, bias=True)
    return layer_count(config, f"{side}_layers") * (attentions * (attends + 2 * width) + forward + 2 * width)


def whisper(config: Config, model_type: str) -> Encoded:
    """Whisper (arXiv 2212.04356): two convolutions over mel bands, then a transformer; keys have no bias."""
    width = config.count("d_model")
    convolved = 3 * width * (config.count("num_mel_bins", default=80) + width) + 2 * width
    heard = config.count("max_source_positions", default=1500) * width
    encoder = convolved + heard + _stack(config, "encoder", width, attentions=1, key_bias=False) + 2 * width
    layers, heads = layer_count(config, "decoder_layers"), config.count("decoder_attention_heads")
    decoder = _decoder(
        config,
        _stack(config, "decoder", width, attentions=2, key_bias=False) // layers,
        layers,
        width=width,
        heads=heads,
        head_dim=width // heads,
        around=config.count("max_target_positions", default=448) * width + 2 * width,
        tied=True,
    )
    return decoder, encoder


def bert(config: Config, model_type: str) -> Encoded:
    """BERT (arXiv 1810.04805) without a task's head; it reads and writes no text, so it has no decoder."""
    width, layers = config.count("hidden_size"), layer_count(config)
    tables = config.count("vocab_size") + config.count("max_position_embeddings")
    tables += config.count("type_vocab_size", least=0, default=2)
    block = 4 * linear(width, width, bias=True)
    block += feed_forward(width, config.count(*INNER), gated=False, bias=True) + 4 * width
    pooler = linear(width, width, bias=True) if "BertModel" in (config.items("architectures") or ()) else 0
    heads = config.count("num_attention_heads")
    decoder = Decoder(
        blocks=(),
        embedding=0,
        head=0,
        around=0,
        hidden=width,
        query_heads=heads,
        kv_heads=heads,
        head_dim=width // heads,
        kv_elements=0,
        vocabulary=config.count("vocab_size"),
        tied=True,
    )
    return decoder, tables * width + 2 * width + layers * block + pooler


def listener(config: Config) -> int:
    """An audio tower of Whisper's kind, with the projection behind it (Qwen2.5-Omni, arXiv 2503.20215).

    Qwen3-Omni's reads mel bands with three two-dimensional convolutions instead.
    """
    width, out = config.count("d_model"), config.count("output_dim")
    stack = _stack(config, "encoder", width, attentions=1, key_bias=config.has("downsample_hidden_size")) + 2 * width
    bands = config.count("num_mel_bins", default=128)
    if config.has("downsample_hidden_size"):
        inner = config.count("downsample_hidden_size")
        left = ((bands + 1) // 2 + 1) // 2
        convolved = 9 * inner + 2 * 9 * inner * inner + 3 * inner + inner * ((left + 1) // 2) * width
        return stack + convolved + linear(width, width, bias=True) + linear(width, out, bias=True)
    return stack + 3 * width * (bands + width) + 2 * width + linear(width, out, bias=True) + 2 * out


ENCODED: Final[Mapping[str, Callable[[Config, str], Encoded]]] = {
    "bart": bart,
    "bert": bert,
    "mbart": bart,
    "mt5": t5,
    "t5": t5,
    "whisper": whisper,
}
"""Models with an encoder."""
