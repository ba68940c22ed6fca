"""Shares that no formula gives: of the peak rate that a run reaches, and of the design power that it draws.

Each is a range with its origin and source. The utilisation is of the arithmetic that is executed, recomputation and
attention included, over all hours that are reported for the run: restarts, evaluations and waiting are in it. It is of
the dense 16-bit rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rung.catalog import Chip
from rung.prediction.training.job import Method
from rung.types import Factor, Origin

MFU: Final = "training-mfu"
POWER: Final = "training-power"
HOST: Final = "training-host"
CHECKPOINT: Final = "training-checkpoint"

FAST_FLOPS: Final = 5e14
"""Accelerators from this dense 16-bit rate on (H100 and later) are harder to keep busy [FLOP/s]."""
ONE_JOB: Final = 64
"""Up to as many accelerators, a tuning run is one of a small team; beyond, as tuned as pre-training."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its range.

    Args:
        low, mid, high: in (0, 1.1].
        origin: quoted from published runs, or assumed.
        source: in words.
    """

    low: float
    mid: float
    high: float
    origin: Origin
    source: str

    def factor(self, name: str) -> Factor:
        """Of what grows with the share."""
        return Factor(name, self.low / self.mid, self.high / self.mid)

    def inverse_factor(self, name: str) -> Factor:
        """Of what falls with the share, as time does."""
        return Factor(name, self.mid / self.high, self.mid / self.low)


_OLDER = Share(
    0.25,
    0.43,
    0.57,
    Origin.QUOTED,
    "published runs: LLaMA 65B .48 and Llama 2 .44 to .46 (hours of A100), BLOOM .43 with recomputation, "
    "Megatron-LM up to .56, PaLM .46 (.58 with recomputation); GPT-3 on V100 about .2 lies below",
)
_FAST = Share(
    0.13,
    0.30,
    0.50,
    Origin.QUOTED,
    "published runs: Llama 3.1 8B .18, 70B .29, 405B .36 of all hours of H100 (.38 to .43 while training), "
    "DeepSeek-V3 .38 of the 16-bit rate; .5 is the best of tuned benchmarks",
)
_TUNING = {
    "full": Share(0.20, 0.35, 0.50, Origin.ASSUMED, "fine-tuning on few accelerators: .25 to .5 is typical"),
    "lora": Share(0.15, 0.30, 0.48, Origin.ASSUMED, "as full fine-tuning, less for many small products"),
    "qlora": Share(
        0.10, 0.20, 0.35, Origin.ASSUMED, "lora, slowed by unpacking 4-bit weights (1.4 to 1.6 times in reports)"
    ),
}


def utilisation(method: Method, chip: Chip, count: int) -> Share:
    """Share of the peak 16-bit rate that the executed arithmetic reaches."""
    if method in ("lora", "qlora"):
        return _TUNING[method]
    if method == "pretrain" or count > ONE_JOB:
        return _FAST if chip.flops["bf16"].quantity.value >= FAST_FLOPS else _OLDER
    return _TUNING["full"]


def power_share(method: Method, count: int) -> Share:
    """Share of its design power that an accelerator draws, mean over the run."""
    if method == "pretrain" or count > ONE_JOB:
        source = "reports take the whole design power as a bound (Llama, BLOOM); metered training draws .65 to 1"
        return Share(0.60, 0.85, 1.02, Origin.ASSUMED, source)
    return Share(0.45, 0.75, 1.02, Origin.ASSUMED, "small batches and stalls draw less than tuned training")


HOST_OVER_BOARDS: Final = Share(
    1.2,
    1.45,
    1.85,
    Origin.ASSUMED,
    "server over its accelerators: 1.82 between the makers' maxima (DGX H100: 10.2 kW, 8 x 700 W), less under load",
)
CHECKPOINT_GB_PER_S: Final = 0.5
"""Written per accelerator: 4 GB/s from a server of eight (assumed); a quarter to four times that."""
CHECKPOINT_FACTOR: Final = Factor(CHECKPOINT, 0.25, 4.0)
