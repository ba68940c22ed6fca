"""Vision towers: what stands before a language model to make tokens of an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rung.prediction.llm.blocks import feed_forward, linear
from rung.prediction.llm.config_json import Config

COLOURS: Final = 3

_CLIP = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "image_size": 224,
    "patch_size": 32,
}
_SIGLIP = {**_CLIP, "patch_size": 16}
_PIXTRAL = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "image_size": 1024,
    "patch_size": 16,
}
_QWEN2 = {"depth": 32, "embed_dim": 1280, "mlp_ratio": 4, "patch_size": 14, "temporal_patch_size": 2}
_QWEN2_5 = {
    "depth": 32,
    "hidden_size": 3584,
    "intermediate_size": 3420,
    "patch_size": 14,
    "temporal_patch_size": 2,
    "out_hidden_size": 3584,
}
_QWEN3 = {
    "depth": 27,
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "patch_size": 16,
    "temporal_patch_size": 2,
    "out_hidden_size": 3584,
    "num_position_embeddings": 2304,
    "deepstack_visual_indexes": [8, 16, 24],
}
_LLAMA4 = {
    "hidden_size": 768,
    "num_hidden_layers": 34,
    "intermediate_size": 5632,
    "image_size": 448,
    "patch_size": 14,
    "projector_input_dim": 4096,
    "projector_output_dim": 4096,
}


def patches(config: Config) -> int:
    """Patches of an image of the tower's own size."""
    return (config.count("image_size") // config.count("patch_size")) ** 2


def _layers(width: int, inner: int, layers: int) -> int:
    """Blocks of a plain vision transformer, with biases and two layer norms."""
    return layers * (
        4 * linear(width, width, bias=True) + feed_forward(width, inner, gated=False, bias=True) + 4 * width
    )


def _sizes(config: Config) -> tuple[int, int, int]:
    return config.count("hidden_size"), config.count("intermediate_size"), config.count("num_hidden_layers")


def _patch(config: Config, width: int, *, bias: bool, frames: int = 1) -> int:
    return linear(COLOURS * frames * config.count("patch_size") ** 2, width, bias=bias)


def clip(config: Config) -> int:
    """CLIP's (arXiv 2103.00020): a class token, norms before and after."""
    width, inner, layers = _sizes(config)
    around = width + _patch(config, width, bias=False) + (patches(config) + 1) * width + 4 * width
    return around + _layers(width, inner, layers)


def siglip(config: Config) -> int:
    """SigLIP's (arXiv 2303.15343), without its pooling head, which language models do not use."""
    width, inner, layers = _sizes(config)
    return _patch(config, width, bias=True) + patches(config) * width + _layers(width, inner, layers) + 2 * width


def pixtral(config: Config) -> int:
    """Pixtral's (arXiv 2410.07073): RMS norms, gated, no bias, rotary positions."""
    width, inner, layers = _sizes(config)
    block = 4 * width * width + feed_forward(width, inner) + 2 * width
    return _patch(config, width, bias=False) + width + layers * block


def qwen2(config: Config) -> int:
    """Qwen2-VL's (arXiv 2409.12191) with its merger of 2 x 2 patches."""
    width, out = config.count("embed_dim"), config.count("hidden_size")
    inner = int(width * config.number("mlp_ratio", default=4.0))
    merged = config.count("spatial_merge_size", default=2) ** 2 * width
    merger = 2 * width + linear(merged, merged, bias=True) + linear(merged, out, bias=True)
    frames = config.count("temporal_patch_size")
    return _patch(config, width, bias=False, frames=frames) + _layers(width, inner, config.count("depth")) + merger


def qwen2_5(config: Config) -> int:
    """Qwen2.5-VL's (arXiv 2502.13923): RMS norms and a gate."""
    width, out = config.count("hidden_size"), config.count("out_hidden_size")
    block = 4 * linear(width, width, bias=True)
    block += feed_forward(width, config.count("intermediate_size"), bias=True)
    merged = config.count("spatial_merge_size", default=2) ** 2 * width
    merger = width + linear(merged, merged, bias=True) + linear(merged, out, bias=True)
    frames = config.count("temporal_patch_size")
    return _patch(config, width, bias=False, frames=frames) + config.count("depth") * (block + 2 * width) + merger


def qwen3(config: Config) -> int:
    """Qwen3-VL's (arXiv 2511.21631): learned positions, and mergers of inner layers too."""
    width, out = config.count("hidden_size"), config.count("out_hidden_size")
    merged = config.count("spatial_merge_size", default=2) ** 2 * width
    projection = linear(merged, merged, bias=True) + linear(merged, out, bias=True)
    inner = len(config.items("deepstack_visual_indexes") or ())
    mergers = (1 + inner) * projection + 2 * width + inner * 2 * merged
    around = _patch(config, width, bias=True, frames=config.count("temporal_patch_size"))
    around += config.count("num_position_embeddings") * width
    return around + _layers(width, config.count("intermediate_size"), config.count("depth")) + mergers


def llama4(config: Config) -> int:
    """Llama 4's: 2 x 2 patches become one through a projection of two matrices."""
    width, inner, layers = _sizes(config)
    into, out = config.count("projector_input_dim"), config.count("projector_output_dim")
    around = _patch(config, width, bias=False) + width + (patches(config) + 1) * width + 4 * width
    return around + _layers(width, inner, layers) + linear(inner, into) + linear(into, out)


def intern(config: Config) -> int:
    """InternViT's (arXiv 2312.14238): a scale after each half of a block."""
    width, inner, layers = _sizes(config)
    bias = config.flag("qkv_bias", "attention_bias", default=True)
    block = linear(width, 3 * width, bias=bias) + linear(width, width, bias=True)
    block += feed_forward(width, inner, gated=False, bias=True) + 2 * width
    norms = 2 * (2 * width if config.text("norm_type", default="layer_norm") == "layer_norm" else width)
    around = width + _patch(config, width, bias=True) + (patches(config) + 1) * width
    return around + layers * (block + norms)


TOWERS: Final[Mapping[str, tuple[Callable[[Config], int], Mapping[str, object]]]] = {
    "clip_vision_model": (clip, _CLIP),
    "idefics3_vision": (siglip, _SIGLIP),
    "intern_vit_6b": (intern, {}),
    "internvl_vision": (intern, {}),
    "llama4_vision_model": (llama4, _LLAMA4),
    "pixtral": (pixtral, _PIXTRAL),
    "qwen2_5_vl": (qwen2_5, _QWEN2_5),
    "qwen2_vl": (qwen2, _QWEN2),
    "qwen3_vl": (qwen3, _QWEN3),
    "qwen3_vl_moe": (qwen3, _QWEN3),
    "siglip_vision_model": (siglip, _SIGLIP),
    "smolvlm_vision": (siglip, _SIGLIP),
}
"""By the `model_type` of the part that describes the tower: its formula and the defaults of its class."""


def tower(config: Config, model_type: str) -> int:
    """Parameters of the tower that a part of a config describes."""
    formula, defaults = TOWERS[model_type]
    return formula(config.with_defaults(defaults))
