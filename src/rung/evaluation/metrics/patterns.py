"""Answers that hold what a regular expression describes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from rung.errors import BadData, BadInput, BadScore, MissingExtra
from rung.types import Item

LIMIT_S: Final = 1.0
"""Longest search of one answer [s]; a pattern that needs more backtracks without end."""


@dataclass(frozen=True, slots=True)
class RegexScorer:
    """1 when the answer holds a match of the pattern, or, where none is given, of a reference read as a pattern.

    The syntax is that of the `regex` package (Python's `re` and more): `(?i)` at the start ignores case, `^` and `$`
    tie the match to the ends. A search that takes longer than a second ends in an error, not in a score.

    Args:
        name: of the metric.
        pattern: what to look for, or None for the references.

    Raises:
        BadInput: the pattern is no regular expression.
        MissingExtra: the package regex is not installed.
    """

    name: str = "regex"
    pattern: str | None = None
    binary: bool = True

    def __post_init__(self) -> None:
        if self.pattern is not None:
            try:
                compiled(self.pattern)
            except ValueError as error:
                raise BadInput(
                    f"{self.pattern!r} is no regular expression: {error}",
                    mend=r"mend the pattern; a sign that stands for itself is written with a backslash, e.g. \(",
                ) from error

    @property
    def needs_reference(self) -> bool:
        """Only where the references are the patterns."""
        return self.pattern is None

    def score(self, answer: str, item: Item) -> float:
        """1 when a pattern is found.

        Raises:
            BadData: a reference is no regular expression.
            BadScore: a search took too long.
        """
        patterns = item.references if self.pattern is None else (self.pattern,)
        return float(any(_found(pattern, answer, item.id) for pattern in patterns))


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """The compiled pattern.

    Raises:
        ValueError: it is no regular expression.
        MissingExtra: the package regex is not installed.
    """
    try:
        regex: Any = import_module("regex")
    except ImportError as error:
        raise MissingExtra("regex", extra="metrics") from error
    try:
        return regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _found(pattern: str, answer: str, item: str) -> bool:
    try:
        return compiled(pattern).search(answer, timeout=LIMIT_S) is not None
    except ValueError as error:
        raise BadData(
            f"the reference {pattern[:80]!r} of item {item!r} is no regular expression: {error}",
            mend="mend the row, or give one pattern for all items as regex:PATTERN",
        ) from error
    except TimeoutError as error:
        raise BadScore(
            f"the pattern {pattern[:80]!r} took more than {LIMIT_S:g} s on item {item!r}",
            mend="write it without repeats inside repeats, e.g. (a+)+ as a+, or with possessive ones: a++",
        ) from error
