"""Nearness of meaning, by a model that embeds texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rung.types import Item, TextEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_KEPT: Final = 20_000
"""Vectors of references that are kept at once."""


@dataclass(frozen=True, slots=True)
class EmbeddingSimilarity:
    """Cosine of the embeddings of answer and reference, the best over the references; below 0 counts as 0.

    An empty answer scores 0. Unrelated texts score above 0 by most embedders: compare systems, do not read it as a
    share. References are embedded once, each text alone, so that a score does not depend on what else was scored.

    Args:
        embedder: gives a vector per text.
        name: of the metric.
    """

    embedder: TextEmbedder
    name: str = "embedding_similarity"
    _kept: dict[str, NDArray[np.float32]] = field(default_factory=dict[str, "NDArray[np.float32]"], repr=False)

    @property
    def fingerprint(self) -> str | None:
        """That of the embedder, where it has one: scores of another embedder are other scores."""
        return getattr(self.embedder, "fingerprint", None)

    def score(self, answer: str, item: Item) -> float:
        """The best cosine."""
        if not answer.strip():
            return 0.0
        import numpy as np

        mine = self._vector(answer)
        best = max(_cosine(mine, self._reference(text)) for text in item.references)
        return float(np.clip(best, 0.0, 1.0))

    def _reference(self, text: str) -> NDArray[np.float32]:
        if text not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[text] = self._vector(text)
        return self._kept[text]

    def _vector(self, text: str) -> NDArray[np.float32]:
        # Alone: beside others, padding would change its last digits. Tokenizers refuse what UTF-8 cannot hold.
        return self.embedder.embed([text.encode("utf-8", "replace").decode()])[0]


def _cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    import numpy as np

    a, b = left.astype(np.float64), right.astype(np.float64)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 0.0
