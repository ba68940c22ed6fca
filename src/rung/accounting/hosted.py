"""Tokens of hosted models: energy by a named model, hardware, and price. Nobody meters them, so the ranges are wide.

Two models of the energy are offered, each under its own error source:

- `ecologits`: the published formula of EcoLogits 0.11.3 on output tokens and parameters. Its error, 0.17 to 5.4 times,
  is the 5th and 95th percentile of measured over computed energy on the 613 served configurations of the ML.ENERGY
  Benchmark v3, with 1.45 for the host around the GPUs (assumed); the median is 1.16.
- `rung`: joules per output token and 10^9 active parameters, an input token a tenth of that (`rung.prediction`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from rung import catalog
from rung.accounting.activities import Activity
from rung.accounting.conditions import Conditions, Options, Parameters, Price
from rung.accounting.hosted_place import without_claim
from rung.accounting.instances import from_fact
from rung.catalog import HostedModel
from rung.errors import MissingFactor
from rung.footprint import Worked, counted, given, product, summed, unknown
from rung.footprint.peers import ecologits_embodied_kg, ecologits_it_kwh
from rung.prediction.remote import INPUT_TOKEN_WEIGHT, J_PER_TOKEN_PER_B, REMOTE_MODEL
from rung.types import Factor, Origin, Quantity
from rung.units import J_PER_KWH, TOKENS_PER_MTOK

ECOLOGITS_ERROR: Final = Factor("hosted-energy:ecologits", 0.17, 5.4)
ECOLOGITS_EMBODIED_ERROR: Final = Factor("hosted-embodied:ecologits", 0.2, 5.0)
"""Batch and time per request are assumed in it as for the energy; the range is our own margin."""


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Tokens that a hosted model handled, in one or many requests.

    Args:
        model: as the log has it.
        region: catalog region, or None: the user's place.
        input: prompt tokens, cached ones included.
        cached: of these, read from the provider's cache.
        output: generated tokens, reasoning included.
        requests: how many.
        paid: what the log says it cost; None where it does not.
        currency: of `paid`.
        period: first and last moment.
        where: `file:line` or `file:first-last`.
        id: of the request, as the log has it; empty where it has none.
    """

    model: str
    region: str | None
    input: float
    output: float
    cached: float = 0.0
    requests: float = 1.0
    paid: float | None = None
    currency: str = "USD"
    period: tuple[str, str] = ("", "")
    where: str = ""
    id: str = ""


def merged(uses: Iterable[TokenUse]) -> list[TokenUse]:
    """One use for each model, region and way of being paid, in the order in which they first came."""
    groups: dict[tuple[str, str | None, bool, str], TokenUse] = {}
    for use in uses:
        key = (use.model, use.region, use.paid is None, use.currency)
        known = groups.get(key)
        groups[key] = use if known is None else _joined(known, use)
    return list(groups.values())


def _joined(a: TokenUse, b: TokenUse) -> TokenUse:
    starts, ends = [t for t in (a.period[0], b.period[0]) if t], [t for t in (a.period[1], b.period[1]) if t]
    return replace(
        a,
        input=a.input + b.input,
        output=a.output + b.output,
        cached=a.cached + b.cached,
        requests=a.requests + b.requests,
        paid=None if a.paid is None or b.paid is None else a.paid + b.paid,
        period=(min(starts, default=""), max(ends, default="")),
        where=_from_to(a.where, b.where),
        id="",
    )


def _from_to(a: str, b: str) -> str:
    """`log.jsonl:1` and `log.jsonl:3` as `log.jsonl:1-3`; what comes after the line is left out."""
    file, _, first = a.rpartition(":")
    other, _, last = b.rpartition(":")
    if file != other:
        return f"{a.split(', ')[0]}, ..."
    first, last = first.split("-")[0].split(" ")[0], last.split(" ")[0]
    return f"{file}:{first}" if first == last else f"{file}:{first}-{last}"


def token_activity(use: TokenUse, at: Conditions, options: Options) -> Activity:
    """What tokens of a hosted model took, before a place turns it into carbon."""
    known = find_hosted(use.model)
    size = _parameters(use.model, known, options)
    energy, embodied = _unknown_size(use.model) if size is None else _of_size(use, size, options)
    return Activity(
        name=use.model,
        where=use.where,
        conditions=without_claim(at, use.model, known, options, placed=use.region is not None),
        control="cloud",
        it_energy=energy,
        embodied=embodied,
        charged=_charged(use, known, options),
        counts={
            "request": use.requests,
            "output token": use.output,
            "1k output tokens": use.output / 1000,
            "1k tokens": (use.input + use.output) / 1000,
        },
        period=use.period,
    )


def find_hosted(name: str) -> HostedModel | None:
    """The catalog's row for a model as a log names it, or None: routes, regions and dates in the name are taken off."""
    keys = catalog.hosted_models()
    if name in keys:
        return catalog.hosted(name)
    wanted = plain_name(name)
    exact = [key for key in keys if catalog.hosted(key).model in (name, wanted)]
    found = exact or [key for key in keys if wanted in (plain_name(catalog.hosted(key).model), key.partition(":")[2])]
    return catalog.hosted(found[0]) if found else None


def plain_name(name: str) -> str:
    """`us.anthropic.claude-3-haiku-20240307-v1:0` and `bedrock/anthropic.claude-3-haiku` -> `claude-3-haiku`."""
    name = name.rpartition("/")[2].casefold()
    name = re.sub(r"^(us|eu|apac|global|jp|au)\.", "", name)
    name = re.sub(r"^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\.", "", name)
    name = re.sub(r"(-v\d+)?:\d+$", "", name)
    return re.sub(r"-(\d{4}-\d{2}-\d{2}|20\d{6}|latest)$", "", name)


def _parameters(model: str, known: HostedModel | None, options: Options) -> tuple[Parameters, Origin, str] | None:
    """Sizes by the user, else by the catalog; and where they are from."""
    mine = options.parameters.get(model)
    if mine is not None:
        return mine, Origin.ASSUMED, "given by the user"
    if known is None or known.active_b is None or known.total_b is None:
        return None
    active, total = known.active_b.quantity, known.total_b.quantity
    size = Parameters((active.low, active.value, active.high), (total.low, total.value, total.high))
    return size, max(active.origin, total.origin), f"{known.active_b.source}, {known.active_b.year}"


def _unknown_size(model: str) -> tuple[Worked, Worked]:
    mend = f"give --parameters '{model}=ACTIVE/TOTAL' in 10^9, e.g. 8/8 or 20-60/100-300"
    note = f"the size of {model!r} is in no table; {mend}"
    return unknown("IT energy", "J", note), unknown("embodied carbon", "gCO2e", note)


def _of_size(use: TokenUse, size: tuple[Parameters, Origin, str], options: Options) -> tuple[Worked, Worked]:
    sizes, origin, source = size
    error = given("error of the EcoLogits embodied model", _one(ECOLOGITS_EMBODIED_ERROR), "our own margin")
    made = _over_sizes(
        use.model, sizes, origin, lambda a, t: ecologits_embodied_kg(1, active_b=a, total_b=t) * 1000, "g"
    )
    output = counted("output tokens", use.output, "tokens")
    embodied = product(
        "embodied carbon",
        "gCO2e",
        output,
        given(f"embodied per token of {use.model}", made, f"EcoLogits; {source}"),
        error,
    )
    if options.energy_model == "rung":
        return _rung_energy(use, sizes, origin, source), summed("embodied carbon of hosts", "gCO2e", [embodied])
    j = _over_sizes(use.model, sizes, origin, lambda a, t: ecologits_it_kwh(1, active_b=a, total_b=t) * J_PER_KWH, "J")
    note = f"EcoLogits 0.11.3 at {sizes.active[0]:g} to {sizes.active[2]:g} 10^9 active parameters: {source}"
    checked = "given" if source == "given by the user" else None
    per_token = given(f"energy per output token of {use.model}", j, note, checked=checked)
    wide = given("error of the EcoLogits energy model", _one(ECOLOGITS_ERROR), "ML.ENERGY v3, 5th to 95th percentile")
    return product("IT energy", "J", output, per_token, wide), summed("embodied carbon of hosts", "gCO2e", [embodied])


def _rung_energy(use: TokenUse, sizes: Parameters, origin: Origin, source: str) -> Worked:
    few, middle, many = sizes.active
    low, mid, high = J_PER_TOKEN_PER_B
    rate = Quantity.between(low, mid, high, "J/token/10^9", source=REMOTE_MODEL, origin=Origin.MODELLED)
    weighted = use.output + INPUT_TOKEN_WEIGHT * max(use.input - use.cached, 0.0)
    tokens = counted("output tokens and a tenth of the uncached input tokens", weighted, "tokens")
    active = Quantity.between(few, middle, many, "10^9 parameters", source=f"parameters:{use.model}", origin=origin)
    return product(
        "IT energy",
        "J",
        tokens,
        given(f"active parameters of {use.model}", active, source),
        given("energy per token and parameter", rate, "ML.ENERGY v3, 5th to 95th percentile, with hosts"),
    )


def _over_sizes(
    model: str, sizes: Parameters, origin: Origin, formula: Callable[[float, float], float], unit: str
) -> Quantity:
    """A formula of the size at its low, mid and high."""
    low, middle, high = (formula(active, total) for active, total in zip(sizes.active, sizes.total, strict=True))
    return Quantity.between(
        min(low, middle), middle, max(high, middle), f"{unit}/token", source=f"parameters:{model}", origin=origin
    )


def _one(error: Factor) -> Quantity:
    return Quantity.of(1.0, "ratio", Origin.MODELLED, error)


def _charged(use: TokenUse, known: HostedModel | None, options: Options) -> Worked:
    """What the log says, else tokens x price: the user's prices first, then the catalog's list."""
    if use.paid is not None:
        rate = 1.0 if use.currency == "USD" else options.exchange.get(use.currency)
        unit, amount = ("USD", use.paid * rate) if rate is not None else (use.currency, use.paid)
        return given("charged", Quantity.of(amount, unit, Origin.QUOTED), "as the log has it")
    fresh = counted("input tokens, not cached", max(use.input - use.cached, 0.0), "tokens")
    cached, output = (
        counted("cached input tokens", use.cached, "tokens"),
        counted("output tokens", use.output, "tokens"),
    )
    try:
        prices = _prices(use.model, known, options)
    except MissingFactor as error:
        return unknown("charged", "USD", f"{error.problem}; {error.mend}")
    names = ("input", "cached input", "output")
    parts = [
        product(f"charge for {name}", "USD", tokens, price, constant=1 / TOKENS_PER_MTOK)
        for name, tokens, price in zip(names, (fresh, cached, output), prices, strict=True)
        if tokens.quantity is not None and tokens.quantity.value > 0
    ]
    return summed("charged", "USD", parts)


def _prices(model: str, known: HostedModel | None, options: Options) -> tuple[Worked, Worked, Worked]:
    mine = options.prices.get(model)
    if mine is not None:
        cached = mine.input if mine.cached is None else mine.cached
        return _mine("input", mine.input), _mine("cached input", cached), _mine("output", mine.output)
    if known is None:
        raise MissingFactor(
            f"no price of {model!r}", mend=f"give --price '{model}=INPUT/OUTPUT' in USD per 10^6 tokens"
        )
    inputs, outputs = from_fact("price of input", known.input), from_fact("price of output", known.output)
    return inputs, inputs if known.cached is None else from_fact("price of cached input", known.cached), outputs


def _mine(name: str, usd: float) -> Worked:
    return given(
        f"price of {name}", Quantity.of(usd, "USD/Mtoken", Origin.QUOTED), "given by the user", checked="given"
    )


__all__ = ["ECOLOGITS_ERROR", "Price", "TokenUse", "find_hosted", "merged", "plain_name", "token_activity"]
