"""The last number of an answer against that of a reference."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rung.errors import BadData

LONGEST: Final = 300
"""A number has at most so many characters; keeps hopeless texts from taking seconds."""

_MINUS: Final = str.maketrans(dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}\N{FULLWIDTH HYPHEN-MINUS}", "-"))
_PART: Final = r"(?:\{{\s*(?P<{0}>[-+]?\d{{1,100}}(?:\.\d{{1,100}})?)\s*\}}|\s?(?P<{0}_digit>\d))"
_FRACTION: Final = re.compile(
    rf"(?P<before>[\w)}}]?)(?P<sign>[-+]?)\\[dt]?frac\s?{_PART.format('over')}\s?{_PART.format('under')}(?!\d)"
)
_LATEX: Final = (
    (re.compile(r"\{,\}|(?<=\d)\\[,!](?=\d{3})"), ","),
    (re.compile(r"\\(?=[$%])"), ""),
)
_NUMBER: Final = re.compile(
    r"""(?P<sign>(?<![\w)])[-+])?[$€£¥₹]?(?P<inner>(?<=[$€£¥₹])[-+])?
    (?:
        (?<!/) (?:(?P<whole>\d+)[ ])? (?P<over>\d+)/(?P<under>\d+) (?!/?\d)
      | (?P<digits>
            (?: \d{1,3}(?:,\d{3})+(?!\d)
              | [1-9]\d{0,2}(?P<gap>['\u2019 \u00a0\u2009\u202f])\d{3}(?:(?P=gap)\d{3})*(?!\d|,\d{3}|/\d)
              | \d+
            )(?:\.\d+)?
          | (?<!\d)\.\d+
        ) (?P<power>[eE][-+]?\d{1,3}(?!\w))?
    )
    (?P<percent>\s?%)?""",
    re.VERBOSE,
)


_GAPS: Final = re.compile(r"[^\d.]")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written.

    Args:
        value: without its percent sign, exact.
        percent: whether a percent sign followed.
    """

    value: Fraction
    percent: bool = False

    @property
    def meanings(self) -> frozenset[Fraction]:
        """What it may mean to a reader who left the percent sign out: 12% is 12 or 0.12."""
        return frozenset((self.value, self.value / 100)) if self.percent else frozenset((self.value,))


def numeric_answer(answer: str, reference: str, *, tolerance: float = 0.0) -> float:
    """1 when the last number of the answer is that of the reference, within `tolerance` x the reference's size.

    Thousands marked by commas, apostrophes or spaces (`1 000` is one number), currency signs, percent signs, minus
    signs and en dashes before a number, fractions (3/4, 1 1/2), powers (1e-3) and LaTeX fractions with their signs
    are read; a comma as the decimal sign is not. 12% equals 12% and, where only one side has the sign, 12 and 0.12.
    Where the reference is 0 the tolerance is absolute.

    Raises:
        BadData: the reference holds no number.
    """
    wanted = last_number(reference)
    if wanted is None:
        raise BadData(
            f"a reference holds no number: {reference[:80]!r}",
            mend="numeric needs references that hold a number; mend the rows or choose another metric",
        )
    got = last_number(answer)
    if got is None:
        return 0.0
    if got.percent == wanted.percent:
        return float(_near(got.value, wanted.value, tolerance))
    return float(any(_near(a, b, tolerance) for a in got.meanings for b in wanted.meanings))


def last_number(text: str) -> Number | None:
    """The last number in a text, or None."""
    plain = _FRACTION.sub(_plain_fraction, text.translate(_MINUS))
    for pattern, by in _LATEX:
        plain = pattern.sub(by, plain)
    found: re.Match[str] | None = None
    for match in _NUMBER.finditer(plain):
        found = match
    return None if found is None or len(found[0]) > LONGEST else _number(found)


def _plain_fraction(match: re.Match[str]) -> str:
    r"""`-\frac{1}{2}` as -1/2: a sign before it is its own, unless it takes it from what stands before."""
    before, sign = match["before"], match["sign"]
    over, under = (Fraction(match[name] or match[f"{name}_digit"]) for name in ("over", "under"))
    if under == 0:
        return f"{before}{sign}0/0"
    value = over / under
    written = f"{abs(value.numerator)}/{value.denominator}"
    if before and sign:
        return f"{before}{sign}{' -' if value < 0 else ''}{written}"
    minus = "-" if (value < 0) != (sign == "-") and value else ""
    return f"{before} {minus}{written}" if before else f"{minus}{written}"


def _number(match: re.Match[str]) -> Number | None:
    if match["digits"] is not None:
        value = Fraction(_GAPS.sub("", match["digits"]) + (match["power"] or ""))
    elif int(match["under"]) == 0:
        return None
    else:
        value = int(match["whole"] or 0) + Fraction(int(match["over"]), int(match["under"]))
    negative = "-" in (match["sign"], match["inner"])
    return Number(-value if negative else value, match["percent"] is not None)


def _near(got: Fraction, wanted: Fraction, tolerance: float) -> bool:
    return abs(got - wanted) <= Fraction(tolerance) * (abs(wanted) or 1)
