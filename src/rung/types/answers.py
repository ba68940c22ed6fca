"""What goes to an engine and what comes back; what an answerer gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt = tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How to decode. Temperature 0 is greedy.

    Args:
        max_tokens: cap on output tokens.
        temperature: 0 is greedy.
        top_p: nucleus; 1 is off.
        top_k: None is off.
        seed: seed of sampling.
        stop: strings that end the output and are not part of it.
    """

    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one request. `cached` is part of `input`; `reasoning` is part of `output`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine gives for one prompt.

    Args:
        text: the output; empty when `finish` is `error`.
        usage: token counts; the engine's own where it reports them.
        latency_s: from the request until its last token [s]; in a batch, that of the batch.
        finish: why it ended.
        error: what went wrong with this one request (a refusal, a filter); None otherwise. An engine raises
            `UpstreamFailed` instead when nothing at all can be had.
        cost_usd: price of the request [USD] when the model has one.
    """

    text: str
    usage: TokenUsage
    latency_s: float
    finish: Literal["stop", "length", "error"] = "stop"
    error: str | None = None
    cost_usd: float | None = None


class Control(StrEnum):
    """A run that shows where an answer comes from."""

    NONE = "none"
    CLOSED_BOOK = "closed-book"
    WRONG_CONTEXT = "wrong-context"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a candidate gives for one item.

    Args:
        text: the answer.
        usage: tokens over all calls that the answer took.
        latency_s: end to end [s].
        contexts: ids of the documents that were put before the model.
        finish: why it ended.
        error: what went wrong, or None; an answer with an error scores 0 and is never dropped.
        cost_usd: price [USD]; None where nothing has a price.
    """

    text: str
    usage: TokenUsage = field(default_factory=TokenUsage)
    latency_s: float = 0.0
    contexts: tuple[str, ...] = ()
    finish: Literal["stop", "length", "error"] = "stop"
    error: str | None = None
    cost_usd: float | None = None
