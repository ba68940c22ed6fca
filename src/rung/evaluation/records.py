"""What an evaluation is about: items, what systems answered, and what the answers are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from rung.types import Item, Message, Quantity, TokenUsage


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved piece of text; `id` where the retriever gave one."""

    text: str
    id: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A part of an answer and the passages it is said to rest on."""

    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class EvalItem:
    """One question of an evaluation; unlike a workload's `Item` it may have no reference.

    Args:
        id: unique in its data set.
        input: the (last) prompt.
        references: acceptable answers; empty where nobody wrote one.
        category: the group for slices, or None.
        contexts: texts that a retriever should find (Bedrock's `referenceContexts`), or empty.
        context_ids: their ids, as passages have them; empty where only texts are known.
        earlier: turns before the last prompt, oldest first.
    """

    id: str
    input: str
    references: tuple[str, ...] = ()
    category: str | None = None
    contexts: tuple[str, ...] = ()
    context_ids: tuple[str, ...] = ()
    earlier: tuple[Message, ...] = ()

    def as_item(self) -> Item:
        """What the scorers of a workload take."""
        return Item(self.id, self.input, self.references, self.category)


@dataclass(frozen=True, slots=True)
class Response:
    """What a system gave for an item.

    Args:
        item: id.
        system: name (Bedrock's `modelIdentifier`).
        text: the answer; empty for retrieval alone, and where there is an error.
        passages: what was retrieved, best first.
        citations: of the answer.
        error: what went wrong; such an answer scores the worst by every metric (0, or 1 where lower is better) and is
            never dropped.
        usage: tokens, where known.
        latency_s: [s], where known.
        cost_usd: price [USD], where known.
        energy: [J], where known.
        carbon: [gCO2e], where known.
    """

    item: str
    system: str
    text: str
    passages: tuple[Passage, ...] = ()
    citations: tuple[Citation, ...] = ()
    error: str | None = None
    usage: TokenUsage | None = None
    latency_s: float | None = None
    cost_usd: float | None = None
    energy: Quantity | None = None
    carbon: Quantity | None = None


@runtime_checkable
class ResponseScorer(Protocol):
    """Turns a response into a number in [0, 1]; what metrics of passages, citations and judges are."""

    @property
    def name(self) -> str:
        """Name of the metric."""
        ...

    @property
    def higher_is_better(self) -> bool:
        """False for harm, stereotypes, refusals; charts say so."""
        ...

    def score(self, response: Response, item: EvalItem) -> float | None:
        """The score; None where the metric does not apply (no reference, no reference contexts): counted, never as 0.

        Raises:
            BadScore: it cannot be made a number in [0, 1].
        """
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """A response with its scores.

    Args:
        response: what was scored.
        scores: metric -> score in [0, 1]; None where the metric does not apply.
        notes: metric -> why (a judge's reasoning, what could not be parsed), where there is one.
        failed: metric -> `unparsable` or `refused`, where a judge gave no verdict and the score is the worst for that.
    """

    response: Response
    scores: Mapping[str, float | None]
    notes: Mapping[str, str] = field(default_factory=dict[str, str])
    failed: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric as it is shown; `counted` names failures that scored 0, e.g. unparsable verdicts."""

    name: str
    higher_is_better: bool = True
    binary: bool = False
    counted: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class EvalResults:
    """What `rung eval` writes and `rung compare` reads.

    Args:
        name: of the data set.
        seed: of the order.
        items: in the order they were committed.
        metrics: what was scored.
        scored: by system and item; every system has every item, once.
    """

    name: str
    seed: int
    items: tuple[EvalItem, ...]
    metrics: tuple[MetricInfo, ...]
    scored: Mapping[str, Mapping[str, Scored]]
