"""The fitted constants: what each is, where a fit begins, and the shipped ones.

Every constant belongs to the form of the model, to a family of accelerators, or to a generation of an engine; none
belongs to a model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from rung.errors import BadInput
from rung.json_file import read_json

PRIOR: Final[Mapping[str, float]] = {
    "weights_bandwidth": 0.85,  # share of peak bandwidth at which dense weights are read
    "cache_bandwidth": 0.7,  # keys and values
    "expert_bandwidth": 0.7,  # routed experts
    "small_experts": 0.85,  # times that, where the experts are fp8
    "routing": 0.7,  # tokens of a batch that choose experts of their own, over all
    "compute": 0.55,  # share of peak arithmetic in decoding
    "moe_compute": 0.5,  # times that, with experts
    "layer_s": 3e-5,  # kernels of a layer that neither bandwidth nor arithmetic explains [s]
    "moe_layer_s": 3e-5,  # more for routing [s]
    "recurrent_layer_s": 8e-5,  # more for a layer without attention in a hybrid [s]
    "small_moe_layer_s": 8e-5,  # more for experts in fp8 [s]
    "allreduce_s": 1e-5,  # start of an exchange between accelerators, two a layer [s]
    "link": 0.5,  # share of the link's bandwidth
    "step_s": 1e-3,  # host, each step [s]
    "group_s": 5e-4,  # host, each step of more than one accelerator [s]
    "sequence_s": 3e-5,  # host, each sequence of a step [s]
    "eager_layer_s": 2e-4,  # more for a layer beyond the largest captured graph [s]
    "sample_s": 2e-11,  # drawing a token, for each sequence and word of the vocabulary [s]
    "prefill_compute": 0.6,  # share of peak arithmetic in prefill
    "request_s": 5e-3,  # admitting a request [s]
    "image_s": 2e-2,  # more for 1,000 tokens of images [s]
    "video_s": 4e-2,  # more for a video [s]
    "separate_prefill_s": 1e-2,  # a step for prefill alone, in engines that do not mix [s]
    "separate_sequence_s": 1e-4,  # the same for each sequence that waits meanwhile [s]
    "static": 0.25,  # power over maximum while nothing runs but clocks are up
    "busy": 0.5,  # more while kernels read memory or multiply
    "latency": 0.3,  # more in kernels that only wait
    "exchanging": 0.15,  # more in exchanges and drawing
    "arithmetic": 0.5,  # more at full use of the arithmetic units, to the power 0.7
    "image_busy": 0.7,  # share of image work that is on the accelerator
    "time": 1.0,  # all times of a machine, over those of the tables; 1 unless it was calibrated
    "power": 1.0,  # its power, likewise
    "felt_prefill": 0.05,  # share of others' prefill that the median gap between tokens shows
}
"""Where a fit begins, and what it is pulled to: orders of magnitude known before any table was seen."""

OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "B200": ("cache_bandwidth", "expert_bandwidth", "compute", "layer_s", "busy"),
    "A100": ("cache_bandwidth", "static", "busy", "sequence_s"),
    "vllm-2024": ("layer_s", "sequence_s", "request_s", "allreduce_s", "felt_prefill", "sample_s"),
}
"""Constants of which a family of accelerators, or an engine, has its own; all others are shared. H100 and vLLM of 2025
are the reference. `docs/concepts/predict-serving.md` has the ablation."""

CALIBRATED: Final = ("time", "power")
"""Constants that a fit to the tables leaves at 1, and that a few load tests of one's own move first."""

STATED: Final = (
    "moe_layer_s",
    "recurrent_layer_s",
    "small_moe_layer_s",
    "sequence_s",
    "sample_s",
    "eager_layer_s",
    "separate_prefill_s",
    "separate_sequence_s",
)
"""Constants that a fit to the tables leaves where it begins: families left out are predicted no worse so. A fit to load
tests of one's own moves them."""

SPREAD_NUMBERS: Final = 10
"""Eight coefficients and two quantiles, of a figure's spread."""

BOUNDED: Final = ("weights_bandwidth", "cache_bandwidth", "expert_bandwidth")
"""Shares that come near 1 and do not pass it."""


@dataclass(frozen=True, slots=True)
class Constants:
    """The constants of a fit.

    Args:
        shared: by name, as in `PRIOR`.
        own: by accelerator or engine, natural logarithms of the factor on the shared one.
        spread: by figure (`j_per_token`, `itl_s`), how far predictions miss: see `rung.prediction.roofline.spread`.
        origin: date, tables, rows, and what the fit reached.
    """

    shared: Mapping[str, float]
    own: Mapping[str, Mapping[str, float]]
    spread: Mapping[str, Mapping[str, Any]]
    origin: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back."""
        own = {name: dict(factors) for name, factors in self.own.items()}
        spread = {name: dict(form) for name, form in self.spread.items()}
        return {"shared": dict(self.shared), "own": own, "spread": spread, "origin": dict(self.origin)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, where: str) -> Constants:
        """The constants that `to_json` wrote.

        Raises:
            BadInput: one is missing.
        """
        try:
            missing: Sequence[str] = sorted(PRIOR.keys() - data["shared"].keys())
            found = cls(data["shared"], data["own"], data["spread"], data["origin"])
            wrong = None if missing else _wrong(found)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadInput(f"{where} holds no constants", mend="write them by `rung predict fit`") from error
        if missing or wrong:
            problem = f"lacks {', '.join(missing)}" if missing else f"has a {wrong} that cannot be"
            raise BadInput(f"{where} {problem}", mend="fit again by `rung predict fit`")
        return found


def _wrong(found: Constants) -> str | None:
    """The first value that no fit writes; None where all can be."""
    for name, value in found.shared.items():
        if isinstance(value, bool) or not 1e-15 < float(value) < 1e6:
            return name
    for group, factors in found.own.items():
        for name, value in factors.items():
            if group not in OWN or name not in PRIOR or not abs(float(value)) < 20:
                return f"{group} {name}"
    for figure in ("j_per_token", "itl_s"):
        form = found.spread[figure]
        numbers = [float(number) for number in (*form["coefficients"], form["low"], form["high"])]
        if len(numbers) != SPREAD_NUMBERS or not all(abs(number) < 50 for number in numbers):
            return f"spread of {figure}"
    return None if "rows" in found.origin else "origin"


@cache
def shipped() -> Constants:
    """The constants that come with rung."""
    text = files("rung.prediction.roofline").joinpath("constants.json").read_text(encoding="utf-8")
    return Constants.from_json(json.loads(text), where="constants.json")


def read_constants(path: Path) -> Constants:
    """Constants of one's own.

    Raises:
        BadInput: the file is not there, no JSON, or holds no constants.
    """
    data = read_json(path, mend="write them by `rung predict fit`")
    return Constants.from_json(data, where=str(path))
