"""`rung when`: the cleanest hours, and region, for a job that can wait."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rung.errors import BadInput
from rung.types import Origin, Quantity

if TYPE_CHECKING:
    from rung.feeds import Feed, HourlySeries
    from rung.placement.when_records import Option, When

OLD: Final = timedelta(hours=48)
"""A series that ended longer ago says nothing of now."""

_HOURS = {"m": 1 / 60, "min": 1 / 60, "h": 1.0, "d": 24.0}
_WATTS = {"W": 1.0, "kW": 1e3, "MW": 1e6}


def when(
    files: Sequence[str],
    regions: Sequence[str],
    live: Sequence[str],
    *,
    duration: str,
    power: str,
    deadline: str,
    interruptible: bool,
    start: str | None,
    today: str | None,
    skip_bad: bool,
    home: Path,
    html: Path | None,
    as_json: bool,
) -> None:
    """Say when and where to run."""
    from rung.placement.shifting import Job
    from rung.placement.when import when as decide
    from rung.placement.when import when_forecast

    job = Job(hours_of(duration, "--duration"), math.floor(hours_of(deadline, "--deadline") + 1e-9), interruptible)
    watts = watts_of(power)
    arrival = None if start is None else _moment(start)
    named = [*_split(files), *(_named(region) for region in regions)]
    if files and regions and today is None:
        problem = "--series and --region together do not say where the job runs today"
        raise BadInput(problem, mend="add --today NAME, or name every file by --region NAME=FILE")
    if live and (named or start):
        raise BadInput("--live goes with neither a history nor --start", mend="give either --live, or --series")
    if live:
        found = when_forecast([_forecast(one, home) for one in live], job, watts, today=today)
    else:
        read = [_read(name, path, skip_bad=skip_bad) for name, path in named]
        found = decide(read, job, watts, start=arrival, today=today)
        if arrival is None:
            _tell_age(found.arrival)
    if html is not None:
        from rung.report.when import render_when

        html.write_text(render_when(found), encoding="utf-8")
        print(f"wrote {html}", file=sys.stderr)
    print(json.dumps(found.to_json(), indent=2) if as_json else summary(found))


def _tell_age(arrival: datetime) -> None:
    """A plan from the end of an old file is no plan for now, though it reads like one."""
    age = datetime.now(UTC) - arrival
    if age > OLD:
        print(
            f"note: the series end at {arrival:%Y-%m-%d %H:%M} UTC, {age.days} days ago: this plan is for the hours "
            "after that, not for now. Give newer series, or --live; --start says a past moment on purpose.",
            file=sys.stderr,
        )


def hours_of(text: str, option: str) -> float:
    """Hours from e.g. `90m`, `4h`, `2d`.

    Raises:
        BadInput: no such form, or not positive.
    """
    value, unit = _parts(text, _HOURS, f"{option} {text!r} is no duration", "write e.g. 90m, 4h or 2d")
    if not value > 0:
        raise BadInput(f"{option} {text} is none", mend="give a positive duration, e.g. 4h")
    return value * _HOURS[unit]


def watts_of(text: str) -> Quantity:
    """Power [W] from e.g. `300W`, `1.2kW`.

    Raises:
        BadInput: no such form, or not positive.
    """
    value, unit = _parts(text, _WATTS, f"--power {text!r} is no power", "write e.g. 300W or 1.2kW")
    if not value > 0:
        raise BadInput(f"--power {text} is none", mend="give a positive power, e.g. 300W")
    return Quantity.of(value * _WATTS[unit], "W", Origin.QUOTED)


def _parts(text: str, units: Iterable[str], problem: str, mend: str) -> tuple[float, str]:
    found = re.fullmatch(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*", text)
    if found is None or found[2] not in units or len(found[1]) > 15:
        raise BadInput(problem, mend=mend)
    return float(found[1]), found[2]


def _moment(text: str) -> datetime:
    from rung.feeds.series import parse_time

    try:
        return parse_time(text)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"--start {text!r} is no time", mend="write ISO 8601 in UTC, e.g. 2026-01-31T13:00Z") from error


def _split(files: Sequence[str]) -> list[tuple[str | None, Path]]:
    return [(None, Path(name.strip())) for given in files for name in given.split(",") if name.strip()]


def _named(region: str) -> tuple[str | None, Path]:
    name, equals, path = region.partition("=")
    if not (equals and name and path):
        raise BadInput(f"--region {region!r} names no file", mend="write --region NAME=FILE, e.g. --region FR=fr.csv")
    return name, Path(path)


def _read(name: str | None, path: Path, *, skip_bad: bool) -> HourlySeries:
    from rung.feeds import read_series

    read = read_series(path, zone=name, bad_rows="skip" if skip_bad else "refuse")
    for note in read.notes:
        print(note, file=sys.stderr)
    return read.as_read


def _forecast(given: str, home: Path) -> HourlySeries:
    service, colon, zone = given.partition(":")
    feed = _feed(service, home)
    if feed is None or not (colon and zone):
        mend = "write --live electricity-maps:ZONE or --live watttime:REGION"
        raise BadInput(f"--live {given!r} names no feed and zone", mend=mend)
    now = datetime.now(UTC)
    # The hour that has begun cannot be run in whole.
    return feed.forecast(zone, now=now + timedelta(hours=1))


def _feed(service: str, home: Path) -> Feed | None:
    cache = home / "feeds"
    if service == "electricity-maps":
        from rung.feeds.electricity_maps import ElectricityMaps

        return ElectricityMaps(cache=cache)
    if service == "watttime":
        from rung.feeds.watttime import WattTime

        return WattTime(cache=cache)
    return None


def summary(found: When) -> str:
    """The decision in a few lines."""
    from rung.report.when_words import grams, headline, saving_words

    lines = [headline(found), f"  {found.why}", ""]
    lines += _row("running at once", found.now)
    if not found.nothing_to_save:
        lines += _row("cleanest hours", found.chosen)
    lines += [f"  {'saving':<16} {saving_words(found)}"]
    lines += [f"  {'not ' + region:<16} {reason}" for region, reason in found.losers]
    if found.hindsight is not None:
        real = found.hindsight
        lines.append(
            f"  {'in hindsight':<16} at once {grams(real.now_g)}, in the cleanest hours {grams(real.chosen_g)}, "
            f"best possible {grams(real.perfect_g)}"
        )
    kept = "" if found.job.interruptible else "; it runs through"
    lines += ["", f"  {found.energy.value:.3g} kWh at {found.power.value:g} W; {found.kind} intensity; UTC{kept}"]
    if found.verdict != "now" and found.checked:
        lines.append(f"  range: 5% to 95% of {found.checked} past decisions at about this hour of the day")
        lines.append("  a later look knows more: ask again while the job waits")
    return "\n".join(lines)


def _row(label: str, option: Option) -> list[str]:
    from rung.report.numbers import interval
    from rung.report.when_words import hours_words

    return [f"  {label:<16} {interval(option.carbon)}: {hours_words(option)}, {option.region}"]
