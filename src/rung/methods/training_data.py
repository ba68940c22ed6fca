"""What a model is tuned on: the prompts that it will see, each with its answer, as token ids."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from rung.errors import BadInput
from rung.methods.prompts import PromptForm
from rung.types import Item
from rung.workload import Brief

if TYPE_CHECKING:
    from rung.methods.bm25 import Bm25Index
    from rung.methods.recipes import TuningRecipe


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt and its answer as token ids; the loss is taken on the answer alone."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    @property
    def length(self) -> int:
        """Tokens in all."""
        return len(self.prompt) + len(self.answer)


class Exercises:
    """Makes examples of the training items, epoch by epoch.

    With an index, a question gets the `top_k` documents that retrieval finds; its own source is put in place of the
    last of them when it is known and was not found. They are shuffled anew in every epoch, so that the place of the
    right one tells nothing.

    Args:
        brief: the workload.
        form: of the prompts.
        index: over the knowledge, or None.
        top_k: documents per question.
    """

    def __init__(self, brief: Brief, form: PromptForm, index: Bm25Index | None = None, *, top_k: int = 0) -> None:
        self._items = brief.train
        self._form = form
        self._index = index
        self._places = [self._documents(item, top_k) for item in brief.train]

    def _documents(self, item: Item, top_k: int) -> list[int]:
        if self._index is None or top_k == 0:
            return []
        places = self._index.top(item.input, top_k)
        known = {document.id: place for place, document in enumerate(self._index.documents)}
        source = known.get(item.source or "")
        if source is not None and source not in places:
            places[-1] = source
        return places

    def epochs(self, tokenizer: Any, recipe: TuningRecipe, generator: Random) -> Iterator[list[Example]]:
        """The examples of each epoch, a fraction at the end counting as a whole one: enough for every step."""
        for _ in range(math.ceil(recipe.epochs)):
            yield self.examples(tokenizer, limit=recipe.max_length, generator=generator)

    def examples(self, tokenizer: Any, *, limit: int, generator: Random) -> list[Example]:
        """One example of each item, in a random order; those longer than `limit` tokens are left out.

        Raises:
            BadInput: none fits.
        """
        from rung.engines.rendering import encode, encode_answer

        made: list[Example] = []
        for item, places in zip(self._items, self._places, strict=True):
            texts = [self._index.documents[place].text for place in places] if self._index else []
            generator.shuffle(texts)
            prompt = encode(tokenizer, self._form.prompt(item.input, texts))
            example = Example(tuple(prompt), tuple(encode_answer(tokenizer, item.output)))
            if example.length <= limit:
                made.append(example)
        if not made:
            raise BadInput(
                f"no training prompt fits into {limit} tokens",
                mend="use a model with a longer context, shorter documents (top_k), or raise max_length",
            )
        generator.shuffle(made)
        return made


def batches(examples: Sequence[Example], size: int, generator: Random) -> Iterator[list[Example]]:
    """Batches of alike lengths, in a random order: little padding, and no order by length in the training.

    Lengths are sorted within windows of eight batches only, so that batches differ from epoch to epoch.
    """
    window = 8 * size
    made: list[list[Example]] = []
    for start in range(0, len(examples), window):
        part = sorted(examples[start : start + window], key=lambda example: example.length)
        made.extend(part[at : at + size] for at in range(0, len(part), size))
    generator.shuffle(made)
    yield from made
