"""Every method by name: the built-in ones, and those of installed packages (entry points `rung.methods`)."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from rung.errors import BadInput, Unexpected

if TYPE_CHECKING:
    from rung.methods.protocol import Method

BUILT_IN: Final = (
    "rung.methods.tfidf:TFIDF_LOGREG",
    "rung.methods.tfidf:TFIDF_SVM",
    "rung.methods.embedding:EMBED_LOGREG",
    "rung.methods.patterns:PATTERNS",
    "rung.methods.extractive:BM25_SENTENCE",
    "rung.methods.extractive:BM25_SPAN",
    "rung.methods.prompting:ZERO_SHOT",
    "rung.methods.prompting:FEW_SHOT",
    "rung.methods.prompting:SYSTEM",
    "rung.methods.prompting:RAG",
    "rung.methods.tuning:LORA",
    "rung.methods.tuning:FULL_FINETUNE",
)
"""`module:object`, in order of rung; a module is imported at first use."""

HEAVY: Final = {
    "tfidf-logreg": ("sklearn.linear_model",),
    "tfidf-svm": ("sklearn.svm",),
    "embed-logreg": ("sklearn.linear_model", "torch", "transformers"),
    "bm25-sentence": ("bm25s",),
    "bm25-span": ("bm25s", "scipy.optimize", "scipy.sparse"),
    "few-shot": ("bm25s",),
    "rag": ("bm25s",),
    "lora": ("torch", "transformers", "peft"),
    "full-finetune": ("torch", "transformers"),
}
"""Packages that a method's first build would otherwise import on its own account."""


@cache
def _methods() -> dict[str, Method]:
    found: dict[str, Method] = {}
    for path in BUILT_IN:
        module, _, attribute = path.partition(":")
        method: Method = getattr(importlib.import_module(module), attribute)
        found[method.name] = method
    for point in entry_points(group="rung.methods"):
        try:
            method = point.load()
        except Exception as error:
            raise Unexpected(f"the method plugin {point.value!r} broke while being loaded", error) from error
        if method.name in found:
            raise BadInput(
                f"two methods are called {method.name!r}, one of them from {point.value}", mend="uninstall one of them"
            )
        found[method.name] = method
    return found


def all_methods() -> dict[str, Method]:
    """Every method by name, lowest rung first.

    Raises:
        BadInput: two methods have one name.
        Unexpected: a plugin cannot be loaded.
    """
    return dict(sorted(_methods().items(), key=lambda pair: pair[1].rung.height))


def preload(names: Iterable[str]) -> None:
    """Import what these methods' builds will need, so that no candidate is charged for what all of them share.

    Predictions leave imports out for the same reason. What is not installed is left to the build to complain about.
    """
    for name in names:
        for package in HEAVY.get(name, ()):
            if importlib.util.find_spec(package.partition(".")[0]) is not None:
                importlib.import_module(package)
