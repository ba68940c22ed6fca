"""What work will take, before it is done: calibrated speed of this machine, and models of effort."""

from __future__ import annotations

from rung.prediction.efforts import (
    EFFORT_MODEL,
    dense_fit_effort,
    indexing_effort,
    local_effort,
    retrieval_effort,
    sparse_fit_effort,
    sparse_linear_effort,
    text_s,
)
from rung.prediction.models import (
    TrainingSize,
    encoding_effort,
    generation_effort,
    loading_effort,
    training_effort,
)
from rung.prediction.remote import REMOTE_MODEL, remote_effort, remote_energy, unknown_effort
from rung.prediction.speed import TYPICAL, Extent, MachineSpeed, calibrate, single_thread

__all__ = [
    "EFFORT_MODEL",
    "REMOTE_MODEL",
    "TYPICAL",
    "Extent",
    "MachineSpeed",
    "TrainingSize",
    "calibrate",
    "dense_fit_effort",
    "encoding_effort",
    "generation_effort",
    "indexing_effort",
    "loading_effort",
    "local_effort",
    "remote_effort",
    "remote_energy",
    "retrieval_effort",
    "single_thread",
    "sparse_fit_effort",
    "sparse_linear_effort",
    "text_s",
    "training_effort",
    "unknown_effort",
]
