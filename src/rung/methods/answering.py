"""An answerer that puts prompts before an engine, with retrieved documents and solved examples where it has them."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rung.errors import RungError
from rung.methods.prompts import PromptForm, Shot
from rung.types import Answer, Completion, Control, Document, Engine, GenerationSettings, Prompt

if TYPE_CHECKING:
    from rung.methods.bm25 import Bm25Index

LOCAL_BATCH, REMOTE_BATCH = 32, 8
NEAR = 10
"""Documents this near to a question by rank are not put before it as wrong context."""


def generator_for(seed: int, text: str) -> random.Random:
    """A random generator of its own for each input: independent of the order in which inputs come."""
    return random.Random(hashlib.sha256(f"{seed}\n{text}".encode()).digest())


class Retriever:
    """Puts the `top_k` best documents before a question, in an order that tells nothing."""

    def __init__(self, index: Bm25Index, *, top_k: int, seed: int) -> None:
        self._index = index
        self._top_k = top_k
        self._seed = seed

    def contexts(self, text: str, control: Control = Control.NONE) -> tuple[Document, ...]:
        """The documents for one input under a control."""
        if control is Control.CLOSED_BOOK:
            return ()
        generator = generator_for(self._seed, text)
        documents = self._index.documents
        if control is Control.WRONG_CONTEXT:
            near = set(self._index.top(text, min(max(self._top_k, NEAR), max(self._top_k, len(documents) // 2))))
            others = [place for place in range(len(documents)) if place not in near]
            places = generator.sample(others, min(self._top_k, len(others)))
        else:
            places = self._index.top(text, self._top_k)
            # The best first would teach, and reward, "copy from the first".
            generator.shuffle(places)
        return tuple(documents[place] for place in places)


class Shots:
    """The solved examples nearest to an input by BM25 of their inputs; the nearest stands last."""

    def __init__(self, index: Bm25Index, examples: Sequence[Shot], *, count: int) -> None:
        self._index = index
        self._examples = tuple(examples)
        self._count = count

    def nearest(self, text: str) -> tuple[Shot, ...]:
        """`count` examples, or as many as there are."""
        return tuple(self._examples[place] for place in reversed(self._index.top(text, self._count)))


class PromptAnswerer:
    """Answers by prompting an engine.

    Args:
        engine: what completes; closed with the answerer.
        form: how inputs become prompts.
        settings: of decoding.
        retriever: documents to put before the question, or None.
        shots: solved examples, or None.
    """

    def __init__(
        self,
        engine: Engine,
        form: PromptForm,
        settings: GenerationSettings,
        *,
        retriever: Retriever | None = None,
        shots: Shots | None = None,
    ) -> None:
        self._engine = engine
        self._form = form
        self._settings = settings
        self._retriever = retriever
        self._shots = shots
        self.batch_size = LOCAL_BATCH if engine.facts.local else REMOTE_BATCH

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """One answer for each input; documents obey the control."""
        start = time.perf_counter()
        contexts = [self._retriever.contexts(text, control) if self._retriever else () for text in inputs]
        prompts = [self._prompt(text, found) for text, found in zip(inputs, contexts, strict=True)]
        before_s = time.perf_counter() - start
        try:
            completions = self._engine.generate(prompts, self._settings)
        except RungError as problem:
            problem.done = {at: self._read(given, contexts[at], before_s) for at, given in problem.done.items()}
            raise
        return [
            self._read(completion, found, before_s) for completion, found in zip(completions, contexts, strict=True)
        ]

    def _prompt(self, text: str, contexts: Sequence[Document]) -> Prompt:
        shots = self._shots.nearest(text) if self._shots else ()
        return self._form.prompt(text, [document.text for document in contexts], shots)

    def _read(self, completion: Completion, contexts: Sequence[Document], before_s: float) -> Answer:
        return Answer(
            self._form.read(completion.text),
            usage=completion.usage,
            latency_s=before_s + completion.latency_s,
            contexts=tuple(document.id for document in contexts),
            finish=completion.finish,
            error=completion.error,
            cost_usd=completion.cost_usd,
        )

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()
