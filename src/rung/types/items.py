"""Items of a data set, and what a workload knows besides them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

TaskKind = Literal["classify", "extract", "answer", "generate"]


def is_plain(name: str) -> bool:
    """Whether a name has no control characters: it stands in tables and on terminals."""
    return not any(unicodedata.category(letter) == "Cc" for letter in name)


@dataclass(frozen=True, slots=True)
class Item:
    """One row: what goes in and what is right.

    Args:
        id: unique in its data set.
        input: the text that a candidate sees.
        references: acceptable outputs, at least one; the first is the one to train on.
        slice: the group for per-slice guards and reports (Bedrock's `category`), or None.
        source: id of the knowledge document that holds the answer, where known; groups splits and makes controls.
    """

    id: str
    input: str
    references: tuple[str, ...]
    slice: str | None = None
    source: str | None = None

    @property
    def output(self) -> str:
        """The reference to train on."""
        return self.references[0]


@dataclass(frozen=True, slots=True)
class Document:
    """One passage of the knowledge folder; `id` is unique, `text` is not empty."""

    id: str
    text: str
