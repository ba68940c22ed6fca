"""What of an accelerator serving depends on, from the catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rung import catalog
from rung.errors import BadInput, MissingFactor
from rung.types import Quantity
from rung.units import BYTES_PER_GB

_RATE_OF: Final = {"fp16": "bf16", "int4": "bf16", "mxfp4": "bf16"}
"""Weights in 4 bits are unpacked before they are multiplied: the rate is that of 16 bits."""

_PCIE_GB_S: Final = 32.0
"""One way, where the catalog knows no link: PCIe 4.0 x16."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One board.

    Args:
        key: of the catalog.
        flops: peak dense rate by precision [FLOP/s].
        memory_bytes: on-board.
        bandwidth: of that memory [bytes/s].
        link: to its neighbours, one way [bytes/s].
        watts: under full load [W].
        idle: power with nothing to do [W], with the catalog's interval.
        family: whose fitted constants hold; a part has those of the whole.
        is_part: of a larger one (MIG).
    """

    key: str
    flops: Mapping[str, float]
    memory_bytes: float
    bandwidth: float
    link: float
    watts: float
    idle: Quantity
    family: str = ""
    is_part: bool = False

    def rate(self, precision: str) -> float:
        """Peak arithmetic rate for weights of a precision [FLOP/s]: where it has none, that of 16 bits."""
        named = _RATE_OF.get(precision, precision)
        return self.flops.get(named, self.flops["bf16"])


def accelerator(name: str) -> Accelerator:
    """By the key of the catalog (`H100`) or the name that a driver gives (`NVIDIA H100 80GB HBM3`).

    Raises:
        BadInput: the catalog has no such accelerator, or not what serving depends on.
    """
    key = _key_of(name)
    chip = catalog.chip(key)
    if "bf16" not in chip.flops or chip.memory_gb is None or chip.bandwidth_gb_s is None:
        raise BadInput(f"{name} is no accelerator that language models are served on", mend=f"use one of {_known()}")
    return Accelerator(
        key=key,
        flops={precision: rate.quantity.value for precision, rate in chip.flops.items()},
        memory_bytes=chip.memory_gb.quantity.value * BYTES_PER_GB,
        bandwidth=chip.bandwidth_gb_s.quantity.value * BYTES_PER_GB,
        link=(_PCIE_GB_S if chip.link_gb_s is None else chip.link_gb_s.quantity.value / 2) * BYTES_PER_GB,
        watts=chip.max_w.quantity.value,
        idle=chip.idle_w.quantity,
        family=key,
    )


def _key_of(name: str) -> str:
    by_fold = {key.casefold(): key for key in catalog.silicon()}
    if name.casefold() in by_fold:
        return by_fold[name.casefold()]
    if re.search(r"A100.*\b40\s?GB", name, re.IGNORECASE):
        return "A100-40"
    try:
        key = catalog.gpu(name).key
    except MissingFactor:
        key = ""
    # Another product may hold this one's name: GB200, H1000.
    if not key or re.search(rf"G{key}|{key}\d", name):
        raise BadInput(f"the silicon {name!r} is not known", mend=f"use one of {_known()}")
    return key


def _known() -> str:
    chips = (catalog.chip(key) for key in catalog.silicon())
    return ", ".join(chip.key for chip in chips if chip.kind != "cpu" and "bf16" in chip.flops)
