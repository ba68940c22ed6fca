"""Effort of the kinds of work that methods are made of, as functions of sizes and of a machine's speed.

Every figure is modelled, under the error source `effort-model` (half to twice): the constants below were fitted once on
one kind of CPU, and a calibrated `MachineSpeed` carries them to another.
"""

from __future__ import annotations

from typing import Final

from rung.prediction.speed import MachineSpeed
from rung.types import Effort, Factor, Origin, Quantity

EFFORT_MODEL: Final = Factor("effort-model", 0.5, 2.0)

SPARSE_BYTES_PER_FLOP: Final = 11.0
"""Products of a sparse with a dense matrix, with L-BFGS around them, are bound by memory."""

DENSE_BYTES_PER_FLOP: Final = 2.0
"""The same, where every text has a value for every feature."""

SOLVER_PASSES: Final = {"lbfgs": 50, "liblinear": 20}
"""Passes over the data until the solver's default tolerance, typical of text."""

ANSWER_CALLS: Final = 60
"""Small numpy calls that one sparse linear answer takes."""


SEARCH_CALLS: Final = 60
INDEX_PASSES: Final = 4
"""Indexing a text over counting its words."""

INDEX_CALLS: Final = 60
"""What one document costs, whatever its length, in small numpy calls."""


def local_effort(cpu_s: float, *, threads: int = 1) -> Effort:
    """Work on this machine: CPU time [s], spread over so many busy threads."""
    return Effort(
        cpu_s=Quantity.of(cpu_s, "s", Origin.MODELLED, EFFORT_MODEL),
        wall_s=Quantity.of(cpu_s / threads, "s", Origin.MODELLED, EFFORT_MODEL),
    )


def text_s(chars: float, grams_per_word: float, speed: MachineSpeed) -> float:
    """Cutting text into n-grams and counting them in Python [CPU-s]; words alone are 1 gram per word."""
    return chars / 1000 * speed.text_s_per_kchar * (1 + grams_per_word)


def sparse_fit_effort(
    *, texts: int, chars: float, features: float, classes: int, solver: str, grams_per_word: float, speed: MachineSpeed
) -> Effort:
    """Fitting a linear classifier on sparse text features.

    CPU time = text + passes * 4 * texts * features * classes flops at memory speed.

    Args:
        texts: training texts.
        chars: characters per text.
        features: nonzero features per text.
        classes: labels (1 decision for two labels).
        solver: a key of `SOLVER_PASSES`.
        grams_per_word: n-grams per word of text.
        speed: this machine.
    """
    decisions = 1 if classes == 2 else classes
    flops = 4.0 * SOLVER_PASSES[solver] * texts * features * decisions
    fit = flops * SPARSE_BYTES_PER_FLOP / (speed.stream_gb_per_s * 1e9) / (2 if solver == "liblinear" else 1)
    return local_effort(2 * texts * (text_s(chars, grams_per_word, speed) + 40 * speed.call_s) + fit + 0.01)


def sparse_linear_effort(
    *, chars: float, features: float, classes: int, grams_per_word: float, speed: MachineSpeed
) -> Effort:
    """One answer of a sparse linear classifier: n-grams in Python, then a weighted sum of rows of weights."""
    rows = features * classes * 12 / (speed.stream_gb_per_s * 1e9)
    return local_effort(text_s(chars, grams_per_word, speed) + ANSWER_CALLS * speed.call_s + rows)


def indexing_effort(*, documents: int, chars: float, speed: MachineSpeed) -> Effort:
    """Building and saving a BM25 index: cutting and stemming in Python, then one pass over the terms."""
    each = chars / 1000 * speed.text_s_per_kchar * INDEX_PASSES + INDEX_CALLS * speed.call_s
    return local_effort(documents * each + 0.01)


def retrieval_effort(*, documents: int, query_chars: float, speed: MachineSpeed) -> Effort:
    """One search: a few numpy calls, and a score and a place in the order for each document."""
    ordering = documents * 60 / (speed.stream_gb_per_s * 1e9)
    return local_effort(text_s(query_chars, 3, speed) + SEARCH_CALLS * speed.call_s + ordering)


def dense_fit_effort(*, texts: int, features: int, classes: int, speed: MachineSpeed) -> Effort:
    """Fitting logistic regression on dense features: passes of two products each, bound by memory."""
    flops = 4.0 * SOLVER_PASSES["lbfgs"] * texts * features * (1 if classes == 2 else classes)
    return local_effort(flops * DENSE_BYTES_PER_FLOP / (speed.stream_gb_per_s * 1e9) + 0.01)
