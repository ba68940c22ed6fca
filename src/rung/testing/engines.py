"""For authors of engines: the contract as a test class, and an engine that is right and costs nothing."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence

import pytest

from rung.errors import BadInput
from rung.types import Completion, Engine, GenerationSettings, Message, ModelFacts, Prompt, TokenUsage


class FakeEngine:
    """Deterministic: the reply is a function of the prompt and the settings.

    Args:
        reply: makes the output from the last message's text; by default its words in reverse.
        facts: what it says of itself.
        prices: (input, output) price of a word [USD]; None for no price.
        latency_s: of each completion.
    """

    name = "fake"

    def __init__(
        self,
        reply: Callable[[str], str] | None = None,
        *,
        facts: ModelFacts | None = None,
        prices: tuple[float, float] | None = None,
        latency_s: float = 0.0,
    ) -> None:
        self._reply = reply or _reversed_words
        self._facts = facts or ModelFacts(fingerprint="fake", local=True, parameters=1000, context_tokens=10_000)
        self._prices = prices
        self._latency_s = latency_s
        self._closed = False
        self.calls: list[tuple[Prompt, ...]] = []

    @property
    def facts(self) -> ModelFacts:
        """What it says of itself."""
        return self._facts

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        """Complete prompts; a word is a token. `calls` keeps what was asked."""
        if self._closed:
            raise BadInput("the engine 'fake' was closed", mend="open it again")
        self.calls.append(tuple(prompts))
        return [self._complete(prompt, settings) for prompt in prompts]

    def close(self) -> None:
        """Refuse what comes later."""
        self._closed = True

    def _complete(self, prompt: Prompt, settings: GenerationSettings) -> Completion:
        words = self._reply(prompt[-1].content if prompt else "").split(" ")
        if settings.temperature > 0:
            words = sorted(words, key=lambda word: hashlib.sha256(f"{settings.seed}{word}".encode()).digest())
        text = " ".join(words[: settings.max_tokens])
        for stop in settings.stop:
            text = text.split(stop)[0]
        usage = TokenUsage(
            input=sum(len(message.content.split()) for message in prompt), output=min(len(words), settings.max_tokens)
        )
        cost = None
        if self._prices is not None:
            cost = usage.input * self._prices[0] + usage.output * self._prices[1]
        finish = "length" if len(words) > settings.max_tokens else "stop"
        return Completion(text, usage, self._latency_s, finish=finish, cost_usd=cost)


def _reversed_words(text: str) -> str:
    return " ".join(reversed(text.split()))


PROMPTS: tuple[Prompt, ...] = (
    (Message("user", "What is the capital of France?"),),
    (Message("system", "Answer briefly."), Message("user", "Name a colour.")),
    (Message("user", "short"),),
    (Message("user", "One"), Message("assistant", "Two"), Message("user", "Three and then a good deal more than that")),
)


class EngineContract:
    """What every engine holds. Subclass it and give two fixtures: `engine`, which may be shared, and `fresh`."""

    @pytest.fixture
    def engine(self) -> Engine:
        """The engine under test."""
        raise NotImplementedError("give a fixture `engine`")

    @pytest.fixture
    def fresh(self) -> Callable[[], Engine]:
        """Opens another engine on the same model."""
        raise NotImplementedError("give a fixture `fresh`")

    settings = GenerationSettings(max_tokens=6)

    def test_satisfies_the_protocol(self, engine: Engine) -> None:
        """It has a name, facts, `generate` and `close`."""
        assert isinstance(engine, Engine)
        assert engine.name

    def test_one_completion_each(self, engine: Engine) -> None:
        """As many completions as prompts."""
        assert len(engine.generate(PROMPTS, self.settings)) == len(PROMPTS)

    def test_no_prompts_no_completions(self, engine: Engine) -> None:
        """Nothing asked, nothing given, nothing raised."""
        assert engine.generate([], self.settings) == []

    def test_order_is_kept(self, engine: Engine) -> None:
        """Greedy outputs of a batch and of its reverse are each other's reverse."""
        there = engine.generate(PROMPTS, self.settings)
        back = engine.generate(PROMPTS[::-1], self.settings)
        assert [c.text for c in there] == [c.text for c in back[::-1]]
        assert [c.usage for c in there] == [c.usage for c in back[::-1]]

    def test_greedy_is_deterministic(self, engine: Engine) -> None:
        """Temperature 0 gives the same text twice."""
        one, two = (engine.generate(PROMPTS, self.settings) for _ in range(2))
        assert [c.text for c in one] == [c.text for c in two]

    def test_unicode_goes_through(self, engine: Engine) -> None:
        """Scripts, emoji and line separators are no trouble on the way in."""
        (completion,) = engine.generate([(Message("user", "Wie heißt 北京 auf Ελληνικά? 🌍\n\u2028"),)], self.settings)
        assert completion.error is None
        completion.text.encode()

    def test_figures_are_sound(self, engine: Engine) -> None:
        """Counts, latency and cost are not negative, and parts are not above their whole."""
        for completion in engine.generate(PROMPTS, self.settings):
            usage = completion.usage
            assert min(usage.input, usage.output, usage.cached, usage.reasoning) >= 0
            assert usage.cached <= usage.input
            assert usage.reasoning <= usage.output
            assert math.isfinite(completion.latency_s)
            assert completion.latency_s >= 0
            assert completion.cost_usd is None or completion.cost_usd >= 0
            assert (completion.finish == "error") == (completion.error is not None)

    def test_fingerprint_is_stable(self, engine: Engine, fresh: Callable[[], Engine]) -> None:
        """Two engines on one model have one fingerprint."""
        other = fresh()
        try:
            assert engine.facts.fingerprint
            assert other.facts.fingerprint == engine.facts.fingerprint
        finally:
            other.close()

    def test_close_may_be_called_twice(self, fresh: Callable[[], Engine]) -> None:
        """Closing is idempotent."""
        engine = fresh()
        engine.generate(PROMPTS[:1], self.settings)
        engine.close()
        engine.close()

    def test_a_closed_engine_says_so(self, fresh: Callable[[], Engine]) -> None:
        """After `close`, `generate` raises an error with a mend."""
        engine = fresh()
        engine.close()
        with pytest.raises(BadInput):
            engine.generate(PROMPTS[:1], self.settings)
