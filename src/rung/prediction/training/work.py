"""Arithmetic of training.

Per token, with N active parameters, A those of the adapters, L layers of width h and rows of s tokens:

- forward 2N, backward through the activations 2N, gradients of the weights 2N: together 6N (Kaplan et al. 2020,
  arXiv 2001.08361, section 2.1);
- attention's products of queries with keys and of their weights with values: 12 L h s forward and backward (Chowdhery
  et al. 2022, PaLM, arXiv 2204.02311, appendix B), the masked half counted too, as there;
- adapters: no gradients of the frozen weights, so 4N, and 6A for their own;
- recomputed blocks: the forward pass once more.
"""

from __future__ import annotations

from typing import Final

from rung.errors import BadInput
from rung.prediction.training.job import MOST_RANK_SHARE, TrainedModel, TrainingJob

ADAPTER_WIDTHS: Final = 20
"""Inputs and outputs of all linear layers of a block, in widths: 19.1 in Llama 2 7B, 20 in Llama 3.1 8B."""


def adapter_parameters(model: TrainedModel, rank: int) -> float:
    """Adapters on every linear layer: rank x layers x 20 x width; 42 million at rank 16 on Llama 3.1 8B.

    Experts are counted as one dense block: adapters on each of many experts are more.
    """
    return float(rank) * model.layers * ADAPTER_WIDTHS * model.hidden


def trained_adapters(job: TrainingJob) -> float:
    """Parameters of the adapters; 0 where the weights themselves are trained.

    Raises:
        BadInput: they are so many that training the weights would take less.
    """
    if not job.frozen:
        return 0.0
    adapters = adapter_parameters(job.model, job.rank)
    if adapters > MOST_RANK_SHARE * job.model.active:
        raise BadInput(
            f"adapters of rank {job.rank} are {adapters / job.model.active:.0%} of {job.model.name}",
            mend="give a smaller --rank, or train the weights with --method full",
        )
    return adapters


def flops_per_token(job: TrainingJob) -> float:
    """Arithmetic that one token of training takes [FLOP]."""
    model, adapters = job.model, trained_adapters(job)
    attention = model.layers * model.hidden * job.sequence
    forward = 2 * (model.active + adapters) + 4 * attention
    backward = 2 * (model.active + adapters) + 8 * attention
    gradients = 2 * (adapters if job.frozen else model.active)
    again = forward if job.recompute == "blocks" else 0.0
    return forward + backward + gradients + again


def training_flops(job: TrainingJob) -> float:
    """Arithmetic of the whole run [FLOP]."""
    return flops_per_token(job) * job.trained_tokens
