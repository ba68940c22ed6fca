"""A GPU board as NVML shows it: which boards CUDA may use, and whose work is on one."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final

_MIG_SLICES: Final = 7
"""Compute slices of a board that can be partitioned (NVIDIA MIG user guide: up to seven instances)."""


@dataclass(frozen=True, slots=True)
class GpuShare:
    """A process tree's part of a board's energy, each in [0, 1].

    Args:
        low: as if it had caused only the time that its kernels ran.
        mid: its part of the time that anybody's kernels ran.
        high: as if it had caused all.
        describe: whose energy the figure holds.
    """

    low: float
    mid: float
    high: float
    describe: str


@dataclass(slots=True)
class Board:
    """A board, or a MIG instance on it.

    Args:
        nvml: the binding.
        index: of the board.
        handle: NVML's, of the whole board.
        name: its model.
        slices: compute slices that are ours, of seven; None for a whole board.
    """

    nvml: Any
    index: int
    handle: Any
    name: str
    slices: int | None = None
    _seen_us: int = field(default=0, init=False)

    def share_of(self, pids: frozenset[int]) -> GpuShare:
        """The part of some processes in the work of late."""
        if self.slices is not None:
            part = self.slices / _MIG_SLICES
            return GpuShare(part, part, 1.0, f"a MIG instance with {self.slices} of {_MIG_SLICES} slices of the board")
        running = self._running()
        if running is None:
            return GpuShare(0.0, 1.0, 1.0, "the whole board; who else is on it cannot be told")
        others = running - pids
        if not others:
            return GpuShare(1.0, 1.0, 1.0, "the whole board, idle power included")
        return self._shared(running & pids, others)

    def _shared(self, ours: frozenset[int], others: frozenset[int]) -> GpuShare:
        company = f"shared with {len(others)} other process(es)"
        if not ours:
            # A container does not know its own numbers here: it may be one of them, or none.
            return GpuShare(0.0, 1 / len(others), 1.0, f"{company} of which ours cannot be told: an equal part")
        busy = self._busy()
        mine, all_busy = sum(busy.get(pid, 0.0) for pid in ours), sum(busy.values())
        if all_busy > 0:
            return GpuShare(min(mine, mine / all_busy), mine / all_busy, 1.0, f"{company}, by time in kernels")
        part = len(ours) / (len(ours) + len(others))
        return GpuShare(0.0, part, 1.0, f"{company}, time in kernels untold: an equal part")

    def _running(self) -> frozenset[int] | None:
        try:
            return frozenset(int(p.pid) for p in self.nvml.nvmlDeviceGetComputeRunningProcesses(self.handle))
        except self.nvml.NVMLError:
            return None

    def _busy(self) -> dict[int, float]:
        """Mean share of time in kernels [0, 1] by process since the last call; empty where the board does not tell."""
        try:
            samples = self.nvml.nvmlDeviceGetProcessUtilization(self.handle, self._seen_us)
        except (AttributeError, self.nvml.NVMLError):
            return {}
        by_pid: dict[int, list[float]] = {}
        for sample in samples:
            self._seen_us = max(self._seen_us, int(sample.timeStamp))
            by_pid.setdefault(int(sample.pid), []).append(float(sample.smUtil) / 100)
        return {pid: sum(told) / len(told) for pid, told in by_pid.items()}


def boards(nvml: Any) -> list[Board]:
    """The boards, and instances on boards, that CUDA may use: the others' energy is not this workload's.

    Raises:
        NVMLError: the driver does not answer.
    """
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    whole = [_board(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]
    if chosen is None:
        return whole
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    found = [board for board in whole if any(_named(board, name) for name in names)]
    return found + [_instance(nvml, name, whole) for name in names if name.startswith("MIG-")]


def _board(nvml: Any, index: int) -> Board:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    return Board(nvml, index, handle, _text(nvml.nvmlDeviceGetName(handle)))


def _named(board: Board, name: str) -> bool:
    if name == str(board.index):
        return True
    try:
        uuid = _text(board.nvml.nvmlDeviceGetUUID(board.handle))
    except board.nvml.NVMLError:
        return False
    return name.startswith("GPU-") and uuid.startswith(name)


def _instance(nvml: Any, uuid: str, whole: list[Board]) -> Board:
    """A MIG instance: its energy is counted for the whole board only."""
    instance = nvml.nvmlDeviceGetHandleByUUID(uuid)
    parent = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(instance)
    index = int(nvml.nvmlDeviceGetIndex(parent))
    slices = int(nvml.nvmlDeviceGetAttributes(instance).gpuInstanceSliceCount)
    return Board(nvml, index, parent, whole[index].name, slices=slices)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
