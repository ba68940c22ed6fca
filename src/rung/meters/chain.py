"""Which counters this machine has: device energy counter, else integrated power samples, else the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from rung.meters import rapl
from rung.meters.local import LocalMeter
from rung.meters.process_tree import tree_clock

if TYPE_CHECKING:
    from rung.meters.cpu_model import CpuPowerModel
    from rung.meters.local import JouleCounter
    from rung.meters.process_tree import TreeClock
    from rung.workload import Place

NVIDIA_DEVICE: Final = Path("/dev/nvidiactl")
NEURON_DEVICE: Final = Path("/dev/neuron0")


def local_meter(*, place: Place | None = None, cpu_name: str | None = None) -> LocalMeter:
    """The meter of this machine, with the best counters that it has; `describe` says which.

    Args:
        place: where the workload runs; the counters of this machine do not depend on it.
        cpu_name: name of the processor, when the operating system hides it.
    """
    del place
    clock = tree_clock()
    cpu_counter = rapl.rapl_counter(rapl.POWERCAP, hwmon=rapl.HWMON)
    refused = rapl.why_not(rapl.POWERCAP, hwmon=rapl.HWMON) if cpu_counter is None else None
    return LocalMeter(
        clock,
        lambda: _cpu_model(cpu_name),
        cpu_counter=cpu_counter,
        gpu_counters=_accelerators(clock),
        notes=() if refused is None else (refused,),
    )


def _cpu_model(cpu_name: str | None) -> CpuPowerModel:
    """Imported here: a program that only looks should not pay for the catalog when it starts."""
    from rung.meters.cpu_model import CpuPowerModel, local_cpu_name

    return CpuPowerModel.for_cpu(cpu_name if cpu_name is not None else local_cpu_name())


def _accelerators(clock: TreeClock) -> tuple[JouleCounter, ...]:
    """The counters of GPUs and Neuron chips; imported here, because a start without them should not pay for them."""
    found: tuple[JouleCounter, ...] = ()
    if NVIDIA_DEVICE.exists():
        from rung.meters.nvml import gpu_counters

        found += gpu_counters(clock.pids)
    if NEURON_DEVICE.exists():
        from rung.meters.neuron import neuron_counters

        found += neuron_counters(clock.pids)
    return found
