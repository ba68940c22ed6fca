"""What was spent, and what will be: readings of a meter, predicted efforts, footprints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rung.types.quantity import Quantity, sum_known


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter saw between two looks.

    Args:
        wall_s: elapsed time [s].
        cpu_s: CPU time of the process and its children, live and ended [s].
        energy: IT energy [J] that the process and its children caused; None is unknown, never 0.
        parts_j: the mid energy by component, e.g. `cpu`, `gpu0`, `memory` [J]; sums to `energy`.
    """

    wall_s: float
    cpu_s: float
    energy: Quantity | None
    parts_j: Mapping[str, float] = field(default_factory=dict[str, float])

    def __add__(self, other: Reading) -> Reading:
        parts = dict(self.parts_j)
        for name, value in other.parts_j.items():
            parts[name] = parts.get(name, 0.0) + value
        energy = sum_known((self.energy, other.energy), "J")
        return Reading(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s, energy, parts)

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back."""
        return {
            "wall_s": self.wall_s,
            "cpu_s": self.cpu_s,
            "energy": None if self.energy is None else self.energy.to_json(),
            "parts_j": dict(self.parts_j),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reading:
        """The reading that `to_json` wrote."""
        energy = data["energy"]
        return cls(
            float(data["wall_s"]),
            float(data["cpu_s"]),
            None if energy is None else Quantity.from_json(energy),
            dict(data["parts_j"]),
        )


@dataclass(frozen=True, slots=True)
class Effort:
    """Predicted work, before it is turned into joules.

    Args:
        cpu_s: CPU time on this machine [s], all threads.
        wall_s: elapsed time [s].
        usd: what a provider charges [USD].
        remote_energy: energy spent elsewhere [J]; zero for local work; None is unknown.
    """

    cpu_s: Quantity = field(default_factory=lambda: Quantity.zero("s"))
    wall_s: Quantity = field(default_factory=lambda: Quantity.zero("s"))
    usd: Quantity = field(default_factory=lambda: Quantity.zero("USD"))
    remote_energy: Quantity | None = field(default_factory=lambda: Quantity.zero("J"))

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            self.cpu_s + other.cpu_s,
            self.wall_s + other.wall_s,
            self.usd + other.usd,
            sum_known((self.remote_energy, other.remote_energy), "J"),
        )

    def scaled(self, by: float) -> Effort:
        """The effort of `by` such things."""
        energy = None if self.remote_energy is None else self.remote_energy.scaled(by)
        return Effort(self.cpu_s.scaled(by), self.wall_s.scaled(by), self.usd.scaled(by), energy)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a candidate is predicted to take: once to build, and for each request."""

    build: Effort
    per_request: Effort


@dataclass(frozen=True, slots=True)
class Footprint:
    """Energy, carbon, water and money of one thing. None is unknown, and a sum with an unknown is unknown.

    Args:
        energy: facility energy [J].
        carbon: operational + embodied [gCO2e], location-based.
        water: [L].
        cost: [USD].
    """

    energy: Quantity | None
    carbon: Quantity | None
    water: Quantity | None
    cost: Quantity | None

    @classmethod
    def zero(cls) -> Footprint:
        """Nothing."""
        return cls(Quantity.zero("J"), Quantity.zero("gCO2e"), Quantity.zero("L"), Quantity.zero("USD"))

    def __add__(self, other: Footprint) -> Footprint:
        return Footprint(
            sum_known((self.energy, other.energy), "J"),
            sum_known((self.carbon, other.carbon), "gCO2e"),
            sum_known((self.water, other.water), "L"),
            sum_known((self.cost, other.cost), "USD"),
        )

    def scaled(self, by: float) -> Footprint:
        """The footprint of `by` such things."""
        parts = (q if q is None else q.scaled(by) for q in (self.energy, self.carbon, self.water, self.cost))
        return Footprint(*parts)

    def to_json(self) -> dict[str, Any]:
        """Four quantities by name; null is unknown."""
        return {
            name: None if quantity is None else quantity.to_json()
            for name, quantity in (
                ("energy", self.energy),
                ("carbon", self.carbon),
                ("water", self.water),
                ("cost", self.cost),
            )
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Footprint:
        """The footprint that `to_json` wrote."""
        parts = (data[name] for name in ("energy", "carbon", "water", "cost"))
        return cls(*(None if part is None else Quantity.from_json(part) for part in parts))


def sum_footprints(footprints: Iterable[Footprint]) -> Footprint:
    """The sum of many footprints."""
    result = Footprint.zero()
    for footprint in footprints:
        result = result + footprint
    return result
