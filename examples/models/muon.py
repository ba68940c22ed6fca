"""Muon with its Newton-Schulz steps in float32: `torch.optim.Muon` takes them in bfloat16, which a CPU without such
instructions emulates (twice the time of a whole training step).

Momentum, orthogonalisation by five quintic steps, and the scale that matches the size of AdamW's updates, after
K. Jordan's Muon (2024) and arXiv 2502.16982.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

STEPS = 5
A, B, C = 3.4445, -4.775, 2.0315
"""Coefficients of the quintic."""


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest thing to an orthogonal matrix that a few steps reach, for a [rows, columns] matrix."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(STEPS):
        gram = x @ x.T
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Steps along the orthogonalised momentum; for matrices only."""

    def __init__(self, matrices: Iterable[Tensor], *, lr: float, weight_decay: float, momentum: float = 0.95) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One step with the gradients at hand."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                momentum = state.setdefault("momentum_buffer", torch.zeros_like(matrix))
                momentum.lerp_(matrix.grad, 1 - group["momentum"])
                nesterov = matrix.grad.lerp(momentum, group["momentum"])
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(orthogonal(nesterov), alpha=-group["lr"] * 0.2 * max(matrix.shape) ** 0.5)
