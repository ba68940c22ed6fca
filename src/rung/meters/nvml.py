"""NVIDIA GPUs: the board's energy counter, or its power integrated where it has none."""

from __future__ import annotations

import importlib
import os
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rung.meters.background import call_every
from rung.meters.local import JouleCounter, Joules

_DEVICE: Final = Path("/dev/nvidiactl")
_SAMPLE_S: Final = 0.1


class GpuCounter:
    """The energy counter of one board [mJ since the driver was loaded]; it counts every process on it."""

    def __init__(self, nvml: Any, index: int, handle: Any, name: str) -> None:
        self.part = f"gpu{index}"
        self._name, self._nvml, self._handle = name, nvml, handle
        self._start_mj: int = nvml.nvmlDeviceGetTotalEnergyConsumption(handle)

    @property
    def describe(self) -> str:
        """One line, with what else is on the board now."""
        return f"NVML energy counter of {self.part} ({self._name}), {_company(self._nvml, self._handle)}"

    def joules(self, cpu_s: float, wall_s: float) -> Joules:
        """The counter now."""
        del cpu_s, wall_s
        mj: int = self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)
        j = (mj - self._start_mj) * 1e-3
        return Joules(j, j, j)


class SampledGpuCounter:
    """Power samples of a board without an energy counter, integrated by the trapezoidal rule."""

    def __init__(self, nvml: Any, index: int, handle: Any, name: str, *, sampling: bool = True) -> None:
        self.part = f"gpu{index}"
        self._name, self._nvml, self._handle = name, nvml, handle
        self._lock = threading.Lock()
        self._last: tuple[float, float] | None = None
        self._j = 0.0
        if sampling:
            call_every(_SAMPLE_S, self, lambda counter: counter.sample(time.perf_counter()))

    @property
    def describe(self) -> str:
        """One line, with what else is on the board now."""
        return (
            f"NVML power of {self.part} ({self._name}), sampled each {_SAMPLE_S:g} s, "
            f"{_company(self._nvml, self._handle)}"
        )

    def joules(self, cpu_s: float, wall_s: float) -> Joules:
        """The integral until now."""
        del cpu_s
        j = self.sample(wall_s)
        return Joules(j, j, j)

    def sample(self, wall_s: float) -> float:
        """Take one sample at a moment of the steady clock [s]; the integral so far [J]."""
        with self._lock:
            watts: float = self._nvml.nvmlDeviceGetPowerUsage(self._handle) * 1e-3
            if self._last is not None and wall_s > self._last[0]:
                self._j += (wall_s - self._last[0]) * (watts + self._last[1]) / 2
            if self._last is None or wall_s > self._last[0]:
                self._last = (wall_s, watts)
            return self._j


def gpu_counters() -> tuple[JouleCounter, ...]:
    """A counter for each NVIDIA board; none without a board, a driver or the package `nvidia-ml-py`."""
    if not _DEVICE.exists() or find_spec("pynvml") is None:
        return ()
    return counters_of(importlib.import_module("pynvml"))


def counters_of(nvml: Any) -> tuple[JouleCounter, ...]:
    """The counters that an NVML binding gives."""
    try:
        nvml.nvmlInit()
        count: int = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError:
        return ()
    found = (_counter(nvml, index) for index in range(count) if _visible(nvml, index))
    return tuple(counter for counter in found if counter is not None)


def _visible(nvml: Any, index: int) -> bool:
    """Whether CUDA may use the board: the others' energy is not this workload's."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return True
    try:
        uuid = nvml.nvmlDeviceGetUUID(nvml.nvmlDeviceGetHandleByIndex(index))
    except nvml.NVMLError:
        uuid = ""
    uuid = uuid.decode() if isinstance(uuid, bytes) else str(uuid)
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    return any(name == str(index) or (name.startswith("GPU-") and uuid.startswith(name)) for name in names)


def _company(nvml: Any, handle: Any) -> str:
    """Whose energy the board's counter holds."""
    try:
        others = {process.pid for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle)} - {os.getpid()}
    except nvml.NVMLError:
        return "the whole board"
    if not others:
        return "the whole board, idle power included"
    return f"the whole board, shared with {len(others)} other process(es) whose energy is in the figure"


def _counter(nvml: Any, index: int) -> JouleCounter | None:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        name = nvml.nvmlDeviceGetName(handle)
    except nvml.NVMLError:
        return None
    name = name.decode() if isinstance(name, bytes) else str(name)
    try:
        return GpuCounter(nvml, index, handle, name)
    except nvml.NVMLError:
        pass
    try:
        nvml.nvmlDeviceGetPowerUsage(handle)
    except nvml.NVMLError:
        return None
    return SampledGpuCounter(nvml, index, handle, name)
