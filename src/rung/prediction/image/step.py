"""Time and power of a batch of images, from a few constants.

tokens T = height x width / pixels^2; layers L and width h of a transformer of P parameters by the rule P = 18 L h^2 and
h = 54 L. One batch takes sqrt(work^2 + host^2) + decoding:

- work: passes x steps x batch x (2 P T + 4 L h T^2) over peak rate x efficiency x count, plus elementwise operations,
  T L h over memory bandwidth; the square is left out where tokens are coarse (32 pixels: linear attention). A U-Net
  takes a share of 2 P T, since most of its weights see few positions, and no elementwise term of its own;
- host: steps x (a time + L x a time), both more where an image is shared;
- decoding: batch x pixels over memory bandwidth, on one accelerator.

Power = count x design power x (static + busy x (work / time) + decoding x (decoding / time) / count).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rung.catalog import chip
from rung.prediction.image.job import ImageJob

Floats = NDArray[np.float64]

START: Final = {
    "efficiency": (0.5, 0.3),
    "unet": (0.35, 0.5),
    "elementwise": (200.0, 0.7),
    "layer_s": (5e-4, 1.0),
    "step_s": (0.02, 1.0),
    "shared_step_s": (0.01, 1.0),
    "shared_layer_s": (1e-4, 1.0),
    "decoding": (2e4, 1.0),
    "static": (0.25, 0.3),
    "busy": (0.6, 0.2),
    "decoding_busy": (0.3, 0.5),
    "newest": (0.65, 0.3),
}
"""Constant -> where the fit starts, and how far it may go (a standard deviation of its logarithm).

efficiency: of the peak 16-bit rate. unet: share of 2 P T. elementwise: bytes per token, layer and width. decoding:
bytes per pixel. newest: efficiency of B200 and B300 over that of the others.
"""

_ASPECT, _PER_WIDTH = 54.0, 18.0
_ELEMENTWISE_BUSY = 0.8


def columns(jobs: Sequence[ImageJob]) -> dict[str, Floats]:
    """The numbers that time and power depend on, one column each, shape (n,)."""
    rows = [_row(job) for job in jobs]
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}


def _row(job: ImageJob) -> dict[str, float]:
    board, model = chip(job.silicon), job.model
    bandwidth = board.bandwidth_gb_s
    return {
        "parameters": model.parameters,
        "passes": model.passes * job.steps,
        "steps": job.steps,
        "batch": job.batch,
        "count": float(job.count),
        "area": job.height * job.width,
        "tokens": job.height * job.width / model.pixels**2,
        "square": float(model.pixels <= 16),
        "unet": float(model.kind == "unet"),
        "newest": float(job.silicon in ("B200", "B300")),
        "rate": board.flops["bf16"].quantity.value,
        "bandwidth": (0.0 if bandwidth is None else bandwidth.quantity.value) * 1e9,
        "watts": board.max_w.quantity.value,
    }


def batches(at: Mapping[str, Floats], k: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Seconds of a batch and joules of an image, shape (n,) each."""
    layers = (at["parameters"] / (_PER_WIDTH * _ASPECT**2)) ** (1 / 3)
    across = layers * _ASPECT * layers
    turns = at["passes"] * at["batch"] / at["count"]
    each = 2 * at["parameters"] * at["tokens"] + at["square"] * 4 * at["tokens"] ** 2 * across
    each = each * np.where(at["unet"] > 0, k["unet"], 1.0)
    arithmetic = turns * each / (at["rate"] * k["efficiency"] * np.where(at["newest"] > 0, k["newest"], 1.0))
    small = turns * k["elementwise"] * at["tokens"] * across / at["bandwidth"] * (1 - at["unet"])
    shared = at["count"] > 1
    step = k["step_s"] + np.where(shared, k["shared_step_s"], 0.0)
    layer = k["layer_s"] + np.where(shared, k["shared_layer_s"], 0.0)
    host = at["steps"] * (step + layers * layer)
    decoding = k["decoding"] * at["batch"] * at["area"] / at["bandwidth"]
    seconds = np.hypot(arithmetic + small, host) + decoding
    working = np.minimum((arithmetic + _ELEMENTWISE_BUSY * small) / seconds, 1.0)
    drawn = k["static"] + k["busy"] * working + k["decoding_busy"] * decoding / seconds / at["count"]
    return seconds, at["count"] * at["watts"] * drawn * seconds / at["batch"]
