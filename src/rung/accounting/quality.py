"""How good the data behind a line are: a class from 1 (best) to 5, by the origin of the energy and what was checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rung.accounting.activities import Line
from rung.types import Origin, Quantity

_BY_ORIGIN: Final = {Origin.MEASURED: 1, Origin.MODELLED: 2, Origin.QUOTED: 3, Origin.ASSUMED: 4}
WORST: Final = 5
MEANINGS: Final = {
    1: "energy measured by a counter, every factor checked against its source",
    2: "energy modelled from measured use, every factor checked",
    3: "energy from published figures, every factor checked; or class 2 with a factor that was not",
    4: "energy assumed, or of a hosted model of estimated size, all checked; or class 3 with a factor that was not",
    5: "energy assumed with a factor that was not checked; or unknown",
}
"""What each class says; class 1 with an unchecked factor is class 2."""


@dataclass(frozen=True, slots=True)
class DataQuality:
    """The class of a line.

    Args:
        grade: 1 (best) to 5; None for money alone, e.g. a tax, which has no energy to be good or bad.
        origin: of the energy; None where it is unknown.
        unchecked: names of the factors that were not checked against a source.
    """

    grade: int | None
    origin: Origin | None
    unchecked: tuple[str, ...]

    @property
    def primary(self) -> bool:
        """Whether the energy itself was measured: primary data in the sense of ESRS E1."""
        return self.origin is Origin.MEASURED


def quality_of(line: Line) -> DataQuality:
    """The class of a line: by the origin of its energy, one worse when a factor in its carbon was not checked."""
    if _money_alone(line):
        return DataQuality(None, None, ())
    unchecked = tuple(dict.fromkeys(leaf.name for leaf in line.carbon.leaves() if leaf.checked in ("memory", "given")))
    if line.carbon.quantity is None:
        return DataQuality(WORST, None, unchecked)
    origin = max((energy.origin for energy in _energies(line)), default=Origin.MEASURED)
    grade = _BY_ORIGIN[Origin.ASSUMED if _size_estimated(line) else origin]
    return DataQuality(min(grade + bool(unchecked), WORST), origin, unchecked)


def _money_alone(line: Line) -> bool:
    used = line.activity.storage_gb_months or line.activity.network_gb
    return line.activity.it_energy.kind == "none" and not used


def _size_estimated(line: Line) -> bool:
    """Whether the energy rests on somebody's estimate of a hosted model's parameters, which its maker does not tell."""
    return any(
        leaf.quantity.origin is not Origin.QUOTED
        for leaf in line.activity.it_energy.leaves()
        if leaf.quantity is not None and any(source.startswith("parameters:") for source in leaf.quantity.sources)
    )


def _energies(line: Line) -> Iterator[Quantity]:
    """Energies before the PUE, of compute, storage and network, as far as there are any."""
    _, kept, moved = line.energy.parts
    for energy in (line.activity.it_energy, kept.parts[0] if kept.parts else kept, moved):
        if energy.quantity is not None and energy.quantity.value > 0:
            yield energy.quantity
