"""A linear classifier as it is saved and answered: labels, a matrix of weights, a bias."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rung.errors import BadRelease
from rung.methods.artifact import read_arrays, write_arrays
from rung.types import Answer, Control

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rung.methods.features import Block

ARRAYS: Final = "linear.npz"


@dataclass(frozen=True, slots=True)
class Linear:
    """score = features @ weights + bias; the label with the highest score is the answer.

    Args:
        labels: in the order of the columns.
        weights: features x labels.
        bias: one per label.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float64]

    @classmethod
    def of_sklearn(cls, fitted: Any) -> Linear:
        """From a fitted scikit-learn linear classifier; two labels share one decision there, and get one each here."""
        import numpy as np

        weights, bias = fitted.coef_.T, np.atleast_1d(fitted.intercept_)
        if weights.shape[1] == 1:
            weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
        return cls(tuple(str(label) for label in fitted.classes_), weights.astype(np.float32), bias)

    def save(self, into: Path, **more: Any) -> None:
        """Write the arrays, and more of them."""
        write_arrays(into / ARRAYS, weights=self.weights, bias=self.bias, **more)

    @classmethod
    def load(cls, artifact: Path, labels: Sequence[str]) -> tuple[Linear, dict[str, Any]]:
        """The classifier and every stored array.

        Raises:
            BadRelease: arrays are missing or do not fit the labels.
        """
        arrays = read_arrays(artifact / ARRAYS)
        if not {"weights", "bias"} <= arrays.keys() or arrays["weights"].shape[1:] != (len(labels),):
            raise BadRelease(f"{artifact / ARRAYS} does not fit its labels", mend="build the candidate again")
        return cls(tuple(labels), arrays["weights"], arrays["bias"]), arrays


class SparseAnswerer:
    """Classifies by TF-IDF blocks and a linear classifier; needs numpy only."""

    batch_size = 64

    def __init__(self, blocks: Sequence[Block], linear: Linear) -> None:
        self._blocks = tuple(blocks)
        self._linear = linear

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """The best label of each input."""
        return [self._one(text) for text in inputs]

    def _one(self, text: str) -> Answer:
        from rung.methods.features import weigh_all

        start = time.perf_counter()
        where, weights = weigh_all(self._blocks, text)
        scores = weights @ self._linear.weights[where] + self._linear.bias
        return Answer(self._linear.labels[int(scores.argmax())], latency_s=time.perf_counter() - start)

    def close(self) -> None:
        """Nothing is held."""
