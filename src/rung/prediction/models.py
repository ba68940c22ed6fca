"""Effort of running and tuning generative models, here and elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rung.prediction.efforts import local_effort
from rung.prediction.speed import MachineSpeed
from rung.types import Effort, ModelFacts

Trainable = Literal["adapter", "all"]

TIMED_BLOCK_WEIGHTS: Final = 10
"""Weights of the block that is timed, in squared widths: 3 + 1 for attention, 4 + 2 for the feed-forward part."""

LIBRARY_OVERHEAD: Final = 1.7
"""Issuing a block's operations through transformers, over the plain block that is timed: masks, caches, hooks."""

LIBRARY_TOKEN: Final = 1.2
"""The same for the work per token: more elementwise operations than the plain block has."""

STEP_OVERHEAD_BLOCKS: Final = 2.0
"""What a decoding step costs outside of the blocks, in blocks: embedding, head, choice of tokens, bookkeeping."""

DECODE_TOKEN: Final = 2.0
"""Work per token one at a time, over that in long rows."""

CACHE_PASSES: Final = 4
"""Times that a decoding step reads or writes the keys and values so far: grown by copying, then read."""

OUTPUT_SPREAD: Final = 1.6
"""The longest output of a batch over the mean."""

ADAPTER_OVERHEAD: Final = 2.0
"""Issuing operations with LoRA on every linear layer, over without."""

ADAPTER_TOKEN: Final = 1.0
"""Work per token with LoRA over full training: no gradients of the weights, more small products."""

OPTIMIZER_PASSES: Final = 12
"""Times that AdamW reads or writes each trained weight in a step, clipping included."""

ADAPTER_SHARE: Final = 0.12
LOAD_OVERHEAD_S: Final = 0.15
GUESSED_PARAMETERS: Final = 1e9


@dataclass(frozen=True, slots=True)
class TrainingSize:
    """A tuning run in numbers.

    Args:
        steps: optimizer steps.
        tokens: tokens of prompts and answers, over all steps.
        answer_tokens: those of them that logits are made for.
        row_tokens: mean length of a row.
    """

    steps: int
    tokens: float
    answer_tokens: float
    row_tokens: float


def generation_effort(
    facts: ModelFacts, speed: MachineSpeed, *, input_tokens: float, output_tokens: float, cap: int, batch: int
) -> Effort:
    """One request of a batch on a local model.

    CPU time = prefill + decoding steps: per token the blocks' work, the head and the cache, per step the weights' bytes
    and the cost of issuing the operations, shared by the batch. A batch goes on until its longest output ends.
    """
    shape = _Shape.of(facts)
    prefill = input_tokens * shape.token_s(speed, input_tokens)
    issue = (shape.layers + STEP_OVERHEAD_BLOCKS) * speed.block_overhead_s * LIBRARY_OVERHEAD
    steps = min(cap, output_tokens * OUTPUT_SPREAD if batch > 1 else output_tokens)
    decode = output_tokens * (DECODE_TOKEN * shape.token_s(speed, 1) + shape.head_s(speed))
    cache_bytes = 2 * shape.layers * shape.width * 4 * (input_tokens + output_tokens / 2) * CACHE_PASSES
    read = steps * (cache_bytes + shape.parameters * 4 / batch) / (speed.stream_gb_per_s * 1e9)
    return local_effort(prefill + decode + read + (steps + 1) * issue / batch)


def training_effort(facts: ModelFacts, size: TrainingSize, speed: MachineSpeed, *, trainable: Trainable) -> Effort:
    """A tuning run on a local model: forward and backward by tokens, the issuing of operations and AdamW by steps."""
    shape = _Shape.of(facts)
    overhead = LIBRARY_OVERHEAD * speed.backward_overhead_ratio
    share, token = 1.0, 1.0
    if trainable == "adapter":
        overhead, share, token = overhead * ADAPTER_OVERHEAD, ADAPTER_SHARE, ADAPTER_TOKEN
    per_token = shape.token_s(speed, size.row_tokens) * speed.backward_ratio * token
    head = size.answer_tokens * shape.head_s(speed) * 3
    issue = size.steps * (shape.layers + STEP_OVERHEAD_BLOCKS) * speed.block_overhead_s * overhead
    step_bytes = shape.parameters * share * 4 * OPTIMIZER_PASSES
    return local_effort(
        size.tokens * per_token + head + issue + size.steps * step_bytes / (speed.stream_gb_per_s * 1e9)
    )


def loading_effort(facts: ModelFacts, speed: MachineSpeed) -> Effort:
    """Reading weights and tokenizer into memory."""
    size = facts.weight_bytes or 4 * (facts.parameters or GUESSED_PARAMETERS)
    return local_effort(LOAD_OVERHEAD_S + 4 * size / (speed.stream_gb_per_s * 1e9))


def encoding_effort(facts: ModelFacts, speed: MachineSpeed, *, tokens: float) -> Effort:
    """One text through an encoder, in a batch."""
    return local_effort(tokens * _Shape.of(facts).token_s(speed, tokens))


@dataclass(frozen=True, slots=True)
class _Shape:
    """The sizes that effort depends on; guessed from the count of parameters where the config does not say."""

    parameters: float
    layers: float
    width: int
    vocabulary: int

    @classmethod
    def of(cls, facts: ModelFacts) -> _Shape:
        parameters = float(facts.parameters or GUESSED_PARAMETERS)
        # Models of the Llama family keep to about parameters = 12 layers width^2, and layers = width / 64.
        width = facts.hidden or max(64, round((parameters * 64 / 12) ** (1 / 3)))
        return cls(parameters, facts.layers or max(1, round(width / 64)), width, facts.vocabulary or 32_000)

    def token_s(self, speed: MachineSpeed, row_tokens: float) -> float:
        """One token through all blocks, forward, in a row of so many tokens [CPU-s]."""
        embeddings = min(self.vocabulary * self.width, 0.5 * self.parameters)
        weights = (self.parameters - embeddings) / self.layers
        block = speed.block_elementwise_s * self.width + speed.block_matmul_s * weights / TIMED_BLOCK_WEIGHTS
        attention = 2.0 * row_tokens * self.width / (speed.gflops * 1e9)
        return self.layers * (block * LIBRARY_TOKEN + attention)

    def head_s(self, speed: MachineSpeed) -> float:
        """Logits of one token [CPU-s]."""
        return 2.0 * self.width * self.vocabulary / (speed.gflops * 1e9)
