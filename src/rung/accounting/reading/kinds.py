"""The kinds of files of use, told by their columns."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from rung.accounting.reading.parsing import rows_of
from rung.accounting.reading.rows import Row
from rung.errors import BadData

Kind = Literal["openai", "openai-costs", "bedrock", "litellm", "langfuse", "codecarbon", "hours", "focus"]
KINDS: Final[tuple[Kind, ...]] = (
    *("openai", "openai-costs", "bedrock", "litellm", "langfuse", "codecarbon", "hours", "focus"),
)


def kind_of(path: Path) -> Kind:
    """The kind of a file, by the columns of its first row that can be read.

    Raises:
        BadData: none fits, or several do.
    """
    first = next((row for row in rows_of(path) if not row.broken), None)
    if first is None:
        broken = next(rows_of(path), None)
        why = f"{path.name}:1: the file has no rows" if broken is None else f"{broken.where}: {broken.broken}"
        raise BadData(why, mend="give a file with at least one row of use")
    fits: list[Kind] = [kind for kind in KINDS if _fits(kind, first)]
    if len(fits) == 1:
        return fits[0]
    columns = ", ".join(list(first.values)[:12])
    if fits:
        raise BadData(
            f"{first.where}: ambiguous columns: they fit {' and '.join(fits)}", mend=f"say which: --kind {fits[0]}"
        )
    raise BadData(
        f"{first.where}: no kind of file has the columns {columns}", mend=f"say --kind, one of {', '.join(KINDS)}"
    )


def _fits(kind: Kind, row: Row) -> bool:
    has = row.values.keys()
    traced = bool(has & {"traceId", "trace_id"})
    tokens = bool(has & {"prompt_tokens", "input_tokens"})
    match kind:
        case "openai":
            return (
                not traced
                and "call_type" not in has
                and ("custom_id" in has or isinstance(row.value("usage"), dict) or tokens)
            )
        case "openai-costs":
            return row.value("amount.currency") is not None and row.value("amount.value") is not None
        case "bedrock":
            return "schemaType" in has or ("modelId" in has and row.value("input.inputTokenCount") is not None)
        case "litellm":
            return tokens and bool(has & {"spend", "response_cost"})
        case "langfuse":
            return traced and "type" in has
        case "codecarbon":
            return {"energy_consumed", "duration"} <= has
        case "hours":
            return bool(has & {"instance", "instance_type"}) and "hours" in has
        case "focus":
            return {"BillingCurrency", "ChargeCategory"} <= has and bool(has & {"BilledCost", "EffectiveCost"})
