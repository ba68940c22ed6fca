"""The sentences of the knowledge that are nearest to a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from rung.methods.bm25 import Bm25Index
from rung.types import Document

BREAK: Final = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+(?=[\"'(\[]?[A-Z0-9])|\n+")
SHORT_WORDS: Final = 3
"""A piece shorter than this is no sentence (an initial, an abbreviation) and is joined to what precedes it."""

DOCUMENT_WEIGHT: Final = 0.5
DOCUMENTS: Final = 5
SENTENCES, PASSAGES = "sentences", "passages"


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, in order; none is empty."""
    sentences: list[str] = []
    for piece in BREAK.split(text):
        piece = piece.strip()
        if not piece:
            continue
        if sentences and (len(piece.split()) < SHORT_WORDS or len(sentences[-1].split()) < SHORT_WORDS):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece)
    return sentences


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence, where it stands, and how near it is to the question."""

    text: str
    document: str
    score: float


class SentenceFinder:
    """Sentences by BM25 of their own plus a share of their document's."""

    def __init__(self, sentences: Bm25Index, passages: Bm25Index, owners: Sequence[int]) -> None:
        self._sentences = sentences
        self._passages = passages
        self._of: dict[int, list[int]] = {}
        for place, owner in enumerate(owners):
            self._of.setdefault(owner, []).append(place)

    @classmethod
    def build(cls, documents: Sequence[Document]) -> SentenceFinder:
        """Index documents and their sentences."""
        pieces: list[Document] = []
        owners: list[int] = []
        for place, document in enumerate(documents):
            sentences = split_sentences(document.text) or [document.text]
            pieces += [Document(document.id, sentence) for sentence in sentences]
            owners += [place] * len(sentences)
        return cls(Bm25Index.build(pieces), Bm25Index.build(documents), owners)

    def save(self, folder: Path) -> None:
        """Write both indexes."""
        self._sentences.save(folder / SENTENCES)
        self._passages.save(folder / PASSAGES)

    @classmethod
    def load(cls, folder: Path) -> SentenceFinder:
        """Read what `save` wrote.

        Raises:
            BadRelease: something is missing or broken.
        """
        sentences, passages = Bm25Index.load(folder / SENTENCES), Bm25Index.load(folder / PASSAGES)
        places = {document.id: place for place, document in enumerate(passages.documents)}
        return cls(sentences, passages, [places[sentence.id] for sentence in sentences.documents])

    def find(self, question: str, count: int) -> list[Found]:
        """The nearest sentences, best first."""
        by_sentence = self._sentences.scores(question)
        by_passage = self._passages.scores(question)
        scored: list[tuple[float, int]] = []
        for owner in (-by_passage).argsort(kind="stable")[:DOCUMENTS].tolist():
            extra = DOCUMENT_WEIGHT * float(by_passage[owner])
            scored += [(float(by_sentence[place]) + extra, place) for place in self._of[owner]]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        documents = self._sentences.documents
        return [Found(documents[place].text, documents[place].id, score) for score, place in scored[:count]]

    def any_sentence(self, generator: Random, *, unlike: str) -> str:
        """A sentence drawn at random, of a document that is not among those found for `unlike`."""
        near = set(self._passages.top(unlike, min(DOCUMENTS, len(self._of) // 2)))
        places = [place for owner, owned in self._of.items() if owner not in near for place in owned]
        return self._sentences.documents[generator.choice(places)].text
