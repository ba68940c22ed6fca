"""Models and retrieval as systems that `rung eval` asks: prompts of ours put before an engine."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from rung import __version__
from rung.errors import BadInput, RungError
from rung.evaluation.asking import Asked
from rung.evaluation.formats import Template, Unusable
from rung.evaluation.records import EvalItem, Passage, Response
from rung.methods.answering import LOCAL_BATCH, generator_for
from rung.methods.prompting import STOPPING_ENGINES
from rung.methods.prompts import PromptForm
from rung.methods.protocol import Engines
from rung.prediction import remote_energy
from rung.prediction.remote import runs_here
from rung.types import (
    Completion,
    Document,
    Engine,
    GenerationSettings,
    Message,
    ModelRef,
    Prompt,
    Quantity,
    TaskKind,
    content_hash,
)

if TYPE_CHECKING:
    from rung.methods.bm25 import Bm25Index

COMMAND_BATCH: Final = 8
"""Lines that a command of the user gets at once."""


class Search:
    """The best documents for a prompt by BM25.

    Args:
        index: over the knowledge.
        top_k: passages to find.
        seed: of the order in which a model sees them.
    """

    def __init__(self, index: Bm25Index, *, top_k: int, seed: int) -> None:
        self._index = index
        self._top_k = top_k
        self._seed = seed
        # Texts, not an index: two that were built alike are one.
        self.identity: tuple[Any, ...] = ("bm25", top_k, seed, [[d.id, d.text] for d in index.documents])

    def passages(self, text: str) -> tuple[Passage, ...]:
        """Passages, best first, with their scores; those that share no word with the text are left out."""
        scores = self._index.scores(text)
        places: list[int] = (-scores).argsort(kind="stable")[: self._top_k].tolist()
        documents: Sequence[Document] = self._index.documents
        return tuple(
            Passage(documents[at].text, documents[at].id, float(scores[at])) for at in places if scores[at] > 0
        )

    def shown(self, text: str, passages: Sequence[Passage]) -> list[str]:
        """The texts in the order in which a model sees them, which tells nothing of their rank."""
        texts = [passage.text for passage in passages]
        generator_for(self._seed, text).shuffle(texts)
        return texts


@dataclass(frozen=True, slots=True)
class Prompting:
    """How an item becomes a prompt.

    Args:
        task: the kind of task; its generic form is the prompt.
        instruction: the task in the user's words; may be empty.
        template: the user's own form, over `prompt`, `contexts` and `category`, in place of the generic one.
    """

    task: TaskKind = "generate"
    instruction: str = ""
    template: Template | None = None

    @property
    def identity(self) -> list[str | None]:
        """What prompts depend on."""
        return [self.task, self.instruction, None if self.template is None else self.template.source]

    def prompt(self, item: EvalItem, contexts: Sequence[str]) -> Prompt:
        """The turns before, then the prompt.

        Raises:
            BadInput: the template does not fit the item.
        """
        form = PromptForm(self.task, self.instruction)
        if self.template is None:
            *before, last = form.prompt(item.input, contexts)
        else:
            before, last = self._instruction(), Message("user", self._rendered(self.template, item, contexts))
        return (*before, *item.earlier, last)

    def _instruction(self) -> list[Message]:
        return [Message("system", self.instruction)] if self.instruction else []

    def _rendered(self, template: Template, item: EvalItem, contexts: Sequence[str]) -> str:
        try:
            return template.render({"prompt": item.input, "contexts": list(contexts), "category": item.category})
        except Unusable as error:
            raise BadInput(f"item {item.id!r}: {error.problem}", mend=error.mend) from error


class ModelSystem:
    """A model behind prompts, with retrieval where there is a knowledge folder.

    Args:
        name: of the system.
        model: its entry.
        engines: where it is opened, when it is first needed; closed with the system.
        prompting: how items become prompts.
        settings: of decoding.
        search: finds passages to put before the model, or None.
        concurrency: requests at once to a model that runs elsewhere.
    """

    def __init__(
        self,
        name: str,
        model: ModelRef,
        engines: Engines,
        *,
        prompting: Prompting,
        settings: GenerationSettings,
        search: Search | None = None,
        concurrency: int = 8,
    ) -> None:
        self.name = name
        self._model = model
        self._engines = engines
        self._engine: Engine | None = None
        self._prompting = prompting
        self._settings = settings
        self._search = search
        facts = engines.describe(model)
        here = facts.local
        self.parallel = 1 if here or model.engine == "system" else concurrency
        self.batch_size = (COMMAND_BATCH if runs_here(model) else LOCAL_BATCH) if here else 1
        self.key = content_hash(
            [
                __version__,
                model.engine,
                facts.fingerprint,
                {name: value for name, value in model.options.items() if name != "cwd"},
                prompting.identity,
                asdict(settings),
                None if search is None else search.identity,
            ]
        )

    def prepare(self) -> None:
        """Open the model."""
        if self._engine is None:
            self._engine = self._engines.open(self._model)

    def respond(self, items: Sequence[EvalItem]) -> list[Asked]:
        """A response to each item."""
        if self._engine is None:
            raise BadInput(f"the system {self.name!r} is not open", mend="call prepare first")
        start = time.perf_counter()
        found = [() if self._search is None else self._search.passages(item.input) for item in items]
        prompts = [self._prompt(item, passages) for item, passages in zip(items, found, strict=True)]
        before_s = time.perf_counter() - start
        try:
            completions = self._engine.generate(prompts, self._settings)
        except RungError as problem:
            done: Mapping[int, Completion] = problem.done
            problem.done = {at: self._asked(items[at], found[at], one, before_s) for at, one in done.items()}
            raise
        return [
            self._asked(item, passages, one, before_s)
            for item, passages, one in zip(items, found, completions, strict=True)
        ]

    def _prompt(self, item: EvalItem, passages: Sequence[Passage]) -> Prompt:
        contexts = [] if self._search is None else self._search.shown(item.input, passages)
        return self._prompting.prompt(item, contexts)

    def _asked(self, item: EvalItem, passages: tuple[Passage, ...], one: Completion, before_s: float) -> Asked:
        response = Response(
            item.id,
            self.name,
            PromptForm(self._prompting.task).read(one.text),
            passages=passages,
            error=one.error,
            usage=one.usage,
            latency_s=before_s + one.latency_s,
            cost_usd=one.cost_usd,
        )
        return Asked(response, remote_energy(self._model, one.usage))

    def close(self) -> None:
        """Close the engine."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


class SearchSystem:
    """Retrieval alone: passages, and no answer.

    Args:
        name: of the system.
        search: finds the passages.
    """

    batch_size: int = LOCAL_BATCH
    parallel: int = 1

    def __init__(self, name: str, search: Search) -> None:
        self.name = name
        self._search = search
        self.key = content_hash([__version__, "retrieve", search.identity])

    def prepare(self) -> None:
        """The index is there."""

    def respond(self, items: Sequence[EvalItem]) -> list[Asked]:
        """The passages of each item."""
        return [self._asked(item) for item in items]

    def _asked(self, item: EvalItem) -> Asked:
        start = time.perf_counter()
        passages = self._search.passages(item.input)
        response = Response(item.id, self.name, "", passages=passages, latency_s=time.perf_counter() - start)
        return Asked(response, Quantity.zero("J"))

    def close(self) -> None:
        """Nothing is open."""


def settings_of(model: ModelRef, prompting: Prompting, *, max_tokens: int, seed: int) -> GenerationSettings:
    """Greedy decoding; a bare language model stops where the next block of the generic form would begin."""
    own = prompting.template is None and model.engine in STOPPING_ENGINES
    stops = PromptForm(prompting.task).stops if own else ()
    return GenerationSettings(max_tokens=max_tokens, seed=seed, stop=stops)
