"""The fitted constants, with when and on what they were fitted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from rung.errors import BadInput
from rung.json_file import read_json
from rung.prediction.image.step import START


@dataclass(frozen=True, slots=True)
class Constants:
    """Constants of `rung.prediction.image.step`, and how far predictions of unseen models lie off.

    Args:
        values: by name.
        energy_error: half width of the 90% interval of the logarithm of joules.
        latency_error: likewise of seconds.
        origin: date, sources, rows, models and cross-validated errors.
    """

    values: Mapping[str, float]
    energy_error: float
    latency_error: float
    origin: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """A form that `read_constants` reads back."""
        return asdict(self)


def read_constants(path: Path) -> Constants:
    """Constants from a file.

    Raises:
        BadInput: it cannot be read, or lacks one.
    """
    data = read_json(path, mend=_AGAIN)
    try:
        return _from(data)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} holds no constants: {error}", mend=_AGAIN) from error


_AGAIN = "write one by `bench/image_predictor.py`"


@cache
def shipped() -> Constants:
    """The constants that come with the package."""
    return _from(json.loads(resources.files("rung.prediction.image").joinpath("constants.json").read_text("utf-8")))


def _from(data: Mapping[str, Any]) -> Constants:
    values = {name: float(data["values"][name]) for name in START}
    return Constants(values, float(data["energy_error"]), float(data["latency_error"]), data["origin"])
