"""What a training run will take: arithmetic, hours, energy and memory, each with its range and where that is from."""

from __future__ import annotations

from rung.prediction.training.job import METHODS, Method, TrainedModel, TrainingJob
from rung.prediction.training.memory import TrainingMemory, least_count, training_memory
from rung.prediction.training.predict import PredictedTraining, predict_training
from rung.prediction.training.ranges import MFU, POWER, Share, power_share, utilisation
from rung.prediction.training.work import adapter_parameters, flops_per_token, training_flops

__all__ = [
    "METHODS",
    "MFU",
    "POWER",
    "Method",
    "PredictedTraining",
    "Share",
    "TrainedModel",
    "TrainingJob",
    "TrainingMemory",
    "adapter_parameters",
    "flops_per_token",
    "least_count",
    "power_share",
    "predict_training",
    "training_flops",
    "training_memory",
    "utilisation",
]
