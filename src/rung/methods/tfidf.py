"""Rung `traditional`, task `classify`: TF-IDF features and a linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from rung.errors import BadRelease
from rung.methods.classifier import TERMS, best_fit, load_classifier, save_classifier, specs_of
from rung.methods.features import Block, matrix
from rung.methods.linear import SparseAnswerer
from rung.methods.protocol import Engines
from rung.prediction import MachineSpeed, sparse_fit_effort, sparse_linear_effort
from rung.types import Answerer, Candidate, Effort, Prediction, Progress, Rung
from rung.workload import Brief

SAMPLE: Final = 50
CHEAP_SEARCH: Final = 3000
"""Training texts up to which trying several strengths costs next to nothing."""


@dataclass(frozen=True, slots=True)
class Tfidf:
    """TF-IDF and a linear classifier.

    The recipe holds `blocks` (see `BlockSpec.from_json`) and `strengths`: values of C, the inverse strength of
    regularisation. With more than one, the best by accuracy on `tune` is taken, the smallest among equals.
    """

    name: str
    solver: Literal["lbfgs", "liblinear"]
    blocks: tuple[tuple[str, int, int, int], ...]
    strengths: tuple[float, ...]
    more_strengths: tuple[float, ...] = ()
    rung: Rung = field(default=Rung.TRADITIONAL)

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate, where there are two labels at least."""
        if brief.task != "classify" or len(brief.labels) < 2:
            return ()
        cheap = len(brief.train) <= CHEAP_SEARCH and len(brief.tune) > 0
        strengths = self.strengths + (self.more_strengths if cheap else ())
        recipe = {"blocks": [list(block) for block in self.blocks], "strengths": list(strengths)}
        recipe.update(brief.options.get(self.name, {}))
        return (Candidate(self.name, self.rung, self.name, recipe),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """From the features of a sample of training texts."""
        specs = specs_of(candidate.recipe)
        texts = [item.input for item in brief.train[:: max(1, len(brief.train) // SAMPLE)]]
        grams = [[gram for spec in specs for gram in spec.grams(text)] for text in texts]
        words = sum(len(text.split()) for text in texts)
        sizes: dict[str, Any] = {
            "chars": brief.mean_input_chars,
            "features": sum(len(set(g)) for g in grams) / max(1, len(texts)),
            "classes": len(brief.labels),
            "grams_per_word": sum(map(len, grams)) / max(1, words),
            "speed": speed,
        }
        build = Effort()
        for _ in candidate.recipe["strengths"]:
            build = build + sparse_fit_effort(texts=len(brief.train), solver=self.solver, **sizes)
        return Prediction(build, sparse_linear_effort(**sizes))

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Fit on train; choose the strength on tune when there is a choice."""
        texts = [item.input for item in brief.train]
        blocks = [Block.fit(spec, texts) for spec in specs_of(candidate.recipe)]
        progress("features", 0.1)
        rows = matrix(blocks, texts)
        progress("features", 0.2)
        tune = matrix(blocks, [item.input for item in brief.tune]) if brief.tune else None
        fitted, tried = best_fit(self.solver, candidate.recipe["strengths"], rows, tune, brief, progress)
        save_classifier(into, self.name, fitted, blocks, candidate.recipe, tried)
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Needs numpy only."""
        blocks, linear = load_classifier(artifact, self.name)
        if sum(len(block.terms) for block in blocks) != len(linear.weights):
            raise BadRelease(f"{artifact / TERMS} does not fit the weights", mend="build the candidate again")
        return SparseAnswerer(blocks, linear)


TFIDF_LOGREG: Final = Tfidf("tfidf-logreg", "lbfgs", (("word", 1, 1, 1),), (1.0,), more_strengths=(3.0, 10.0))
TFIDF_SVM: Final = Tfidf("tfidf-svm", "liblinear", (("word", 1, 2, 1), ("char", 2, 5, 2)), (1.0,), (0.1,))
