"""Noise that keeps the meaning of a text, and what it costs in score."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rung.evaluation.aggregate import difference_figure, mean_figure
from rung.stats import LEVEL, Figure

Noise = Literal["typo", "case", "whitespace"]

RATES: Final[Mapping[Noise, float]] = {"typo": 0.15, "case": 0.1, "whitespace": 0.2}
"""Share of what can be changed that is: words of four letters or more, letters, gaps between words."""

_TOKEN: Final = re.compile(r"\S+")
_FIXED: Final = re.compile(r"[\d@#/\\{}<>\[\]_$=|`]|\w\.\w")
"""What has one of these is no plain word: numbers, addresses, paths, placeholders, code."""
_WORD: Final = re.compile(r"(?<!\w)[^\W\d_]{4,}(?!\w)")
_LETTER: Final = re.compile(r"[^\W\d_]")
_GAP: Final = re.compile(r"(?<=\S)[ \t]+(?=\S)")
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE: Final = {row[at]: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _KEYS for at in range(len(row))}
_PADS: Final = ("  ", "   ", "\t", " \t")


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A text with noise.

    Args:
        text: the new text.
        kind: of the noise.
        changed: places that were changed.
        places: places that could be.
    """

    text: str
    kind: Noise
    changed: int
    places: int

    @property
    def rate(self) -> float:
        """Share of the places that were changed."""
        return self.changed / self.places if self.places else 0.0


@dataclass(frozen=True, slots=True)
class RobustnessDelta:
    """What noise costs.

    Args:
        plain: mean score without noise.
        noisy: mean score with it.
        delta: mean of noisy - plain over the same items, with a paired interval; negative when noise costs.
        moved: mean of |noisy - plain|: what noise moves, whatever the direction.
    """

    plain: Figure
    noisy: Figure
    delta: Figure
    moved: Figure


def perturb(text: str, kind: Noise, *, seed: int = 0, rate: float | None = None) -> Perturbed:
    """A text with noise that a reader sees through; the same text, kind, seed and rate give the same noise.

    `typo`: one slip inside a word of four letters or more (two letters swapped, one dropped, doubled, or the key beside
    it); its first and last letters stay, and numbers, addresses, paths and `{placeholders}` are not touched. `case`:
    letters change their case. `whitespace`: gaps within a line grow; nothing is joined or split.

    Args:
        text: any.
        kind: of noise.
        seed: of the choice of places.
        rate: share of the places to change, in [0, 1]; at least one place where it is above 0. None: as `RATES` says.
    """
    change = _CHANGES[kind]
    share = RATES[kind] if rate is None else rate
    draw = random.Random(f"{seed} {kind} {text}")
    places = list(_places(text, kind))
    count = min(len(places), max(math.ceil(share), round(share * len(places))))
    parts: list[str] = []
    done = 0
    for start, end in sorted(draw.sample(places, count)):
        parts += [text[done:start], change(text[start:end], draw)]
        done = end
    return Perturbed("".join([*parts, text[done:]]), kind, count, len(places))


def robustness_delta(
    plain: Sequence[float], noisy: Sequence[float], *, seed: int = 0, level: float = LEVEL
) -> RobustnessDelta:
    """What noise costs, from the scores of the same items without and with it.

    Raises:
        BadData: there are no scores, or not as many on both sides.
    """
    delta = difference_figure(noisy, plain, seed=seed, level=level)
    moved = [abs(a - b) for a, b in zip(noisy, plain, strict=True)]
    means = [mean_figure(scores, seed=seed, level=level) for scores in (plain, noisy, moved)]
    return RobustnessDelta(means[0], means[1], delta, means[2])


def _places(text: str, kind: Noise) -> Iterator[tuple[int, int]]:
    """Where noise of a kind may go."""
    if kind == "whitespace":
        yield from (gap.span() for gap in _GAP.finditer(text))
        return
    part = _WORD if kind == "typo" else _LETTER
    for token in _TOKEN.finditer(text):
        if not _FIXED.search(token[0]):
            found = (match.span() for match in part.finditer(text, *token.span()))
            yield from (span for span in found if kind == "typo" or _flip(text[slice(*span)]) != text[slice(*span)])


def _slip(word: str, draw: random.Random) -> str:
    """One slip inside a word; always another word."""
    at = draw.randrange(1, len(word) - 1)
    kind = draw.choice(("swap", "drop", "double", "beside"))
    swap = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    if kind == "swap" and swap:
        at = draw.choice(swap)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    near = _BESIDE.get(word[at].lower(), "")
    if kind == "beside" and near:
        letter = draw.choice(near)
        return word[:at] + (letter.upper() if word[at].isupper() else letter) + word[at + 1 :]
    return word[: at + 1] + word[at:]


def _flip(letter: str, draw: random.Random | None = None) -> str:
    """The other case, where that is one letter and comes back."""
    other = letter.swapcase()
    return other if len(other) == 1 and other.swapcase() == letter else letter


def _widen(gap: str, draw: random.Random) -> str:
    return gap + draw.choice(_PADS)


_CHANGES: Final[Mapping[Noise, Callable[[str, random.Random], str]]] = {
    "typo": _slip,
    "case": _flip,
    "whitespace": _widen,
}
