"""Meters: device counters where there are any, else a CPU model with a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily
from rung.meters.chain import local_meter
from rung.meters.local import JouleCounter, Joules, LocalLook, LocalMeter
from rung.meters.sharing import Shares, share_energy

if TYPE_CHECKING:
    from rung.meters.attribution import Attributor, Settled, TokenWork
    from rung.meters.cpu_model import CPU_POWER_MODEL, IDLE_POWER_MODEL, CpuPowerModel

__all__ = [
    "CPU_POWER_MODEL",
    "IDLE_POWER_MODEL",
    "Attributor",
    "CpuPowerModel",
    "JouleCounter",
    "Joules",
    "LocalLook",
    "LocalMeter",
    "Settled",
    "Shares",
    "TokenWork",
    "local_meter",
    "share_energy",
]


_LATER = {
    "Attributor": "attribution",
    "CPU_POWER_MODEL": "cpu_model",
    "CpuPowerModel": "cpu_model",
    "IDLE_POWER_MODEL": "cpu_model",
    "Settled": "attribution",
    "TokenWork": "attribution",
}


__getattr__ = lazily(__name__, _LATER)
