"""Models that read images: the tower, the projection into the language model, and tokens of an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rung.prediction.llm.blocks import linear
from rung.prediction.llm.config_json import Config
from rung.prediction.llm.towers import TOWERS, patches, tower

TYPICAL_SIDE: Final = 1024
"""Pixels of the square image that typical figures are for, where tokens depend on the image's size."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a model reads images.

    Args:
        parameters: of the tower and of the projection behind it.
        tokens: of one image; where they depend on its size, of one of 1024 x 1024 pixels.
        low: the least tokens of one image.
        high: the most.
    """

    parameters: int
    tokens: int
    low: int
    high: int

    @classmethod
    def fixed(cls, parameters: int, tokens: int) -> Sight:
        """Every image gives the same count of tokens."""
        return cls(parameters, tokens, tokens, tokens)


QWEN: Final = {
    "qwen2_5_omni_thinker": "qwen2_5_vl",
    "qwen3_omni_moe_thinker": "qwen3_vl",
    "qwen3_vl_moe": "qwen3_vl",
}
"""Whose tower each has."""


def _part(config: Config) -> Config:
    part = config.part("vision_config")
    if part is None:
        raise config.problem("no vision_config", mend="take the config.json as its maker published it")
    return part


def _tower(config: Config, default: str) -> tuple[Config, int]:
    """The part of the tower with its defaults, and the tower's parameters."""
    part = _part(config)
    kind = part.text("model_type", default=default)
    if kind not in TOWERS:
        known = ", ".join(sorted(TOWERS))
        raise config.problem(f"the vision tower {kind!r} is not known", mend=f"known towers: {known}")
    return part.with_defaults(TOWERS[kind][1]), tower(part, kind)


def _two_layers(config: Config, seen: int, width: int) -> int:
    bias = config.flag("multimodal_projector_bias", default=True)
    return linear(seen, width, bias=bias) + linear(width, width, bias=bias)


def llava(config: Config, width: int) -> Sight:
    """LLaVA-1.5 (arXiv 2310.03744), and Pixtral in the same form: two layers between tower and language model."""
    part, seen = _tower(config, "clip_vision_model")
    projected = seen + _two_layers(config, part.count("hidden_size"), width)
    if part.text("model_type") != "pixtral":
        return Sight.fixed(projected, patches(part))
    side, most = part.count("patch_size"), part.count("image_size")
    typical = min(TYPICAL_SIDE, most) // side
    return Sight(projected, typical * (typical + 1), 2, (most // side) * (most // side + 1))


def llava_next(config: Config, width: int) -> Sight:
    """LLaVA-NeXT: the whole image and up to four tiles, a row's end marked: 4 + 1 times 576, and 48 ends."""
    part, seen = _tower(config, "clip_vision_model")
    each = patches(part)
    most = 5 * each + 2 * int(each**0.5)
    return Sight(seen + _two_layers(config, part.count("hidden_size"), width) + width, most, 2 * each, most)


def mistral3(config: Config, width: int) -> Sight:
    """Mistral Small 3.1: Pixtral's tower, 2 x 2 patches merged."""
    part, seen = _tower(config, "pixtral")
    hidden, merge = part.count("hidden_size"), config.count("spatial_merge_size", default=2)
    bias = config.flag("multimodal_projector_bias")
    projection = (
        hidden + merge**2 * hidden * hidden + linear(hidden, width, bias=bias) + linear(width, width, bias=bias)
    )
    side, most = part.count("patch_size") * merge, part.count("image_size")
    typical = min(TYPICAL_SIDE, most) // side
    return Sight(seen + projection, typical * (typical + 1), 2, (most // side) * (most // side + 1))


def gemma3(config: Config, width: int) -> Sight:
    """Gemma 3 (arXiv 2503.19786): 256 tokens, whatever the image."""
    part, seen = _tower(config, "siglip_vision_model")
    hidden = part.count("hidden_size")
    return Sight.fixed(seen + hidden * width + hidden, config.count("mm_tokens_per_image", default=256))


def paligemma(config: Config, width: int) -> Sight:
    """PaliGemma (arXiv 2407.07726): one layer; a token per patch."""
    part, seen = _tower(config, "siglip_vision_model")
    return Sight.fixed(seen + linear(part.count("hidden_size"), width, bias=True), patches(part))


def qwen(config: Config, width: int) -> Sight:
    """Qwen2-VL and later: a token per 2 x 2 patches, 4 to 16,384 of them."""
    kind = QWEN.get(config.text("model_type"), config.text("model_type"))
    part = _part(config)
    seen = tower(part, kind)
    part = part.with_defaults(TOWERS[kind][1])
    side = part.count("patch_size") * part.count("spatial_merge_size", default=2)
    return Sight(seen, round(TYPICAL_SIDE / side) ** 2, 4, 16_384)


def llama4(config: Config, width: int) -> Sight:
    """Llama 4: 144 tokens a tile of 336 pixels, up to 16 tiles and the whole image once more."""
    part, seen = _tower(config, "llama4_vision_model")
    out = part.count("vision_output_dim", default=part.count("projector_output_dim"))
    tile = round(patches(part) / 4)
    return Sight(seen + linear(out, width), 10 * tile, tile, 17 * tile)


def idefics3(config: Config, width: int) -> Sight:
    """Idefics 3 and SmolVLM: patches gathered by the square of a scale, into tiles."""
    part, seen = _tower(config, "idefics3_vision")
    gathered = config.count("scale_factor", default=2) ** 2
    tile = patches(part) // gathered
    return Sight(seen + linear(part.count("hidden_size") * gathered, width), 13 * tile, tile, 17 * tile)


def internvl(config: Config, width: int) -> Sight:
    """InternVL: tiles of 448 pixels, 256 tokens each, 1 to 12 of them and the whole image once more."""
    part, seen = _tower(config, "intern_vit_6b")
    ratio = config.number("downsample_ratio", default=0.5)
    hidden = round(part.count("hidden_size") / ratio**2)
    projection = 2 * hidden + linear(hidden, width, bias=True) + linear(width, width, bias=True)
    tile = round(patches(part) * ratio**2)
    return Sight(seen + projection, 5 * tile, tile, 13 * tile)


def phi3(config: Config, width: int) -> Sight:
    """Phi-3-vision (arXiv 2404.14219): CLIP ViT-L/14 at 336 pixels, whose sizes the config does not hold.

    Up to 16 tiles: (tiles + 1) x 144 tokens and the ends of rows; 313 for the smallest image, 2,509 at most.
    """
    sizes = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "image_size": 336}
    seen = tower(Config({**sizes, "patch_size": 14}, config.where), "clip_vision_model")
    projection = linear(4096, width, bias=True) + linear(width, width, bias=True) + 2 * 4096
    return Sight(seen + projection, 1_465, 313, 2_509)


def chameleon(config: Config, width: int) -> Sight:
    """Chameleon (arXiv 2405.09818): 1,024 tokens of a code book; the quantizer's convolutions are not counted."""
    return Sight.fixed(0, 1_024)


SIGHTED: Final[Mapping[str, Callable[[Config, int], Sight]]] = {
    "chameleon": chameleon,
    "gemma3": gemma3,
    "idefics3": idefics3,
    "internvl": internvl,
    "internvl_chat": internvl,
    "llama4": llama4,
    "llava": llava,
    "llava_next": llava_next,
    "mistral3": mistral3,
    "paligemma": paligemma,
    "phi3_v": phi3,
    "qwen2_5_omni_thinker": qwen,
    "qwen2_5_vl": qwen,
    "qwen2_vl": qwen,
    "qwen3_omni_moe_thinker": qwen,
    "qwen3_vl": qwen,
    "qwen3_vl_moe": qwen,
    "smolvlm": idefics3,
}
"""Models that read images, by the `model_type` of the whole."""
