"""Rung `traditional`, task `classify`: sentence embeddings and logistic regression, where an embedder is given."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.engines.hashing import file_hash
from rung.engines.threads import torch_threads
from rung.methods.classifier import best_fit, load_classifier, save_classifier, specs_of
from rung.methods.embedder import BATCH, WEIGHTS, Embedder, embedder_facts, embedder_files, embedder_folder
from rung.methods.features import Block, matrix, weigh_all
from rung.methods.linear import Linear
from rung.methods.protocol import Engines
from rung.methods.sizes import chars_per_token
from rung.prediction import MachineSpeed, dense_fit_effort, encoding_effort, loading_effort, sparse_linear_effort
from rung.types import Answer, Answerer, Candidate, Control, Prediction, Progress, Rung
from rung.workload import Brief

EMBEDDER: Final = "embedder"
"""Folder of an artifact for a copy of the embedder."""

WORDS: Final = (("word", 1, 1, 1),)
STRENGTH: Final = 10.0
PADDING: Final = 1.8
"""Tokens of a batch of requests as they come, padding included, over those of the same texts sorted by length."""

SCALE: Final = 2.0
"""Length of an embedding beside the unit length of the word features: embeddings weigh more."""


@dataclass(frozen=True, slots=True)
class EmbedLogreg:
    """Embeddings of a sentence-transformers folder beside TF-IDF words, and logistic regression on both.

    The words cost nothing next to the encoder and know the names that it does not. The workload gives the folder:
    `options: {embed-logreg: {embedder: FOLDER}}`, or `package:NAME/FOLDER` for one that an installed package carries.
    The artifact keeps where it is, not a copy: an embedder is a model, and lies where models lie. A release has a copy.
    """

    name: str = "embed-logreg"
    rung: Rung = Rung.TRADITIONAL

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate, where an embedder is given."""
        options = dict(brief.options.get(self.name, {}))
        if brief.task != "classify" or len(brief.labels) < 2 or "embedder" not in options:
            return ()
        # The content of the embedder is part of what the candidate is: other weights at the same place are another one.
        weights = file_hash(embedder_folder(options["embedder"]) / WEIGHTS)
        recipe: dict[str, Any] = {
            "strengths": [STRENGTH],
            "blocks": [list(block) for block in WORDS],
            **options,
            "weights": weights,
        }
        return (Candidate(self.name, self.rung, self.name, recipe),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """Embedding every training text once (and tune, for a choice), then fitting; a request embeds one text."""
        facts = embedder_facts(candidate.recipe["embedder"], engines)
        strengths = len(candidate.recipe["strengths"])
        tokens = brief.mean_input_chars / chars_per_token(facts) + 2
        one = encoding_effort(facts, speed, tokens=tokens)
        padded = encoding_effort(facts, speed, tokens=tokens * PADDING)
        texts = len(brief.train) + (len(brief.tune) if strengths > 1 else 0)
        width, classes = facts.hidden or 384, len(brief.labels)
        fit = dense_fit_effort(texts=len(brief.train), features=width + 10, classes=classes, speed=speed)
        words = sparse_linear_effort(
            chars=brief.mean_input_chars, features=width, classes=classes, grams_per_word=1, speed=speed
        )
        return Prediction(loading_effort(facts, speed) + one.scaled(texts) + fit.scaled(strengths), padded + words)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Embed train, fit; with several strengths, choose on tune."""
        embedder = Embedder(candidate.recipe["embedder"])
        blocks = [Block.fit(spec, [item.input for item in brief.train]) for spec in specs_of(candidate.recipe)]
        rows = _rows(embedder, blocks, [item.input for item in brief.train], progress)
        choice = len(candidate.recipe["strengths"]) > 1 and brief.tune
        tune = _rows(embedder, blocks, [item.input for item in brief.tune], progress) if choice else None
        fitted, tried = best_fit("lbfgs", candidate.recipe["strengths"], rows, tune, brief, progress)
        save_classifier(into, self.name, fitted, blocks, candidate.recipe, tried)
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the classifier, and the embedder: the artifact's own copy where it has one, as in a release."""
        blocks, linear = load_classifier(artifact, self.name)
        copy = artifact / EMBEDDER
        return EmbedAnswerer(Embedder(str(copy) if copy.is_dir() else candidate.recipe["embedder"]), blocks, linear)

    def leans_on(self, candidate: Candidate) -> Mapping[str, Path]:
        """The files of the embedder that are read; a release carries them."""
        folder = embedder_folder(candidate.recipe["embedder"])
        return {f"{EMBEDDER}/{file.as_posix()}": folder / file for file in embedder_files(folder)}


class EmbedAnswerer:
    """Classifies by an embedding, TF-IDF words and a linear classifier."""

    batch_size = BATCH

    def __init__(self, embedder: Embedder, blocks: Sequence[Block], linear: Linear) -> None:
        self._embedder = embedder
        self._blocks = tuple(blocks)
        self._linear = linear

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """The best label of each input."""
        start = time.perf_counter()
        with torch_threads(1):
            vectors = SCALE * self._embedder.embed(inputs)
        width, weights = vectors.shape[1], self._linear.weights
        scores = vectors @ weights[:width] + self._linear.bias
        for row, text in enumerate(inputs):
            where, values = weigh_all(self._blocks, text)
            scores[row] += values @ weights[where + width]
        latency_s = time.perf_counter() - start
        return [Answer(self._linear.labels[int(row.argmax())], latency_s=latency_s) for row in scores]

    def close(self) -> None:
        """Let go of the embedder."""
        self._embedder.close()


def _rows(embedder: Embedder, blocks: Sequence[Block], texts: Sequence[str], progress: Progress) -> Any:
    from scipy.sparse import csr_array, hstack

    with torch_threads(1):
        vectors = SCALE * embedder.embed(texts, progress)
    return hstack([csr_array(vectors), matrix(blocks, texts)]).tocsr()


EMBED_LOGREG: Final = EmbedLogreg()
