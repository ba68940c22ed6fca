"""The protocols that plugins satisfy. A contract test for each ships in `rung.testing`.

(`Method` stands in `rung.methods.protocol`, because it speaks of a workload's brief.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rung.types.answers import Answer, Completion, Control, GenerationSettings, Prompt
from rung.types.candidate import ModelFacts
from rung.types.items import Item
from rung.types.spending import Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, float], None]
"""`progress(what, share_done)`, share in [0, 1]; called from long steps."""


@runtime_checkable
class Engine(Protocol):
    """Something that completes prompts."""

    @property
    def name(self) -> str:
        """Name of the engine, e.g. `transformers`."""
        ...

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        ...

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        """Complete prompts, in order, one completion each.

        Raises:
            UpstreamFailed: nothing can be had from the model, after the retries.
        """
        ...

    def close(self) -> None:
        """Free what the engine holds; it may be called twice."""
        ...


@runtime_checkable
class Answerer(Protocol):
    """A candidate that has been built and can answer."""

    @property
    def batch_size(self) -> int:
        """How many inputs it likes at once."""
        ...

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """Answer inputs, in order, one answer each; the same inputs in the same batch give the same answers.

        Under a control, an answerer that puts documents before a model leaves them out (`CLOSED_BOOK`) or puts
        documents of other questions there (`WRONG_CONTEXT`); one that does not ignores it.
        """
        ...

    def close(self) -> None:
        """Free what it holds; it may be called twice."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """Turns an answer into a number in [0, 1]; higher is better."""

    @property
    def name(self) -> str:
        """Name of the metric."""
        ...

    def score(self, answer: str, item: Item) -> float:
        """The score of an answer text against the item's references (the best of them)."""
        ...


@runtime_checkable
class TextEmbedder(Protocol):
    """Turns texts into vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector per text, texts x width."""
        ...


@runtime_checkable
class LogProbability(Protocol):
    """A language model that says how likely it holds texts to be."""

    def log_probability(self, texts: Sequence[str]) -> list[float]:
        """The natural log of each text's probability, in order: the sum over its tokens, each given those before it.

        Raises:
            BadInput: a text has no tokens or more than the model's context, or the model gives no such figure.
        """
        ...


@runtime_checkable
class Meter(Protocol):
    """Reads what this process and its children have used since some fixed moment.

    `look` is cheap and may be called at any time; `between` turns two looks into a reading. Windows may therefore
    overlap and nest, and laps (each starting where the last ended) sum to the whole.
    """

    @property
    def describe(self) -> str:
        """One line: the counters in use, or the model and its range."""
        ...

    def look(self) -> Look:
        """The counters now."""
        ...

    def between(self, start: Look, end: Look) -> Reading:
        """What was used between two looks."""
        ...

    def reading_for_cpu(self, cpu_s: float, wall_s: float) -> Reading:
        """The reading this meter would give for so much work; what predictions are turned into joules with."""
        ...


class Look(Protocol):
    """An opaque snapshot of counters."""

    @property
    def wall_s(self) -> float:
        """A steady clock [s]."""
        ...
