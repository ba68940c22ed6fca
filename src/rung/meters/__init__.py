"""Meters: device counters where there are any, else a CPU model with a range."""

from __future__ import annotations

from rung.meters.chain import local_meter
from rung.meters.cpu_model import CPU_POWER_MODEL, CpuPowerModel
from rung.meters.local import JouleCounter, Joules, LocalLook, LocalMeter
from rung.meters.sharing import Shares, share_energy

__all__ = [
    "CPU_POWER_MODEL",
    "CpuPowerModel",
    "JouleCounter",
    "Joules",
    "LocalLook",
    "LocalMeter",
    "Shares",
    "local_meter",
    "share_energy",
]
