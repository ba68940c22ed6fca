"""A training run before it is started: hours, joules and memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rung.catalog import Chip, chip
from rung.errors import BadInput
from rung.prediction.training.job import TrainingJob
from rung.prediction.training.memory import TrainingMemory, least_count, training_memory
from rung.prediction.training.ranges import (
    CHECKPOINT_FACTOR,
    CHECKPOINT_GB_PER_S,
    HOST,
    HOST_OVER_BOARDS,
    MFU,
    POWER,
    Share,
    power_share,
    utilisation,
)
from rung.prediction.training.work import trained_adapters, training_flops
from rung.types import Origin, Quantity
from rung.units import BYTES_PER_GB, S_PER_HOUR

SAVED_BYTES: Final = 14.0
"""Of a trained parameter in a checkpoint: the weight in 16 bits, its 32-bit copy and two moments."""


@dataclass(frozen=True, slots=True)
class PredictedTraining:
    """What the run takes.

    Args:
        job: what was asked.
        flops: executed arithmetic [FLOP].
        utilisation: share of the peak rate that was taken.
        power: share of the design power that was taken.
        accelerator_hours: hours x count [h], checkpoints included.
        hours: from start to end [h].
        accelerator_j: energy of the accelerators [J].
        energy_j: of their servers too [J]; without the building.
        memory: of each accelerator.
        least_count: the smallest count that fits; None where none does.
        notes: what the figures rest on.
    """

    job: TrainingJob
    flops: float
    utilisation: Share
    power: Share
    accelerator_hours: Quantity
    hours: Quantity
    accelerator_j: Quantity
    energy_j: Quantity
    memory: TrainingMemory
    least_count: int | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        job, memory = self.job, self.memory
        shares = {"utilisation": self.utilisation, "power": self.power, "host": HOST_OVER_BOARDS}
        return {
            "model": job.model.name,
            "method": job.method,
            "silicon": job.silicon,
            "count": job.count,
            "trained_tokens": job.trained_tokens,
            "flops": self.flops,
            "accelerator_hours": self.accelerator_hours.to_json(),
            "hours": self.hours.to_json(),
            "accelerator_j": self.accelerator_j.to_json(),
            "energy_j": self.energy_j.to_json(),
            "shares": {
                name: {
                    "low": share.low,
                    "mid": share.mid,
                    "high": share.high,
                    "origin": share.origin.label,
                    "source": share.source,
                }
                for name, share in shares.items()
            },
            "memory": {
                "fits": memory.fits,
                "needed_gb_per_accelerator": memory.needed_bytes / BYTES_PER_GB,
                "available_gb_per_accelerator": memory.available_bytes / BYTES_PER_GB,
                "states_gb": memory.states_bytes / BYTES_PER_GB,
                "activations_gb": memory.activation_bytes / BYTES_PER_GB,
                "gathered_gb": memory.gathered_bytes / BYTES_PER_GB,
                "accelerators_per_row": memory.sharing,
                "least_count": self.least_count,
            },
            "notes": list(self.notes),
        }


def predict_training(job: TrainingJob, *, reached: Share | None = None) -> PredictedTraining:
    """Hours, energy and memory of a run; one that does not fit is predicted as if it did, and says so.

    Accelerator time = FLOP / (peak 16-bit rate x utilisation) + checkpoints x bytes / write rate;
    energy = time x design power x share drawn (idle power while writing), then x server over accelerators.

    Args:
        job: the run.
        reached: utilisation that was measured on runs like it, in place of the published range.

    Raises:
        BadInput: the chip trains no model, or the adapters are too large.
        MissingFactor: the catalog has no such chip.
    """
    board = _board(job.silicon)
    share = utilisation(job.method, board, job.count) if reached is None else reached
    drawn = power_share(job.method, job.count)
    flops = training_flops(job)
    rate = board.flops["bf16"].quantity.value * share.mid
    busy_s = Quantity.of(flops / rate, "s", max(Origin.MODELLED, share.origin), share.inverse_factor(MFU))
    writing_s = _writing_s(job)
    boards_j = busy_s.scaled(board.max_w.quantity.value * drawn.mid, "J").with_factor(drawn.factor(POWER), drawn.origin)
    boards_j += writing_s.times(board.idle_w.quantity, "J")
    servers = Quantity.of(HOST_OVER_BOARDS.mid, "", HOST_OVER_BOARDS.origin, HOST_OVER_BOARDS.factor(HOST))
    hours = (busy_s + writing_s).scaled(1 / S_PER_HOUR, "h")
    return PredictedTraining(
        job=job,
        flops=flops,
        utilisation=share,
        power=drawn,
        accelerator_hours=hours,
        hours=hours.scaled(1 / job.count),
        accelerator_j=boards_j,
        energy_j=boards_j.times(servers, "J"),
        memory=training_memory(job),
        least_count=least_count(job),
        notes=_notes(job),
    )


def _board(name: str) -> Chip:
    board = chip(name)
    if "bf16" not in board.flops or board.memory_gb is None:
        raise BadInput(f"{name} is no accelerator that models are trained on", mend="see `rung catalog silicon`")
    return board


def _writing_s(job: TrainingJob) -> Quantity:
    """Time of all accelerators while checkpoints are written [s]; none for no checkpoints."""
    saved = SAVED_BYTES * (trained_adapters(job) if job.frozen else job.model.parameters) * job.saves
    if not saved:
        return Quantity.zero("s")
    return Quantity.of(saved / BYTES_PER_GB / CHECKPOINT_GB_PER_S, "s", Origin.ASSUMED, CHECKPOINT_FACTOR)


def _notes(job: TrainingJob) -> tuple[str, ...]:
    notes = [
        "Accelerators and servers; storage, network, failed runs, the building and making the machines are left out."
    ]
    if job.model.estimated:
        notes.append("Only the model's size is known: layers and width follow from a rule; give a config.json.")
    if job.model.active < job.model.parameters and job.frozen:
        notes.append("Adapters are counted on one block a layer, not on every expert.")
    if job.method == "pretrain" and job.trained_tokens < 5 * job.model.active:
        notes.append("Fewer than 5 tokens a parameter: much less than any published pre-training (20 and more).")
    return tuple(notes)
