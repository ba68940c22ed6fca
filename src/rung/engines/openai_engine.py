"""Any chat completions URL that speaks OpenAI's protocol: vLLM, llama-server, Ollama, OVMS, hosted ones."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import httpx

from rung.engines.options import Options
from rung.engines.parallel import in_parallel
from rung.engines.pricing import price_usd
from rung.engines.rendering import as_dicts
from rung.errors import BadInput, BadModel, UpstreamFailed
from rung.retrying import Retry, TryAgain, retry_after_s
from rung.types import Completion, GenerationSettings, ModelFacts, ModelRef, Prompt, TokenUsage, content_hash

DEFAULT_URL = "https://api.openai.com/v1"
CHARACTERS_PER_TOKEN = 4
TRANSIENT = frozenset({408, 409, 425, 429})
FILTERED = frozenset({"content_filter", "refusal", "safety"})


def describe(model: ModelRef) -> ModelFacts:
    """What is known of a remote model: a fingerprint of id, endpoint and options. Nothing is asked of it."""
    identity = [model.engine, model.model, _base_url(model), dict(model.options)]
    return ModelFacts(fingerprint=content_hash(identity), local=False)


def open_engine(model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> OpenAIEngine:
    """An engine on the model's URL.

    Raises:
        BadInput: `weights` or `adapter` is given, or an option is wrong.
        BadModel: the environment variable of the key is not set.
    """
    if weights is not None or adapter is not None:
        raise BadInput(
            f"model {model.name!r} runs elsewhere and takes no weights or adapter",
            mend="use the engine 'transformers', or serve the trained model and name it",
        )
    return OpenAIEngine(model)


class OpenAIEngine:
    """Chat completions over HTTP, several at a time, asked again when that may help.

    Own options: `concurrency` (8), `retries` (4), `timeout_s` (120), `retry_cap_s` (30), `max_tokens_key`
    (`max_tokens`, or `max_completion_tokens` for OpenAI's reasoning models; `none` sends no cap), `send_temperature`
    and `send_seed` (true; some models refuse them). Every other option goes into the request's body
    as it is, e.g. `reasoning_effort`.

    The key is read from the environment at each call, and is in no log and no error. A reply without token counts gets
    estimated ones (characters / 4); `notes` says in how many replies.

    Args:
        model: the entry.
        sleep: how to wait between attempts.
        transport: of httpx, for callers that bring their own.
    """

    name = "openai"

    def __init__(
        self,
        model: ModelRef,
        *,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        options = Options(model)
        self._model = model
        self._facts = describe(model)
        self._concurrency = int(options.number("concurrency", 8, at_least=1))
        self._retry = Retry(
            attempts=1 + int(options.number("retries", 4, at_least=0)),
            cap_s=options.number("retry_cap_s", 30, at_least=0),
            sleep=sleep,
        )
        self._cap_key = options.choice("max_tokens_key", ("max_tokens", "max_completion_tokens", "none"))
        self._send_temperature = options.take("send_temperature", True, kind=bool)
        self._send_seed = options.take("send_seed", True, kind=bool)
        timeout_s = options.number("timeout_s", 120, at_least=0.001)
        self._body = options.rest()
        self._url = _base_url(model).rstrip("/") + "/chat/completions"
        self._client = httpx.Client(timeout=timeout_s, transport=transport)
        self._lock = threading.Lock()
        self._replies = 0
        self._estimated = 0
        try:
            self._headers()  # an absent key is said before anything is spent
        except BadModel:
            self._client.close()
            raise

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model."""
        return self._facts

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know; empty when all counts are the provider's own."""
        if not self._estimated:
            return ()
        counts = f"{self._estimated} of {self._replies} replies"
        return (f"token counts of {counts} were estimated from characters / {CHARACTERS_PER_TOKEN}",)

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        """Complete prompts, in order, one completion each.

        Raises:
            UpstreamFailed: the URL did not answer, or with garbage, after the retries.
            BadModel: it refuses the key, or knows no such model.
            BadInput: it refuses the request, or the engine was closed.
        """
        if self._client.is_closed:
            raise BadInput("the engine 'openai' was closed", mend="open it again")
        return in_parallel(lambda prompt: self._complete(prompt, settings), prompts, threads=self._concurrency)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _complete(self, prompt: Prompt, settings: GenerationSettings) -> Completion:
        body = self._request(prompt, settings)
        try:
            # The wait for a place and between attempts is no latency of the model: only the last attempt counts.
            reply, elapsed_s = self._retry.run(lambda: self._ask(body))
            return self._read(reply, prompt, elapsed_s)
        except TryAgain as failure:
            raise UpstreamFailed(
                f"{self._model.name!r} at {self._url}: {failure.problem}, after {self._retry.attempts} attempts",
                mend="check that the server runs and its limits; raise the options 'timeout_s' and 'retries', or lower "
                "'concurrency'",
            ) from failure

    def _request(self, prompt: Prompt, settings: GenerationSettings) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model.model, "messages": as_dicts(prompt)}
        if self._cap_key != "none":
            body[self._cap_key] = settings.max_tokens
        if self._send_temperature:
            body["temperature"] = settings.temperature
            if settings.top_p < 1:
                body["top_p"] = settings.top_p
        if settings.top_k is not None:
            body["top_k"] = settings.top_k
        if self._send_seed:
            body["seed"] = settings.seed
        if settings.stop:
            body["stop"] = list(settings.stop)
        return {**body, **self._body}

    def _ask(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], float]:
        start = time.perf_counter()
        try:
            response = self._client.post(self._url, json=body, headers=self._headers())
        except httpx.TimeoutException as error:
            raise TryAgain("no answer in time") from error
        except httpx.HTTPError as error:
            raise TryAgain(f"no connection ({type(error).__name__})") from error
        elapsed_s = time.perf_counter() - start
        status = response.status_code
        if status in TRANSIENT or status >= 500:
            raise TryAgain(f"status {status}", after_s=retry_after_s(response.headers.get("retry-after")))
        if status >= 300:
            raise self._refusal(response)
        try:
            reply = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise TryAgain("a reply that is not JSON") from error
        if not isinstance(reply, dict):
            raise TryAgain("a reply that is no JSON object")
        return reply, elapsed_s

    def _refusal(self, response: httpx.Response) -> BadInput:
        status, name = response.status_code, self._model.name
        said = self._censored(_error_text(response))
        if status in (401, 403):
            key = self._model.api_key_env
            mend = f"check the key in the environment variable {key}" if key else "set api_key_env in the model entry"
            return BadModel(f"{name!r}: {self._url} refuses the key (status {status})", mend=mend)
        if status == 404:
            return BadModel(
                f"{name!r}: {self._url} knows no model {self._model.model!r} (status 404{said})",
                mend="check the model id, and that the URL ends where the API starts, e.g. in /v1",
            )
        return BadInput(
            f"{name!r}: {self._url} refuses the request (status {status}{said})",
            mend="check the model's options; see max_tokens_key, send_temperature and send_seed",
        )

    def _read(self, reply: Mapping[str, Any], prompt: Prompt, elapsed_s: float) -> Completion:
        try:
            choice = reply["choices"][0]
            message = choice["message"]
            text = message.get("content") or ""
            reason = choice.get("finish_reason")
            refusal = message.get("refusal")
            if not isinstance(text, str):
                raise TypeError("content is no string")
            usage = self._usage(reply.get("usage"), prompt, text)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise UpstreamFailed(
                f"{self._model.name!r} at {self._url}: a reply without choices[0].message.content",
                mend="check that the URL speaks OpenAI's chat completions protocol",
            ) from error
        cost = price_usd(self._model, usage)
        if reason in FILTERED or (refusal and not text):
            return Completion("", usage, elapsed_s, finish="error", error=f"refused ({reason})", cost_usd=cost)
        finish: Literal["stop", "length"] = "length" if reason == "length" else "stop"
        return Completion(text, usage, elapsed_s, finish=finish, cost_usd=cost)

    def _usage(self, usage: Any, prompt: Prompt, text: str) -> TokenUsage:
        known = isinstance(usage, dict) and "prompt_tokens" in usage and "completion_tokens" in usage
        with self._lock:
            self._replies += 1
            self._estimated += not known
        if not known:
            asked = sum(len(message.content) for message in prompt)
            return TokenUsage(_estimate(asked), _estimate(len(text)))
        return TokenUsage(
            input=_count(usage["prompt_tokens"]),
            output=_count(usage["completion_tokens"]),
            cached=_count((usage.get("prompt_tokens_details") or {}).get("cached_tokens")),
            reasoning=_count((usage.get("completion_tokens_details") or {}).get("reasoning_tokens")),
        )

    def _headers(self) -> dict[str, str]:
        key = _key(self._model)
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _censored(self, text: str) -> str:
        key = _key(self._model)
        return f": {text.replace(key, '***') if key else text}" if text else ""


def _base_url(model: ModelRef) -> str:
    return model.url or DEFAULT_URL


def _key(model: ModelRef) -> str | None:
    if model.api_key_env is None:
        return None
    key = os.environ.get(model.api_key_env, "").strip()
    if not key:
        raise BadModel(
            f"model {model.name!r}: the environment variable {model.api_key_env} is not set",
            mend=f"export {model.api_key_env}=... before you run",
        )
    return key


def _estimate(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def _count(value: Any) -> int:
    count = int(value or 0)
    if count < 0:
        raise ValueError("a token count is negative")
    return count


def _error_text(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
        return str(error["message"] if isinstance(error, dict) else error)[:300]
    except (ValueError, KeyError, TypeError):
        return ""
