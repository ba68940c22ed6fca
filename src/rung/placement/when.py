"""When (and where) to run a job that can wait: the hours, what that is expected to save, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from rung.errors import BadInput
from rung.feeds import HourlySeries
from rung.feeds.files import LONGEST_BRIDGE_H
from rung.feeds.generation import Fuel
from rung.feeds.series import HOUR
from rung.placement.forecast import DAY, LEAST_HISTORY_H, Floats
from rung.placement.parts import forecasts_with
from rung.placement.shifting import Job, chosen, mean_over
from rung.placement.when_errors import COVERED, Errors, at_once_hours, past_errors
from rung.placement.when_records import Hindsight, Option, Span, When
from rung.types import Origin, Quantity

MOST_LEAD_H: Final = 2 * DAY
"""A history that ends longer before the start says little of it [h]."""

WORTH: Final = 0.02
"""An expected saving below this share of running at once is no reason to wait: the figures are no finer."""

_MOST_HISTORY_H: Final = 366 * DAY
"""Older hours cost time and hardly count: the longest memory of the forecast is half a year."""


def when(
    series: Sequence[HourlySeries],
    job: Job,
    power: Quantity,
    *,
    start: datetime | None = None,
    today: str | None = None,
) -> When:
    """Choose the hours, and the region, of least expected carbon, from histories.

    Between equals, the region of today is taken, then the one whose name sorts first: the order of the series decides
    nothing but which is today's, where `today` does not say it.

    Args:
        series: one for each region. Hours from `start` on are not looked at for the decision, only for its hindsight.
            Give them as they were read, with their gaps.
        job: what is to run.
        power: what it draws while it runs [W].
        start: when it arrives, taken up to the next whole hour; the end of the series that ends first when None.
        today: the region where the job runs today; the first of the series when None.

    Raises:
        BadInput: too little or too old a history, names that are double or unknown, or averages mixed with marginals.
    """
    _refuse_mixed(series, power)
    series = _today_first(series, today)
    arrival = _next_hour(start) if start is not None else min(one.end for one in series)
    past = [_history(one, arrival) for one in series]
    end = min(one.end for one in past)
    begin = _begin(past, end)
    lead = (arrival - end) // HOUR
    seen = np.stack([_cut(one.values, one, begin, end) for one in past])
    ahead = lead + job.deadline_h
    fuels = [_generation(one, begin, end) for one in past]
    made = np.stack([forecasts_with(row, parts, ahead) for row, parts in zip(seen, fuels, strict=True)])[:, :, lead:]
    errors = past_errors(seen, made, job, lead, arrival_hour=seen.shape[1] + lead)
    found = _decided(series, made[:, -1], job, power, arrival, errors)
    return replace(found, hindsight=_hindsight(series, found, job, power))


def when_forecast(series: Sequence[HourlySeries], job: Job, power: Quantity, *, today: str | None = None) -> When:
    """Choose from forecasts of a service, one for each region; their past errors are not known here.

    `today` and ties are as in `when`.

    Raises:
        BadInput: a forecast has unknown hours or ends before the deadline, or `today` is none of them.
    """
    _refuse_mixed(series, power)
    series = _today_first(series, today)
    arrival = max(one.start for one in series)
    expected = np.stack([_cut(one.values, one, arrival, arrival + job.deadline_h * HOUR) for one in series])
    for one, row in zip(series, expected, strict=True):
        if np.isnan(row).any():
            raise BadInput(
                f"the forecast of {one.zone} does not cover the {job.deadline_h} hours from {arrival:%Y-%m-%d %H:%M}",
                mend="give a shorter --deadline, or a history with --series",
            )
    return _decided(series, expected, job, power, arrival, None)


def _refuse_mixed(series: Sequence[HourlySeries], power: Quantity) -> None:
    if not series:
        raise BadInput("no series is given", mend="give one with --series FILE or --region NAME=FILE")
    names = [one.zone for one in series]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"two series are named {twice[0]!r}", mend="name each by --region NAME=FILE")
    if len({one.kind for one in series}) > 1:
        told = ", ".join(f"{one.zone} {one.kind}" for one in series)
        raise BadInput(f"average and marginal intensities do not compare ({told})", mend="give series of one kind")
    if power.unit != "W" or power.value <= 0:
        raise BadInput(f"a power of {power.value:g} {power.unit} is none", mend="give a positive power, e.g. 300W")


def _today_first(series: Sequence[HourlySeries], today: str | None) -> list[HourlySeries]:
    """The region of today, then the others by name: the first of several minima is then the right one."""
    names = [one.zone for one in series]
    if today is not None and today not in names:
        raise BadInput(f"no series is named {today!r}, where the job runs today", mend=f"one of {', '.join(names)}")
    first = today or names[0]
    return sorted(series, key=lambda one: (one.zone != first, one.zone))


def _next_hour(moment: datetime) -> datetime:
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if hour == moment else hour + HOUR


def _history(one: HourlySeries, arrival: datetime) -> HourlySeries:
    """The hours before the arrival, up to the last that is known; short gaps bridged by nothing that came later."""
    past, _ = one.before(arrival).bridged(LONGEST_BRIDGE_H)
    known = [index for index, value in enumerate(past.values) if value is not None]
    past = past.first(known[-1] + 1 if known else 0)
    if past.hours < LEAST_HISTORY_H:
        raise BadInput(
            f"{one.zone}: {past.hours} hours of history before {arrival:%Y-%m-%d %H:%M} are too few",
            mend=f"give at least {LEAST_HISTORY_H // DAY} days before the start; it begins {one.start:%Y-%m-%d}",
        )
    if (arrival - past.end) // HOUR > MOST_LEAD_H:
        raise BadInput(
            f"{one.zone}: the history ends at {past.end:%Y-%m-%d %H:%M}, too long before {arrival:%Y-%m-%d %H:%M}",
            mend=f"give a series that reaches to within {MOST_LEAD_H} hours of the start, or an earlier --start",
        )
    return past


def _begin(past: Sequence[HourlySeries], end: datetime) -> datetime:
    """At most a year before the end; earlier where a day was unknown just then."""
    earliest, day = max(one.start for one in past), DAY * HOUR
    begin = max(earliest, end - _MOST_HISTORY_H * HOUR)
    while begin > earliest and any(np.isnan(_cut(one.values, one, begin, begin + day)).all() for one in past):
        begin = max(earliest, begin - day)
    return begin


def _cut(row: Sequence[float | None], one: HourlySeries, begin: datetime, end: datetime) -> Floats:
    """The hours of a span out of a row of a series, NaN where unknown."""
    first, hours = one.index_of(begin), (end - begin) // HOUR
    inside = (row[k] if 0 <= k < len(row) else None for k in range(first, first + hours))
    return np.array([np.nan if value is None else value for value in inside], dtype=np.float64)


def _generation(one: HourlySeries, begin: datetime, end: datetime) -> dict[Fuel, Floats]:
    return {part.fuel: _cut(part.mwh, one, begin, end) for part in one.generation}


def _decided(
    series: Sequence[HourlySeries],
    expected: Floats,
    job: Job,
    power: Quantity,
    arrival: datetime,
    errors: Errors | None,
) -> When:
    energy = power.scaled(job.duration_h / 1000, "kWh")
    hours = chosen(expected, job)
    means = mean_over(expected, hours, job)
    best = int(means.argmin())
    now = _option(series[0], at_once_hours(job), expected[0], job, energy, errors and errors.at_once[0], arrival)
    wait_there = best == 0 or _worth_waiting(expected[best], hours[best], job, errors and errors.waiting[best])
    if not wait_there:
        hours[best] = at_once_hours(job)
    missed = errors and (errors.best if wait_there else errors.at_once[best])
    options = tuple(
        _option(one, hours[k], expected[k], job, energy, missed if k == best else None, arrival)
        for k, one in enumerate(series)
    )
    gap = now.expected_g_per_kwh - options[best].expected_g_per_kwh
    past = errors and (errors.saving if wait_there else errors.at_once[0] - errors.at_once[best])
    saving = Span(0.0, 0.0, 0.0) if _same(now, options[best]) else _saving(gap, energy, past)
    verdict, why = _verdict(now, options[best], saving, None if past is None else gap + past)
    if verdict == "move" and not wait_there:
        why = f"waiting there too is expected to save less than {WORTH:.0%} of running there at once; {why}"
    return When(
        job=job,
        power=power,
        energy=energy,
        arrival=arrival,
        kind=series[0].kind,
        sources=tuple(one.source for one in series),
        now=now,
        options=options,
        best=best,
        saving=saving,
        verdict=verdict,
        why=why,
        expected=tuple(tuple(float(v) for v in row) for row in expected),
        errors=None if errors is None else _bands(errors.hourly),
        checked=0 if errors is None else len(errors.saving),
        hindsight=None,
    )


def _bands(hourly: Floats) -> tuple[tuple[tuple[float, float], ...], ...]:
    low, high = hourly
    return tuple(tuple(zip(lows.tolist(), highs.tolist(), strict=True)) for lows, highs in zip(low, high, strict=True))


def _option(
    one: HourlySeries,
    hours: NDArray[np.intp],
    expected: Floats,
    job: Job,
    energy: Quantity,
    missed: Floats | None,
    arrival: datetime,
) -> Option:
    """A region with the hours chosen there, the earliest first."""
    mean = float(mean_over(expected, hours, job))
    intensity = Quantity.of(mean, "gCO2e/kWh", Origin.MODELLED)
    if missed is not None and mean > 0:
        low, high = (float(mean + q) for q in np.quantile(missed, COVERED))
        source = f"forecast:{one.zone}"
        intensity = Quantity.between(
            min(max(low, 0.0), mean), mean, max(high, mean), "gCO2e/kWh", source=source, origin=Origin.MODELLED
        )
    order = np.argsort(hours)
    return Option(
        region=one.zone,
        hours=tuple(arrival + int(hours[k]) * HOUR for k in order),
        shares=tuple(float(job.shares[k]) for k in order),
        expected_g_per_kwh=mean,
        carbon=energy.times(intensity, "gCO2e"),
    )


def _saving(expected: float, energy: Quantity, missed: Floats | None) -> Span:
    """Grams saved against running at once.

    The hours that look best look better than they are (the winner's curse): the middle is the expected saving plus
    what such savings missed by on average. The power counts at its mid: it is the same on both sides.
    """
    if missed is None:
        return Span(None, energy.value * expected, None)
    low, high = (float(q) for q in np.quantile(missed, COVERED))
    middle = expected + float(missed.mean())
    kwh = energy.value
    return Span(kwh * min(expected + low, middle), kwh * middle, kwh * max(expected + high, middle))


def _worth_waiting(expected: Floats, hours: NDArray[np.intp], job: Job, missed: Floats | None) -> bool:
    """Whether waiting in a region saves enough against running there at once, its usual miss added."""
    at_once = float(mean_over(expected, at_once_hours(job), job))
    gap = at_once - float(mean_over(expected, hours, job))
    return gap + (0.0 if missed is None else float(missed.mean())) > WORTH * at_once


def _same(now: Option, other: Option) -> bool:
    return (other.region, other.hours) == (now.region, now.hours)


def _verdict(
    now: Option, best: Option, saving: Span, like_it: Floats | None
) -> tuple[Literal["wait", "move", "now"], str]:
    """What to do, and why; `like_it` is what the saving would be with each past error."""
    if _same(now, best):
        return "now", "no later hour before the deadline is expected to be cleaner"
    if saving.value <= 0:
        other = "waiting" if best.region == now.region else "waiting or moving"
        return "now", f"{other} is expected to save nothing"
    if saving.value <= WORTH * now.carbon.value:
        return "now", f"the expected saving is below {WORTH:.0%} of running at once"
    verdict = "wait" if best.region == now.region else "move"
    if like_it is None:
        return verdict, "how far to trust it is unknown: no past forecasts to check"
    lost = int((like_it < 0).sum())
    return verdict, f"with the errors of {len(like_it)} past decisions at about this hour, {lost} would lose by it"


def _hindsight(series: Sequence[HourlySeries], found: When, job: Job, power: Quantity) -> Hindsight | None:
    """What really happened, where the series hold all hours up to the deadline."""
    end = found.arrival + job.deadline_h * HOUR
    real = np.stack([_cut(one.values, one, found.arrival, end) for one in series])
    if np.isnan(real).any():
        return None
    kwh = power.value * job.duration_h / 1000
    hours = np.array([(hour - found.arrival) // HOUR for hour in found.chosen.hours])
    taken = float(real[found.best][hours] @ np.array(found.chosen.shares)) / job.duration_h
    at_once = float(mean_over(real[0], at_once_hours(job), job))
    perfect = float(mean_over(real, chosen(real, job), job).min())
    return Hindsight(kwh * at_once, kwh * taken, kwh * perfect)
