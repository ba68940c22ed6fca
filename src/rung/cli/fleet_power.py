"""The electricity of a fleet's regions, as typed: a region of the catalog, three numbers, or a file by the hour."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rung.errors import BadInput, MissingFactor

if TYPE_CHECKING:
    from rung.cli.fleet_asked import Asked
    from rung.prediction.fleet import Power
    from rung.types import Quantity


def home_power(asked: Asked, start: datetime | None) -> Power:
    """Of the region where requests go: by the hour where a series is given.

    Raises:
        BadInput, MissingFactor: two intensities are given, or none.
    """
    from rung.feeds import read_series
    from rung.prediction.fleet import Power

    if asked.series is None:
        if start is not None:
            raise BadInput("--start is for grids by the hour", mend="give --series FILE with it, or leave it out")
        return yearly(asked.region, asked.grid_intensity, asked.pue)
    if asked.grid_intensity is not None:
        raise BadInput("--series and --grid-intensity both say the intensity", mend="give one of them")
    read = read_series(asked.series, bad_rows="skip" if asked.skip_bad else "refuse")
    return Power(asked.region or read.series.zone, _pue(asked.region, asked.pue), None, read.series, start)


def yearly(region: str | None, intensity: str | None, pue: float | None) -> Power:
    """One intensity for all hours.

    Raises:
        MissingFactor: neither a region nor an intensity is given.
    """
    from rung.accounting import factors_for
    from rung.cli.account_values import ends
    from rung.prediction.fleet import Power
    from rung.workload import Place

    if region is None and intensity is None:
        raise MissingFactor(
            "nothing says what the electricity causes",
            mend="pass --region (see `rung catalog regions`), --grid-intensity or --series",
        )
    factors = factors_for(Place(region, ends("--grid-intensity", intensity), pue, None))
    return Power(region or "home", factors.pue.quantity, factors.intensity.quantity)


def _pue(region: str | None, pue: float | None) -> Quantity:
    from rung.accounting import factors_for
    from rung.workload import Place

    # The intensity is asked for by that call and not used: the series says it.
    return factors_for(Place(region, (0.0, 0.0, 0.0), pue, None)).pue.quantity
