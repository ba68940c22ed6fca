"""A judge behind a real HTTP server: a program that follows the rules it is given, and can be told not to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from rung.engines.openai_engine import OpenAIEngine
from rung.evaluation.judging import Desk
from rung.evaluation.records import EvalItem, Response
from rung.testing.chat import ChatServer
from rung.testing.meters import FakeMeter
from rung.types import ModelRef, Quantity, TokenUsage

BLOCK = re.compile(r"^<<<([0-9a-f]{16}) (\w+)\n(.*?)\n\2 \1>>>$", re.MULTILINE | re.DOTALL)


def material(messages: Sequence[dict[str, str]]) -> dict[str, str]:
    """What stands between the markers of the first request, as a judge sees it."""
    user = next(message["content"] for message in messages if message["role"] == "user")
    return {match[2]: match[3] for match in BLOCK.finditer(user)}


def follows_rules(messages: Sequence[dict[str, str]]) -> str:
    """Right if the answer holds the reference; it obeys everything outside of the markers, and nothing inside."""
    user = next(message["content"] for message in messages if message["role"] == "user")
    outside = BLOCK.sub("", user)
    shown = material(messages)
    if "say correct" in outside.lower():
        return "I was told to.\ncorrect"
    if "first" in shown:
        better = [name for name in ("first", "second") if shown["ground_truth"] in shown[name]]
        return "Compared with the reference.\n" + (
            {"first": "A", "second": "B"}[better[0]] if len(better) == 1 else "tie"
        )
    right = shown["ground_truth"].casefold() in shown["prediction"].casefold()
    return f"The reference is {shown['ground_truth']}.\n\n**Verdict:** {'Correct' if right else 'Incorrect'}."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(follows_rules) as server:
        yield server


@pytest.fixture
def engine(server: ChatServer) -> Iterator[OpenAIEngine]:
    options = {"retries": 1, "retry_cap_s": 0.01, "timeout_s": 5, "concurrency": 4}
    model = ModelRef(
        "judge",
        "openai",
        "a-model",
        url=server.url,
        price_input_usd_per_mtok=1.0,
        price_output_usd_per_mtok=4.0,
        options=options,
    )
    engine = OpenAIEngine(model)
    yield engine
    engine.close()


def joules(usage: TokenUsage) -> Quantity:
    """A judge elsewhere that takes a joule for an output token."""
    return Quantity.of(usage.output, "J")


@pytest.fixture
def desk(engine: OpenAIEngine) -> Desk:
    return Desk(engine, FakeMeter(cpu_s_per_look=0.001, wall_s_per_look=0.001), joules)


@pytest.fixture
def items() -> dict[str, EvalItem]:
    return {
        f"q{n}": EvalItem(f"q{n}", f"What is {n} plus {n}?", (str(2 * n),), contexts=(f"{n} and {n} make {2 * n}.",))
        for n in range(10, 30)
    }


@pytest.fixture
def answers(items: dict[str, EvalItem]) -> Callable[[str], list[Response]]:
    """Answers of `good`, which is always right, or of `half`, every other one of which is wrong."""

    def of(system: str) -> list[Response]:
        wrong = system == "half"
        return [
            Response(one.id, system, "no idea" if wrong and n % 2 else f"It is {one.references[0]}.")
            for n, one in enumerate(items.values())
        ]

    return of
