"""TF-IDF features in plain Python and numpy; the same code makes them while building and while answering.

Per text and block (words or characters): weight = (1 + ln count) * idf, idf = ln((1 + n) / (1 + df)) + 1, then L2 norm:
the sublinear, smoothed form of scikit-learn's `TfidfVectorizer`, whose tokens these are too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Unit = Literal["word", "char"]

WORD: Final = re.compile(r"\b\w\w+\b")
BLANKS: Final = re.compile(r"\s\s+")


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A family of n-grams.

    Args:
        unit: n-grams of `word`s, or of `char`acters within word boundaries.
        shortest: smallest n.
        longest: largest n.
        min_count: texts that an n-gram must stand in to become a feature.
    """

    unit: Unit
    shortest: int
    longest: int
    min_count: int = 1

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> BlockSpec:
        """The spec `[unit, shortest, longest, min_count]` of a recipe."""
        return cls(data[0], *(int(n) for n in data[1:]))

    def grams(self, text: str) -> Iterator[str]:
        """The n-grams of a text, with repeats."""
        text = text.lower()
        return self._word_grams(text) if self.unit == "word" else self._char_grams(text)

    def _word_grams(self, text: str) -> Iterator[str]:
        words = WORD.findall(text)
        for n in range(self.shortest, self.longest + 1):
            if n == 1:
                yield from words
            else:
                for start in range(len(words) - n + 1):
                    yield " ".join(words[start : start + n])

    def _char_grams(self, text: str) -> Iterator[str]:
        for word in BLANKS.sub(" ", text).split():
            padded = f" {word} "
            for n in range(self.shortest, self.longest + 1):
                yield padded[:n]
                for start in range(1, len(padded) - n + 1):
                    yield padded[start : start + n]
                if n >= len(padded):  # a word shorter than n counts once, whole
                    break


@dataclass(frozen=True, slots=True)
class Block:
    """A fitted family: its terms in order, and the idf of each."""

    spec: BlockSpec
    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    index: Mapping[str, int] = field(repr=False)

    @classmethod
    def fit(cls, spec: BlockSpec, texts: Sequence[str]) -> Block:
        """Learn terms and idf."""
        import numpy as np

        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(set(spec.grams(text)))
        terms = tuple(sorted(term for term, count in seen.items() if count >= spec.min_count))
        idf = np.array([math.log((1 + len(texts)) / (1 + seen[term])) + 1 for term in terms])
        return cls.of(spec, terms, idf)

    @classmethod
    def of(cls, spec: BlockSpec, terms: Iterable[str], idf: NDArray[np.float64]) -> Block:
        """A block from what was saved."""
        terms = tuple(terms)
        return cls(spec, terms, idf, {term: at for at, term in enumerate(terms)})

    def weigh(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Indices and weights of a text's features; both empty when it shares no term."""
        import numpy as np

        counts: dict[int, int] = {}
        index = self.index
        for gram in self.spec.grams(text):
            at = index.get(gram)
            if at is not None:
                counts[at] = counts.get(at, 0) + 1
        where = np.fromiter(counts.keys(), np.int32, len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * self.idf[where]
        length = math.sqrt(float(weights @ weights))
        return where, weights / length if length else weights


def weigh_all(blocks: Sequence[Block], text: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Indices and weights over several blocks laid side by side."""
    import numpy as np

    places: list[NDArray[np.int32]] = []
    weights: list[NDArray[np.float64]] = []
    offset = 0
    for block in blocks:
        where, weight = block.weigh(text)
        places.append(where + np.int32(offset))
        weights.append(weight)
        offset += len(block.terms)
    return np.concatenate(places), np.concatenate(weights)


def matrix(blocks: Sequence[Block], texts: Sequence[str]) -> Any:
    """A sparse CSR matrix, texts by features."""
    import numpy as np
    from scipy.sparse import csr_array

    rows = [weigh_all(blocks, text) for text in texts]
    lengths = np.cumsum([0, *(len(where) for where, _ in rows)], dtype=np.int32)
    where = np.concatenate([where for where, _ in rows]) if rows else np.zeros(0, np.int32)
    weights = np.concatenate([weight for _, weight in rows]) if rows else np.zeros(0)
    width = sum(len(block.terms) for block in blocks)
    return csr_array((weights, where, lengths), shape=(len(texts), width))
