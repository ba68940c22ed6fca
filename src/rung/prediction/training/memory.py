"""Whether a run fits: weights, gradients, optimizer and activations of each accelerator.

States are spread evenly over all accelerators (ZeRO 3, FSDP): bytes per trained parameter are 2 (weight) + 4 (gradient)
+ 12 (32-bit copy and two moments of Adam) = 18; 16 where gradients are kept in 16 bits (Rajbhandari et al. 2020, arXiv
1910.02054, section 3.1). The larger is taken. Frozen weights: 2, or 0.56 in 4 bits (scales, and embeddings in 16 bits).

Activations of a row: 34 s h bytes per layer (Korthikanti et al. 2022, arXiv 2205.05198, equation 1, without the scores,
which fused attention does not keep); recomputed, 2 s h per layer and one layer whole. Logits: 6 s V bytes (16 bits, and
once in 32). Accelerators may share a row, which splits its activations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rung.catalog import chip
from rung.errors import BadInput
from rung.prediction.training.job import TrainingJob
from rung.prediction.training.work import trained_adapters
from rung.units import BYTES_PER_GB

TRAINED_BYTES: Final = 18.0
FROZEN_BYTES: Final = {"lora": 2.0, "qlora": 0.56}
LAYER_BYTES: Final = 34.0
KEPT_INPUT_BYTES: Final = 2.0
LOGIT_BYTES: Final = 6.0
WORKSPACE_BYTES: Final = 2e9
"""Context, kernels and fragments of each accelerator: typical, assumed."""
USABLE: Final = 0.95
MOST_SHARING: Final = 64
"""Accelerators that share one row at most: 8 by tensor, 8 stages."""
MOST_COUNT: Final = 65_536


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """Of each accelerator.

    Args:
        states_bytes: weights, gradients, optimizer.
        activation_bytes: of the rows in flight, logits included.
        gathered_bytes: two layers' weights, collected for use where they are spread.
        workspace_bytes: everything else.
        available_bytes: usable part of its memory.
        sharing: accelerators that share a row.
    """

    states_bytes: float
    activation_bytes: float
    gathered_bytes: float
    workspace_bytes: float
    available_bytes: float
    sharing: int

    @property
    def needed_bytes(self) -> float:
        """All of it."""
        return self.states_bytes + self.activation_bytes + self.gathered_bytes + self.workspace_bytes

    @property
    def fits(self) -> bool:
        """Whether the run can start."""
        return self.needed_bytes <= self.available_bytes


def training_memory(job: TrainingJob, count: int | None = None) -> TrainingMemory:
    """The least that each accelerator must hold: rows are shared by no more accelerators than it takes.

    Args:
        job: the run.
        count: another count than the job's.
    """
    count = job.count if count is None else count
    found = _shared(job, count, 1)
    sharing = 2
    while not found.fits and sharing <= min(count, MOST_SHARING):
        if count % sharing == 0:
            found = _shared(job, count, sharing)
        sharing *= 2
    return found


def least_count(job: TrainingJob) -> int | None:
    """The smallest count that fits, a power of two; None where none does: the rows are too long or too many."""
    count = 1
    while count <= MOST_COUNT:
        if training_memory(job, count).fits:
            return count
        count *= 2
    return None


def _shared(job: TrainingJob, count: int, sharing: int) -> TrainingMemory:
    board = chip(job.silicon)
    if board.memory_gb is None:
        raise BadInput(f"{job.silicon} has no memory of its own", mend="name an accelerator of `rung catalog silicon`")
    weight_bytes = FROZEN_BYTES.get(job.method, 2.0)
    gathered = 0.0 if count == 1 else 2 * weight_bytes * job.model.parameters / job.model.layers / sharing
    return TrainingMemory(
        states_bytes=_states(job) / count,
        activation_bytes=_activations(job) / sharing,
        gathered_bytes=gathered,
        workspace_bytes=WORKSPACE_BYTES,
        available_bytes=board.memory_gb.quantity.value * BYTES_PER_GB * USABLE,
        sharing=sharing,
    )


def _states(job: TrainingJob) -> float:
    if job.frozen:
        return FROZEN_BYTES[job.method] * job.model.parameters + TRAINED_BYTES * trained_adapters(job)
    return TRAINED_BYTES * job.model.parameters


def _activations(job: TrainingJob) -> float:
    model, tokens = job.model, job.sequence * job.micro_batch
    layer = LAYER_BYTES * tokens * model.hidden
    kept = KEPT_INPUT_BYTES * tokens * model.hidden * model.layers + layer
    blocks = kept if job.recompute == "blocks" else layer * model.layers
    return blocks + LOGIT_BYTES * tokens * model.vocabulary
