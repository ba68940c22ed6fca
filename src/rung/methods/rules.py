"""Rules that find the value of a field in a text, learnt from examples: a decision list for each field.

Two kinds of rules compete by their precision on the training texts:

- a *place*: the shape of the value (`Aa 9` for "Bay 7") between some words to its left and at most one to its right;
- a *cue*: words that stand for a value which the text does not hold literally ("Friday" for `fri`).

Precision is (right + 0.5) / (uses + 1.5), so that a rule seen once is not trusted like one seen often.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["int", "float", "str", "json"]
Scalar = str | int | float

TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]|_")
LONGEST_VALUE: Final = 6
LONGEST_CUE: Final = 3
LEAST_PRECISION: Final = 0.25
EDGE: Final = "\x02"


@dataclass(frozen=True, slots=True)
class Text:
    """A text cut into tokens."""

    raw: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, raw: str) -> Text:
        """Cut a text."""
        matches = list(TOKEN.finditer(raw))
        return cls(raw, tuple(m.group() for m in matches), tuple(m.span() for m in matches))

    def between(self, start: int, end: int) -> str:
        """The raw text of tokens [start, end)."""
        return self.raw[self.spans[start][0] : self.spans[end - 1][1]]

    def places(self) -> Iterator[tuple[int, int]]:
        """Every stretch of tokens that may be a value."""
        for start in range(len(self.tokens)):
            for end in range(start + 1, min(start + LONGEST_VALUE, len(self.tokens)) + 1):
                yield start, end

    def place_keys(self, start: int, end: int, reach: int) -> Iterator[str]:
        """The names of the place rules that a stretch satisfies, up to `reach` words of left context."""
        shape = " ".join(_shape(token) for token in self.tokens[start:end])
        lowered = [token.lower() for token in self.tokens[max(0, start - reach) : start]]
        lowered = [EDGE] * (reach - len(lowered)) + lowered
        after = self.tokens[end].lower() if end < len(self.tokens) else EDGE
        for left in range(reach + 1):
            before = " ".join(lowered[reach - left :])
            yield f"{before}|{shape}|"
            yield f"{before}|{shape}|{after}"

    def cues(self) -> Iterator[str]:
        """The words and groups of words that may stand for a value."""
        lowered = [token.lower() for token in self.tokens]
        for start in range(len(lowered)):
            for end in range(start + 1, min(start + LONGEST_CUE, len(lowered)) + 1):
                yield " ".join(lowered[start:end])


@dataclass(frozen=True, slots=True)
class FieldRules:
    """The rules of one field.

    Args:
        name: of the field.
        kind: of its values; `json` values are only ever looked up.
        always: whether every training output has it.
        default: its most frequent value.
        reach: words of left context that were tried.
        places: precision by place rule.
        cues: (value, precision) by cue.
    """

    name: str
    kind: Kind
    always: bool
    default: Any
    reach: int
    places: dict[str, float]
    cues: dict[str, tuple[Any, float]]

    def find(self, text: Text) -> tuple[Any, float]:
        """The value in a text and the precision of the rule that gave it; (None, 0) when no rule fires."""
        best: tuple[Any, float] = (None, 0.0)
        for start, end in text.places():
            for key in text.place_keys(start, end, self.reach):
                precision = self.places.get(key, 0.0)
                if precision > best[1]:
                    value = _value(text.between(start, end), self.kind)
                    best = (value, precision) if value is not None else best
        for cue in text.cues():
            value, precision = self.cues.get(cue, (None, 0.0))
            if precision > best[1]:
                best = (value, precision)
        return best

    def to_json(self) -> list[Any]:
        """A form that `from_json` reads back."""
        return [self.name, self.kind, self.always, self.default, self.reach, self.places, self.cues]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> FieldRules:
        """The rules that `to_json` wrote."""
        name, kind, always, default, reach, places, cues = data
        return cls(name, kind, always, default, reach, places, {cue: (v, p) for cue, (v, p) in cues.items()})


def learn_field(name: str, texts: Sequence[Text], outputs: Sequence[dict[str, Any]], reach: int) -> FieldRules:
    """Learn the rules of one field from texts and the outputs that belong to them."""
    values = [output.get(name) for output in outputs]
    kind = _kind([value for output, value in zip(outputs, values, strict=True) if name in output])
    counted = Counter(_written(value, kind) for output, value in zip(outputs, values, strict=True) if name in output)
    common = counted.most_common(1)[0][0] if counted else None
    default = next((value for value in values if common is not None and _written(value, kind) == common), None)
    right: Counter[str] = Counter()
    absent: list[int] = []
    for at, (text, value) in enumerate(zip(texts, values, strict=True)):
        found = [place for place in text.places() if value is not None and _same(text.between(*place), value, kind)]
        if value is not None and not found:
            absent.append(at)
        for place in found:
            right.update(set(text.place_keys(*place, reach)))
    uses: Counter[str] = Counter()
    for text in texts:
        for place in text.places():
            uses.update(key for key in text.place_keys(*place, reach) if key in right)
    places = {key: round((count + 0.5) / (uses[key] + 1.5), 4) for key, count in right.items()}
    return FieldRules(
        name=name,
        kind=kind,
        always=all(name in output for output in outputs),
        default=default,
        reach=reach,
        places={key: value for key, value in places.items() if value >= LEAST_PRECISION},
        cues=_learn_cues(texts, values, absent, kind),
    )


def _learn_cues(
    texts: Sequence[Text], values: Sequence[Any], absent: Sequence[int], kind: Kind
) -> dict[str, tuple[Any, float]]:
    together: Counter[tuple[str, str]] = Counter()
    by_written: dict[str, Any] = {}
    for at in absent:
        written = _written(values[at], kind)
        by_written[written] = values[at]
        together.update((cue, written) for cue in set(texts[at].cues()))
    wanted = {cue for (cue, _), count in together.items() if count > 1}
    uses: Counter[str] = Counter()
    for text in texts:
        uses.update(cue for cue in set(text.cues()) if cue in wanted)
    cues: dict[str, tuple[Any, float]] = {}
    for (cue, written), count in sorted(together.items()):
        precision = round((count + 0.5) / (uses[cue] + 1.5), 4) if cue in wanted else 0.0
        if precision >= LEAST_PRECISION and precision > cues.get(cue, (None, 0.0))[1]:
            cues[cue] = (by_written[written], precision)
    return cues


def _shape(token: str) -> str:
    if token[0].isdigit():
        return "9"
    if not token[0].isalpha():
        return token
    if len(token) == 1 and token.isupper():
        return "A"
    return "AA" if token.isupper() else "Aa" if token[0].isupper() else "a"


def _kind(values: Sequence[Any]) -> Kind:
    if values and all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return "int"
    if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "float"
    return "str" if all(isinstance(value, str) for value in values) else "json"


def _written(value: Any, kind: Kind) -> str:
    return value.casefold() if kind == "str" and isinstance(value, str) else repr(value)


def _value(raw: str, kind: Kind) -> Scalar | None:
    if kind in ("str", "json"):
        return raw
    try:
        number = float(raw.replace(",", ""))
    except ValueError:
        return None
    return number if kind == "float" else int(number) if number.is_integer() else None


def _same(raw: str, value: Any, kind: Kind) -> bool:
    if kind == "str":
        return raw.casefold() == str(value).casefold()
    return isinstance(value, int | float) and not isinstance(value, bool) and _value(raw, "float") == value
