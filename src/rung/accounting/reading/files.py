"""Reading files of use: rows become activities, and bad rows are named or counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

from rung.accounting.activities import Activity
from rung.accounting.conditions import Options
from rung.accounting.hosted import TokenUse, merged, token_activity
from rung.accounting.reading.charges import NOT_NETTED
from rung.accounting.reading.focus import focus_reader
from rung.accounting.reading.kinds import Kind, kind_of
from rung.accounting.reading.openai_costs import openai_costs_reader
from rung.accounting.reading.pages import PageEnd, more_notes
from rung.accounting.reading.parsing import rows_of
from rung.accounting.reading.places import Places
from rung.accounting.reading.repeats import Repeats
from rung.accounting.reading.rows import Harvest, Row, harvest
from rung.accounting.reading.tables import codecarbon_reader, hours_reader
from rung.accounting.reading.tokens import bedrock_row, langfuse_row, litellm_row, openai_row
from rung.errors import BadData, BadInput, MissingFactor

_DEFAULT_UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("openai", "bedrock", "litellm", "langfuse"), "request"),
    "codecarbon": "run",
    "hours": "hour",
    **dict.fromkeys(("focus", "openai-costs"), "bill"),
}

_TOKEN_READERS: Final[dict[str, Callable[[Row], TokenUse | None]]] = {
    "openai": openai_row,
    "bedrock": bedrock_row,
    "litellm": litellm_row,
    "langfuse": langfuse_row,
}
_TABLE_READERS: Final[dict[str, Callable[[Options], Callable[[Row], Activity | None]]]] = {
    "codecarbon": codecarbon_reader,
    "hours": hours_reader,
    "focus": focus_reader,
    "openai-costs": openai_costs_reader,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What files gave.

    Args:
        kind: of the files.
        activities: in order; token logs are summed by model and region.
        default_unit: the functional unit of the kind.
        skipped: `file:line: why` of each row left out.
        stopped: the error at which reading ended, or None.
        rows: how many were used.
        notes: what the reader should know.
    """

    kind: Kind
    activities: list[Activity]
    default_unit: str
    skipped: list[str] = field(default_factory=list[str])
    stopped: BadData | None = None
    rows: int = 0
    notes: tuple[str, ...] = ()


def take(paths: Sequence[Path], options: Options, *, kind: Kind | None = None, skip_bad: bool = False) -> Taken:
    """Read files of one kind.

    Args:
        paths: at least one file.
        options: place, prices, sizes.
        kind: None tells it by the columns.
        skip_bad: leave bad rows out and count them; else reading ends at the first.

    Raises:
        BadInput: a file is given twice, or the kinds differ.
        BadData: a file cannot be read, its kind cannot be told, or its first row is bad.
        MissingFactor: a token log names no region, and neither did the user.
    """
    _refuse_twice(paths)
    known: set[Kind] = {kind or kind_of(path) for path in paths}
    if len(known) > 1:
        raise BadInput(f"files of several kinds: {', '.join(sorted(known))}", mend="account for one kind at a time")
    chosen = known.pop()
    pages: list[PageEnd] = []
    rows = chain.from_iterable(rows_of(path, pages) for path in paths)
    if chosen in _TOKEN_READERS:
        taken = _tokens(chosen, rows, options, skip_bad=skip_bad)
    else:
        found = harvest(rows, _TABLE_READERS[chosen](options), skip_bad=skip_bad)
        taken = _taken(chosen, found.kept, found, len(found.kept), options)
    if not taken.activities:
        raise taken.stopped or _no_rows(paths, taken)
    return replace(taken, notes=(*taken.notes, *more_notes(pages)))


def _refuse_twice(paths: Sequence[Path]) -> None:
    """The same file twice, or a copy of it, would count its use twice."""
    seen: dict[str, Path] = {}
    for path in paths:
        if not path.is_file():
            continue  # told by the reader
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen:
            same = "is given twice" if path.resolve() == seen[digest].resolve() else f"is a copy of {seen[digest]}"
            raise BadInput(f"{path} {same}, and would count twice", mend="name it once")
        seen[digest] = path


def _tokens(kind: Kind, rows: Iterator[Row], options: Options, *, skip_bad: bool) -> Taken:
    places, reader, repeats = Places(options), _TOKEN_READERS[kind], Repeats()
    if kind != "bedrock" and options.place.region is None and options.place.grid_g_per_kwh is None:
        raise MissingFactor(
            "the log does not say where the model ran",
            mend="give --region (a guess is better than none: take the provider's main one), or --grid-intensity",
        )

    def read(row: Row) -> TokenUse | None:
        use = reader(row)
        if use is not None:
            places.at(use.region)  # an unknown region is this row's fault
            if use.cached > use.input:
                raise BadInput("more cached than input tokens", mend="input tokens hold the cached ones")
        return None if use is None or repeats.knows(use) else use

    found = harvest(rows, read, skip_bad=skip_bad)
    uses = merged(found.kept)
    activities = [token_activity(use, places.at(use.region), options) for use in uses]
    taken = _taken(kind, activities, found, len(found.kept), options)
    return replace(taken, notes=(*taken.notes, *repeats.notes))


def _taken(
    kind: Kind,
    activities: list[Activity],
    found: Harvest[TokenUse] | Harvest[Activity],
    rows: int,
    options: Options,
) -> Taken:
    if options.control is not None:
        activities = [replace(activity, control=options.control) for activity in activities]
    credited = sum(activity.charged.note.endswith(NOT_NETTED) for activity in activities)
    notes = (f"{credited} negative charge(s) are credits and are not netted against the cost",) if credited else ()
    return Taken(kind, activities, _DEFAULT_UNITS[kind], found.skipped, found.stopped, rows, notes)


def _no_rows(paths: Sequence[Path], taken: Taken) -> BadData:
    names = ", ".join(path.name for path in paths)
    if taken.skipped:
        return BadData(
            f"{taken.skipped[0]}, and no row of {names} can be used ({len(taken.skipped)} skipped)",
            mend="mend the rows, or give another --kind",
        )
    return BadData(f"{names}: no rows of use", mend="give a file with at least one row of use")
