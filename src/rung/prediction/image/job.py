"""An image model and a batch of images: what is asked of the predictor, and what can be asked at all."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal

from rung.catalog import chip
from rung.errors import BadInput

Kind = Literal["transformer", "unet"]

LARGEST_SIDE: Final = 16_384


@dataclass(frozen=True, slots=True)
class Maker:
    """A diffusion model in the numbers that its work depends on.

    Args:
        name: for readers.
        parameters: of the network that is run at every step, not of text encoder and autoencoder.
        passes: through it for a step: 2 with guidance, 1 where guidance is distilled into it.
        pixels: side of the square that makes one token: 16 for an autoencoder of 8 and patches of 2.
        kind: `transformer` (DiT) or `unet`.
        side: usual height and width [pixels].
        steps: usual denoising steps.
        known: passes and pixels are published; else they are the usual ones.
    """

    name: str
    parameters: float
    passes: float = 2.0
    pixels: float = 16.0
    kind: Kind = "transformer"
    side: int = 1024
    steps: int = 28
    known: bool = False

    def __post_init__(self) -> None:
        if not 1e6 <= self.parameters <= 1e13:
            raise BadInput(f"an image model of {self.parameters:g} parameters", mend="give 0.001 to 10000 (10^9)")


@dataclass(frozen=True, slots=True)
class ImageJob:
    """A batch of images.

    Args:
        model: what makes them.
        silicon: a chip of the catalog.
        count: of them, sharing each image.
        batch: images at once.
        height, width: [pixels].
        steps: of denoising.

    Raises:
        BadInput: numbers that no batch can have, or a chip that no table of measurements is near to.
        MissingFactor: the catalog has no such chip.
    """

    model: Maker
    silicon: str
    height: float
    width: float
    steps: float
    batch: float = 1.0
    count: int = 1

    def __post_init__(self) -> None:
        for name, most in (("height", LARGEST_SIDE), ("width", LARGEST_SIDE), ("steps", 10_000), ("batch", 100_000)):
            least = 64 if name in ("height", "width") else 1
            if not least <= getattr(self, name) <= most:
                raise BadInput(f"{name} of {getattr(self, name):g} cannot be", mend=f"give {least} to {most}")
        if not 1 <= self.count <= 64:
            raise BadInput(f"{self.count} accelerators share no image", mend="give 1 to 64")
        board = chip(self.silicon)
        if "bf16" not in board.flops or board.bandwidth_gb_s is None:
            raise BadInput(f"{self.silicon} is no accelerator for images", mend="see `rung catalog silicon`")


@cache
def known_makers() -> dict[str, Maker]:
    """Models whose sizes are published, by a part of their name."""
    text = resources.files("rung.prediction.image").joinpath("models.csv").read_text("utf-8")
    return {
        row["key"]: Maker(
            name=row["key"],
            parameters=float(row["parameters_b"]) * 1e9,
            passes=float(row["passes"]),
            pixels=float(row["pixels"]),
            kind="unet" if row["kind"] == "unet" else "transformer",
            side=int(row["side"]),
            steps=int(row["steps"]),
            known=True,
        )
        for row in csv.DictReader(text.splitlines())
    }


def maker(name: str, parameters_b: float | None = None) -> Maker:
    """A model by name; by its size where the name is not known.

    Raises:
        BadInput: neither is known.
    """
    folded = name.casefold()
    keys = [key for key in known_makers() if key.casefold() in folded]
    if keys:
        return known_makers()[max(keys, key=len)]
    if parameters_b is None:
        raise BadInput(
            f"the size of the image model {name!r} is in no table",
            mend=f"give --parameters in 10^9, or one of {', '.join(known_makers())}",
        )
    return Maker(name, parameters_b * 1e9)
