"""Linear classifiers over TF-IDF blocks, alone or beside embeddings: fitted by scikit-learn, saved, loaded."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rung.errors import BadRelease, MissingExtra
from rung.methods.artifact import read_json, read_settings, write_json, write_settings
from rung.methods.features import Block, BlockSpec
from rung.methods.linear import Linear
from rung.prediction import single_thread
from rung.types import Progress
from rung.workload import Brief

TERMS: Final = "terms.json"


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


def save_classifier(
    into: Path,
    method: str,
    fitted: Any,
    blocks: Sequence[Block],
    recipe: Mapping[str, Any],
    tried: Mapping[str, float],
) -> None:
    """Write the artifact of a fitted classifier: settings, terms of the blocks, weights."""
    linear = Linear.of_sklearn(fitted)
    linear.save(into, **{f"idf{at}": block.idf for at, block in enumerate(blocks)})
    write_json(into / TERMS, [list(block.terms) for block in blocks])
    body = {"labels": linear.labels, "blocks": recipe["blocks"], "tune_accuracy_by_strength": dict(tried)}
    write_settings(into, method, body)


def load_classifier(artifact: Path, method: str) -> tuple[list[Block], Linear]:
    """What `save_classifier` wrote.

    Raises:
        BadRelease: something is missing, broken, or does not fit together.
    """
    body = read_settings(artifact, method)
    linear, arrays = Linear.load(artifact, body["labels"])
    terms, specs = read_json(artifact / TERMS), specs_of(body)
    if len(terms) != len(specs):
        raise BadRelease(f"{artifact / TERMS} does not fit the blocks", mend="build the candidate again")
    return [Block.of(spec, terms[at], arrays[f"idf{at}"]) for at, spec in enumerate(specs)], linear
