"""Efforts and readings become footprints; footprints become lifetime totals of the objective."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rung.footprint import Factors, footprint_of
from rung.types import Effort, Footprint, Quantity, Reading, sum_known

if TYPE_CHECKING:
    from rung.types import Meter
    from rung.workload import Objective


NOTHING_REMOTE: Final = Quantity.zero("J")


@dataclass(frozen=True, slots=True)
class Costing:
    """The common factors of one climb: every candidate is costed under these, and no others.

    Args:
        factors: grid, water, tariff and embodied rate of the place.
        meter: turns predicted CPU time into joules by the model that also meters.
        objective: which part of a footprint is minimised.
        requests: in the lifetime.
    """

    factors: Factors
    meter: Meter
    objective: Objective
    requests: float

    def of_reading(self, reading: Reading, *, usd: float = 0.0, remote: Quantity | None = NOTHING_REMOTE) -> Footprint:
        """The footprint of metered work.

        Args:
            reading: what this machine used.
            usd: what providers charged [USD].
            remote: energy spent elsewhere [J]; None is unknown.
        """
        local = footprint_of(reading.energy, reading.cpu_s, Quantity.of(usd, "USD"), self.factors)
        return self._with_remote(local, remote)

    def of_effort(self, effort: Effort) -> Footprint:
        """The footprint of predicted work."""
        per_cpu_s = self.meter.reading_for_cpu(1.0, 0.0).energy
        per_wall_s = self.meter.reading_for_cpu(0.0, 1.0).energy
        energy = sum_known(
            (
                None if per_cpu_s is None else effort.cpu_s.times(per_cpu_s, "J"),
                None if per_wall_s is None else effort.wall_s.times(per_wall_s, "J"),
            ),
            "J",
        )
        local = footprint_of(energy, effort.cpu_s, effort.usd, self.factors)
        return self._with_remote(local, effort.remote_energy)

    def _with_remote(self, local: Footprint, remote: Quantity | None) -> Footprint:
        """Add energy spent elsewhere. Its electricity is in the provider's price, so it adds nothing to the cost.

        Its hardware is not in the embodied term (no provider publishes it); PUE, grid and water are those of the
        workload's place, since where a hosted model runs is seldom known.
        """
        if remote is None:
            return Footprint(None, None, None, local.cost)
        if remote.value == 0:
            return local
        far = footprint_of(remote, 0.0, Quantity.zero("USD"), self.factors)
        return local + replace(far, cost=Quantity.zero("USD"))

    def lifetime(self, build: Footprint, per_request: Footprint) -> Footprint:
        """Build + requests x per_request. The search is common to all candidates and is added in the plan."""
        return build + per_request.scaled(self.requests)

    def goal(self, footprint: Footprint) -> Quantity | None:
        """The part of a footprint that is minimised; None is unknown."""
        return part_of(footprint, self.objective)


def part_of(footprint: Footprint, objective: Objective) -> Quantity | None:
    """One of the four parts of a footprint, by the name of the objective."""
    parts = {
        "carbon": footprint.carbon,
        "energy": footprint.energy,
        "cost": footprint.cost,
        "water": footprint.water,
    }
    return parts[objective]
