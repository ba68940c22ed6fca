"""Many replicas as columns: shape (n,) each, so that a fit and a sweep cost one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rung.prediction.llm import BYTES
from rung.prediction.roofline.serving import Serving

Floats = NDArray[np.float64]
Columns = dict[str, Floats]

SMALL_FLOPS: Final = ("fp8",)
"""Precisions whose experts have kernels of their own in the tables."""


def columns(servings: Sequence[Serving]) -> Columns:
    """The numbers that a step depends on; see `_row` for each."""
    rows = [_row(one) for one in servings]
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}


def _row(one: Serving) -> dict[str, float]:
    model, parallel, board = one.model, one.parallel, one.accelerator
    stage = parallel.tensor * parallel.data
    sequences = one.batch / parallel.pipeline / parallel.data
    read = model.parameters - model.lookup_parameters - model.vision_parameters - model.encoder_parameters
    head = 0 if one.precision in ("bf16", "fp16") else model.head_parameters
    expert_bytes, dense_bytes = _bytes(one)
    replicated = parallel.tensor if model.latent else max(1.0, parallel.tensor / max(model.kv_heads, 1))
    return {
        "count": float(one.count),
        "group": float(parallel.tensor),  # accelerators that share a sequence
        "stage": float(stage),  # accelerators that share the experts
        "batch": one.batch,
        "sequences": sequences,  # of a group in one step
        "tokens": one.batch / parallel.pipeline,  # of a stage in one step
        "prompt": one.prompt,
        "output": one.output,
        "layers": float(model.layers),
        "moe_layers": float(model.moe_layers),
        "recurrent_layers": float(model.layers - model.attention_layers)
        if model.attention_layers < model.layers
        else 0.0,
        "hidden": float(model.hidden),
        "vocabulary": float(model.vocabulary),
        "dense_bytes": (read - model.expert_parameters - head) * dense_bytes + head * 2.0,
        "expert_bytes": model.expert_parameters * expert_bytes,
        "active": float(model.active_parameters),
        "chosen": model.experts_per_token / model.experts if model.experts else 0.0,
        "cache_bytes": model.kv_bytes(one.context) * replicated,
        "moe": float(model.experts > 0),
        "hybrid": float(model.attention_layers < model.layers),
        "small_moe": float(model.experts > 0 and one.precision in SMALL_FLOPS),
        "small": float(one.precision in SMALL_FLOPS),
        "image_tokens": one.image_tokens,
        "videos": one.videos,
        "sampled": float(one.sampled),
        "bandwidth": board.bandwidth,
        "rate": board.rate(one.precision),
        "link": board.link,
        "watts": board.watts,
        "B200": float(board.family in ("B200", "B300")),
        "H100": float(board.family == "H100"),
        "A100": float(board.family in ("A100", "A100-40")),
        "vllm-2024": float(one.generation == "vllm-2024"),
    }


def _bytes(one: Serving) -> tuple[float, float]:
    """Bytes of an expert weight and of another."""
    if one.precision == "mxfp4" and one.model.experts:
        return BYTES["mxfp4"], 2.0
    return BYTES[one.precision], BYTES[one.precision]
