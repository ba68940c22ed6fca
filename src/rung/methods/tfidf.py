"""Rung `traditional`, task `classify`: TF-IDF features and a linear classifier."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from rung.errors import BadRelease, MissingExtra
from rung.methods.artifact import read_json, read_settings, write_json, write_settings
from rung.methods.features import Block, BlockSpec, matrix
from rung.methods.linear import Linear, SparseAnswerer
from rung.methods.protocol import Engines
from rung.prediction import MachineSpeed, single_thread, sparse_fit_effort, sparse_linear_effort
from rung.types import Answerer, Candidate, Effort, Prediction, Progress, Rung
from rung.workload import Brief

TERMS: Final = "terms.json"
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
        linear = Linear.of_sklearn(fitted)
        linear.save(into, **{f"idf{at}": block.idf for at, block in enumerate(blocks)})
        write_json(into / TERMS, [list(block.terms) for block in blocks])
        body = {"labels": linear.labels, "blocks": candidate.recipe["blocks"], "tune_accuracy_by_strength": tried}
        write_settings(into, self.name, body)
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Needs numpy only."""
        body = read_settings(artifact, self.name)
        linear, arrays = Linear.load(artifact, body["labels"])
        terms = read_json(artifact / TERMS)
        specs = specs_of(body)
        if len(terms) != len(specs) or sum(map(len, terms)) != len(linear.weights):
            raise BadRelease(f"{artifact / TERMS} does not fit the weights", mend="build the candidate again")
        blocks = [Block.of(spec, terms[at], arrays[f"idf{at}"]) for at, spec in enumerate(specs)]
        return SparseAnswerer(blocks, linear)


def best_fit(
    solver: str, strengths: Sequence[float], rows: Any, tune: Any, brief: Brief, progress: Progress
) -> tuple[Any, dict[str, float]]:
    """The classifier of the strength that is best on `tune` (rows of it, or None); the smallest among equals.

    Returns:
        (the fitted classifier, accuracy on tune by strength; empty without tune rows).
    """
    labels = [item.output for item in brief.train]
    tried: dict[str, float] = {}
    best: tuple[float, Any] = (-1.0, None)
    for at, strength in enumerate(sorted(float(value) for value in strengths)):
        fitted = fit_linear(solver, strength, rows, labels, brief.seed)
        right = 0.0
        if tune is not None:
            pairs = zip(fitted.predict(tune), brief.tune, strict=True)
            right = tried[str(strength)] = sum(str(got) in item.references for got, item in pairs) / len(brief.tune)
        best = max(best, (right, fitted), key=lambda pair: pair[0])
        progress("fit", 0.9 + 0.09 * (at + 1) / len(strengths))
    return best[1], tried


def fit_linear(solver: str, strength: float, rows: Any, labels: Sequence[str], seed: int) -> Any:
    """Fit a scikit-learn linear classifier: logistic regression (`lbfgs`) or a linear SVM (`liblinear`)."""
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import LinearSVC
    except ImportError as error:
        raise MissingExtra("scikit-learn", extra="traditional") from error
    if solver == "lbfgs":
        model = LogisticRegression(C=strength, max_iter=200)
    else:
        model = LinearSVC(C=strength, random_state=seed)
    with warnings.catch_warnings(), single_thread():
        # A fit that stops at the cap is still a classifier, and what it is worth is measured anyway.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(rows, labels)


def specs_of(recipe: Mapping[str, Any]) -> list[BlockSpec]:
    """The blocks of a recipe or of settings."""
    return [BlockSpec.from_json(block) for block in recipe["blocks"]]


TFIDF_LOGREG: Final = Tfidf("tfidf-logreg", "lbfgs", (("word", 1, 1, 1),), (1.0,), more_strengths=(3.0, 10.0))
TFIDF_SVM: Final = Tfidf("tfidf-svm", "liblinear", (("word", 1, 2, 1), ("char", 2, 5, 2)), (1.0,), (0.1,))
