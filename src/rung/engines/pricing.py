"""What a request costs, from the prices of a model entry."""

from __future__ import annotations

from rung.types import ModelRef, TokenUsage

PER_MTOK = 1e6


def price_usd(model: ModelRef, usage: TokenUsage) -> float | None:
    """Price [USD] = (input - cached) * p_in + cached * p_cached + output * p_out, prices per 10^6 tokens.

    None when the price of input or output is unknown. Without a price of its own, a cached token costs what an input
    token costs.
    """
    p_in, p_out = model.price_input_usd_per_mtok, model.price_output_usd_per_mtok
    if p_in is None or p_out is None:
        return None
    p_cached = p_in if model.price_cached_usd_per_mtok is None else model.price_cached_usd_per_mtok
    fresh = max(0, usage.input - usage.cached)
    return (fresh * p_in + usage.cached * p_cached + usage.output * p_out) / PER_MTOK
