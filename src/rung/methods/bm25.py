"""A BM25 index over documents: built with bm25s, saved without pickle, loaded from its folder alone."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rung.errors import BadRelease, MissingExtra
from rung.types import Document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOCUMENTS: Final = "documents.jsonl"
WORD: Final = re.compile(r"\w+")


def word_set(words: str) -> frozenset[str]:
    """The words of a text, once each."""
    return frozenset(words.split())


STOP: Final = word_set(
    "a an and are as at be but by did do does for from had has have how in is it its of on or that the their "
    "there these they this to was were what when where which who whom whose why will with would"
)


def stem(word: str) -> str:
    """A word without its most common English endings; both sides of a match are cut alike."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "ly", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 3 else word


def terms(text: str) -> list[str]:
    """The terms that a text is found by."""
    words = WORD.findall(text.lower())
    return [stem(word) for word in words if word not in STOP] or words


class Bm25Index:
    """Documents, best first for a query; equal scores stand in the order of the documents."""

    def __init__(self, documents: Sequence[Document], engine: Any) -> None:
        self.documents = tuple(documents)
        self._engine = engine

    @classmethod
    def build(cls, documents: Sequence[Document]) -> Bm25Index:
        """Index documents; there is at least one.

        Raises:
            MissingExtra: bm25s is not installed.
        """
        engine = _bm25s().BM25(backend="numpy")
        # An index without any term is refused by bm25s; an empty text has none.
        engine.index([terms(document.text) or [""] for document in documents], show_progress=False)
        return cls(documents, engine)

    def save(self, folder: Path) -> None:
        """Write index and documents."""
        folder.mkdir(parents=True, exist_ok=True)
        self._engine.save(str(folder), show_progress=False)
        lines = (json.dumps({"id": d.id, "text": d.text}, ensure_ascii=False) for d in self.documents)
        (folder / DOCUMENTS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Bm25Index:
        """Read what `save` wrote.

        Raises:
            BadRelease: something is missing or broken.
            MissingExtra: bm25s is not installed.
        """
        bm25s = _bm25s()
        try:
            rows = [json.loads(line) for line in (folder / DOCUMENTS).read_text(encoding="utf-8").splitlines()]
            documents = [Document(row["id"], row["text"]) for row in rows]
            engine = bm25s.BM25.load(str(folder), load_corpus=False, allow_pickle=False)
        except (OSError, ValueError, KeyError) as error:
            raise BadRelease(f"cannot read the index {folder}: {error}", mend="build the candidate again") from error
        return cls(documents, engine)

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every document; zeros when no term is known."""
        import numpy as np

        known = [term for term in terms(query) if term in self._engine.vocab_dict]
        if not known:
            return np.zeros(len(self.documents), np.float32)
        return self._engine.get_scores(known)

    def top(self, query: str, count: int) -> list[int]:
        """Places of the best documents, best first."""
        return (-self.scores(query)).argsort(kind="stable")[:count].tolist()


def _bm25s() -> Any:
    try:
        import bm25s
    except ImportError as error:
        raise MissingExtra("bm25s", extra="traditional") from error
    return bm25s
