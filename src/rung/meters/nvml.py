"""NVIDIA GPUs: the board's energy counter, or its power integrated where it has none."""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, Protocol

from rung.meters.background import call_every
from rung.meters.board import Board, boards
from rung.meters.local import JouleCounter, Joules
from rung.meters.untold import Untold

_SAMPLE_S: Final = 0.1
_SHARE_S: Final = 1.0
_GAP_S: Final = 2.0
_J_PER_MJ: Final = 1e-3
_W_PER_MW: Final = 1e-3


class Joulemeter(Protocol):
    """What a board tells: joules that have passed since the last call, with their bounds."""

    @property
    def describe(self) -> str:
        """One phrase."""
        ...

    def passed(self, wall_s: float) -> tuple[float, float, float]:
        """Low, mid and high joules since the last call, at a moment of the steady clock [s]."""
        ...


class EnergyRegister:
    """The total-energy counter of a board [mJ since the driver was loaded]."""

    describe = "NVML energy counter"

    def __init__(self, board: Board) -> None:
        self._board = board
        self._last_mj = self._read()

    def passed(self, wall_s: float) -> tuple[float, float, float]:
        """What the register counted.

        Raises:
            ValueError: it went back, because the driver was reloaded.
        """
        del wall_s
        now = self._read()
        passed, self._last_mj = now - self._last_mj, now
        if passed < 0:
            raise ValueError("the energy counter went back")
        j = passed * _J_PER_MJ
        return j, j, j

    def _read(self) -> int:
        return int(self._board.nvml.nvmlDeviceGetTotalEnergyConsumption(self._board.handle))


class PowerIntegral:
    """Power samples of a board without an energy counter, integrated by the trapezoidal rule.

    Between two samples the bounds are the lower and the higher of the two.
    """

    describe = f"NVML power, sampled each {_SAMPLE_S:g} s and integrated"

    def __init__(self, board: Board) -> None:
        self._board = board
        self._read()
        self._last: tuple[float, float] | None = None

    def passed(self, wall_s: float) -> tuple[float, float, float]:
        """The integral since the last sample.

        Raises:
            ValueError: samples lie more than 2 s apart (the machine slept): the energy between is unknown.
        """
        watts, before = self._read(), self._last
        if before is not None and wall_s <= before[0]:
            return 0.0, 0.0, 0.0
        self._last = (wall_s, watts)
        if before is None:
            return 0.0, 0.0, 0.0
        seconds = wall_s - before[0]
        if seconds > _GAP_S:
            raise ValueError("no power samples for a while")
        return (
            seconds * min(watts, before[1]),
            seconds * (watts + before[1]) / 2,
            seconds * max(watts, before[1]),
        )

    def _read(self) -> float:
        return float(self._board.nvml.nvmlDeviceGetPowerUsage(self._board.handle)) * _W_PER_MW


class GpuCounter:
    """Joules of a board that this process tree caused: all of them, or a share where others compute on it.

    Args:
        board: the board, or the part of it that a MIG instance is.
        meter: what the board tells.
        pids: the processes of this tree.
        background: whether a thread samples; tests call `sample` themselves.
    """

    def __init__(
        self,
        board: Board,
        meter: Joulemeter,
        *,
        pids: Callable[[], frozenset[int]],
        background: bool = True,
    ) -> None:
        self.part = f"gpu{board.index}"
        self.error = f"share-of-{self.part}"
        self._board, self._meter, self._pids = board, meter, pids
        self._lock = threading.Lock()
        self._joules = Joules(0.0, 0.0, 0.0)
        self._share = board.share_of(pids())
        self._shared_s = time.perf_counter()
        if background:
            every = _SAMPLE_S if isinstance(meter, PowerIntegral) else _SHARE_S
            call_every(every, self, lambda counter: counter.sample(time.perf_counter()))

    @property
    def describe(self) -> str:
        """One line, with what else is on the board of late."""
        return f"{self._meter.describe} of {self.part} ({self._board.name}), {self._share.describe}"

    def joules(self, cpu_s: float, wall_s: float) -> Joules | None:
        """The counter now; None where the driver does not answer."""
        del cpu_s
        with self._lock:
            return self._advance(wall_s)

    def sample(self, wall_s: float) -> None:
        """Bring the counter and the share up to date at a moment of the steady clock [s]; the background's part."""
        with self._lock:
            self._advance(wall_s)
            if wall_s - self._shared_s >= _SHARE_S:
                self._share, self._shared_s = self._board.share_of(self._pids()), wall_s

    def _advance(self, wall_s: float) -> Joules | None:
        try:
            low, mid, high = self._meter.passed(wall_s)
        except (ValueError, self._board.nvml.NVMLError):
            self._joules = self._joules.broken()
            return None
        now, share = self._joules, self._share
        self._joules = Joules(
            now.low + low * share.low, now.mid + mid * share.mid, now.high + high * share.high, now.breaks
        )
        return self._joules


def gpu_counters(pids: Callable[[], frozenset[int]] | None = None) -> tuple[JouleCounter, ...]:
    """A counter for each NVIDIA board that CUDA may use, on a machine that has one."""
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1", "none"):
        return ()
    if find_spec("pynvml") is None:
        return (Untold("gpu", "pip install 'rung[gpu]', or hide the boards with CUDA_VISIBLE_DEVICES=''"),)
    return counters_of(importlib.import_module("pynvml"), pids=pids)


def counters_of(
    nvml: Any, *, pids: Callable[[], frozenset[int]] | None = None, background: bool = True
) -> tuple[JouleCounter, ...]:
    """The counters that an NVML binding gives."""
    try:
        nvml.nvmlInit()
        found = boards(nvml)
    except nvml.NVMLError as error:
        return (Untold("gpu", f"the driver does not answer ({error})"),)
    return tuple(_counter(board, pids or _own_pid, background=background) for board in found)


def _own_pid() -> frozenset[int]:
    return frozenset((os.getpid(),))


def _counter(board: Board, pids: Callable[[], frozenset[int]], *, background: bool) -> JouleCounter:
    for kind in (EnergyRegister, PowerIntegral):
        try:
            return GpuCounter(board, kind(board), pids=pids, background=background)
        except board.nvml.NVMLError:
            continue
    return Untold(f"gpu{board.index}", f"{board.name} tells neither energy nor power")
