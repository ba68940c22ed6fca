"""Joules and seconds of images, each with a 90% interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rung.prediction.image.constants import Constants, shipped
from rung.prediction.image.job import ImageJob
from rung.prediction.image.step import batches, columns
from rung.types import Factor, Origin, Quantity

ENERGY_SOURCE: Final = "image-energy-model"
LATENCY_SOURCE: Final = "image-latency-model"

FITTED: Final = ("A100", "A100-40", "H100", "B200")
ELSEWHERE: Final = 1.5
"""Both ends are moved by as much, for each of: silicon that no table has, a model of which only the size is known."""


@dataclass(frozen=True, slots=True)
class PredictedImage:
    """A batch.

    Args:
        job: what was asked.
        j_per_image: all accelerators [J]; hosts and building are not in it.
        batch_s: from start to images [s].
        notes: what the figures rest on.
    """

    job: ImageJob
    j_per_image: Quantity
    batch_s: Quantity
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        job = self.job
        return {
            "model": job.model.name,
            "parameters": job.model.parameters,
            "silicon": job.silicon,
            "count": job.count,
            "batch": job.batch,
            "height": job.height,
            "width": job.width,
            "steps": job.steps,
            "passes_per_step": job.model.passes,
            "j_per_image": self.j_per_image.to_json(),
            "batch_s": self.batch_s.to_json(),
            "notes": list(self.notes),
        }


def predict_images(jobs: Sequence[ImageJob], constants: Constants | None = None) -> list[PredictedImage]:
    """Predictions of batches, in order.

    Args:
        jobs: what is asked.
        constants: others than the shipped ones.
    """
    if not jobs:
        return []
    known = constants or shipped()
    seconds, joules = batches(columns(jobs), known.values)
    return [
        PredictedImage(
            job=job,
            j_per_image=Quantity.of(float(j), "J", Origin.MODELLED, _error(ENERGY_SOURCE, known.energy_error, job)),
            batch_s=Quantity.of(float(s), "s", Origin.MODELLED, _error(LATENCY_SOURCE, known.latency_error, job)),
            notes=_notes(job),
        )
        for job, s, j in zip(jobs, seconds, joules, strict=True)
    ]


def _error(source: str, half: float, job: ImageJob) -> Factor:
    wider = ELSEWHERE ** ((job.silicon not in FITTED) + (not job.model.known))
    return Factor(source, math.exp(-half) / wider, math.exp(half) * wider)


def _notes(job: ImageJob) -> tuple[str, ...]:
    notes: list[str] = []
    if job.silicon not in FITTED:
        notes.append(f"No table has the {job.silicon}: its datasheet with the fitted constants, range x1.5.")
    if not job.model.known:
        notes.append(
            f"Only the size of the model is known: {job.model.passes:g} passes a step and tokens of "
            f"{job.model.pixels:g} pixels are taken, range x1.5; distilled guidance halves the passes."
        )
    notes.append("Energy of the accelerators alone: host, fans and PUE are not in it.")
    return tuple(notes)
