"""Converse against botocore's Stubber, which checks requests and replies with the service's own model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from rung.engines import EngineRoom
from rung.engines.bedrock_engine import BedrockEngine
from rung.errors import BadInput, BadModel, MissingExtra, UpstreamFailed
from rung.testing.engines import PROMPTS, EngineContract
from rung.types import Engine, GenerationSettings, Message, ModelRef, TokenUsage

MODEL = "amazon.nova-micro-v1:0"
SETTINGS = GenerationSettings(max_tokens=6)


def client() -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def ref(**options: Any) -> ModelRef:
    return ModelRef(
        "nova",
        "bedrock",
        MODEL,
        price_input_usd_per_mtok=1.0,
        price_output_usd_per_mtok=4.0,
        price_cached_usd_per_mtok=0.1,
        options={"concurrency": 1, **options},
    )


def reply(text: str = "blue", reason: str = "end_turn", **usage: int) -> dict[str, Any]:
    counts = {"inputTokens": 10, "outputTokens": 3, "totalTokens": 13, **usage}
    message = {"role": "assistant", "content": [{"text": text}]}
    return {"output": {"message": message}, "stopReason": reason, "usage": counts, "metrics": {"latencyMs": 5}}


class Stubbed(BedrockEngine):
    """The engine with a stub that is consulted as the service would be."""

    def __init__(self, model: ModelRef, sleep: Callable[[float], None] = lambda s: None) -> None:
        real = client()
        self.stub = Stubber(real)
        self.stub.activate()
        super().__init__(model, real, sleep=sleep)


class Echo(Stubbed):
    """A stub that always has an answer: the request's last text in capitals."""

    def generate(self, prompts: Any, settings: GenerationSettings) -> Any:
        for prompt in prompts:
            self.stub.add_response("converse", reply(prompt[-1].content.upper()), self.request(prompt, settings))
        return super().generate(prompts, settings)


@pytest.mark.capability("engine-bedrock", verified="stub")
class TestContract(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return Echo(ref())

    @pytest.fixture
    def fresh(self) -> Callable[[], Engine]:
        return lambda: Echo(ref())


@pytest.mark.capability("engine-bedrock", verified="stub")
def test_the_request_is_exact():
    engine = Stubbed(ref(additional={"top_k": 40}, guardrail={"guardrailIdentifier": "g", "guardrailVersion": "1"}))
    engine.stub.add_response(
        "converse",
        reply(),
        {
            "modelId": MODEL,
            "system": [{"text": "Answer briefly."}],
            "messages": [{"role": "user", "content": [{"text": "Name a colour."}]}],
            "inferenceConfig": {"maxTokens": 6, "temperature": 0.5, "topP": 0.9, "stopSequences": ["\n"]},
            "additionalModelRequestFields": {"top_k": 40},
            "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
        },
    )
    (completion,) = engine.generate([PROMPTS[1]], GenerationSettings(6, 0.5, 0.9, stop=("\n",)))
    engine.stub.assert_no_pending_responses()
    assert (completion.text, completion.finish) == ("blue", "stop")


def test_cached_tokens_are_part_of_the_input_and_priced_as_such():
    engine = Stubbed(ref())
    engine.stub.add_response("converse", reply(cacheReadInputTokens=100, cacheWriteInputTokens=20))
    (completion,) = engine.generate(PROMPTS[:1], SETTINGS)
    assert completion.usage == TokenUsage(130, 3, cached=100)
    assert completion.cost_usd == pytest.approx((30 * 1 + 100 * 0.1 + 3 * 4) / 1e6)


@pytest.mark.capability("engine-bedrock", verified="stub")
@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceUnavailableException", "ModelTimeoutException"])
def test_throttling_is_waited_for(code: str):
    waits: list[float] = []
    engine = Stubbed(ref(), sleep=waits.append)
    engine.stub.add_client_error("converse", code)
    engine.stub.add_response("converse", reply())
    assert engine.generate(PROMPTS[:1], SETTINGS)[0].text == "blue"
    assert len(waits) == 1


def test_throttling_that_lasts_is_one_clear_error():
    engine = Stubbed(ref(retries=1))
    for _ in range(2):
        engine.stub.add_client_error("converse", "ThrottlingException")
    with pytest.raises(UpstreamFailed, match="ThrottlingException, after 2 attempts") as caught:
        engine.generate(PROMPTS[:1], SETTINGS)
    assert "concurrency" in caught.value.mend


@pytest.mark.parametrize(
    ("code", "error", "mend"),
    [
        ("AccessDeniedException", BadModel, "bedrock:InvokeModel"),
        ("ResourceNotFoundException", BadModel, "region"),
        ("ValidationException", BadInput, "options"),
    ],
)
def test_refusals_carry_their_mend(code: str, error: type[BadInput], mend: str):
    engine = Stubbed(ref())
    engine.stub.add_client_error("converse", code, "said so")
    with pytest.raises(error) as caught:
        engine.generate(PROMPTS[:1], SETTINGS)
    assert mend in caught.value.mend


@pytest.mark.parametrize(("reason", "finish"), [("max_tokens", "length"), ("stop_sequence", "stop")])
def test_reasons_to_end(reason: str, finish: str):
    engine = Stubbed(ref())
    engine.stub.add_response("converse", reply(reason=reason))
    assert engine.generate(PROMPTS[:1], SETTINGS)[0].finish == finish


@pytest.mark.parametrize("reason", ["content_filtered", "guardrail_intervened"])
def test_a_filter_is_an_error_of_that_one_request(reason: str):
    engine = Stubbed(ref())
    engine.stub.add_response("converse", reply(reason=reason))
    (completion,) = engine.generate([(Message("user", "x"),)], SETTINGS)
    assert (completion.finish, completion.error) == ("error", f"refused ({reason})")


def test_the_room_makes_a_client_with_the_options(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with EngineRoom() as room:
        engine = room.open(ref(region="eu-west-1"))
        assert engine.name == "bedrock"
        assert not engine.facts.local


def test_no_region_and_no_profile_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Any):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(BadModel, match="no AWS region"):
        EngineRoom().open(ref())
    with pytest.raises(BadModel, match="nobody"):
        EngineRoom().open(ref(profile="nobody"))


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtra) as caught:
        EngineRoom().open(ref())
    assert "rung[aws]" in caught.value.mend
