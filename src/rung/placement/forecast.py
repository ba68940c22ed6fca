"""The next hours of a grid, from its past alone.

Eight simple forecasters, each with a memory of its own, and a mixture that follows whichever has been right of late.
A forecaster is a profile of the day (an exponentially weighted mean of each hour) plus a slow profile of the week,
plus what the last hours say of the level; half of them let that last part decay at a fixed rate, half learn it by a
ridge regression, fitted anew every day on the hours that are over.

Row `t` of everything here is made from `values[:t]`. Changing the future never changes it; a test holds that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rung.errors import BadInput

Floats = NDArray[np.float64]

DAY, WEEK = 24, 168
LEAST_HISTORY_H: Final = 16 * DAY
"""Two weeks for the profiles and two days of finished forecasts for the first fit [h]."""

MOST_AHEAD_H: Final = 2 * WEEK
"""Beyond two weeks a forecast from history is the profile of the day, and waiting has no ground [h]."""

MEMORIES_DAYS: Final = (2, 4, 8, 16)
"""Spread by doubling over what grids show; which of them holds is left to the mixture."""

_SLOW_DAYS: Final = 28
_WEEKLY_SHARE: Final = 0.3
_LEVEL_H: Final = 24.0
_RIDGE: Final = 30.0
_FIT_DAYS: Final = 180
_TRUST_DAYS: Final = 10
_TRUST_POWER: Final = 6


def forecasts(values: Floats, ahead_h: int) -> Floats:
    """What was to be expected at each hour.

    Args:
        values: intensity of each hour [gCO2e/kWh], shape (T,); NaN is unknown.
        ahead_h: hours ahead, at least 1.

    Returns:
        Shape (T + 1, ahead_h): row `t` column `h` is the intensity expected in hour `t + h`, made from `values[:t]`.
        Row T is the forecast that looks beyond the series. Rows before `LEAST_HISTORY_H` are NaN.

    Raises:
        BadInput: too little history, or too far ahead.
    """
    if len(values) < LEAST_HISTORY_H:
        raise BadInput(
            f"{len(values)} hours of history are too few for a forecast",
            mend=f"give at least {LEAST_HISTORY_H} hours ({LEAST_HISTORY_H // DAY} days) before the start",
        )
    if ahead_h > MOST_AHEAD_H:
        raise BadInput(
            f"{ahead_h} hours ahead are beyond a forecast from history",
            mend=f"give a deadline of at most {MOST_AHEAD_H} hours, or plan again later",
        )
    known = filled(values)
    weekly = _weekly_shape(known, ahead_h)
    made = [f for days in MEMORIES_DAYS for f in (_decaying(known, days, weekly), _learnt(known, days, weekly))]
    mixed = mixture(known, made)
    mixed[:LEAST_HISTORY_H] = np.nan
    return np.maximum(mixed, 0.0)


def span(first: int, end: int) -> NDArray[np.intp]:
    """Whole hours from `first` up to, and without, `end`."""
    return np.arange(first, end, dtype=np.intp)


def filled(values: Floats) -> Floats:
    """Unknown hours replaced by the same hour a day before, else by the hour before: never by a later one."""
    known = values.astype(np.float64, copy=True)
    if np.isnan(known[0]):
        first = np.flatnonzero(~np.isnan(known))
        if not len(first) or first[0] >= DAY:
            raise BadInput("the history begins with a day of unknown hours", mend="give a series that begins later")
        # Only hours before the first forecast are touched.
        known[: first[0]] = known[first[0]]
    for hour in np.flatnonzero(np.isnan(known)):
        known[hour] = known[hour - DAY] if hour >= DAY else known[hour - 1]
    return known


def _profile(values: Floats, *, memory: float, period: int) -> Floats:
    """Exponentially weighted mean of each slot of a period, shape (T + 1, period); row t knows `values[:t]`.

    Args:
        values: shape (T,).
        memory: in periods.
        period: in hours.
    """
    weight = 1 - np.exp(-1 / memory)
    hours = span(0, len(values) + 1)
    periods = len(values) // period + 1
    padded = np.full(periods * period, np.nan)
    padded[: len(values)] = values
    begins = np.empty((periods + 1, period))
    # Before a slot was seen once, it shows the mean of the first period; no forecast is given that early.
    begins[0] = values[:period].mean()
    for count, seen in enumerate(padded.reshape(periods, period)):
        begins[count + 1] = seen if count == 0 else begins[count] + weight * (seen - begins[count])
    now, slot = hours // period, hours % period
    return np.where(np.arange(period) < slot[:, None], begins[now + 1], begins[now])


def _unrolled(profile: Floats, ahead_h: int) -> Floats:
    """A profile read forward from each row, shape (T + 1, ahead_h)."""
    period = profile.shape[1]
    slots = (np.arange(len(profile))[:, None] + np.arange(ahead_h)) % period
    return np.take_along_axis(profile, slots, axis=1)


def _weekly_shape(values: Floats, ahead_h: int) -> Floats:
    """How the hours of the week differ from the same hour of any day, shape (T + 1, ahead_h)."""
    week = _profile(values, memory=_SLOW_DAYS / 7, period=WEEK)
    day = _profile(values, memory=_SLOW_DAYS, period=DAY)
    shape = _unrolled(week, ahead_h) - _unrolled(day, ahead_h)
    shape[:WEEK] = 0.0
    return shape


def _surprises(values: Floats, profile: Floats) -> Floats:
    """How far each hour was from its profile before it was seen, shape (T,)."""
    hours = np.arange(len(values))
    found = values - profile[hours, hours % DAY]
    found[:DAY] = 0.0
    return found


def _decaying(values: Floats, days: int, weekly: Floats) -> Floats:
    """Profile + 0.3 x weekly shape + last surprise x exp(-(h + 1) / 24 h)."""
    profile = _profile(values, memory=days, period=DAY)
    ahead_h = weekly.shape[1]
    last = np.concatenate([[0.0], _surprises(values, profile)])
    hours: Floats = np.arange(1.0, ahead_h + 1)
    fade = np.exp(-hours / _LEVEL_H)
    return _unrolled(profile, ahead_h) + _WEEKLY_SHARE * weekly + last[:, None] * fade


def _learnt(values: Floats, days: int, weekly: Floats) -> Floats:
    """Profile + a ridge regression of what came after on what was known, one for each hour ahead.

    The regression is pulled towards the weights of `_decaying`, so that little history does little harm.
    """
    profile = _profile(values, memory=days, period=DAY)
    ahead_h = weekly.shape[1]
    base = _unrolled(profile, ahead_h)
    surprises = _surprises(values, profile)
    known = _known(surprises, weekly, _unrolled(_profile(values, memory=_SLOW_DAYS, period=DAY), ahead_h) - base)
    prior = _prior(ahead_h, known.shape[2])
    after = np.lib.stride_tricks.sliding_window_view(values, ahead_h)
    targets = after - base[: len(after)]
    made = base + np.einsum("thp,hp->th", known, prior)
    features = prior.shape[1]
    product, moment = np.zeros((ahead_h, features, features)), np.zeros_like(prior)
    fade, done = np.exp(-1 / _FIT_DAYS), 14 * DAY
    for start in range(LEAST_HISTORY_H, len(values) + 1, DAY):
        upto = start - ahead_h + 1  # the last arrival whose hours are all over at `start`, plus one
        if upto > done:
            seen = known[done:upto].transpose(1, 0, 2)
            product = product * fade + seen.transpose(0, 2, 1) @ seen
            moment = moment * fade + np.einsum("hnp,nh->hp", seen, targets[done:upto])
            done = upto
        spread = max(float(surprises[max(0, start - 4 * WEEK) : start].var()), 1e-9)
        pull = _RIDGE * DAY * spread * np.eye(features)
        weights = np.linalg.solve(product + pull, (moment + prior @ pull)[:, :, None])[:, :, 0]
        rows = slice(start, min(start + DAY, len(values) + 1))
        made[rows] = base[rows] + np.einsum("thp,hp->th", known[rows], weights)
    return made


def _known(surprises: Floats, weekly: Floats, slow: Floats) -> Floats:
    """What the regression looks at, shape (T + 1, ahead_h, 8).

    Mean surprise of the last hour, of hours 2-3, 4-8, 9-24 and 25-48 before; the weekly shape; slow minus fast
    profile; and the surprise at the same hour of the last day.
    """
    total = len(surprises)
    summed = np.concatenate([[0.0], np.cumsum(surprises)])
    rows = span(0, total + 1)
    ahead_h = weekly.shape[1]

    def mean(near: int, far: int) -> Floats:
        return (summed[np.maximum(rows - near, 0)] - summed[np.maximum(rows - far, 0)]) / (far - near)

    levels = [mean(0, 1), mean(1, 3), mean(3, 8), mean(8, 24), mean(24, 48)]
    at = rows[:, None] + span(0, ahead_h) % DAY - DAY
    yesterday = np.where(at >= 0, surprises[np.clip(at, 0, total - 1)], 0.0)
    wide = [np.broadcast_to(level[:, None], (total + 1, ahead_h)) for level in levels]
    return np.stack([*wide, weekly, slow, yesterday], axis=2)


def _prior(ahead_h: int, features: int) -> Floats:
    """The weights that `_learnt` starts from, shape (ahead_h, features): nearer hours count for more."""
    prior = np.zeros((ahead_h, features))
    prior[:, 0] = 0.35 * np.exp(-np.arange(1.0, ahead_h + 1) / _LEVEL_H)
    prior[:, 1:4] = prior[:, :1] / 2
    prior[:, 5] = _WEEKLY_SHARE
    return prior


def mixture(values: Floats, made: list[Floats]) -> Floats:
    """Weighted mean of forecasts; weight = (least error / own error)^6 over the last ten days or so that are over.

    The error is that of the shape, mean((f - mean f) - (y - mean y))^2 over the hours ahead: a level that is off by
    as much in every hour moves no job.
    """
    ahead_h = made[0].shape[1]
    after = np.lib.stride_tricks.sliding_window_view(values, ahead_h)
    shape = after - after.mean(axis=1, keepdims=True)
    fade = np.exp(-1 / (DAY * _TRUST_DAYS))
    missed = np.empty((len(after), len(made)))
    for column, forecast in enumerate(made):
        ours = forecast[: len(after)]
        missed[:, column] = ((ours - ours.mean(axis=1, keepdims=True) - shape) ** 2).mean(axis=1)
    missed[:LEAST_HISTORY_H] = 0.0
    errors = np.zeros((len(values) + 1, len(made)))
    for row in range(ahead_h, len(values) + 1):  # the forecast made at row - ahead_h is over at row
        errors[row] = errors[row - 1] * fade + missed[row - ahead_h]
    # A day of forecasts that are over comes before any trust; until then all count alike.
    errors[: LEAST_HISTORY_H + ahead_h + DAY] = 1.0
    least = errors.min(axis=1, keepdims=True)
    weights = np.where(least > 0, (least / np.where(errors > 0, errors, 1.0)) ** _TRUST_POWER, errors <= 0)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("tk,kth->th", weights, np.stack(made))
