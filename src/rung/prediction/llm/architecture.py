"""What serving a language model depends on: its sizes, its cache, and how much of it a token goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rung.errors import BadInput

Precision = Literal["bf16", "fp16", "fp8", "int8", "int4", "mxfp4"]

BYTES: Final[dict[Precision, float]] = {
    "bf16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "int4": 0.5 + 2.5 / 128,
    "mxfp4": 0.5 + 1 / 32,
}
"""Bytes of a weight. int4: a 16-bit scale and a 4-bit zero per 128 weights (AWQ, GPTQ); mxfp4: an 8-bit scale per 32
(OCP Microscaling Formats 1.0). Scales of fp8 and int8 (one per channel or per block of 128 x 128) are below 1%."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model in the numbers that serving depends on. Counts are of single parameters and elements, not billions.

    Args:
        name: of the model.
        layers: of the decoder.
        attention_layers: those that keep keys and values.
        hidden: width.
        query_heads: of an attention layer; 0 where there is none.
        kv_heads: of an attention layer; 1 where the cache is one latent vector.
        head_dim: of a query.
        kv_elements: kept per token and attention layer: 2 x kv_heads x head_dim; of a latent cache (MLA),
            kv_lora_rank + qk_rope_head_dim.
        latent: whether the cache is one latent vector.
        window: tokens that windowed layers keep; None where no layer is windowed.
        windowed_share: of the attention layers, those with the window.
        experts: routed experts of a sparse layer; 0 where every layer is dense.
        experts_per_token: of them, those that one token goes through.
        moe_layers: layers with routed experts.
        parameters: all of them, vision and encoder included; a shared block and tied tables count once.
        active_parameters: read for each token that is written: blocks with the chosen experts, and the output head.
            Not the looked-up table, not the vision tower, not the encoder. Makers often add the table.
        lookup_parameters: the input table where it is looked up and never read as a whole; 0 where it is the head too.
        expert_parameters: all routed experts of all layers.
        vision_parameters: vision tower and projection.
        encoder_parameters: of an encoder that runs once per input (T5, Whisper).
        state_elements: that recurrent layers carry per sequence, whatever its length.
        vocabulary: tokens.
        tied: whether the input table is the output head.
        native_precision: that the weights are published in: fp8, mxfp4, int4, int8; None: 16 or 32 bits.
        image_tokens: tokens of one image; where they depend on its size, of one of 1024 x 1024
            pixels; None: it reads none.
        image_tokens_range: the least and the most tokens of one image.
        estimated: only a size was known; layers, width and heads follow from a scaling rule.
    """

    name: str
    layers: int
    attention_layers: int
    hidden: int
    query_heads: int
    kv_heads: int
    head_dim: int
    kv_elements: int
    latent: bool
    window: int | None
    windowed_share: float
    experts: int
    experts_per_token: int
    moe_layers: int
    parameters: int
    active_parameters: int
    lookup_parameters: int
    expert_parameters: int
    vision_parameters: int
    encoder_parameters: int
    state_elements: int
    vocabulary: int
    tied: bool
    native_precision: Precision | None = None
    image_tokens: int | None = None
    image_tokens_range: tuple[int, int] | None = None
    estimated: bool = False

    def kv_bytes(self, context: float, bytes_per_element: float = 2.0) -> float:
        """Keys and values of one sequence [bytes]; windowed layers keep no more than their window.

        Args:
            context: tokens of the sequence so far.
            bytes_per_element: 2 for 16 bits, 1 for an 8-bit cache.
        """
        kept = context * (1 - self.windowed_share)
        kept += min(context, self.window or context) * self.windowed_share
        return self.attention_layers * self.kv_elements * bytes_per_element * kept

    def kv_bytes_per_token(self, context: float, bytes_per_element: float = 2.0) -> float:
        """`kv_bytes` over the context [bytes per token]: constant without windows, else falling beyond the window."""
        return self.kv_bytes(context, bytes_per_element) / context if context > 0 else 0.0

    @property
    def head_parameters(self) -> int:
        """The output head; the input table where they are tied, and nothing in an encoder alone."""
        return self.vocabulary * self.hidden if self.layers else 0

    def weight_bytes(self, precision: Precision | None = None) -> float:
        """All weights [bytes].

        16 bits: 2 bytes each. In every smaller form the embedding, the output head and the vision tower stay in 16 bits
        (norms and routers stay too in practice; below 0.1%, they are counted as the rest). mxfp4 makes the routed
        experts small and nothing else, as gpt-oss is published; without experts it is for the blocks.

        Args:
            precision: of the weights; None: as published, else bf16.

        Raises:
            BadInput: a precision that is not known.
        """
        precision = precision or self.native_precision or "bf16"
        if precision not in BYTES:
            raise BadInput(f"the precision {precision!r} is not known", mend=f"use one of: {', '.join(BYTES)}")
        kept = min(self.parameters, self.lookup_parameters + self.head_parameters + self.vision_parameters)
        small = self.parameters - kept
        if precision == "mxfp4" and self.expert_parameters:
            small = self.expert_parameters
        return small * BYTES[precision] + (self.parameters - small) * 2.0

    def touched_experts(self, tokens: float, skew: float = 1.0) -> float:
        """Experts of a sparse layer that a step over so many tokens reads: E x (1 - (1 - k/E)^(tokens x skew)).

        The expected count where tokens choose independently and evenly. Divide by `experts` for the share.

        Args:
            tokens: in the step: sequences of a batch when decoding.
            skew: below 1 where tokens agree in their choice.
        """
        if not self.experts:
            return 0.0
        missed = 1 - self.experts_per_token / self.experts
        return self.experts * (1 - missed ** (tokens * skew))
