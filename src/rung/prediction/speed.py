"""How fast this machine is, in a few constants that effort models are written in."""

from __future__ import annotations

import importlib.util
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Extent = Literal["light", "full"]

NARROW, WIDE = 128, 384
"""The two widths at which a transformer block is timed; costs between and beyond follow a line through both."""


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """Calibrated constants. CPU time counts all threads, so that it is what a meter sees.

    A block's work per token is modelled as `elementwise * width + matmul * width^2` [s], plus a fixed cost per block
    and step that does not depend on the count of tokens (the cost of issuing the operations).

    Args:
        cores: threads that can run at once.
        text_s_per_kchar: lower-casing, splitting and counting the words of 1,000 characters in Python [CPU-s].
        call_s: one call into numpy on a small array [CPU-s].
        gflops: dense float32 matrix product at width 512 [GFLOP per CPU-s].
        stream_gb_per_s: reading memory in order [GB per CPU-s].
        block_overhead_s: one transformer block forward on one token [CPU-s].
        block_elementwise_s: per token and unit of width, forward [CPU-s].
        block_matmul_s: per token and squared unit of width, forward [CPU-s].
        backward_ratio: forward and backward pass, over the forward pass alone, by tokens.
        backward_overhead_ratio: the same for the fixed cost.
        extent: `full` when blocks were timed with torch, `light` when they are derived from numpy.
    """

    cores: int
    text_s_per_kchar: float
    call_s: float
    gflops: float
    stream_gb_per_s: float
    block_overhead_s: float
    block_elementwise_s: float
    block_matmul_s: float
    backward_ratio: float
    backward_overhead_ratio: float
    extent: Extent

    def block_token_s(self, width: int) -> float:
        """One token through one transformer block, forward, in a large batch [CPU-s]."""
        return self.block_elementwise_s * width + self.block_matmul_s * width * width

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back exactly."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MachineSpeed:
        """The speed that `to_json` wrote."""
        return cls(**data)


TYPICAL: Final = MachineSpeed(
    cores=2,
    text_s_per_kchar=5e-5,
    call_s=5e-7,
    gflops=60.0,
    stream_gb_per_s=12.0,
    block_overhead_s=1.5e-4,
    block_elementwise_s=2e-8,
    block_matmul_s=4e-10,
    backward_ratio=3.1,
    backward_overhead_ratio=5.0,
    extent="light",
)
"""A small server of 2024. For tests and for reading; a prediction for a real machine is made with `calibrate`."""


def calibrate(extent: Extent = "full") -> MachineSpeed:
    """Time a handful of kernels; about 1 s (light) to 3 s (full, mostly the import of torch).

    Args:
        extent: `full` times a transformer block with torch where torch is installed; `light` never imports it and
            derives the block's constants from a matrix product, which is less exact.
    """
    text, call = _text_s_per_kchar(), _call_s()
    with single_thread():
        gflops, stream = _gflops(), _stream_gb_per_s()
    if extent == "full" and importlib.util.find_spec("torch") is not None:
        overhead, elementwise, matmul, ratio, overhead_ratio = _block()
    else:
        extent = "light"
        overhead, elementwise, matmul = 300 * call, 290 / (stream * 1e9), 25 / (gflops * 1e9)
        ratio, overhead_ratio = TYPICAL.backward_ratio, TYPICAL.backward_overhead_ratio
    return MachineSpeed(
        cores=_cores(),
        text_s_per_kchar=text,
        call_s=call,
        gflops=gflops,
        stream_gb_per_s=stream,
        block_overhead_s=overhead,
        block_elementwise_s=elementwise,
        block_matmul_s=matmul,
        backward_ratio=ratio,
        backward_overhead_ratio=overhead_ratio,
        extent=extent,
    )


def single_thread() -> AbstractContextManager[object]:
    """One BLAS thread inside: a second one that waits for a busy core spins, and CPU time doubles for nothing."""
    try:
        from threadpoolctl import threadpool_limits  # pyright: ignore[reportUnknownVariableType]
    except ImportError:
        return nullcontext()
    return threadpool_limits(1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _least_cpu_s(work: Callable[[], object], *, repeats: int = 5, inner: int = 1) -> float:
    """CPU time of one call [s]: the least of a few repeats, after a warm-up; noise only ever adds."""
    work()
    least = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(inner):
            work()
        least = min(least, (time.process_time() - start) / inner)
    return max(least, 1e-9)


def _text_s_per_kchar() -> float:
    text = "where is the parcel that I ordered last week and when will it arrive at home? " * 13
    word = re.compile(r"\w+")

    def count() -> None:
        counts: dict[str, int] = {}
        for token in word.findall(text.lower()):
            counts[token] = counts.get(token, 0) + 1

    return _least_cpu_s(count, inner=50) * 1000 / len(text)


def _call_s() -> float:
    import numpy as np

    small = np.ones(8)
    return _least_cpu_s(lambda: np.add(small, small), inner=2000)


def _gflops() -> float:
    import numpy as np

    left, right = np.ones((512, 512), np.float32), np.ones((512, 512), np.float32)
    return 2 * 512**3 / 1e9 / _least_cpu_s(lambda: left @ right, inner=4)


def _stream_gb_per_s() -> float:
    import numpy as np

    block = np.ones(8_000_000, np.float32)
    return block.nbytes / 1e9 / _least_cpu_s(block.sum)


def _block() -> tuple[float, float, float, float, float]:
    """Overhead, elementwise and matmul constants of a block forward; ratios of forward + backward to forward."""
    import torch

    from rung.prediction.block import block_cpu_s

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _block_constants(block_cpu_s)
    finally:
        torch.set_num_threads(threads)


def _block_constants(block_cpu_s: Callable[..., float]) -> tuple[float, float, float, float, float]:

    few, many = 1, 1024
    overhead = block_cpu_s(NARROW, few, backward=False)
    overhead_both = block_cpu_s(NARROW, few, backward=True)
    narrow, wide = (max(block_cpu_s(w, many, backward=False) - overhead, 1e-9) / many for w in (NARROW, WIDE))
    both = max(block_cpu_s(NARROW, many, backward=True) - overhead_both, 1e-9) / many
    # narrow = e*N + m*N^2, wide = e*W + m*W^2; a negative slope is noise, so each constant has a floor.
    matmul = max((wide / WIDE - narrow / NARROW) / (WIDE - NARROW), 0.05 * wide / WIDE**2)
    elementwise = max(narrow / NARROW - matmul * NARROW, 0.05 * narrow / NARROW)
    return overhead, elementwise, matmul, max(both / narrow, 1.5), max(overhead_both / overhead, 1.5)
