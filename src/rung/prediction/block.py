"""A transformer block of the Llama kind in plain torch, to be timed."""

from __future__ import annotations

import time

import torch
from torch.nn import functional

ROW_TOKENS = 128
HEAD = 32


def block_cpu_s(width: int, tokens: int, *, backward: bool, repeats: int = 4) -> float:
    """CPU time of one block on so many tokens, in rows of 128 [s]; the least of a few repeats."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"qkv": (3 * width, width), "out": (width, width), "up": (4 * width, width), "down": (width, 2 * width)}
    weights = {
        name: (torch.randn(shape, generator=generator) / width**0.5).requires_grad_(backward)
        for name, shape in shapes.items()
    }
    gain = torch.ones(width, requires_grad=backward)
    rows = torch.randn((max(1, tokens // ROW_TOKENS), min(tokens, ROW_TOKENS), width), generator=generator)
    rows.requires_grad_(backward)
    least = float("inf")
    with torch.set_grad_enabled(backward):
        for _ in range(repeats + 1):
            start = time.process_time()
            out = _block(rows, weights, gain)
            if backward:
                out.sum().backward()  # pyright: ignore[reportUnknownMemberType]
            least = min(least, time.process_time() - start)
    return least


def _block(rows: torch.Tensor, weights: dict[str, torch.Tensor], gain: torch.Tensor) -> torch.Tensor:
    count, length, width = rows.shape
    heads = max(1, width // HEAD)
    normed = functional.rms_norm(rows, (width,), gain)
    query, key, value = functional.linear(normed, weights["qkv"]).view(count, length, 3, heads, -1).unbind(2)
    half = query.shape[-1] // 2
    query, key = (torch.cat((-x[..., half:], x[..., :half]), -1) * 0.5 + x * 0.5 for x in (query, key))
    attended = functional.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True
    )
    rows = rows + functional.linear(attended.transpose(1, 2).reshape(count, length, width), weights["out"])
    gate, up = functional.linear(functional.rms_norm(rows, (width,), gain), weights["up"]).chunk(2, -1)
    return rows + functional.linear(functional.silu(gate) * up, weights["down"])
