"""Token logs: OpenAI responses and usage, Amazon Bedrock model-invocation logs, LiteLLM and Langfuse exports.

The fields are those of each tool's documentation; a log may hold more. Rows without tokens that are none by nature
(spans and events of Langfuse) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from rung.accounting.hosted import TokenUse
from rung.accounting.reading.rows import BadCell, Row, whole_number

Read = Callable[[Row], TokenUse | None]
_PROMPT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")
_USAGE_RESULT = "organization.usage."
_OF_A_BUCKET = (
    *("object", "start_time", "end_time", "model", "project_id", "user_id", "api_key_id", "batch", "service_tier"),
)
"""What tells a result of the usage API from the others."""


def openai_row(row: Row) -> TokenUse | None:
    """A response of the Chat Completions or Responses API, a line of a batch's output, or a result of the usage API.

    Output tokens hold the reasoning tokens; input tokens hold the cached ones.
    """
    body = row.value("response.body") or row.value("body") or row.values
    inner = Row(row.where, cast("Mapping[str, Any]", body))
    if not isinstance(inner.value("usage"), dict) and inner.number(*_PROMPT) is None:
        if inner.value("error") or row.number("response.status_code") not in (None, 200.0):
            return None  # a failed request of a batch: no tokens were generated
        raise BadCell("no usage", mend="give responses with their `usage`, or pass --skip-bad")
    bucket = row.text("object").startswith(_USAGE_RESULT)
    requests = inner.number("num_model_requests")
    return TokenUse(
        model=_named_in_bucket(row) if bucket else _named(inner),
        region=None,
        input=_needed(inner, "usage", _PROMPT),
        output=_optional(inner, "usage", _OUTPUT),
        cached=inner.number(
            "usage.prompt_tokens_details.cached_tokens",
            "usage.input_tokens_details.cached_tokens",
            "input_cached_tokens",
            "cached_tokens",
        )
        or 0.0,
        requests=1.0 if requests is None else requests,
        period=inner.period(("created", "created_at", "start_time"), ("end_time",)),
        where=row.where,
        id="|".join(row.text(name) for name in _OF_A_BUCKET) if bucket else inner.text("id") or row.text("id"),
    )


def bedrock_row(row: Row) -> TokenUse | None:
    """A record of Amazon Bedrock's model-invocation log; a call that failed has no output and no tokens."""
    if row.value("errorCode"):
        return None
    model = _named(row, "modelId")
    cached = row.number("input.cacheReadInputTokenCount") or 0.0
    written = row.number("input.cacheWriteInputTokenCount") or 0.0
    region = row.text("inferenceRegion", "region")
    return TokenUse(
        model=model.rpartition("/")[2],
        region=f"aws:{region}" if region else None,
        # Bedrock counts cached tokens apart from the input; ours hold them.
        input=row.needed("input.inputTokenCount") + cached + written,
        output=row.number("output.outputTokenCount") or 0.0,
        cached=cached,
        period=row.period(("timestamp",), ()),
        where=row.where,
        id=row.text("requestId"),
    )


def litellm_row(row: Row) -> TokenUse | None:
    """A row of LiteLLM's spend logs, or of its standard logging payload."""
    if row.text("status").casefold() == "failure":
        return None
    return TokenUse(
        model=_named(row, "model", "model_group"),
        region=None,
        input=row.needed("prompt_tokens"),
        output=row.number("completion_tokens") or 0.0,
        cached=row.number("cache_read_input_tokens", "metadata.usage_object.cache_read_input_tokens") or 0.0,
        paid=row.number("spend", "response_cost"),
        period=row.period(("startTime",), ("endTime",)),
        where=row.where,
        id=row.text("request_id", "id"),
    )


def langfuse_row(row: Row) -> TokenUse | None:
    """A generation of a Langfuse export (table, API or blob storage); spans and events are passed over."""
    if row.text("type").upper() not in ("GENERATION", ""):
        return None
    usage = {name: row.value(name) for name in ("usageDetails", "usage_details")}
    details = next((Row(row.where, as_object(value)) for value in usage.values() if value), Row(row.where))
    cached = _sum(details, re.compile("cache.*read|cached"))
    given = row.number("promptTokens", "prompt_tokens", "usage.input", "inputUsage", "inputTokens")
    fresh = details.number("input")
    return TokenUse(
        model=_named(row, "model", "provided_model_name", "providedModelName"),
        region=None,
        input=_sum(details, re.compile("input")) if fresh is not None else _or_raise(given, "no input tokens"),
        output=_sum(details, re.compile("output"))
        or row.number("completionTokens", "completion_tokens", "usage.output", "outputUsage", "outputTokens")
        or 0.0,
        cached=cached,
        paid=row.number("totalCost", "total_cost", "calculatedTotalCost", "costDetails.total", "cost_details.total"),
        period=row.period(("startTime", "start_time"), ("endTime", "end_time")),
        where=row.where,
        id=row.text("id"),
    )


def as_object(value: Any) -> Mapping[str, Any]:
    """An object that stands in a JSON file as it is, and in a cell of a CSV file as text."""
    import json

    if isinstance(value, str):
        try:
            value = json.loads(value, parse_int=whole_number)
        except (json.JSONDecodeError, RecursionError):
            raise BadCell(f"no JSON in the cell: {value[:40]!r}", mend="export the table again") from None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _named(row: Row, *names: str) -> str:
    model = row.text(*(names or ("model",)))
    if not model:
        raise BadCell(f"no {' or '.join(names or ('model',))}", mend="each row names its model")
    return model


def _named_in_bucket(row: Row) -> str:
    if not row.text("model"):
        raise BadCell("a result without its model", mend="ask the usage API with group_by=model, and save that")
    return row.text("model")


def _needed(row: Row, inside: str, names: tuple[str, ...]) -> float:
    return row.needed(*(f"{inside}.{name}" for name in names), *names)


def _optional(row: Row, inside: str, names: tuple[str, ...]) -> float:
    return row.number(*(f"{inside}.{name}" for name in names), *names) or 0.0


def _sum(row: Row, pattern: re.Pattern[str]) -> float:
    return sum(row.number(name) or 0.0 for name in row.values if pattern.search(name))


def _or_raise(number: float | None, problem: str) -> float:
    if number is None:
        raise BadCell(problem, mend="export generations with their usage, or pass --skip-bad")
    return number
