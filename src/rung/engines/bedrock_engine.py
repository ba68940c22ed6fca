"""Models of Amazon Bedrock through its Converse API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from rung.engines.options import Options
from rung.engines.parallel import in_parallel
from rung.engines.pricing import price_usd
from rung.errors import BadInput, BadModel, MissingExtra, UpstreamFailed
from rung.retrying import Retry, TryAgain
from rung.types import Completion, GenerationSettings, ModelFacts, ModelRef, Prompt, TokenUsage, content_hash

TRANSIENT = frozenset(
    {
        "ThrottlingException",
        "TooManyRequestsException",
        "ServiceUnavailableException",
        "InternalServerException",
        "ModelTimeoutException",
        "ModelNotReadyException",
        "ModelErrorException",
    }
)
DENIED = frozenset(
    {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException"}
)
FILTERED = frozenset({"content_filtered", "guardrail_intervened"})
LENGTH = frozenset({"max_tokens", "model_context_window_exceeded"})


def describe(model: ModelRef) -> ModelFacts:
    """What is known of a remote model: a fingerprint of id, region and options. Nothing is asked of it."""
    return ModelFacts(
        fingerprint=content_hash([model.engine, model.model, model.url, dict(model.options)]), local=False
    )


def open_engine(model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> BedrockEngine:
    """An engine on a Bedrock model.

    Raises:
        BadInput: `weights` or `adapter` is given, or an option is wrong.
        MissingExtra: boto3 is not installed.
        BadModel: no region is known.
    """
    if weights is not None or adapter is not None:
        raise BadInput(
            f"model {model.name!r} runs in Bedrock and takes no weights or adapter",
            mend="import the trained model into Bedrock and name its ARN",
        )
    return BedrockEngine(model, _client(model))


class BedrockEngine:
    """Converse, several at a time; throttling is waited for.

    Own options: `region`, `profile`, `concurrency` (8), `retries` (4), `timeout_s` (120), `retry_cap_s` (30),
    `additional` (additionalModelRequestFields), `guardrail` (guardrailConfig), `performance` (performanceConfig).

    Counts: Bedrock reports `inputTokens` beside what it read from and wrote to its prompt cache; `usage.input` is the
    sum of the three, `usage.cached` what was read. Writing to the cache is priced as input.

    Args:
        model: the entry.
        client: a `bedrock-runtime` client.
        sleep: how to wait between attempts.
    """

    name = "bedrock"

    def __init__(self, model: ModelRef, client: Any, *, sleep: Callable[[float], None] = time.sleep) -> None:
        options = Options(model)
        self._model = model
        self._facts = describe(model)
        self._client: Any | None = client
        self._concurrency = int(options.number("concurrency", 8, at_least=1))
        self._retry = Retry(
            attempts=1 + int(options.number("retries", 4, at_least=0)),
            cap_s=options.number("retry_cap_s", 30, at_least=0),
            sleep=sleep,
        )
        fields = {
            "additionalModelRequestFields": options.take("additional", None, kind=dict),
            "guardrailConfig": options.take("guardrail", None, kind=dict),
            "performanceConfig": options.take("performance", None, kind=dict),
        }
        self._fields = {name: value for name, value in fields.items() if value is not None}
        for name in ("region", "profile"):
            options.take(name, None, kind=str)
        options.number("timeout_s", 120, at_least=0.001)
        options.refuse_rest()

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        return self._facts

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        """Complete prompts, in order, one completion each.

        Raises:
            UpstreamFailed: Bedrock did not answer, after the retries.
            BadModel: access is denied, or there is no such model.
            BadInput: the request is refused, or the engine was closed.
        """
        if self._client is None:
            raise BadInput("the engine 'bedrock' was closed", mend="open it again")
        client = self._client
        return in_parallel(lambda prompt: self._complete(client, prompt, settings), prompts, threads=self._concurrency)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def request(self, prompt: Prompt, settings: GenerationSettings) -> dict[str, Any]:
        """The arguments of Converse for a prompt."""
        inference: dict[str, Any] = {"maxTokens": settings.max_tokens, "temperature": settings.temperature}
        if settings.top_p < 1:
            inference["topP"] = settings.top_p
        if settings.stop:
            inference["stopSequences"] = list(settings.stop)
        system = [{"text": message.content} for message in prompt if message.role == "system"]
        turns = [
            {"role": message.role, "content": [{"text": message.content}]}
            for message in prompt
            if message.role != "system"
        ]
        body: dict[str, Any] = {"modelId": self._model.model, "messages": turns, "inferenceConfig": inference}
        return {**body, **({"system": system} if system else {}), **self._fields}

    def _complete(self, client: Any, prompt: Prompt, settings: GenerationSettings) -> Completion:
        request = self.request(prompt, settings)
        try:
            reply, elapsed_s = self._retry.run(lambda: self._ask(client, request))
        except TryAgain as failure:
            raise UpstreamFailed(
                f"{self._model.name!r} on Bedrock: {failure.problem}, after {self._retry.attempts} attempts",
                mend="lower the option 'concurrency', raise 'retries', or ask for a higher quota",
            ) from failure
        return self._read(reply, elapsed_s)

    def _ask(self, client: Any, request: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

        start = time.perf_counter()
        try:
            reply = client.converse(**request)
        except ClientError as error:
            raise self._failure(error.response.get("Error", {})) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise BadModel(
                f"model {self._model.name!r}: no AWS credentials",
                mend="sign in (aws sso login), set AWS_PROFILE, or give the option 'profile'",
            ) from error
        except BotoCoreError as error:
            raise TryAgain(type(error).__name__) from error
        return reply, time.perf_counter() - start

    def _failure(self, error: Mapping[str, Any]) -> Exception:
        code, said = str(error.get("Code", "unknown")), str(error.get("Message", ""))[:300]
        name, model_id = self._model.name, self._model.model
        if code in TRANSIENT:
            return TryAgain(code)
        if code in DENIED:
            return BadModel(
                f"model {name!r}: Bedrock refuses access to {model_id} ({code})",
                mend="grant bedrock:InvokeModel on the model, enable it for the account in this region, and check that "
                "the credentials are current",
            )
        if code == "ResourceNotFoundException":
            return BadModel(
                f"model {name!r}: Bedrock knows no {model_id} in this region: {said}",
                mend="check the model id and the option 'region'; some models need an inference profile id",
            )
        return BadInput(
            f"model {name!r}: Bedrock refuses the request ({code}: {said})", mend="check the model's options"
        )

    def _read(self, reply: Mapping[str, Any], elapsed_s: float) -> Completion:
        try:
            blocks = reply["output"]["message"]["content"]
            text = "".join(block.get("text", "") for block in blocks)
            counts = reply["usage"]
            cached = int(counts.get("cacheReadInputTokens", 0))
            written = int(counts.get("cacheWriteInputTokens", 0))
            usage = TokenUsage(int(counts["inputTokens"]) + cached + written, int(counts["outputTokens"]), cached)
            reason = str(reply["stopReason"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UpstreamFailed(
                f"{self._model.name!r} on Bedrock: a reply without output or usage", mend="try again; update boto3"
            ) from error
        cost = price_usd(self._model, usage)
        if reason in FILTERED:
            return Completion("", usage, elapsed_s, finish="error", error=f"refused ({reason})", cost_usd=cost)
        finish: Literal["stop", "length"] = "length" if reason in LENGTH else "stop"
        return Completion(text, usage, elapsed_s, finish=finish, cost_usd=cost)


def _client(model: ModelRef) -> Any:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import NoRegionError, ProfileNotFound
    except ImportError as error:
        raise MissingExtra("boto3", extra="aws") from error
    options = Options(model)
    config = Config(
        # The retries are ours, so that they are counted once and can be seen.
        retries={"total_max_attempts": 1},
        read_timeout=options.number("timeout_s", 120, at_least=0.001),
        max_pool_connections=int(options.number("concurrency", 8, at_least=1)),
    )
    try:
        session = boto3.Session(
            profile_name=options.take("profile", None, kind=str), region_name=options.take("region", None, kind=str)
        )
        return session.client("bedrock-runtime", endpoint_url=model.url, config=config)
    except NoRegionError as error:
        raise BadModel(
            f"model {model.name!r}: no AWS region is known", mend="give the option 'region', or set AWS_REGION"
        ) from error
    except ProfileNotFound as error:
        raise BadModel(f"model {model.name!r}: {error}", mend="check the option 'profile'") from error
