"""Reading files of use: the kind is told by the columns, rows become activities, and bad rows are named or counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final, Literal

from rung.accounting.activities import Activity
from rung.accounting.conditions import Options
from rung.accounting.hosted import TokenUse, merged, token_activity
from rung.accounting.reading.rows import Harvest, Row, harvest, rows_of
from rung.accounting.reading.tables import NOT_NETTED, Places, codecarbon_reader, focus_reader, hours_reader
from rung.accounting.reading.tokens import bedrock_row, langfuse_row, litellm_row, openai_row
from rung.errors import BadData, BadInput, MissingFactor

Kind = Literal["openai", "bedrock", "litellm", "langfuse", "codecarbon", "hours", "focus"]
KINDS: Final[tuple[Kind, ...]] = ("openai", "bedrock", "litellm", "langfuse", "codecarbon", "hours", "focus")
_DEFAULT_UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("openai", "bedrock", "litellm", "langfuse"), "request"),
    "codecarbon": "run",
    "hours": "hour",
    "focus": "bill",
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
    rows = chain.from_iterable(rows_of(path) for path in paths)
    if chosen in _TOKEN_READERS:
        taken = _tokens(chosen, rows, options, skip_bad=skip_bad)
    else:
        found = harvest(rows, _TABLE_READERS[chosen](options), skip_bad=skip_bad)
        taken = _taken(chosen, found.kept, found, len(found.kept), options)
    if not taken.activities:
        raise taken.stopped or _no_rows(paths, taken)
    return taken


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


def kind_of(path: Path) -> Kind:
    """The kind of a file, by the columns of its first row that can be read.

    Raises:
        BadData: none fits, or several do.
    """
    first = next((row for row in rows_of(path) if not row.broken), None)
    if first is None:
        broken = next(rows_of(path), None)
        why = f"{path.name}:1: the file has no rows" if broken is None else f"{broken.where}: {broken.broken}"
        raise BadData(why, mend="give a file with at least one row of use")
    fits: list[Kind] = [kind for kind in KINDS if _fits(kind, first)]
    if len(fits) == 1:
        return fits[0]
    columns = ", ".join(list(first.values)[:12])
    if fits:
        raise BadData(
            f"{first.where}: ambiguous columns: they fit {' and '.join(fits)}", mend=f"say which: --kind {fits[0]}"
        )
    raise BadData(
        f"{first.where}: no kind of file has the columns {columns}", mend=f"say --kind, one of {', '.join(KINDS)}"
    )


def _fits(kind: Kind, row: Row) -> bool:
    has = row.values.keys()
    traced = bool(has & {"traceId", "trace_id"})
    tokens = bool(has & {"prompt_tokens", "input_tokens"})
    match kind:
        case "openai":
            return (
                not traced
                and "call_type" not in has
                and (row.value("response.body") is not None or (isinstance(row.value("usage"), dict) or tokens))
            )
        case "bedrock":
            return "schemaType" in has or ("modelId" in has and row.value("input.inputTokenCount") is not None)
        case "litellm":
            return tokens and bool(has & {"spend", "response_cost"})
        case "langfuse":
            return traced and "type" in has
        case "codecarbon":
            return {"energy_consumed", "duration"} <= has
        case "hours":
            return bool(has & {"instance", "instance_type"}) and "hours" in has
        case "focus":
            return {"BillingCurrency", "ChargeCategory"} <= has and bool(has & {"BilledCost", "EffectiveCost"})


def _tokens(kind: Kind, rows: Iterator[Row], options: Options, *, skip_bad: bool) -> Taken:
    places, reader = Places(options), _TOKEN_READERS[kind]
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
        return use

    found = harvest(rows, read, skip_bad=skip_bad)
    uses = merged(found.kept)
    activities = [token_activity(use, places.at(use.region), options) for use in uses]
    return _taken(kind, activities, found, len(found.kept), options)


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
