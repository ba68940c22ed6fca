"""The last number of an answer against that of a reference."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rung.errors import BadData

LONGEST: Final = 300
"""A number has at most so many characters; keeps hopeless texts from taking seconds."""

_LATEX: Final = (
    (re.compile(r"\\[dt]?frac\s?\{(\d+)\}\s?\{(\d+)\}"), r" \1/\2"),
    (re.compile(r"\{,\}|(?<=\d)\\[,!](?=\d{3})"), ","),
    (re.compile(r"\\(?=[$%])"), ""),
)
_NUMBER: Final = re.compile(
    r"""(?P<sign>(?<![\w)])[-+])?[$€£¥₹]?(?P<inner>(?<=[$€£¥₹])[-+])?
    (?:
        (?<!/) (?:(?P<whole>\d+)[ ])? (?P<over>\d+)/(?P<under>\d+) (?!/?\d)
      | (?P<digits>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<!\d)\.\d+) (?P<power>[eE][-+]?\d{1,3}(?!\w))?
    )
    (?P<percent>\s?%)?""",
    re.VERBOSE,
)


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

    Thousands commas, currency signs, percent signs, fractions (3/4, 1 1/2), powers (1e-3) and LaTeX fractions are read;
    a comma as the decimal sign is not. 12% equals 12% and, where only one side has the sign, 12 and 0.12. Where the
    reference is 0 the tolerance is absolute.

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
    plain = text.replace("\N{MINUS SIGN}", "-")
    for pattern, by in _LATEX:
        plain = pattern.sub(by, plain)
    found: re.Match[str] | None = None
    for match in _NUMBER.finditer(plain):
        found = match
    return None if found is None or len(found[0]) > LONGEST else _number(found)


def _number(match: re.Match[str]) -> Number | None:
    if match["digits"] is not None:
        value = Fraction(match["digits"].replace(",", "") + (match["power"] or ""))
    elif int(match["under"]) == 0:
        return None
    else:
        value = int(match["whole"] or 0) + Fraction(int(match["over"]), int(match["under"]))
    negative = "-" in (match["sign"], match["inner"])
    return Number(-value if negative else value, match["percent"] is not None)


def _near(got: Fraction, wanted: Fraction, tolerance: float) -> bool:
    return abs(got - wanted) <= Fraction(tolerance) * (abs(wanted) or 1)
