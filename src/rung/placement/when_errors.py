"""What forecasts like this one missed by, at past arrivals: the intervals of a decision come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rung.placement.forecast import DAY, LEAST_HISTORY_H, Floats, span
from rung.placement.shifting import Job, chosen, mean_over

COVERED: Final = (0.05, 0.95)
_LEAST_ERRORS: Final = 20
_LOOK_BACK_H: Final = 84 * DAY


@dataclass(frozen=True)
class Errors:
    """Misses at past arrivals at about the same hour of the day [gCO2e/kWh].

    Args:
        at_once: real - expected intensity of running at once in each region, shape (regions, n).
        best: the same of the region and hours that were chosen, shape (n,).
        saving: real - expected saving of these against running at once in the first region, shape (n,).
        waiting: the same of each region's best hours against running at once there, shape (regions, n).
        hourly: real - expected of each hour of each region, 5% and 95% quantiles, shape (2, regions, deadline_h).
    """

    at_once: Floats
    best: Floats
    saving: Floats
    waiting: Floats
    hourly: Floats


def past_errors(seen: Floats, made: Floats, job: Job, lead: int, *, arrival_hour: int) -> Errors | None:
    """Decide at past arrivals as now, and look how it went; None with fewer than 20 of them."""
    hours = seen.shape[1]
    rows = span(max(LEAST_HISTORY_H, hours - _LOOK_BACK_H), hours - lead - job.deadline_h + 1)
    apart = (rows + lead - arrival_hour + 1) % DAY
    rows = rows[apart <= 2]
    after = np.stack([np.lib.stride_tricks.sliding_window_view(one, job.deadline_h) for one in seen])
    real = after[:, rows + lead] if len(rows) else after[:, :0]
    known = ~np.isnan(real).any(axis=(0, 2))
    rows, real = rows[known], real[:, known]
    if len(rows) < _LEAST_ERRORS:
        return None
    expected = made[:, rows]
    taken = chosen(expected, job)
    once, picked = _once_and_picked(expected, taken, job)
    real_once, real_picked = _once_and_picked(real, taken, job)
    region = picked.argmin(axis=0)[None]
    best, real_best = (np.take_along_axis(means, region, axis=0)[0] for means in (picked, real_picked))
    return Errors(
        at_once=real_once - once,
        best=real_best - best,
        saving=(real_once[0] - real_best) - (once[0] - best),
        waiting=(real_once - real_picked) - (once - picked),
        hourly=np.quantile(real - expected, COVERED, axis=1),
    )


def _once_and_picked(values: Floats, taken: NDArray[np.intp], job: Job) -> tuple[Floats, Floats]:
    """Mean of each region at once, and over the hours taken there; shape (regions, n) each."""
    at_once = np.broadcast_to(at_once_hours(job), (*values.shape[:2], job.slots))
    return mean_over(values, at_once, job), mean_over(values, taken, job)


def at_once_hours(job: Job) -> NDArray[np.intp]:
    """The first hours, as many as the job takes."""
    return span(0, job.slots)
