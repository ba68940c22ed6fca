r"""What a model must be, as a user writes it: `license=apache,language=de,context>=8k`.

    needs    = need { "," need }
    need     = column operator value { "|" value }
    operator = "=" | "!=" | ">=" | "<=" | ">" | "<"

A column or a value in double quotes may hold commas, bars and operators; within quotes `\"` is a quote and `\\` a
backslash. Several values are alternatives, for `=` and `!=` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rung.errors import BadInput
from rung.evaluation.shortlist.amounts import Amount, Written, written
from rung.evaluation.shortlist.cells import Match, holds, is_unknown, same_text, shown
from rung.evaluation.shortlist.columns import SIZES, Column
from rung.evaluation.shortlist.languages import same_language
from rung.evaluation.shortlist.licences import same_licence
from rung.types import Rejection

Operator = Literal["=", "!=", ">=", "<=", ">", "<"]
Outcome = Literal["met", "failed", "unknown"]

_EXAMPLE: Final = "write e.g. license=apache,language=de|fr,context>=8k"
_SPELT: Final[dict[str, Operator]] = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "≠": "!=",
    ">=": ">=",
    "≥": ">=",
    "<=": "<=",
    "≤": "<=",
    ">": ">",
    "<": "<",
}
_TOKEN: Final = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\["\\])*)"|(?P<sign>[!<>=]=|[=<>≠≥≤|,])|(?P<plain>[^"=<>≠≥≤|,!]+|!)'
)
_TEXTUAL: Final[dict[str | None, Match]] = {"license": same_licence, "language": same_language}
_NO_NUMBERS: Final = ("license", "language", "model")


@dataclass(frozen=True, slots=True)
class Need:
    """One condition on one column.

    Args:
        column: as the user wrote it.
        operator: how it compares.
        values: what with; alternatives, one for an order.
    """

    column: str
    operator: Operator
    values: tuple[str, ...]

    @property
    def asked(self) -> str:
        """What is needed, without the column, e.g. `>= 8k`."""
        return f"{self.operator} {' | '.join(self.values)}"

    def __str__(self) -> str:
        return f"{_quoted(self.column)}{self.operator}{'|'.join(map(_quoted, self.values))}"


@dataclass(frozen=True, slots=True)
class Finding:
    """How a model stands to a need; `rejection` tells what was there where it is not met."""

    outcome: Outcome
    rejection: Rejection


def parse_needs(text: str) -> tuple[Need, ...]:
    """The needs of one `--need`.

    Raises:
        BadInput: it cannot be read; with the part that is wrong.
    """
    return tuple(_need(part, text) for part in _split(list(_tokens(text)), ",", text))


class BoundNeed:
    """A need on a column of a table, ready to judge cells.

    Args:
        need: what is asked.
        column: where it is looked up.

    Raises:
        BadInput: an order is asked with what is no number, or with a unit of something else.
    """

    def __init__(self, need: Need, column: Column) -> None:
        self.need = need
        self.column = column
        numbers = [None if column.concept in _NO_NUMBERS else written(value) for value in need.values]
        self.wanted = [_in_unit(column, number) for number in numbers]
        self.in_percent = any(number is not None and number.percent for number in numbers)
        self._known: dict[str, Finding] = {}
        self._refuse_what_is_no_number()

    def _refuse_what_is_no_number(self) -> None:
        need, concept = self.need, self.column.concept
        ordered = need.operator not in ("=", "!=")
        if ordered and concept in _NO_NUMBERS:
            raise BadInput(f"{need}: a {concept} has no order", mend="use = or !=")
        if not ordered and concept not in (*SIZES, "context"):
            return
        for value, wanted in zip(need.values, self.wanted, strict=True):
            if wanted is None:
                mend = "write a number, with k, m, b, t, % or USD where it has a unit"
                raise BadInput(f"{need}: {value!r} is no number", mend=mend)

    def find(self, cell: Any) -> Finding:
        """How a cell stands to the need. Texts repeat in long tables, so each is judged once."""
        known = self._known.get(cell) if isinstance(cell, str) else None
        if known is not None:
            return known
        outcome, got = self._outcome(cell)
        found = Finding(outcome, Rejection(self.column.asked, self.need.asked, got))
        if isinstance(cell, str):
            self._known[cell] = found
        return found

    def _outcome(self, cell: Any) -> tuple[Outcome, str]:
        if is_unknown(cell):
            return "unknown", "unknown"
        if self.need.operator not in ("=", "!="):
            held, wanted = self.column.amount(cell), self.wanted[0]
            if held is None or wanted is None:
                size = " above 0" if self.column.concept in SIZES else ""
                return "unknown", f"{shown(cell)}, which is no number{size}"
            return ("met" if _ordered(held, self.need.operator, wanted) else "failed"), shown(cell)
        found = self._any(cell)
        if found is None:
            return "unknown", f"{shown(cell)}, which leaves it open"
        return ("met" if found == (self.need.operator == "=") else "failed"), shown(cell)

    def _any(self, cell: Any) -> bool | None:
        """Whether one of the values stands in a cell."""
        held = None if all(one is None for one in self.wanted) else self.column.amount(cell)
        same = _TEXTUAL.get(self.column.concept, same_text)
        said = [
            held.same(wanted) if held is not None and wanted is not None else holds(value, cell, same)
            for value, wanted in zip(self.need.values, self.wanted, strict=True)
        ]
        return True if True in said else None if None in said else False


def _in_unit(column: Column, number: Written | None) -> Amount | None:
    return None if number is None else column.wanted(number)


def _ordered(held: Amount, operator: Operator, wanted: Amount) -> bool:
    match operator:
        case ">":
            return held.above(wanted)
        case "<":
            return held.below(wanted)
        case ">=":
            return not held.below(wanted)
        case _:
            return not held.above(wanted)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["text", "sign"]
    text: str
    quoted: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadInput(
                f"--need {text!r}: a quote that does not end", mend='close the ", or write \\" within quotes'
            )
        at = found.end()
        if found["quoted"] is not None:
            yield _Token("text", re.sub(r"\\(.)", r"\1", found["quoted"]), quoted=True)
        elif found["sign"] is not None:
            yield _Token("sign", found["sign"])
        elif found["plain"].strip():
            yield _Token("text", found["plain"].strip())


def _split(tokens: Sequence[_Token], sign: str, text: str) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token.kind == "sign" and token.text == sign:
            parts.append([])
        else:
            parts[-1].append(token)
    if any(not part for part in parts):
        what = "is empty" if len(parts) == 1 else f"has nothing before or after {sign!r}"
        raise BadInput(f"--need {text!r} {what}", mend=_EXAMPLE)
    return parts


def _need(part: Sequence[_Token], text: str) -> Need:
    said = " ".join(token.text for token in part)
    signs = [at for at, token in enumerate(part) if token.kind == "sign" and token.text in _SPELT]
    if not signs:
        digits = said.replace(" ", "").isdigit() and text.strip() != said
        mend = "write numbers without commas, e.g. 8192" if digits else _EXAMPLE
        raise BadInput(f"--need {text!r}: {said!r} has no =, !=, >=, <=, > or <", mend=mend)
    if len(signs) > 1:
        raise BadInput(f"--need {text!r}: {said!r} compares twice", mend="separate needs with commas")
    operator = _SPELT[part[signs[0]].text]
    column = _one(part[: signs[0]], said, "column", text)
    values = tuple(_one(one, said, "value", text) for one in _split(part[signs[0] + 1 :], "|", text))
    if len(values) > 1 and operator not in ("=", "!="):
        raise BadInput(f"--need {text!r}: alternatives with {operator}", mend="use | with = and != only")
    return Need(column, operator, values)


def _one(tokens: Sequence[_Token], said: str, what: str, text: str) -> str:
    """The one text of a column or a value; words between which no sign stands are one text already."""
    if len(tokens) != 1 or tokens[0].kind != "text" or not tokens[0].text.strip():
        raise BadInput(f"--need {text!r}: {said!r} has no {what} that can be read", mend=_EXAMPLE)
    if not tokens[0].quoted and tokens[0].text == "!":
        raise BadInput(f"--need {text!r}: a lone !", mend="write != for what must not be")
    return tokens[0].text


def _quoted(text: str) -> str:
    """A text as it must be written in a need."""
    if text.strip() == text and text and not re.search(r'["=<>≠≥≤|,!]', text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
