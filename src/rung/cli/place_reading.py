"""Numbers, places and lists as people type them, read into what a placement is asked with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rung.errors import BadInput, MissingFactor

if TYPE_CHECKING:
    from rung.placement.latency import User


MOST = {"[W]": 1e10, "[h]": 1e9, "[years]": 1e3}
"""The largest number of an option, by the unit in its help; 1e15 for the others."""
SMALLEST = 1e-12


def number_for(text: str) -> Callable[[str], float]:
    """`number` for an option whose help this is."""
    most = next((most for unit, most in MOST.items() if unit in text), 1e15)

    def read(given: str) -> float:
        return number(given, most)

    read.__name__ = number.__name__  # the reference prints it
    return read


def number(text: str, most: float = 1e15) -> float:
    """A number with a decimal point.

    Raises:
        BadInput: it is none, not finite, or below 0.
    """
    try:
        value = float(text)
    except ValueError:
        comma = text.count(",") == 1 and text.replace(",", "").replace(".", "").strip().isdigit()
        mend = f"write a decimal point: {text.replace(',', '.')}" if comma else "give a number, e.g. 0.5"
        raise BadInput(f"{text!r} is no number", mend=mend) from None
    if not math.isfinite(value):
        raise BadInput(f"{text!r} is no finite number", mend="give a number, e.g. 0.5")
    if value < 0:
        raise BadInput(f"{text} is negative", mend="give 0 or more")
    if value > most or 0 < value < SMALLEST:
        raise BadInput(f"{text} cannot be", mend=f"give 0, or {SMALLEST:g} to {most:g}")
    return value


def listed(text: str | None) -> list[str]:
    """The parts of a list with commas, without the empty ones."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def mixes(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """`NAME=REGION=SHARE,REGION=SHARE`, each.

    Raises:
        BadInput: one has another form.
    """
    form = "write --mix NAME=REGION=SHARE,REGION=SHARE, e.g. --mix eu=aws:eu-west-1=0.5,aws:eu-west-3=0.5"
    found: dict[str, dict[str, float]] = {}
    for text in texts:
        name, equals, rest = text.partition("=")
        shares: dict[str, float] = {}
        for part in listed(rest):
            region, between, share = part.rpartition("=")
            if not between or region in shares:
                raise BadInput(f"{text!r} is no mix of regions with a share each", mend=form)
            shares[region] = number(share)
        if not equals or not name or name in found or len(shares) < 2:
            raise BadInput(f"{text!r} is no mix of two regions or more", mend=form)
        found[name] = shares
    return found


_USER_FORM = "give --user LATITUDE,LONGITUDE or a cloud region (see `rung catalog regions`), with =WEIGHT"


def users(texts: Sequence[str]) -> tuple[User, ...]:
    """`PLACE` or `PLACE=WEIGHT`, each; a place is LATITUDE,LONGITUDE or a cloud region.

    Raises:
        BadInput: one is neither.
    """
    return tuple(_user(text) for text in texts)


def _user(text: str) -> User:
    from rung import catalog
    from rung.placement.latency import Point, User
    from rung.placement.regions import point_of

    place, _, weight = text.partition("=")
    share = number(weight) if weight else 1.0
    if "," in place or ";" in place:
        return User(place, Point(*_degrees(place)), share)
    try:
        point = point_of(catalog.grid(place))
    except MissingFactor as error:
        mend = f"{_USER_FORM}; {error.mend.partition('? Else')[0]}?" if "? Else" in error.mend else _USER_FORM
        raise BadInput(f"--user {text!r} is no place", mend=mend) from None
    if point is None:
        raise BadInput(
            f"{place!r} is a grid zone, no point", mend="give LATITUDE,LONGITUDE or a cloud region near the users"
        )
    return User(place, point, share)


def _degrees(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2 or ";" in text:
        raise BadInput(
            f"{text!r} is no place",
            mend="write LATITUDE,LONGITUDE with decimal points, e.g. 48.86,2.35; one --user each",
        )
    try:
        north, east = (float(part) for part in parts)
    except ValueError:
        raise BadInput(f"{text!r} is no place", mend="write LATITUDE,LONGITUDE in degrees, e.g. 48.86,2.35") from None
    if not (math.isfinite(north) and math.isfinite(east)):
        raise BadInput(f"{text!r} is no place", mend="write LATITUDE,LONGITUDE in degrees, e.g. 48.86,2.35")
    return north, east


def objectives(text: str) -> tuple[str, ...]:
    """One objective, or several for a front.

    Raises:
        BadInput: an unknown one, one twice, or weights.
    """
    known = ("carbon", "energy", "water", "cost")
    asked = [word.casefold() for word in listed(text)]
    if any("=" in word or ":" in word or "*" in word for word in asked):
        raise BadInput(
            f"weights in {text!r}: a weighted sum hides what is traded",
            mend="name the objectives; the front shows all of it",
        )
    if unknown := [word for word in asked if word not in known]:
        raise BadInput(f"no objective {unknown[0]!r}", mend=f"choose among {', '.join(known)}")
    if not asked or len(set(asked)) < len(asked):
        raise BadInput(f"{text!r} are no objectives", mend="give one, or several different ones, e.g. carbon,cost")
    return tuple(asked)
