"""Whose electricity a hosted model runs on: a cloud's renewable claim holds for what is known to run in that cloud."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rung.accounting.conditions import Conditions, Options
from rung.catalog import HostedModel
from rung.footprint import unknown

_SERVED_IN: Final = {"bedrock": "aws", "google": "gcp"}
"""The cloud of those who serve models from one."""

_ROUTES: Final = (
    (re.compile(r"^(bedrock/|(us|eu|apac|global|jp|au)\.|(anthropic|amazon|meta|mistral|cohere|ai21|qwen)\.)"), "aws"),
    (re.compile(r"^azure(_ai)?/"), "azure"),
    (re.compile(r"^(vertex_ai|gemini)/"), "gcp"),
)
"""What a model's name in a log says of the cloud that it was asked in."""


def without_claim(
    at: Conditions, model: str, known: HostedModel | None, options: Options, *, placed: bool
) -> Conditions:
    """The conditions for a hosted model: market-based unknown where only the user's region puts it in a cloud.

    Args:
        at: at the region.
        model: as the log has it.
        known: its row in the catalog.
        options: an intensity of the user's stands.
        placed: whether the log itself names the region.
    """
    if placed or options.market is not None or at.market.quantity is None or at.provider is None:
        return at
    if at.provider in (_SERVED_IN.get(known.provider if known else ""), _route(model)):
        return at
    note = (
        f"{model} is not known to run at {at.provider}, whose renewable claim is for its own cloud; "
        "give --market-intensity LOW,MID,HIGH [gCO2e/kWh]"
    )
    return replace(at, market=unknown(at.market.name, at.market.unit, note))


def _route(model: str) -> str | None:
    return next((cloud for pattern, cloud in _ROUTES if pattern.match(model.casefold())), None)
