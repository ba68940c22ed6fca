"""RAPL: the energy counters of Intel and AMD processors, through powercap, or the `amd_energy` driver of old kernels.

What is summed: each package, and the memory (`dram`) beside it. What is not: `core` and `uncore`, which are inside the
package, and `psys`, the whole platform, in which packages and memory are again. The `intel-rapl-mmio` zones are a
second view of the same packages. AMD processors have packages only, under the same `intel-rapl` names (Linux 5.8).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final

from rung.meters.background import call_every
from rung.meters.cpu_share import STAT, CpuShare
from rung.meters.local import Joules

POWERCAP: Final = Path("/sys/class/powercap")
HWMON: Final = Path("/sys/class/hwmon")
_READ_EVERY_S: Final = 60.0
"""Counters wrap around after a quarter of an hour under full load; they must be read more often than that."""
_J_PER_UJ: Final = 1e-6


class EnergyFile:
    """A file that counts microjoules, read through a descriptor that stays open.

    Args:
        path: the file.
        range_uj: the largest value, after which it starts at 0 again; None where it never does.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no number.
    """

    def __init__(self, path: Path, range_uj: int | None) -> None:
        self._range_uj = range_uj
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._last_uj = self._read()
        except (OSError, ValueError):
            self.close()
            raise

    def passed_uj(self) -> int:
        """Microjoules since the last call.

        Raises:
            OSError: the file cannot be read any more.
            ValueError: it holds no number, or went back though it cannot wrap around.
        """
        now = self._read()
        passed, self._last_uj = now - self._last_uj, now
        if passed >= 0:
            return passed
        if self._range_uj is None:
            raise ValueError("the counter went back")
        return passed + self._range_uj + 1

    def close(self) -> None:
        """Close the descriptor; it may be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> int:
        return int(os.pread(self._fd, 64, 0))


class RaplCounter:
    """Joules of the processor packages that this process tree caused.

    The counter sees the whole package. This tree's part is its share of the CPU time that all processes used since
    the last 0.2 s mark; at least its share of all threads' time, at most the whole package.
    """

    part = "cpu"
    error = "share-of-cpu"

    def __init__(
        self,
        files: list[EnergyFile],
        *,
        stat: Path = STAT,
        threads: int | None = None,
        through: str = "RAPL energy counter",
    ) -> None:
        self._files = files
        self._share = CpuShare(stat, threads)
        self._through = through
        self._lock = threading.Lock()
        self._waiting_j = 0.0
        self._joules = Joules(0.0, 0.0, 0.0)

    @property
    def describe(self) -> str:
        """One line."""
        return (
            f"{self._through} of {len(self._files)} domain(s), this process tree's share by CPU time "
            f"(at most the whole package)"
        )

    def joules(self, cpu_s: float, wall_s: float) -> Joules | None:
        """The counter now, given the process tree's CPU time and the clock now [s]; None where it broke off."""
        with self._lock:
            self._share.update(cpu_s, wall_s)
            told = self._advance()
            passed_j, self._waiting_j = self._waiting_j, 0.0
            self._joules = self._joules.plus(passed_j, low=self._share.low, mid=self._share.mid)
            return self._joules if told else None

    def keep_up(self) -> None:
        """Read the counters, so that no wrap-around is missed between two looks far apart."""
        with self._lock:
            self._advance()

    def _advance(self) -> bool:
        try:
            self._waiting_j += sum(file.passed_uj() for file in self._files) * _J_PER_UJ
        except (OSError, ValueError):
            self._joules = self._joules.broken()
            return False
        return True

    def __del__(self) -> None:
        for file in self._files:
            file.close()


def rapl_counter(root: Path, *, hwmon: Path, stat: Path = STAT) -> RaplCounter | None:
    """The counter, or None where there is none or it may not be read; `why_not` then says which."""
    files = _powercap_files(root)
    through = "RAPL energy counter"
    if not files:
        files, through = _socket_files(hwmon), "amd_energy socket counter"
    if not files:
        return None
    counter = RaplCounter(files, stat=stat, through=through)
    call_every(_READ_EVERY_S, counter, RaplCounter.keep_up)
    return counter


def why_not(root: Path, *, hwmon: Path) -> str | None:
    """Why a counter that is there cannot be used, with the mend; None where there is none at all."""
    there = [folder / "energy_uj" for folder, name in _zones(root) if name.startswith("package")]
    for path in there or _sockets(hwmon):
        try:
            path.read_text()
        except PermissionError:
            return (
                f"there is a RAPL counter that this user may not read: as administrator, "
                f"`chmod a+r {path.parent}/{path.name}` (for all packages, at each start of the machine)"
            )
        except OSError as error:
            return f"there is a RAPL counter that cannot be read: {error.strerror}"
    return None


def _zones(root: Path) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for folder in sorted(root.glob("*-rapl:*")):
        try:
            found.append((folder, (folder / "name").read_text().strip()))
        except OSError:
            continue
    return found


def _powercap_files(root: Path) -> list[EnergyFile]:
    """Packages and memory; none when any package cannot be read, because a part of the machine is not the machine."""
    files: list[EnergyFile] = []
    for folder, name in _zones(root):
        if not name.startswith(("package", "dram")):
            continue
        try:
            files.append(EnergyFile(folder / "energy_uj", int((folder / "max_energy_range_uj").read_text())))
        except (OSError, ValueError):
            if name.startswith("package"):
                return _closed(files)
    if not any(name.startswith("package") for _, name in _zones(root)):
        return _closed(files)
    return files


def _sockets(root: Path) -> list[Path]:
    """Counters of whole sockets of the `amd_energy` driver; those of cores are inside them."""
    found: list[Path] = []
    for device in sorted(root.glob("hwmon*")):
        try:
            if (device / "name").read_text().strip() != "amd_energy":
                continue
            labels = sorted(device.glob("energy*_label"))
            sockets = [label for label in labels if label.read_text().strip().startswith("Esocket")]
        except OSError:
            continue
        found += [label.with_name(label.name.replace("_label", "_input")) for label in sockets]
    return found


def _socket_files(root: Path) -> list[EnergyFile]:
    files: list[EnergyFile] = []
    for path in _sockets(root):
        try:
            # The driver accumulates in 64 bits and does not wrap around.
            files.append(EnergyFile(path, None))
        except (OSError, ValueError):
            return _closed(files)
    return files


def _closed(files: list[EnergyFile]) -> list[EnergyFile]:
    for file in files:
        file.close()
    return []
