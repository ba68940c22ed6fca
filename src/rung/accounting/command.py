"""Running a command under the meter: its process tree, looked at once a second, signals passed on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Final

from rung.accounting.activities import Activity
from rung.accounting.conditions import Conditions, Control, Options
from rung.accounting.hardware import machine_embodied
from rung.accounting.instances import instance_activity, instance_idle
from rung.accounting.signals import signals_passed_to
from rung.errors import BadInput
from rung.footprint import Worked, given, nothing, summed, unknown
from rung.types import Meter, Reading
from rung.units import S_PER_HOUR

LOOK_EVERY_S: Final = 1.0
"""A child that lives shorter than this is seen through its parent's account of ended children."""

_STDERR: Final = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended.

    Args:
        command: its words.
        exit_code: its own; 128 + n when signal n ended it.
        reading: of the meter, from before the start to after the end; it holds the looking itself.
        started: ISO UTC.
        ended: `started` plus the elapsed time of the steady clock, so it is never the earlier one.
        looked_s: CPU time that this process used meanwhile, looking included [s].
    """

    command: tuple[str, ...]
    exit_code: int
    reading: Reading
    started: str
    ended: str
    looked_s: float

    @property
    def name(self) -> str:
        """The words before the first option: what comes after may be a secret, and is not kept."""
        kept = list(takewhile(lambda word: not word.startswith("-"), self.command))
        return " ".join([*kept, "..."] if len(kept) < len(self.command) else kept)


def run_command(
    command: Sequence[str],
    meter: Meter,
    *,
    on_look: Callable[[Reading], None] = lambda _: None,
    look_every_s: float = LOOK_EVERY_S,
    stdout_to_stderr: bool = False,
) -> Ran:
    """Run a command and meter it with all its descendants.

    Args:
        command: program and arguments.
        meter: reads this process and its descendants.
        on_look: hears what was used so far, at each look.
        look_every_s: between looks [s].
        stdout_to_stderr: keeps stdout free for the account.

    Raises:
        BadInput: the program cannot be started.
    """
    started, own = datetime.now(UTC), time.process_time()
    first = meter.look()
    try:
        process = subprocess.Popen(list(command), stdout=_STDERR if stdout_to_stderr else None)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise BadInput(f"cannot run {command[0]!r}: {reason}", mend="check the command after --") from problem
    with signals_passed_to(process):
        while True:
            try:
                process.wait(look_every_s)
                break
            except subprocess.TimeoutExpired:
                on_look(meter.between(first, meter.look()))
    reading = meter.between(first, meter.look())
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    ended = datetime.fromtimestamp(started.timestamp() + reading.wall_s, UTC)
    return Ran(
        tuple(command),
        code,
        reading,
        started.isoformat(timespec="milliseconds"),
        ended.isoformat(timespec="milliseconds"),
        time.process_time() - own,
    )


COMMAND_UNITS: Final = ("run", "hour", "CPU hour")
"""The functional units that a command is counted in."""


def command_activity(ran: Ran, at: Conditions, options: Options) -> Activity:
    """What a command was, before a place turns it into carbon."""
    reading = ran.reading
    control: Control = options.control or ("cloud" if at.provider or options.instance else "own")
    energy = given(
        "metered energy" if options.instance else "IT energy",
        reading.energy,
        "metered" if reading.energy is not None else "a counter was lost while the command ran; run it again",
        unit="J",
    )
    seen = sum(part.startswith("gpu") for part in reading.parts_j)
    embodied = machine_embodied(reading.cpu_s, reading.wall_s, at, gpus=options.gpus, seen=seen)
    charged = nothing("charged", "USD", "own hardware: the electricity is what is paid")
    if options.instance is not None:
        hours = reading.wall_s / S_PER_HOUR
        rented = instance_activity(options.instance, hours, at, where="")
        embodied, charged = rented.embodied, rented.charged
        if _modelled(energy):
            # The whole machine is made and paid for; the model of the CPU holds the work alone.
            energy = summed("IT energy", "J", [energy, instance_idle(options.instance, hours)])
    elif control == "cloud":
        charged = unknown("charged", "USD", "a rented machine has a price; give --instance NAME")
    return Activity(
        name=ran.name,
        where="",
        conditions=at,
        control=control,
        it_energy=energy,
        embodied=embodied,
        charged=charged,
        network_gb=options.network_gb,
        storage_gb_months=options.storage_gb_months,
        replicas=options.replicas,
        counts={"run": 1.0, "hour": reading.wall_s / S_PER_HOUR, "CPU hour": reading.cpu_s / S_PER_HOUR},
        period=(ran.started, ran.ended),
    )


def idle_note(energy: Worked) -> str:
    """What the energy of a process tree leaves out, in a sentence."""
    if energy.parts:
        return "the CPU is modelled; the idle power of the named instance and its memory are in the energy"
    if _modelled(energy):
        return "the CPU is modelled: its idle power, memory, disks and fans are not in the energy"
    return "the energy is of the devices with a counter: disks and fans are not in it"


def _modelled(energy: Worked) -> bool:
    return energy.quantity is not None and "cpu-power-model" in energy.quantity.sources
