"""What making an image with a diffusion model will take: joules and seconds, from sizes alone."""

from __future__ import annotations

from rung.prediction.image.constants import Constants, read_constants, shipped
from rung.prediction.image.job import ImageJob, Kind, Maker, known_makers, maker
from rung.prediction.image.predict import PredictedImage, predict_images

__all__ = [
    "Constants",
    "ImageJob",
    "Kind",
    "Maker",
    "PredictedImage",
    "known_makers",
    "maker",
    "predict_images",
    "read_constants",
    "shipped",
]
