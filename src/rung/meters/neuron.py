"""AWS Neuron chips: utilization from `neuron-monitor`, power modelled between the chip's idle and its maximum.

    power [W] = chips x idle + sum over cores of utilization x (maximum - idle) / cores of a chip

Neuron publishes no watts, so the energy is always modelled. The tool writes one JSON object a line to its standard
output, each with the utilization of every core in use over the last period [s]. Its form is written down in the
"Neuron Monitor User Guide", awsdocs-neuron.readthedocs-hosted.com. It was never run for real here: unverified.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from rung import catalog
from rung.errors import MissingFactor
from rung.meters.local import JouleCounter, Joules
from rung.meters.untold import Untold
from rung.types import Quantity

_TOOL: Final = "neuron-monitor"
_FOLDER: Final = "/opt/aws/neuron/bin"
_CONFIG: Final = {
    "period": "1s",
    "neuron_runtimes": [{"tag_filter": ".*", "metrics": [{"type": "neuroncore_counters"}]}],
    "system_metrics": [],
}
_SILENT_S: Final = 10.0
_FAMILIES: Final = {
    "inf1": "inferentia1",
    "inf2": "inferentia2",
    "trn1": "trainium1",
    "trn1n": "trainium1",
    "trn2": "trainium2",
    "trn2u": "trainium2",
    "trn3": "trainium3",
}


@dataclass(frozen=True, slots=True)
class NeuronReport:
    """What a line of the stream says.

    Args:
        instance_type: e.g. `trn1.32xlarge`; empty where it is not said.
        chips: in the machine.
        cores_per_chip: NeuronCores of each.
        busy: process -> sum over its cores of the utilization in [0, 1].
        period_s: that the utilization is a mean of [s]; None where no process uses a core.
    """

    instance_type: str
    chips: int
    cores_per_chip: int
    busy: Mapping[int, float]
    period_s: float | None


def parse_report(line: str) -> NeuronReport:
    """A line of the stream.

    Raises:
        ValueError: it is not a whole report, or it holds an error of the tool.
    """
    told = _object(json.loads(line), "report")
    hardware = _object(told.get("neuron_hardware_info"), "neuron_hardware_info")
    busy: dict[int, float] = {}
    period_s: float | None = None
    for entry in cast("list[Any]", told.get("neuron_runtime_data") or []):
        runtime = _object(entry, "neuron_runtime_data")
        report = _object(runtime.get("report"), "report")
        if "neuroncore_counters" not in report:
            continue
        counters = _object(report["neuroncore_counters"], "neuroncore_counters")
        cores = _object(counters.get("neuroncores_in_use") or {}, "neuroncores_in_use")
        pid = int(runtime["pid"]) if "pid" in runtime else -1
        busy[pid] = busy.get(pid, 0.0) + sum(_utilization(core) for core in cores.values())
        period_s = max(period_s or 0.0, float(counters.get("period", 0.0)))
    instance = cast("dict[str, Any]", told.get("instance_info") or {})
    return NeuronReport(
        instance_type=str(instance.get("instance_type", "")),
        chips=_count(hardware, "neuron_device_count"),
        cores_per_chip=_count(hardware, "neuroncore_per_device_count"),
        busy=busy,
        period_s=period_s,
    )


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"no {name}")
    found = cast("dict[str, Any]", value)
    if found.get("error"):
        raise ValueError(f"{name}: {found['error']}")
    return found


def _count(hardware: Mapping[str, Any], name: str) -> int:
    count = int(hardware.get(name, 0))
    if count <= 0:
        raise ValueError(f"no {name}")
    return count


def _utilization(core: Mapping[str, Any]) -> float:
    percent = float(core["neuroncore_utilization"])
    if not 0 <= percent <= 100.5:
        raise ValueError(f"a utilization of {percent}%")
    return min(percent / 100, 1.0)


class NeuronCounter:
    """Joules of the Neuron chips, modelled from utilization.

    This tree's part: its cores' share of the load power, and of the idle power its share of all cores' work (at least
    none, at most all of it). Chips without a process are idle, and their idle power is in the figure as for GPU boards.

    Args:
        idle_w: of a chip [W].
        max_w: of a chip [W].
        chip: its name.
        pids: the processes of this tree.
    """

    part = "neuron"
    error = "neuron-power-model"

    def __init__(self, idle_w: Quantity, max_w: Quantity, chip: str, *, pids: Callable[[], frozenset[int]]) -> None:
        self._idle, self._max, self._chip, self._pids = idle_w, max_w, chip, pids
        self._lock = threading.Lock()
        self._joules = Joules(0.0, 0.0, 0.0)
        self._watts = (0.0, 0.0, 0.0)
        self._last_s: float | None = None
        self._heard_s: float | None = None

    @property
    def describe(self) -> str:
        """One line."""
        low, high = self._idle.value, self._max.value
        return f"modelled: Neuron Monitor utilization of {self._chip} between {low:.3g} W idle and {high:.3g} W"

    def joules(self, cpu_s: float, wall_s: float) -> Joules | None:
        """The model now; None before the first report, and when reports have stopped."""
        del cpu_s
        with self._lock:
            if self._heard_s is None:
                return None
            if wall_s - self._heard_s > _SILENT_S:
                self._break()
                return None
            self._advance(wall_s)
            return self._joules

    def hear(self, report: NeuronReport, wall_s: float) -> None:
        """Take over a report at a moment of the steady clock [s]: its power holds until the next."""
        with self._lock:
            if self._heard_s is not None:
                self._advance(wall_s)
            self._watts = self._power(report)
            self._heard_s = self._last_s = wall_s

    def lost(self) -> None:
        """The stream ended or told nonsense: what is used until the next report is unknown."""
        with self._lock:
            self._break()

    def _break(self) -> None:
        if self._heard_s is not None:
            self._joules = self._joules.broken()
            self._heard_s = None

    def _advance(self, wall_s: float) -> None:
        passed_s = wall_s - (self._last_s or wall_s)
        if passed_s > 0:
            low, mid, high = self._watts
            self._joules = self._joules.plus(passed_s, low=low, mid=mid, high=high)
            self._last_s = wall_s

    def _power(self, report: NeuronReport) -> tuple[float, float, float]:
        ours = self._pids()
        everyone = sum(report.busy.values())
        mine = sum(work for pid, work in report.busy.items() if pid in ours)
        share = mine / everyone if everyone else 1.0
        part = mine / report.cores_per_chip
        idle, top = self._idle, self._max
        alone = not (report.busy.keys() - ours)
        return (
            report.chips * idle.low * (1.0 if alone else 0.0) + part * max(top.low - idle.low, 0.0),
            report.chips * idle.value * share + part * max(top.value - idle.value, 0.0),
            report.chips * idle.high + part * max(top.high - idle.high, 0.0),
        )


class NeuronMonitor:
    """Runs the tool and feeds what it writes to a counter; the power of a report holds until the next one.

    Args:
        command: the tool with its arguments.
        pids: the processes of this tree.
    """

    part = "neuron"
    error = NeuronCounter.error

    def __init__(self, command: list[str], *, pids: Callable[[], frozenset[int]]) -> None:
        self._pids = pids
        self.counter: NeuronCounter | None = None
        self.problem = "no report yet"
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def describe(self) -> str:
        """One line."""
        if self.counter is None:
            return f"energy of {self.part} unknown: {self.problem}"
        return self.counter.describe + (f"; {self.problem}" if self.problem else "")

    def joules(self, cpu_s: float, wall_s: float) -> Joules | None:
        """The model now; None where the tool tells nothing."""
        return None if self.counter is None else self.counter.joules(cpu_s, wall_s)

    def close(self) -> None:
        """End the tool; it may be called twice."""
        self._process.terminate()
        self._process.wait()
        self._thread.join(timeout=1.0)
        if self._process.stdout is not None and not self._thread.is_alive():
            self._process.stdout.close()

    def _listen(self) -> None:
        self.follow(self._process.stdout or ())
        self.problem = "neuron-monitor has ended"

    def follow(self, lines: Iterable[str]) -> None:
        """Take over reports until there are no more."""
        for line in lines:
            try:
                report = parse_report(line)
                if self.counter is None:
                    self.counter = counter_for(report, pids=self._pids)
            except (ValueError, KeyError, TypeError, MissingFactor) as error:
                self.problem = f"a line of neuron-monitor could not be used ({error})"
                if self.counter is not None:
                    self.counter.lost()
                continue
            self.problem = ""
            self.counter.hear(report, time.perf_counter())
        if self.counter is not None:
            self.counter.lost()


def counter_for(report: NeuronReport, *, pids: Callable[[], frozenset[int]]) -> NeuronCounter:
    """The counter for the chips that a report is about.

    Raises:
        MissingFactor: the catalog does not know them.
    """
    family = report.instance_type.partition(".")[0]
    if family not in _FAMILIES:
        raise MissingFactor(f"no Neuron chip for {report.instance_type!r}", mend="add the family to neuron.py")
    chip = catalog.chip(_FAMILIES[family])
    return NeuronCounter(chip.idle_w.quantity, chip.max_w.quantity, chip.name, pids=pids)


def neuron_counters(pids: Callable[[], frozenset[int]]) -> tuple[JouleCounter, ...]:
    """The counter of a machine's Neuron chips, on a machine that has some."""
    tool = shutil.which(_TOOL, path=f"{os.environ.get('PATH', '')}{os.pathsep}{_FOLDER}")
    if tool is None:
        return (Untold("neuron", f"there is no {_TOOL}; install the package aws-neuronx-tools"),)
    with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="neuron-", delete=False) as config:
        json.dump(_CONFIG, config)
    monitor = NeuronMonitor([tool, "-c", config.name], pids=pids)
    atexit.register(monitor.close)
    atexit.register(Path(config.name).unlink, missing_ok=True)
    return (monitor,)
