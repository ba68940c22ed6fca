"""Labels of points that do not cover each other: the first free place around the point, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Wide enough for the widest of the usual system fonts.
_LETTER_PX = 7.2
_LINE_PX = 13.0

Anchor = Literal["start", "middle", "end"]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A text with its baseline point [px]."""

    x: float
    y: float
    anchor: Anchor
    text: str


class Labeller:
    """Places labels one after the other; the important ones first.

    Args:
        left: edges of the drawing [px].
        top: edge [px].
        right: edge [px].
        bottom: edge [px].
    """

    def __init__(self, left: float, top: float, right: float, bottom: float) -> None:
        self._edges = (left, top, right, bottom)
        self._taken: list[Box] = []

    def keep_clear(self, x: float, y: float, radius: float = 6.0) -> None:
        """Nothing is written over a mark."""
        self._taken.append((x - radius, y - radius, x + radius, y + radius))

    def keep_line_clear(self, y: float, name_px: float) -> None:
        """Nothing is written over a level line, nor over its name at the right end above it."""
        left, _, right, _ = self._edges
        self._taken += [(left, y - 2, right, y + 2), (right - name_px, y - 18, right, y)]

    def place(self, x: float, y: float, text: str, *, most_letters: int = 26, away: float = 10.0) -> Label | None:
        """The label of a point, `away` from its middle [px], or None when there is no room."""
        shown = shorten(text, most_letters)
        width = _LETTER_PX * len(shown)
        offsets: tuple[tuple[float, float, Anchor], ...] = (
            (away, -7, "start"),
            (away, 16, "start"),
            (-away, -7, "end"),
            (-away, 16, "end"),
            (0, -away - 3, "middle"),
            (0, away + 12, "middle"),
            (away, -away - 12, "start"),
            (-away, -away - 12, "end"),
        )
        for dx, dy, anchor in offsets:
            box = _box(x + dx, y + dy, anchor, width)
            if self._free(box):
                self._taken.append(box)
                return Label(round(x + dx, 1), round(y + dy, 1), anchor, shown)
        return None

    def _free(self, box: Box) -> bool:
        left, top, right, bottom = self._edges
        if box[0] < left or box[1] < top or box[2] > right or box[3] > bottom:
            return False
        return not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3] for other in self._taken
        )


def shorten(text: str, most_letters: int) -> str:
    """A text cut in the middle, because both the start and the end of a name tell."""
    if len(text) <= most_letters:
        return text
    tail = most_letters // 3
    return f"{text[: most_letters - tail - 1]}…{text[-tail:]}"


def _box(x: float, y: float, anchor: Anchor, width: float) -> Box:
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    return (left, y - _LINE_PX + 2, left + width, y + 3)
