"""Hosted models: what a token costs, and how large the model is said to be."""

from __future__ import annotations

from dataclasses import dataclass

from rung.catalog.facts import Fact, cached, fact, find, group, rows
from rung.catalog.names import missing
from rung.errors import MissingFactor


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model behind somebody else's endpoint. Prices are of the list, for the standard tier and short contexts.

    Args:
        key: e.g. `openai:gpt-4o-mini` or `bedrock:llama-3.3-70b`.
        provider: who serves it.
        model: the provider's own id, as in a request.
        input: price of prompt tokens [USD per million tokens].
        output: price of generated tokens [USD per million tokens].
        cached: price of prompt tokens read from the provider's cache; None where none is offered or published.
        batch_input: price of prompt tokens in a batch; None likewise.
        batch_output: price of generated tokens in a batch; None likewise.
        total_b: parameters [1e9]; a modelled range where the maker does not say; None where nobody does.
        active_b: parameters that a token passes through [1e9]; likewise.
    """

    key: str
    provider: str
    model: str
    input: Fact
    output: Fact
    cached: Fact | None
    batch_input: Fact | None
    batch_output: Fact | None
    total_b: Fact | None
    active_b: Fact | None


def hosted_models() -> tuple[str, ...]:
    """The keys of all hosted models."""
    return tuple(row["model"] for row in rows("models"))


@cached
def hosted(name: str) -> HostedModel:
    """What is known of a hosted model.

    Raises:
        MissingFactor: no table has it, or its price is missing; the mend names close matches.
    """
    row = find("models", name)
    if row is None:
        raise missing("hosted model", name, hosted_models(), otherwise="`rung catalog models` lists them")
    held = {r["quantity"]: fact(r, name=f"{_word(r['quantity'])}:{name}") for r in group("hosted", name)}
    if "input" not in held or "output" not in held:
        raise MissingFactor(f"the hosted model {name!r} has no price", mend="add input and output rows to hosted.csv")
    return HostedModel(
        key=name,
        provider=row["provider"],
        model=row["id"],
        input=held["input"],
        output=held["output"],
        cached=held.get("cached"),
        batch_input=held.get("batch_input"),
        batch_output=held.get("batch_output"),
        total_b=held.get("total"),
        active_b=held.get("active"),
    )


def _word(quantity: str) -> str:
    return "parameters" if quantity in {"total", "active"} else "token-price"
