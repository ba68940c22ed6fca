"""What a cloud machine draws and what making it emitted: its share of the server, built from its parts.

    watts(load)  = vcpu / (vCPUs of a socket) x (chip watts(load) + board x chip max watts)
                 + memory [GB] x W/GB(load) + accelerators x accelerator watts(load)
    embodied [kg] = vcpu / (vCPUs of a socket) x chip + vcpu / (vCPUs of a server) x platform
                 + memory [GB] x kg/GB + accelerators x accelerator

`load` is idle or max. Platform is a server without processors, memory and accelerators; `board` is what the Teads data
add for board, fans and power conversion, as a share of the processor's design power. Local disks, network cards and
what links accelerators are in none of the published figures by machine, so not here. Every part keeps its own error
source (`idle-watts:graviton4`, `device:memory-max`, `embodied:platform`, ...), so two machines with one chip are
compared under its common error.
"""

from __future__ import annotations

from dataclasses import dataclass

from rung.catalog.chips import Chip, chip
from rung.catalog.grids import keyed
from rung.catalog.machines import Instance
from rung.errors import MissingFactor
from rung.types import Factor, Quantity, total
from rung.units import G_PER_KG, HOURS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Watts:
    """Power of a machine without the building's overhead [W]; multiply by the PUE for the facility.

    Args:
        idle: nothing runs.
        max: every vCPU and accelerator is busy.
    """

    idle: Quantity
    max: Quantity


def watts(machine: Instance) -> Watts:
    """Idle and full power of a machine [W]; its share of the server by vCPUs, memory and accelerators.

    Raises:
        MissingFactor: its processor or accelerator lacks a row.
    """
    processor, share = _processor(machine)
    ratio = keyed("constants", "board-over-cpu-max").quantity
    board = processor.max_w.quantity.times(ratio, "W").scaled(share)
    idle = [board, processor.idle_w.quantity.scaled(share), _memory(machine, "memory-idle", "W", "devices")]
    full = [board, processor.max_w.quantity.scaled(share), _memory(machine, "memory-max", "W", "devices")]
    if machine.accelerator is not None:
        extra = chip(machine.accelerator)
        idle.append(extra.idle_w.quantity.scaled(machine.accelerators))
        full.append(extra.max_w.quantity.scaled(machine.accelerators))
    return Watts(total(idle, "W"), total(full, "W"))


def embodied(machine: Instance) -> Quantity:
    """Emissions of making a machine's share of the server [kgCO2e]: all of them, for its whole life.

    Charge a use by (time used / lifetime); the lifetime is `keyed("embodied", "server-lifetime")`.

    Raises:
        MissingFactor: its processor or accelerator lacks a row.
    """
    processor, share = _processor(machine)
    platform = keyed("embodied", "platform").quantity.scaled(share / (processor.sockets or 1))
    parts = [
        processor.embodied_kg.quantity.scaled(share),
        platform,
        _memory(machine, "memory-gb", "kgCO2e", "embodied"),
    ]
    if machine.accelerator is not None:
        parts.append(chip(machine.accelerator).embodied_kg.quantity.scaled(machine.accelerators))
    return total(parts, "kgCO2e")


def embodied_g_per_hour(machine: Instance) -> Quantity:
    """Emissions of making a machine, by the hour of its life [gCO2e/h]."""
    years = keyed("embodied", "server-lifetime")
    # A longer life is a lower rate: the interval of the rate is the inverse of the interval of the years.
    life = years.quantity
    spread = Factor(years.name, life.value / life.high, life.value / life.low)
    hours = life.value * HOURS_PER_YEAR
    return embodied(machine).scaled(G_PER_KG / hours, "gCO2e/h").with_factor(spread, life.origin)


def _processor(machine: Instance) -> tuple[Chip, float]:
    """The processor, and how many sockets of it the machine has (a part of one, for most)."""
    processor = chip(machine.cpu)
    if processor.vcpus is None:
        raise MissingFactor(f"the chip {machine.cpu!r} has no vCPUs", mend="fill the column vcpus in chips.csv")
    return processor, machine.vcpu / processor.vcpus


def _memory(machine: Instance, key: str, unit: str, table: str) -> Quantity:
    return keyed(table, key).quantity.scaled(machine.memory_gb, unit)
