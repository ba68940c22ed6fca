"""Tables of measured image generation: ML.ENERGY Benchmark v3 and Leaderboard v2."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rung.catalog import gpu
from rung.errors import BadData, BadInput, RungError
from rung.prediction.image.job import ImageJob, maker

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """A measured batch.

    Args:
        job: what was made.
        j_per_image: all accelerators [J].
        batch_s: [s].
        model: as the table has it.
        where: `file:line`.
    """

    job: ImageJob
    j_per_image: float
    batch_s: float
    model: str
    where: str


def read_image_measurements(paths: Sequence[Path]) -> tuple[list[MeasuredImage], dict[str, int]]:
    """The rows that can be predicted, and how many of the others, by reason.

    Raises:
        BadInput: a file cannot be read, or its columns are of no known schema.
        BadData: a number of a row cannot be read.
    """
    kept: list[MeasuredImage] = []
    left: dict[str, int] = {}
    for path in paths:
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f"{path} cannot be read: {error}", mend="give a CSV file") from error
        for line, row in enumerate(rows, 2):
            where = f"{path.name}:{line}"
            try:
                kept.append(_measured(row, where))
            except RungError as refused:
                left[refused.problem] = left.get(refused.problem, 0) + 1
            except (KeyError, TypeError, ValueError) as error:
                mend = "give the columns of mlenergy_v3_text_to_image.csv or mlenergy_v2_diffusion.csv"
                raise BadData(f"{where}: {error}", mend=mend) from error
    return kept, left


def _measured(row: Row, where: str) -> MeasuredImage:
    if row["task"].rpartition("/")[2] != "text-to-image":
        raise BadInput(f"task {row['task']}", mend="give text-to-image rows")
    return _v3(row, where) if "energy_per_image_joules" in row else _v2(row, where)


def _v3(row: Row, where: str) -> MeasuredImage:
    size = _float(row, "activated_params_billions")
    known = maker(row["model_id"], size)
    job = ImageJob(
        model=replace(known, parameters=size * 1e9),
        silicon=row["gpu_model"],
        height=_float(row, "image_height"),
        width=_float(row, "image_width"),
        steps=_float(row, "inference_steps"),
        batch=_float(row, "batch_size"),
        count=int(row["num_gpus"]),
    )
    return MeasuredImage(
        job, _float(row, "energy_per_image_joules"), _float(row, "batch_latency_s"), row["model_id"], where
    )


def _v2(row: Row, where: str) -> MeasuredImage:
    """That table has neither sizes nor resolutions: by the model's card. All models ran with guidance, two passes."""
    name = row["Model"]
    known = replace(maker(name), passes=2.0)
    job = ImageJob(
        model=known,
        silicon="A100-40" if "40GB" in row["GPU"] else gpu(row["GPU"]).key,
        height=known.side,
        width=known.side,
        steps=_float(row, "Denoising steps"),
        batch=_float(row, "Batch size"),
    )
    return MeasuredImage(job, _float(row, "Energy/image (J)"), _float(row, "Batch latency (s)"), name, where)


def _float(row: Row, column: str) -> float:
    value = float(row[column])
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{column} is {row[column]}")
    return value
