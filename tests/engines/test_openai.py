"""Chat completions over a real loopback server, with faults."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from rung.engines import EngineRoom
from rung.engines.openai_engine import OpenAIEngine
from rung.errors import BadInput, BadModel, UpstreamFailed
from rung.retrying import Retry
from rung.testing.engines import PROMPTS, EngineContract
from rung.types import Engine, GenerationSettings, Message, ModelRef, TokenUsage

from .conftest import ChatServer

SETTINGS = GenerationSettings(max_tokens=6)


def ref(chat: ChatServer, **options: Any) -> ModelRef:
    return ModelRef("m", "openai", "remote-1", url=chat.url, options=options)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def engine(chat: ChatServer, waits: list[float]) -> Iterator[OpenAIEngine]:
    engine = OpenAIEngine(ref(chat, retries=2), sleep=waits.append)
    yield engine
    engine.close()


@pytest.mark.capability("engine-openai", verified="stub")
class TestContract(EngineContract):
    @pytest.fixture
    def engine(self, engine: OpenAIEngine) -> Engine:
        return engine

    @pytest.fixture
    def fresh(self, chat: ChatServer) -> Callable[[], Engine]:
        return lambda: OpenAIEngine(ref(chat, retries=2))


def test_the_request_is_what_the_protocol_asks(chat: ChatServer, engine: OpenAIEngine):
    engine.generate([PROMPTS[1]], GenerationSettings(6, 0.5, 0.9, 40, seed=7, stop=("\n",)))
    assert chat.bodies == [
        {
            "model": "remote-1",
            "messages": [
                {"role": "system", "content": "Answer briefly."},
                {"role": "user", "content": "Name a colour."},
            ],
            "max_tokens": 6,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 40,
            "seed": 7,
            "stop": ["\n"],
        }
    ]


def test_options_go_into_the_body(chat: ChatServer):
    options = {"max_tokens_key": "max_completion_tokens", "send_temperature": False, "send_seed": False}
    engine = OpenAIEngine(ref(chat, **options, reasoning_effort="low"))
    engine.generate(PROMPTS[2:3], SETTINGS)
    engine.close()
    assert set(chat.bodies[0]) == {"model", "messages", "max_completion_tokens", "reasoning_effort"}


@pytest.mark.capability("engine-openai", verified="stub")
def test_tokens_and_prices(chat: ChatServer):
    chat.usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    prices: dict[str, Any] = {
        "price_input_usd_per_mtok": 2.0,
        "price_output_usd_per_mtok": 8.0,
        "price_cached_usd_per_mtok": 0.5,
    }
    engine = OpenAIEngine(ModelRef("m", "openai", "x", url=chat.url, **prices))
    (completion,) = engine.generate(PROMPTS[:1], SETTINGS)
    engine.close()
    assert completion.usage == TokenUsage(100, 50, cached=60, reasoning=30)
    assert completion.cost_usd == pytest.approx((40 * 2 + 60 * 0.5 + 50 * 8) / 1e6)
    assert engine.notes == ()


def test_absent_counts_are_estimated_and_said(chat: ChatServer, engine: OpenAIEngine):
    chat.usage = None
    (completion,) = engine.generate([(Message("user", "12345"),)], SETTINGS)
    assert completion.usage == TokenUsage(2, 2)
    assert engine.notes == ("token counts of 1 of 1 replies were estimated from characters / 4",)


def test_many_at_once_keep_their_order(chat: ChatServer, engine: OpenAIEngine):
    chat.wait_s = 0.01
    prompts = [(Message("user", f"n{i}"),) for i in range(40)]
    assert [c.text for c in engine.generate(prompts, SETTINGS)] == [f"N{i}" for i in range(40)]


@pytest.mark.capability("engine-openai", verified="stub")
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_fault_is_waited_for(chat: ChatServer, engine: OpenAIEngine, waits: list[float], status: int):
    chat.faults = [(status, {}, "busy"), (status, {}, "busy")]
    (completion,) = engine.generate(PROMPTS[:1], SETTINGS)
    assert completion.error is None
    assert len(waits) == 2
    assert waits[1] > waits[0] / 2


@pytest.mark.capability("upstream-failures", verified="stub")
@pytest.mark.parametrize("status", [429, 500])
def test_a_lasting_fault_is_one_clear_error(chat: ChatServer, engine: OpenAIEngine, status: int):
    chat.always = (status, {}, "no")
    with pytest.raises(UpstreamFailed, match=f"status {status}, after 3 attempts") as caught:
        engine.generate(PROMPTS[:1], SETTINGS)
    assert caught.value.mend
    assert len(chat.bodies) == 3


def test_retry_after_is_honoured_up_to_the_cap(chat: ChatServer, waits: list[float]):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    chat.faults = [
        (429, {"Retry-After": "4"}, ""),
        (429, {"Retry-After": later}, ""),
        (429, {"Retry-After": "900"}, ""),
    ]
    engine = OpenAIEngine(ref(chat, retries=3, retry_cap_s=20), sleep=waits.append)
    engine.generate(PROMPTS[:1], SETTINGS)
    engine.close()
    assert waits[0] == 4
    assert 5 < waits[1] <= 9
    assert waits[2] == 20


def test_backoff_doubles_within_its_cap():
    retry = Retry(base_s=1, cap_s=10, rng=random.Random(0))
    for failures in range(8):
        assert min(10, 2**failures / 2) <= retry.wait_s(failures, None) <= min(10, 2**failures)


@pytest.mark.capability("upstream-failures", verified="stub")
@pytest.mark.parametrize(
    "body", ["not json", "[]", "{}", '{"choices": []}', '{"choices": [{"message": {"content": 5}}]}', "\xff\x00", ""]
)
def test_garbage_is_an_upstream_failure(chat: ChatServer, engine: OpenAIEngine, body: str):
    chat.always = (200, {}, body)
    with pytest.raises(UpstreamFailed) as caught:
        engine.generate(PROMPTS[:1], SETTINGS)
    assert caught.value.mend


def test_negative_counts_are_garbage(chat: ChatServer, engine: OpenAIEngine):
    chat.usage = {"prompt_tokens": -1, "completion_tokens": 1}
    with pytest.raises(UpstreamFailed):
        engine.generate(PROMPTS[:1], SETTINGS)


def test_a_slow_server_times_out(chat: ChatServer, waits: list[float]):
    chat.wait_s = 0.6
    engine = OpenAIEngine(ref(chat, retries=1, timeout_s=0.1), sleep=waits.append)
    with pytest.raises(UpstreamFailed, match="no answer in time"):
        engine.generate(PROMPTS[:1], SETTINGS)
    engine.close()
    assert len(waits) == 1


def test_nobody_listening_is_an_upstream_failure(waits: list[float]):
    model = ModelRef("m", "openai", "x", url="http://127.0.0.1:9/v1", options={"retries": 1})
    engine = OpenAIEngine(model, sleep=waits.append)
    with pytest.raises(UpstreamFailed, match="no connection"):
        engine.generate(PROMPTS[:1], SETTINGS)
    engine.close()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_the_variable_and_never_the_key(
    chat: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
):
    monkeypatch.setenv("RUNG_TEST_KEY", "sk-secret-123")
    caplog.set_level("DEBUG")
    chat.always = (status, {}, json.dumps({"error": {"message": "bad key sk-secret-123"}}))
    engine = OpenAIEngine(ModelRef("m", "openai", "x", url=chat.url, api_key_env="RUNG_TEST_KEY"))
    with pytest.raises(BadModel) as caught:
        engine.generate(PROMPTS[:1], SETTINGS)
    chat.always = (400, {}, json.dumps({"error": {"message": "no such thing, sk-secret-123"}}))
    with pytest.raises(BadInput, match="no such thing") as refused:
        engine.generate(PROMPTS[:1], SETTINGS)
    engine.close()
    assert chat.keys == ["Bearer sk-secret-123"] * 2
    assert "RUNG_TEST_KEY" in caught.value.mend
    said = f"{caught.value}{refused.value}{caplog.text}"
    assert "sk-secret-123" not in said


def test_an_absent_key_is_said_before_anything_is_spent(chat: ChatServer):
    with pytest.raises(BadModel, match="RUNG_NO_SUCH_KEY"):
        EngineRoom().open(ModelRef("m", "openai", "x", url=chat.url, api_key_env="RUNG_NO_SUCH_KEY"))


def test_an_unknown_model_is_named(chat: ChatServer, engine: OpenAIEngine):
    chat.always = (404, {}, json.dumps({"error": {"message": "no such model"}}))
    with pytest.raises(BadModel, match=r"remote-1.*no such model"):
        engine.generate(PROMPTS[:1], SETTINGS)


def test_a_filter_is_an_error_of_that_one_request(chat: ChatServer, engine: OpenAIEngine):
    chat.finish = "content_filter"
    (completion,) = engine.generate(PROMPTS[:1], SETTINGS)
    assert (completion.finish, completion.text) == ("error", "")
    assert "content_filter" in (completion.error or "")
    chat.finish = "length"
    assert engine.generate(PROMPTS[:1], SETTINGS)[0].finish == "length"


def test_it_takes_no_weights(chat: ChatServer, tmp_path: Any):
    with pytest.raises(BadInput, match="no weights"):
        EngineRoom().open(ref(chat), weights=tmp_path)


@pytest.mark.capability("upstream-failures", verified="stub")
@pytest.mark.parametrize("threads", [1, 4])
def test_a_batch_that_breaks_off_gives_what_it_had(chat: ChatServer, waits: list[float], threads: int):
    """The third request is refused for good; what was under way is waited for, since it is paid too."""
    chat.wait_s = 0.02
    engine = OpenAIEngine(ref(chat, retries=0, concurrency=threads), sleep=waits.append)
    ok = (200, {}, chat.reply({"messages": [{"content": "fine"}]}))
    chat.faults = [ok, ok, (500, {}, "no")]
    with pytest.raises(UpstreamFailed) as caught:
        engine.generate([(Message("user", f"n{i}"),) for i in range(20)], SETTINGS)
    engine.close()
    done = caught.value.done
    assert len(done) == len(chat.bodies) - 1 >= 2
    assert len(done) < 19
    assert {completion.usage for completion in done.values()} == {TokenUsage(7, 3)}
