"""The work that is to be placed, in the form in which it is known: watts, joules per request, or core-seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

from rung.errors import BadInput
from rung.types import Factor, Origin, Quantity, Rejection
from rung.units import S_PER_HOUR

ROOM: Final = 0.7
"""Share of a machine's capacity that is planned for, so that a busy minute does not queue (SCIENCE 7)."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that work can be placed on.

    Args:
        name: e.g. `c7g.xlarge`.
        provider: who rents it out.
        vcpu: hardware threads.
        accelerated: whether it has accelerators.
        idle_w: power when nothing runs [W].
        max_w: power under full load [W].
        usd_per_h: on demand [USD/h], where it is priced.
        embodied_g_per_h: its share of what making the hardware took [gCO2e/h], used or not.
        cpu: key of its processor: machines of one processor are equally fast.
    """

    name: str
    provider: str
    vcpu: int
    accelerated: bool
    idle_w: Quantity
    max_w: Quantity
    usd_per_h: Quantity
    embodied_g_per_h: Quantity
    cpu: str

    def watts(self, busy: float) -> Quantity:
        """Power [W] at a share of its capacity in use: idle x (1 - busy) + max x busy."""
        return self.idle_w.scaled(1 - busy) + self.max_w.scaled(busy)

    @property
    def load_w(self) -> Quantity:
        """What full load adds to idle [W], under the error source of the full load."""
        mid = self.max_w.value - self.idle_w.value
        name = next(iter(sorted(self.max_w.sources)), f"max-watts:{self.name}")
        if mid <= 0:
            return Quantity.of(0.0, "W", self.max_w.origin)
        low, high = (max(0.0, end - self.idle_w.value) / mid for end in (self.max_w.low, self.max_w.high))
        return Quantity.of(mid, "W", self.max_w.origin, Factor(name, min(1.0, low), max(1.0, high)))


@dataclass(frozen=True, slots=True)
class Work:
    """What a load comes to on a machine, over its whole life.

    Args:
        machines: how many are needed at once.
        energy: IT energy [J].
        spare_w: power of one more machine that stands by [W]; None where no machine is known.
    """

    machines: int
    energy: Quantity
    spare_w: Quantity | None


class Load(Protocol):
    """Work in the form in which it is known."""

    @property
    def hours(self) -> float:
        """How long it goes on [h]."""
        ...

    @property
    def requests(self) -> float | None:
        """How many requests that is; None where they are not counted."""
        ...

    def on(self, machine: Machine | None) -> Work | Rejection:
        """What it comes to on a machine, or on what is there where no machine is named."""
        ...


@dataclass(frozen=True, slots=True)
class GivenWatts:
    """A service that draws so many watts for so many hours, wherever it runs.

    Args:
        watts: IT power of the whole service, mean [W].
        hours: [h].
        requests: in that time, or None.
    """

    watts: Quantity
    hours: float
    requests: float | None = None

    def __post_init__(self) -> None:
        _positive("watts", self.watts.value)
        _positive("hours", self.hours)
        if self.requests is not None:
            _positive("requests", self.requests)

    def on(self, machine: Machine | None) -> Work | Rejection:
        """The watts are taken as given; a machine adds its price and embodied share. One that stands by draws less."""
        stand_by = self.watts.scaled(0.4).with_factor(Factor("stand-by-share", 0.25, 2.5), Origin.ASSUMED)
        spare = stand_by if machine is None else machine.idle_w
        return Work(1, self.watts.scaled(self.hours * S_PER_HOUR, "J"), spare)


@dataclass(frozen=True, slots=True)
class GivenEnergy:
    """Requests that take so many joules each, wherever they are answered.

    Args:
        joules: IT energy of a request [J].
        requests: how many.
        hours: over how long [h].
    """

    joules: Quantity
    requests: float
    hours: float

    def __post_init__(self) -> None:
        _positive("joules of a request", self.joules.value)
        _positive("requests", self.requests)
        _positive("hours", self.hours)

    def on(self, machine: Machine | None) -> Work | Rejection:
        """The joules are taken as given; a machine adds its price and embodied share."""
        spare = None if machine is None else machine.idle_w
        return Work(1, self.joules.scaled(self.requests), spare)


@dataclass(frozen=True, slots=True)
class Busy:
    """Machines that are busy to a share, whatever they do.

    Args:
        share: of the capacity in use, mean, in [0, 1].
        hours: [h].
        machines: how many.
        requests: in that time, or None.
    """

    share: float
    hours: float
    machines: int = 1
    requests: float | None = None

    def __post_init__(self) -> None:
        _positive("hours", self.hours)
        _positive("machines", self.machines)
        if not 0 <= self.share <= 1:
            raise BadInput(f"a machine that is {self.share:g} busy", mend="give a share from 0 to 1, e.g. 0.3")

    def on(self, machine: Machine | None) -> Work | Rejection:
        """Watts by the machine's own idle and full load."""
        if machine is None:
            return Rejection("machine", "a machine of the catalog, for its watts", "none")
        seconds = self.hours * S_PER_HOUR * self.machines
        return Work(self.machines, machine.watts(self.share).scaled(seconds, "J"), machine.idle_w)


@dataclass(frozen=True, slots=True)
class CoreWork:
    """Requests that take so many core-seconds each, metered on a processor.

    Args:
        core_s: of a request [core-s].
        requests: how many.
        hours: over how long [h].
    """

    core_s: Quantity
    requests: float
    hours: float

    def __post_init__(self) -> None:
        _positive("requests", self.requests)
        _positive("hours", self.hours)

    def on(self, machine: Machine | None) -> Work | Rejection:
        """As many machines as the mean rate needs with room to spare; they idle between requests.

        Cores of another processor are faster or slower: half to twice, assumed, under one error source for each.
        """
        if machine is None:
            return Rejection("machine", "a machine of the catalog, for its cores", "none")
        if machine.accelerated:
            return Rejection("effort", "an effort that was metered on an accelerator", "core-seconds of a processor")
        busy_cores = self.requests * self.core_s.value / (self.hours * S_PER_HOUR)
        machines = max(1, math.ceil(busy_cores / (machine.vcpu * ROOM)))
        speed = Factor(f"core-speed:{machine.cpu}", 0.5, 2.0)
        core_s = self.core_s.with_factor(speed, Origin.ASSUMED)
        working = core_s.times(machine.load_w, "J").scaled(self.requests / machine.vcpu)
        idle = machine.idle_w.scaled(machines * self.hours * S_PER_HOUR, "J")
        return Work(machines, idle + working, machine.idle_w)


@dataclass(frozen=True, slots=True)
class BusyCores:
    """So many vCPUs that are busy on average, counted in requests or not.

    Args:
        cores: busy vCPUs, mean.
        hours: [h].
        requests: in that time, or None.
    """

    cores: float
    hours: float
    requests: float | None = None

    def __post_init__(self) -> None:
        _positive("busy cores", self.cores)
        _positive("hours", self.hours)
        if self.requests is not None:
            _positive("requests", self.requests)

    def on(self, machine: Machine | None) -> Work | Rejection:
        """As `CoreWork`, of one request that keeps the cores busy all the time."""
        core_s = Quantity.of(self.cores * self.hours * S_PER_HOUR, "s", Origin.ASSUMED)
        return CoreWork(core_s, 1.0, self.hours).on(machine)


def _positive(name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise BadInput(f"{name} of {value:g}", mend="give a number above 0")
