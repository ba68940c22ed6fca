"""The forecast looks at nothing that is not over; the hours chosen are the least; real series reach their share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rung.errors import BadInput
from rung.feeds import read_series
from rung.feeds.generation import Fuel
from rung.placement.forecast import LEAST_HISTORY_H, MOST_AHEAD_H, Floats, filled, forecasts
from rung.placement.parts import forecasts_with
from rung.placement.shifting import Job, chosen, judge, mean_over

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "carbon_hourly"
SERIES = sorted(SHARED.glob("*.csv.gz"))


def noisy(days: int, seed: int, unknown: float = 0.0) -> Floats:
    """A day's swing, a wandering level and noise, with a share of hours unknown."""
    rng = np.random.default_rng(seed)
    hours = np.arange(24 * days)
    swing = 80 * np.sin(hours / 24 * 2 * np.pi) + 20 * (hours // 24 % 7 >= 5)
    values = np.maximum(0, 300 + swing + rng.normal(0, 2, len(hours)).cumsum() + rng.normal(0, 15, len(hours)))
    values[1:][rng.random(len(hours) - 1) < unknown] = np.nan
    return values


@pytest.mark.capability("when", verified="real")
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60), st.integers(0, 24 * 10 - 1), st.sampled_from((0.0, 0.05)))
def test_changing_the_future_never_changes_the_forecast(seed: int, ahead: int, extra: int, unknown: float) -> None:
    values, at = noisy(28, seed, unknown), LEAST_HISTORY_H + extra
    changed = values.copy()
    changed[at:] = np.random.default_rng(seed + 1).choice([0.0, 900.0, np.nan], len(values) - at)
    before, after = forecasts(values, ahead), forecasts(changed, ahead)
    np.testing.assert_array_equal(before[: at + 1], after[: at + 1])
    # Nor does it matter whether there is a future at all.
    np.testing.assert_allclose(forecasts(values[:at], ahead)[at], before[at], rtol=1e-9, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.01, 50))
def test_the_forecast_goes_with_the_unit(seed: int, times: float) -> None:
    values = noisy(24, seed)
    np.testing.assert_allclose(
        forecasts((values * times).astype(np.float64), 24), forecasts(values, 24) * times, rtol=1e-5, atol=1e-6 * times
    )


@pytest.mark.parametrize("ahead", [1, 24, 48, MOST_AHEAD_H])
def test_a_grid_that_repeats_itself_is_forecast_exactly(ahead: int) -> None:
    day = np.random.default_rng(3).uniform(100, 500, 24)
    values: Floats = np.tile(day, 40)
    made = forecasts(values, ahead)
    assert made.shape == (len(values) + 1, ahead)
    assert np.isnan(made[:LEAST_HISTORY_H]).all()
    np.testing.assert_allclose(made[-1], np.tile(day, ahead // 24 + 1)[:ahead], rtol=1e-6)


def test_a_grid_that_never_changes_is_forecast_so() -> None:
    np.testing.assert_allclose(forecasts(np.full(600, 50.0), 24)[LEAST_HISTORY_H:], 50.0)
    np.testing.assert_allclose(forecasts(np.zeros(600), 24)[LEAST_HISTORY_H:], 0.0)


def test_weekends_are_learnt() -> None:
    hours = np.arange(24 * 70)
    values = (300.0 - 100.0 * (hours // 24 % 7 >= 5)).astype(np.float64)
    friday = 24 * (7 * 9 + 4) + 12
    assert forecasts(values[:friday], 36)[-1][24:].mean() < forecasts(values[:friday], 36)[-1][:12].mean() - 15


def test_unknown_hours_are_filled_from_the_past_alone() -> None:
    values = noisy(20, 1)
    values[100:110] = np.nan
    known = filled(values)
    np.testing.assert_array_equal(known[100:110], known[76:86])
    assert not np.isnan(known).any()


@pytest.mark.parametrize(
    ("values", "ahead", "problem"),
    [
        (np.ones(LEAST_HISTORY_H - 1), 24, "too few"),
        (np.ones(900), MOST_AHEAD_H + 1, "beyond a forecast"),
        (np.concatenate([np.full(30, np.nan), np.ones(900)]), 24, "begins with a day of unknown"),
        (np.full(900, np.nan), 24, "begins with a day of unknown"),
    ],
)
def test_what_cannot_be_forecast_is_refused(values: Floats, ahead: int, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        forecasts(values, ahead)


ROWS = arrays(np.float64, st.integers(3, 9), elements=st.floats(0, 1000))


@given(ROWS, st.floats(0.1, 3.0), st.booleans())
def test_the_hours_chosen_are_the_least_of_all(row: Floats, duration: float, interruptible: bool) -> None:
    """Against trying every set of hours, and every way to place the part of an hour."""
    job = Job(duration, len(row), interruptible)
    got = float(mean_over(row, chosen(row, job), job))
    if interruptible:
        tries = itertools.permutations(range(len(row)), job.slots)
    else:
        tries = (tuple(range(k, k + job.slots)) for k in range(len(row) - job.slots + 1))
    least = min(float(row[list(hours)] @ job.shares) / duration for hours in tries)
    assert got == pytest.approx(least, rel=1e-9, abs=1e-9)


@given(st.floats(0.05, 100))
def test_the_parts_of_hours_sum_to_the_duration(duration: float) -> None:
    job = Job(duration, 200)
    assert job.shares.sum() == pytest.approx(duration)
    assert (job.shares > 0).all()
    assert (job.shares <= 1 + 1e-9).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from((1.0, 2.5, 4.0)), st.sampled_from((6, 24)), st.booleans())
def test_no_policy_beats_the_perfect_one_and_perfect_forecasts_reach_it(
    seed: int, duration: float, deadline: int, interruptible: bool
) -> None:
    truth, job = noisy(25, seed), Job(duration, deadline, interruptible)
    padded = np.concatenate([truth, np.full(deadline, 300.0)])
    perfect = np.lib.stride_tricks.sliding_window_view(padded, deadline)[: len(truth) + 1]
    known = judge(truth, perfect, job, history_h=500, policy="once")
    assert known.share_of_perfect == pytest.approx(1.0)
    lazy = judge(truth, np.broadcast_to(np.arange(float(deadline)), perfect.shape), job, history_h=500, policy="hourly")
    assert lazy.saving == pytest.approx(0.0, abs=1e-12)
    made = forecasts(truth, deadline)
    for policy in ("once", "hourly"):
        judged = judge(truth, made, job, history_h=500, policy=policy)
        assert judged.perfect <= judged.shifted + 1e-9
        assert judged.starts == len(truth) - deadline + 1 - 500


def test_perfect_forecasts_renewed_hourly_reach_the_perfect_too() -> None:
    truth = noisy(25, 5)
    padded = np.concatenate([truth, np.full(24, 300.0)])
    perfect = np.lib.stride_tricks.sliding_window_view(padded, 24)[: len(truth) + 1]
    for job in (Job(3, 24), Job(2.5, 24), Job(3, 24, interruptible=True), Job(2.25, 24, interruptible=True)):
        again = judge(truth, perfect, job, history_h=500, policy="hourly")
        assert again.share_of_perfect == pytest.approx(1.0)


def test_starts_with_unknown_hours_are_left_out_and_counted() -> None:
    truth = noisy(25, 2)
    made = forecasts(truth, 24)
    truth[520] = np.nan
    judged = judge(truth, made, Job(4, 24), history_h=500, policy="once")
    assert (judged.starts, judged.left_out) == (len(truth) - 23 - 500 - 21, 21)


@pytest.mark.parametrize(
    ("duration", "deadline", "problem"),
    [
        (5, 4, "cannot be done"),
        (3.5, 3, "cannot be done"),
        (0, 4, "is none"),
        (-1, 4, "is none"),
        (float("nan"), 4, "is none"),
    ],
)
def test_a_job_that_cannot_be_done_is_refused(duration: float, deadline: int, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        Job(duration, deadline)


def share_of_perfect(path: Path, job: Job, last_days: int) -> float:
    """Of the last days of a real series, planned anew each hour."""
    read, last = read_series(path), -24 * last_days

    def cut(row: Sequence[float | None]) -> Floats:
        return np.array([np.nan if v is None else v for v in row[last:]])

    fuels: dict[Fuel, Floats] = {part.fuel: cut(part.mwh) for part in read.as_read.generation}
    expected = forecasts_with(cut(read.as_read.values), fuels, job.deadline_h)
    judged = judge(cut(read.series.values), expected, job, history_h=28 * 24, policy="hourly")
    assert judged.saving > 0
    return judged.share_of_perfect or 0.0


real = pytest.mark.skipif(not SERIES, reason="real hourly series are not here: set RUNG_SHARED")


@real
@pytest.mark.parametrize("interruptible", [False, True])
def test_no_real_series_is_worse_off_and_autumn_reaches_most_of_the_saving(interruptible: bool) -> None:
    """September to December; the year as a whole does better (the slow test below)."""
    shares = [share_of_perfect(path, Job(4, 24, interruptible), 120) for path in SERIES]
    assert np.median(shares) > 0.7
    assert min(shares) > 0.5


@real
@pytest.mark.slow
def test_the_year_reaches_80_per_cent_on_the_median_series_and_60_on_the_worst() -> None:
    """As `bench/shift.py --history-days 28 --duration-h 4 --deadline-h 24 --interruptible no`."""
    shares = [share_of_perfect(path, Job(4, 24), 366) for path in SERIES]
    assert np.median(shares) >= 0.80
    assert min(shares) >= 0.60
