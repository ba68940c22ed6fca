"""Which regions come into question: names by pattern, countries by group."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from rung import catalog
from rung.catalog import GridRow
from rung.errors import BadInput
from rung.placement.latency import Point
from rung.types import Rejection

EU: Final = frozenset(
    "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""Member states, 2020 to date (Treaty on European Union)."""

GROUPS: Final = {
    "EU": EU,
    "EEA": EU | {"IS", "LI", "NO"},
    "EFTA": frozenset({"CH", "IS", "LI", "NO"}),
    "DACH": frozenset({"AT", "CH", "DE"}),
    "NORDICS": frozenset({"DK", "FI", "IS", "NO", "SE"}),
}
"""Groups of countries. A region counts by the country it lies in; who operates it is a question for a lawyer."""

_ALIASES: Final = {"UK": "GB", "EL": "GR", "USA": "US"}


def matching(patterns: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    """The names that one of the patterns fits, in the order known; `*` and `?` as in a shell.

    Raises:
        BadInput: a pattern fits nothing; close names are told.
    """
    for pattern in patterns:
        if not any(fnmatchcase(name.casefold(), pattern.casefold()) for name in known):
            stem = pattern.rstrip("*")
            near = (
                difflib.get_close_matches(stem, known, n=3, cutoff=0.5) or [n for n in known if stem and stem in n][:3]
            )
            hint = f"did you mean {', '.join(near)}?" if near else f"e.g. {', '.join(known[:3])}."
            raise BadInput(f"no {what} {pattern!r}", mend=f"{hint} `rung catalog` lists all; * stands for anything")
    return [name for name in known if any(fnmatchcase(name.casefold(), p.casefold()) for p in patterns)]


def countries_of(residency: Iterable[str]) -> frozenset[str]:
    """The countries that a residency rule allows: country codes and names of groups.

    Raises:
        BadInput: neither a group nor a country of the catalog.
    """
    allowed: set[str] = set()
    for word in residency:
        code = word.strip().upper()
        if code in GROUPS:
            allowed |= GROUPS[code]
        elif code in _known_countries():
            allowed.add(code)
        else:
            meant = _ALIASES.get(code)
            hint = f"write {meant}" if meant else f"groups are {', '.join(GROUPS)}; countries have two letters, e.g. FR"
            raise BadInput(f"no country or group {word.strip()!r}", mend=hint)
    return frozenset(allowed)


@cache
def _known_countries() -> frozenset[str]:
    mine = {catalog.grid(name).country for name in catalog.regions()}
    return frozenset(mine).union(*GROUPS.values())


def outside(place: GridRow, allowed: frozenset[str], asked: Sequence[str]) -> Rejection | None:
    """Why a place is refused by residency; None when it is not."""
    if place.country in allowed:
        return None
    return Rejection("residency", f"data in {', '.join(word.strip().upper() for word in asked)}", place.country)


def point_of(place: GridRow) -> Point | None:
    """Where a region lies; None for a zone, which is no point."""
    if place.latitude is None or place.longitude is None:
        return None
    return Point(place.latitude, place.longitude)
