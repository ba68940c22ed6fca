"""Which counters this machine has: device energy counter, else integrated power samples, else the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.meters.cpu_model import CpuPowerModel, local_cpu_name
from rung.meters.local import LocalMeter
from rung.meters.nvml import gpu_counters
from rung.meters.process_tree import tree_clock
from rung.meters.rapl import rapl_counter

if TYPE_CHECKING:
    from rung.workload import Place


def local_meter(*, place: Place | None = None, cpu_name: str | None = None) -> LocalMeter:
    """The meter of this machine, with the best counters that it has; `describe` says which.

    Args:
        place: where the workload runs; the counters of this machine do not depend on it.
        cpu_name: name of the processor, when the operating system hides it.
    """
    del place
    model = CpuPowerModel.for_cpu(cpu_name if cpu_name is not None else local_cpu_name())
    return LocalMeter(tree_clock(), model, cpu_counter=rapl_counter(), gpu_counters=gpu_counters())
