"""Rung `traditional`, task `classify`: sentence embeddings and logistic regression, where an embedder is given."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rung.errors import BadModel, BadWorkload, MissingExtra
from rung.methods.artifact import read_settings, write_settings
from rung.methods.linear import Linear
from rung.methods.protocol import Engines
from rung.methods.tfidf import fit_linear
from rung.prediction import MachineSpeed, dense_fit_effort, embedding_effort
from rung.types import Answer, Answerer, Candidate, Control, Prediction, Progress, Rung
from rung.workload import Brief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH: Final = 32
STRENGTHS: Final = (10.0,)


@dataclass(frozen=True, slots=True)
class EmbedLogreg:
    """Embeddings of a sentence-transformers folder, and logistic regression on them.

    The workload gives the folder: `methods: {embed-logreg: {embedder: FOLDER}}`. The artifact keeps its name, not a
    copy: an embedder is a model, and lies where models lie.
    """

    name: str = "embed-logreg"
    rung: Rung = Rung.TRADITIONAL

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate, where an embedder is given."""
        options = dict(brief.options.get(self.name, {}))
        if brief.task != "classify" or len(brief.labels) < 2 or "embedder" not in options:
            return ()
        return (Candidate(self.name, self.rung, self.name, {"strengths": list(STRENGTHS), **options}),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """Embedding every training and tune text once, then fitting; a request embeds one text."""
        facts = embedder_facts(candidate)
        one = embedding_effort(facts, speed, chars=brief.mean_input_chars, batch=min(BATCH, max(1, brief.eval_size)))
        texts = len(brief.train) + (len(brief.tune) if len(candidate.recipe["strengths"]) > 1 else 0)
        fit = dense_fit_effort(
            texts=len(brief.train), features=facts.hidden or 384, classes=len(brief.labels), speed=speed
        )
        build = one.scaled(texts) + fit.scaled(len(candidate.recipe["strengths"]))
        return Prediction(build, one)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Embed train, fit; with several strengths, choose on tune."""
        embedder = Embedder(candidate.recipe["embedder"])
        rows = embedder.embed([item.input for item in brief.train], progress)
        labels = [item.output for item in brief.train]
        strengths = sorted(float(value) for value in candidate.recipe["strengths"])
        tried: dict[str, float] = {}
        best: tuple[float, Any] | None = None
        tune = embedder.embed([item.input for item in brief.tune], progress) if len(strengths) > 1 else None
        for strength in strengths:
            fitted = fit_linear("lbfgs", strength, rows, labels, brief.seed)
            right = 0.0
            if tune is not None and brief.tune:
                got = fitted.predict(tune)
                right = sum(str(g) in item.references for g, item in zip(got, brief.tune, strict=True)) / len(got)
                tried[str(strength)] = right
            if best is None or right > best[0]:
                best = (right, fitted)
        assert best is not None, "a recipe has at least one strength"
        linear = Linear.of_sklearn(best[1])
        linear.save(into)
        write_settings(into, self.name, {"labels": linear.labels, "tune_accuracy_by_strength": tried})
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the embedder and the classifier."""
        body = read_settings(artifact, self.name)
        linear, _ = Linear.load(artifact, body["labels"])
        return EmbedAnswerer(Embedder(candidate.recipe["embedder"]), linear)
