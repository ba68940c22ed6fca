"""The question that a placement answers, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rung.errors import BadInput
from rung.placement.place_costs import Site
from rung.placement.place_load import Load, Machine
from rung.placement.place_needs import Needs
from rung.placement.place_paired import NEAR_TIE, Saving
from rung.placement.transfer import Data
from rung.types import Footprint, Quantity, Rejection
from rung.workload import Objective


@dataclass(frozen=True, slots=True)
class Spare:
    """What stands by.

    Args:
        replicas: machines in the region at least; those beyond what the load needs stand by.
        second: a second region where as many machines as the load needs stand by, with the data: its name, or
            `auto` for the one that adds the least; None for none.
    """

    replicas: int = 1
    second: str | None = None

    def __post_init__(self) -> None:
        if self.replicas < 1:
            raise BadInput(f"{self.replicas} replicas", mend="give 1 or more")


@dataclass(frozen=True, slots=True)
class Today:
    """What the options are compared with: where the work runs now.

    Args:
        name: where, and on what.
        footprint: over the life of the load.
        marginal: whether it is of metered joules alone, without a machine that idles and was made.
    """

    name: str
    footprint: Footprint
    marginal: bool = False

    def compares_with(self, option: Option) -> bool:
        """A whole machine and the joules of the work alone do not compare."""
        return option.machine is None or not self.marginal


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that a placement rests on.

    Args:
        load: the work.
        sites: where it may go.
        machines: on what; None stands for a machine that is not named.
        objectives: what is to be least; several make a front.
        needs: what must hold.
        data: what must be brought along.
        spare: what stands by.
        request_gb: size of a request with its answer [GB].
        today: where the work runs now.
    """

    load: Load
    sites: tuple[Site, ...]
    machines: tuple[Machine | None, ...] = (None,)
    objectives: tuple[Objective, ...] = ("carbon",)
    needs: Needs = field(default_factory=Needs)
    data: Data | None = None
    spare: Spare = field(default_factory=Spare)
    request_gb: float = 0.0
    today: Today | None = None

    @property
    def goal(self) -> Objective:
        """The first objective: what the order is by."""
        return next(iter(self.objectives))


@dataclass(frozen=True, slots=True)
class Option:
    """A place for the work, with what it takes over its whole life.

    Args:
        name: site and machine.
        site: where.
        machine: on what, or None.
        machines: how many work.
        running: footprint of the work itself.
        moved: of the data and requests on the way.
        redundancy: of what stands by.
        second: the second region, or None.
        round_trip: network round trip at the percentile asked for [ms]; None without users.
        total: running, moved and redundancy.
    """

    name: str
    site: Site
    machine: Machine | None
    machines: int
    running: Footprint
    moved: Footprint
    redundancy: Footprint
    second: str | None
    round_trip: Quantity | None
    total: Footprint = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.running + self.moved + self.redundancy)


@dataclass(frozen=True, slots=True)
class Refused:
    """A site or an option that something forbids."""

    name: str
    rejection: Rejection


@dataclass(frozen=True, slots=True)
class Ranked:
    """An option in the ranking.

    Args:
        option: it.
        rejection: why it is not the choice; None for the first, and for all of a front.
        behind: the option that it lost to; None where there is no rejection.
        p_better: P(the first has less than it) under common errors; None for the first and those far behind.
        against: saving against today by objective; empty without a today.
    """

    option: Option
    rejection: Rejection | None
    behind: Option | None
    p_better: float | None
    against: Mapping[Objective, Saving]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer.

    Args:
        objectives: what was to be least.
        ranked: by the first objective, those of the front first where there are several.
        refused: what something forbids.
        front: names on the front; the best alone where there is one objective.
        today: what was compared with.
        hours: the life over which everything is counted [h].
        requests: in that time, or None.
    """

    objectives: tuple[Objective, ...]
    ranked: tuple[Ranked, ...]
    refused: tuple[Refused, ...]
    front: tuple[str, ...]
    today: Today | None
    hours: float
    requests: float | None

    @property
    def goal(self) -> Objective:
        """The first objective: what the order is by."""
        return next(iter(self.objectives))

    @property
    def best(self) -> Option | None:
        """The first; None when nothing is left."""
        return self.ranked[0].option if self.ranked else None

    @property
    def near_tie(self) -> bool:
        """Whether the second may as well be the first."""
        second = self.ranked[1] if len(self.ranked) > 1 else None
        return second is not None and second.p_better is not None and second.p_better < NEAR_TIE
