"""What each fuel generated, hour by hour, where an hourly file says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

Fuel = Literal["wind", "solar", "hydro", "nuclear", "other", "oil", "gas", "coal"]

FUELS: Final[dict[str, Fuel]] = {
    "wnd": "wind",
    "wind": "wind",
    "sun": "solar",
    "solar": "solar",
    "wat": "hydro",
    "hydro": "hydro",
    "nuc": "nuclear",
    "nuclear": "nuclear",
    "oth": "other",
    "other": "other",
    "oil": "oil",
    "ng": "gas",
    "gas": "gas",
    "col": "coal",
    "coal": "coal",
}
"""What a column `NAME_mwh` is called, in words and in the codes of the US EIA."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One fuel of a grid by the hour.

    Args:
        fuel: which.
        mwh: [MWh] of each hour of the series that it belongs to; None is unknown.
    """

    fuel: Fuel
    mwh: tuple[float | None, ...]

    def first(self, hours: int) -> Generation:
        """The first hours."""
        return replace(self, mwh=self.mwh[:hours])


def fuel_columns(header: Sequence[str]) -> dict[Fuel, int]:
    """Where the fuels stand in a header; of two columns for one fuel, the first. Other columns are left alone."""
    found: dict[Fuel, int] = {}
    for index, name in enumerate(header):
        stem = name.strip().lower()
        fuel = FUELS.get(stem.removesuffix("_mwh")) if stem.endswith("_mwh") else None
        if fuel is not None:
            found.setdefault(fuel, index)
    return found


def mwh(cell: Any) -> float | None:
    """[MWh]; None where the cell holds no number. Fuels are a help to a forecast, never a figure of a report."""
    try:
        value = float(str(cell))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
