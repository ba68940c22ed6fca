"""Start a model twice as wide from a trained one, without changing what it answers.

Every hidden unit is doubled. A matrix that reads the doubled units is split into two halves that differ by random
noise but sum to the old matrix, so the outputs are the same and the twins get different gradients (after Net2Net,
arXiv 1511.05641).
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import LlamaForCausalLM

NOISE = 0.5
"""Size of the difference between the twins, relative to the matrix."""


def _read_twice(matrix: Tensor, generator: torch.Generator) -> Tensor:
    """[out, in] -> [out, 2 in], the same map on doubled inputs."""
    noise = NOISE * matrix.std() * torch.randn(matrix.shape, generator=generator)
    return torch.cat([matrix / 2 + noise, matrix / 2 - noise], dim=1)


def _doubled(matrix: Tensor, generator: torch.Generator) -> Tensor:
    """[out, in] -> [2 out, 2 in] with twin outputs."""
    return torch.cat([_read_twice(matrix, generator), _read_twice(matrix, generator)], dim=0)


@torch.no_grad()
def grow(small: dict[str, Tensor], large: LlamaForCausalLM, seed: int) -> None:
    """Fill `large` from the state of a model of half its width and the same depth.

    Heads keep their size and double in number; the gated layer doubles. The final norm is halved because the tied
    output layer counts every unit twice.
    """
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Tensor] = {}
    for name, weight in small.items():
        if weight.ndim == 1:
            state[name] = torch.cat([weight, weight]) / (2 if name == "model.norm.weight" else 1)
        elif "embed" in name or "lm_head" in name:
            state[name] = torch.cat([weight, weight], dim=1)
        else:
            state[name] = _doubled(weight, generator)
    large.load_state_dict(state)
