"""What fits into the accelerators of a replica: weights, and how many tokens of cache beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from rung.prediction.roofline.serving import Serving

USABLE: Final = 0.9
"""Share of the memory that an engine takes (vLLM's gpu_memory_utilization)."""

WORKSPACE_BYTES: Final = 2e9
"""Activations, graphs and buffers of each accelerator: typical, assumed."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one accelerator of the replica, the fullest one.

    Args:
        weights_bytes: of the model's part.
        free_bytes: for the cache; negative where the weights alone do not fit.
        capacity_tokens: of cache, in the whole replica; 0 where nothing fits.
        sequences: of the asked context that fit at once, whole replica.
        fits: the weights and the asked batch fit.
    """

    weights_bytes: float
    free_bytes: float
    capacity_tokens: float
    sequences: float
    fits: bool

    @property
    def holds_weights(self) -> bool:
        """Whether a single sequence can be served."""
        return self.sequences >= 1


def memory(one: Serving) -> Memory:
    """What fits. An answer, not an error: what does not fit is said."""
    model, parallel = one.model, one.parallel
    stage = parallel.tensor * parallel.data
    experts = _expert_bytes(one)
    weights = ((model.weight_bytes(one.precision) - experts) / parallel.tensor + experts / stage) / parallel.pipeline
    free = one.accelerator.memory_bytes * USABLE - WORKSPACE_BYTES - weights
    # Key and value heads that do not go round are kept by several; a latent cache by all.
    copies = parallel.tensor if model.latent else max(1.0, parallel.tensor / max(model.kv_heads, 1))
    full = one.prompt + one.output
    kept = model.kv_bytes(full) + model.state_elements * 2.0
    in_group = max(0.0, free) / (kept * copies / parallel.tensor / parallel.pipeline)
    sequences = in_group * parallel.data
    return Memory(weights, free, sequences * full, sequences, free > 0 and sequences >= one.batch)


def _expert_bytes(one: Serving) -> float:
    if not one.model.experts:
        return 0.0
    dense = replace(one.model, expert_parameters=0, parameters=one.model.parameters - one.model.expert_parameters)
    small = "bf16" if one.precision == "mxfp4" else one.precision
    return max(0.0, one.model.weight_bytes(one.precision) - dense.weight_bytes(small))
