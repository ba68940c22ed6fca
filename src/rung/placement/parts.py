"""The next hours of a grid, from what each of its fuels did.

The carbon of an hour is the sum of what each fuel generated times its factor. Wind, sun and load each have their own
course, so each is forecast for itself and the intensity is put together again, in two ways: from every fuel's own
forecast, and with the burnt fuels scaled to what the load leaves over. A mixture weighs both against the forecast
from the intensity alone, so a grid whose fuels do not explain its intensity (imports, say) loses little.

Row `t` of everything here is made from hours before `t`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from rung.feeds.generation import Fuel
from rung.placement.forecast import DAY, LEAST_HISTORY_H, Floats, filled, forecasts, mixture

BURNT: Final = frozenset[Fuel]({"oil", "gas", "coal"})
"""What is burnt follows the load; the rest comes as it comes."""

FACTORS: Final[Mapping[Fuel, float]] = {
    "wind": 11.0,
    "solar": 41.0,
    "hydro": 24.0,
    "nuclear": 12.0,
    "other": 230.0,
    "oil": 650.0,
    "gas": 490.0,
    "coal": 820.0,
}
"""Where the factors start [gCO2e/kWh]: life-cycle medians of IPCC AR5 WG3 annex III (oil: UK POST 2014). They count as
one hour of history; the grid's own history soon says what its source reckons with."""


def forecasts_with(values: Floats, generation: Mapping[Fuel, Floats], ahead_h: int) -> Floats:
    """`forecasts`, made better by what each fuel generated where that is known.

    Args:
        values: intensity of each hour [gCO2e/kWh], shape (T,); NaN is unknown.
        generation: of each fuel [MWh], shape (T,) each; NaN is unknown. Without a burnt fuel, or where nothing is
            known of a fuel in the first day, it is left aside.
        ahead_h: hours ahead, at least 1.

    Returns:
        As `forecasts`, shape (T + 1, ahead_h).

    Raises:
        BadInput: too little history, or too far ahead.
    """
    alone = forecasts(values, ahead_h)
    if not BURNT & generation.keys() or any(np.isnan(row[:DAY]).all() for row in generation.values()):
        return alone
    fuels = list(generation)
    made = np.stack([np.maximum(filled(generation[fuel]), 0.0) for fuel in fuels])
    known = filled(values)
    factors = _factors(known, made, fuels)
    ahead = np.stack([_ahead(row, ahead_h) for row in made])
    each = _put_together(ahead, factors)
    balanced = _put_together(_to_the_load(ahead, _ahead(made.sum(axis=0), ahead_h), fuels), factors)
    mixed = mixture(known, [np.nan_to_num(alone), each, balanced])
    mixed[:LEAST_HISTORY_H] = np.nan
    return mixed


def _ahead(row: Floats, ahead_h: int) -> Floats:
    """The forecast of one fuel or of the load [MWh], 0 before there is one; shape (T + 1, ahead_h)."""
    return np.nan_to_num(forecasts(row, ahead_h)) if row.any() else np.zeros((len(row) + 1, ahead_h))


def _to_the_load(ahead: Floats, load: Floats, fuels: list[Fuel]) -> Floats:
    """The burnt fuels scaled so that all sum to the load; shape (fuels, T + 1, ahead_h)."""
    burns = np.array([fuel in BURNT for fuel in fuels])
    burnt = ahead[burns].sum(axis=0)
    left = np.maximum(load - ahead[~burns].sum(axis=0), 0.0)
    scale = np.divide(left, burnt, out=np.ones_like(left), where=burnt > 0)
    return np.where(burns[:, None, None], ahead * scale, ahead)


def _put_together(ahead: Floats, factors: Floats) -> Floats:
    """Sum of generation x factor over the sum of generation [gCO2e/kWh], shape (T + 1, ahead_h)."""
    total = ahead.sum(axis=0)
    carbon = np.einsum("fth,tf->th", ahead, factors)
    return np.divide(carbon, total, out=np.zeros_like(total), where=total > 0)


def _factors(values: Floats, made: Floats, fuels: list[Fuel]) -> Floats:
    """What each fuel emits [gCO2e/kWh] by least squares on the hours that are over, anew each day.

    Returns:
        Shape (T + 1, fuels), never negative; 0 before `LEAST_HISTORY_H`.
    """
    total = made.sum(axis=0)
    shares = np.divide(made, total, out=np.zeros_like(made), where=total > 0).T
    found = np.zeros((len(values) + 1, len(fuels)))
    product = np.eye(len(fuels))
    moment = np.array([FACTORS[fuel] for fuel in fuels])
    done = 0
    for start in range(LEAST_HISTORY_H, len(found), DAY):
        seen = shares[done:start]
        product, moment, done = product + seen.T @ seen, moment + seen.T @ values[done:start], start
        found[start : start + DAY] = np.maximum(np.linalg.solve(product, moment), 0.0)
    return found
