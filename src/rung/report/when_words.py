"""When to run, in words: the decision, the hours, and what waiting is expected to save. Nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rung.placement.when_records import Option, Span, When
from rung.report.labels import shorten
from rung.report.numbers import plain_figure, spread

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure, or a few words, under a name; `below` is small print and may be empty."""

    name: str
    text: str
    below: str
    words: bool = False


def headline(found: When) -> str:
    """The decision in a sentence; a long region's whole name stands with its hours."""
    place = f" in {shorten(found.advised.region, 60)}" if len(found.options) > 1 else ""
    if found.verdict == "now":
        return f"Run now{place}: waiting is not worth it."
    if found.advised.hours == found.now.hours:
        return f"Run now{place}."
    return f"Run {hours_words(found.advised)}{place}."


def hours_words(option: Option) -> str:
    """E.g. `2026-06-01 19:00 to 23:00`, or several such spans; hours are UTC."""
    spans: list[tuple[datetime, datetime]] = []
    for hour, share in zip(option.hours, option.shares, strict=True):
        end = hour + share * _HOUR
        if spans and spans[-1][1] == hour:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((hour, end))
    return ", ".join(
        f"{a:%Y-%m-%d %H:%M} to {b:%H:%M}" if a.date() == b.date() else f"{a:%Y-%m-%d %H:%M} to {b:%m-%d %H:%M}"
        for a, b in spans
    )


def grams(value: float) -> str:
    """A mass that may be negative."""
    return plain_figure(value, "gCO2e") if value >= 0 else f"-{plain_figure(-value, 'gCO2e')}"


def saving_words(found: When) -> str:
    """The saving with its range, and as a share of running at once."""
    saving = found.saving
    if found.nothing_to_save:
        return "none: now is the cleanest"
    ends = "range unknown"
    if saving.low is not None and saving.high is not None:
        ends = f"{grams(saving.low)} to {grams(saving.high)}"
    if saving.value <= 0:
        return f"nothing is expected ({ends})"
    return f"{grams(saving.value)} ({ends}), {100 * found.saving_share:.0f}% of running at once"


def when_tiles(found: When) -> list[Tile]:
    """What a reader sees first: grams when the job waits or moves, plain words when it runs now."""
    if found.verdict == "now":
        return [_as_grams("Run now", found.now), *_of_waiting(found)]
    past = f"range: 5% to 95% of {found.checked} past decisions at about this hour, whose usual miss is added"
    return [
        _as_grams("Running at once", found.now),
        _as_grams("Cleanest hours", found.chosen),
        Tile("Expected saving", saving_words(found), past if found.checked else "", words=True),
    ]


def _as_grams(name: str, option: Option) -> Tile:
    return Tile(name, grams(option.carbon.value), f"{option.region}: {spread(option.carbon)}")


def _of_waiting(found: When) -> list[Tile]:
    """Why the job does not wait; the hours that looked cleanest are named, where they are not now."""
    chosen = found.chosen
    other = "Waiting" if chosen.region == found.now.region else "Waiting or moving"
    if found.nothing_to_save:
        return [Tile(other, "saves nothing: now is the cleanest", "", words=True)]
    saved = "is expected to save nothing"
    if found.saving.value > 0:
        saved = f"is expected to save {grams(found.saving.value)}, {100 * found.saving_share:.1f}%"
    hours = f"{hours_words(chosen)}, {chosen.region}"
    return [
        Tile(other, saved, _range_words(found.saving, found.checked), words=True),
        Tile("Cleanest hours expected", hours, f"{grams(chosen.carbon.value)}, {spread(chosen.carbon)}", words=True),
    ]


def _range_words(saving: Span, checked: int) -> str:
    """E.g. `from 13 gCO2e more to 3.3 gCO2e less than now, in 9 of 10 past decisions at about this hour (of 250)`."""
    if saving.low is None or saving.high is None:
        return "how far that may be off is unknown"
    if saving.low < 0 < saving.high:
        ends = f"from {grams(-saving.low)} more to {grams(saving.high)} less"
    elif saving.high <= 0:
        ends = f"{grams(-saving.high)} to {grams(-saving.low)} more"
    else:
        ends = f"{grams(saving.low)} to {grams(saving.high)} less"
    return f"{ends} than now, in 9 of 10 past decisions at about this hour (of {checked})"
