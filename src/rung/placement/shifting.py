"""Which hours a job takes, by a forecast and in hindsight, and how well that went over a whole series.

A job takes `duration_h` hours within `deadline_h` hours of its arrival. It begins at a whole hour; a part of an hour
is taken from its last one (from the dearest of the chosen hours where it may be interrupted).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rung.errors import BadInput
from rung.placement.forecast import LEAST_HISTORY_H, Floats

Policy = Literal["once", "hourly"]
"""When the plan is made: once at arrival, or again at every hour that the job still waits."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that can wait.

    Args:
        duration_h: how long it runs [h].
        deadline_h: whole hours from its arrival until it must be done [h].
        interruptible: whether it may be stopped and go on later.

    Raises:
        BadInput: it cannot be done in time, or takes no time.
    """

    duration_h: float
    deadline_h: int
    interruptible: bool = False

    def __post_init__(self) -> None:
        if not (self.duration_h > 0 and math.isfinite(self.duration_h)):
            raise BadInput(f"a duration of {self.duration_h:g} h is none", mend="give a positive duration, e.g. 4h")
        if self.slots > self.deadline_h:
            raise BadInput(
                f"a job of {self.duration_h:g} h cannot be done within {self.deadline_h} h",
                mend=f"give a deadline of at least {self.slots}h (whole hours), or a shorter duration",
            )

    @property
    def slots(self) -> int:
        """How many hours of the clock it touches."""
        return math.ceil(self.duration_h - 1e-9)

    @property
    def shares(self) -> Floats:
        """How much of each of its hours it runs, shape (slots,); only the last can be less than 1."""
        found = np.ones(self.slots)
        found[-1] = self.duration_h - (self.slots - 1)
        return found


def chosen(expected: Floats, job: Job) -> NDArray[np.intp]:
    """The hours of least expected intensity, in the order that `Job.shares` goes by; the earliest of equals.

    Args:
        expected: intensity expected in each hour from arrival on, shape (..., deadline_h).
        job: what is to run.

    Returns:
        Offsets from arrival, shape (..., slots).
    """
    if job.interruptible:
        return np.argsort(expected, axis=-1, kind="stable")[..., : job.slots]
    first = window_means(expected, job).argmin(axis=-1)
    return first[..., None] + np.arange(job.slots)


def window_means(values: Floats, job: Job) -> Floats:
    """Mean intensity of the job begun at each hour and run through, shape (..., deadline_h - slots + 1)."""
    windows = np.lib.stride_tricks.sliding_window_view(values, job.slots, axis=-1)
    return windows @ job.shares / job.duration_h


def mean_over(values: Floats, hours: NDArray[np.intp], job: Job) -> Floats:
    """Mean intensity of a job that takes these hours, shape (...)."""
    return np.take_along_axis(values, hours, axis=-1) @ job.shares / job.duration_h


@dataclass(frozen=True, slots=True)
class Judged:
    """How the starts of a series went; intensities are means over the starts [gCO2e/kWh].

    Args:
        starts: how many were judged.
        left_out: starts with an unknown hour before their deadline.
        now: of running at once.
        shifted: of running when the forecast said.
        perfect: of running in the best hours, known afterwards.
    """

    starts: int
    left_out: int
    now: float
    shifted: float
    perfect: float

    @property
    def saving(self) -> float:
        """Share of the emissions of running at once that shifting saved."""
        return (self.now - self.shifted) / self.now if self.now > 0 else 0.0

    @property
    def perfect_saving(self) -> float:
        """The same for a perfect forecast."""
        return (self.now - self.perfect) / self.now if self.now > 0 else 0.0

    @property
    def share_of_perfect(self) -> float | None:
        """Saving over the saving of a perfect forecast; None where there was nothing to save."""
        possible = self.now - self.perfect
        return (self.now - self.shifted) / possible if possible > 0 else None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "starts": self.starts,
            "left_out": self.left_out,
            "now_g_per_kwh": self.now,
            "shifted_g_per_kwh": self.shifted,
            "perfect_g_per_kwh": self.perfect,
            "saving": self.saving,
            "perfect_saving": self.perfect_saving,
            "share_of_perfect": self.share_of_perfect,
        }


def judge(truth: Floats, expected: Floats, job: Job, *, history_h: int, policy: Policy) -> Judged:
    """Start a job at every hour after the history.

    Args:
        truth: intensity of each hour, shape (T,); NaN is unknown.
        expected: of `forecasts` over the same hours, at least `job.deadline_h` ahead.
        job: what is to run.
        history_h: the first start [h].
        policy: when the plan is made.

    Raises:
        BadInput: no start is left to judge.
    """
    first = max(history_h, LEAST_HISTORY_H)
    starts = np.arange(first, len(truth) - job.deadline_h + 1)
    after = np.lib.stride_tricks.sliding_window_view(truth, job.deadline_h)[starts] if len(starts) else truth[:0, None]
    known = ~np.isnan(after).any(axis=1)
    if not known.any():
        raise BadInput("the series leaves no start to judge", mend="give a longer series, or a shorter history")
    starts, after = starts[known], after[known]
    plan = _once if policy == "once" else _hourly
    now = mean_over(after, np.broadcast_to(np.arange(job.slots), (len(starts), job.slots)), job)
    return Judged(
        starts=len(starts),
        left_out=int((~known).sum()),
        now=float(now.mean()),
        shifted=float(plan(after, expected, starts, job).mean()),
        perfect=float(mean_over(after, chosen(after, job), job).mean()),
    )


def _once(after: Floats, expected: Floats, starts: NDArray[np.intp], job: Job) -> Floats:
    return mean_over(after, chosen(expected[starts, : job.deadline_h], job), job)


def _hourly(after: Floats, expected: Floats, starts: NDArray[np.intp], job: Job) -> Floats:
    """The plan made anew at each hour from what is known by then; what has begun and may not stop goes on."""
    left, spent = np.full(len(starts), float(job.duration_h)), np.zeros(len(starts))
    for hour in range(job.deadline_h):
        ahead = expected[starts + hour, : job.deadline_h - hour]
        if job.interruptible:
            # What the cheaper hours ahead cannot hold runs now; the last hours take what is left in any case.
            cheaper = (ahead[:, 1:] < ahead[:, :1]).sum(axis=1)
            part = np.clip(left - np.minimum(cheaper, ahead.shape[1] - 1), 0.0, 1.0)
            spent += part * after[:, hour]
            left -= part
        elif hour <= job.deadline_h - job.slots:
            begins = (left > 0) & (window_means(ahead, job).argmin(axis=1) == 0)
            whole = after[:, hour : hour + job.slots] @ job.shares
            spent += np.where(begins, whole, 0.0)
            left[begins] = 0.0
    return spent / job.duration_h
