"""Meters: device counters where there are any, else a CPU model with a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rung.meters.chain import local_meter
from rung.meters.cpu_model import CPU_POWER_MODEL, IDLE_POWER_MODEL, CpuPowerModel
from rung.meters.local import JouleCounter, Joules, LocalLook, LocalMeter
from rung.meters.sharing import Shares, share_energy

if TYPE_CHECKING:
    from rung.meters.attribution import Attributor, Settled, TokenWork

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


def __getattr__(name: str) -> Any:
    """What only a server needs is imported at its first use: a cold start should not pay for it."""
    if name in ("Attributor", "Settled", "TokenWork"):
        from rung.meters import attribution

        return getattr(attribution, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
