"""A model behind a price per token against machines of one's own: from which volume on do the machines pay?

A token is paid for when it is used; a machine is paid for, and idles, when it is not. So the machines win above a
volume, and a volume is a utilisation of what they can do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rung.catalog import GridRow, HostedModel
from rung.errors import BadInput
from rung.footprint import break_even_requests
from rung.placement.place_costs import price_at
from rung.placement.place_load import Machine
from rung.placement.place_paired import Saving, saving
from rung.prediction.remote import INPUT_TOKEN_WEIGHT, J_PER_TOKEN_PER_B
from rung.types import Factor, Origin, Quantity
from rung.units import J_PER_KWH, S_PER_HOUR, TOKENS_PER_MTOK


@dataclass(frozen=True, slots=True)
class Request:
    """The mean request, in tokens.

    Args:
        tokens_in: of the prompt.
        tokens_out: of the answer.
        cached_in: of the prompt, those that the provider's cache serves.
    """

    tokens_in: float
    tokens_out: float
    cached_in: float = 0.0

    def __post_init__(self) -> None:
        counts = (self.tokens_in, self.tokens_out, self.cached_in)
        if not all(count >= 0 and math.isfinite(count) for count in counts) or self.tokens_in + self.tokens_out == 0:
            raise BadInput(
                f"a request of {self.tokens_in:g} + {self.tokens_out:g} tokens", mend="give counts, not both 0"
            )
        if self.cached_in > self.tokens_in:
            raise BadInput(
                "more tokens cached than there are in the prompt", mend="give --tokens-cached up to --tokens-in"
            )


@dataclass(frozen=True, slots=True)
class Own:
    """Machines of one's own (rented by the hour) that answer the same requests.

    Args:
        machine: one of them.
        place: where.
        machines: how many.
        per_hour: requests that all of them can answer in an hour, at most.
    """

    machine: Machine
    place: GridRow
    machines: int
    per_hour: float

    def __post_init__(self) -> None:
        if not (self.per_hour > 0 and math.isfinite(self.per_hour)) or self.machines < 1:
            raise BadInput(
                f"machines that answer {self.per_hour:g} requests an hour",
                mend="give --capacity in requests per second, as a load test or the plan says",
            )


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From which volume on one's own machines take less.

    Args:
        per_hour: requests an hour there; None where the machines never catch up with any volume.
        utilisation: the same over what the machines can do; above 1 they cannot reach it.
    """

    per_hour: float | None
    utilisation: float | None

    @property
    def reachable(self) -> bool:
        """Whether the machines can answer that many."""
        return self.utilisation is not None and self.utilisation <= 1


@dataclass(frozen=True, slots=True)
class Managed:
    """The comparison at a volume, and where it flips.

    Args:
        model: the hosted model.
        per_request_usd: what the service charges [USD].
        per_request_g: what a request emits there [gCO2e], operational; None where the size is not known.
        own_usd: what a request costs on one's own machines at the volume [USD].
        own_g: what it emits there [gCO2e], embodied included.
        usd: what one's own machines save a request, under common errors.
        g: the same for carbon; None where the service's is unknown.
        break_even_usd: for cost.
        break_even_g: for carbon; None where the service's is unknown.
        volume_per_hour: requests an hour that the comparison is made at.
    """

    model: str
    per_request_usd: Quantity
    per_request_g: Quantity | None
    own_usd: Quantity
    own_g: Quantity
    usd: Saving
    g: Saving | None
    break_even_usd: BreakEven
    break_even_g: BreakEven | None
    volume_per_hour: float


def compare(model: HostedModel, request: Request, own: Own, *, volume_per_hour: float) -> Managed:
    """A hosted model against one's own machines.

    Raises:
        BadInput: the volume is not above 0, or more than the machines can answer.
    """
    if not 0 < volume_per_hour <= own.per_hour:
        raise BadInput(
            f"{volume_per_hour:g} requests an hour on machines that answer {own.per_hour:g}",
            mend="give a volume above 0 that they can answer, or more machines",
        )
    charged, emitted = token_usd(model, request), token_g(model, request, own.place)
    usd_h, g_h = hour_usd(own), idle_hour_g(own)
    each_g = work_g(own)
    own_usd = usd_h.scaled(1 / volume_per_hour, "USD")
    own_g = g_h.scaled(1 / volume_per_hour, "gCO2e") + each_g
    return Managed(
        model=model.key,
        per_request_usd=charged,
        per_request_g=emitted,
        own_usd=own_usd,
        own_g=own_g,
        usd=saving(own_usd, charged),
        g=None if emitted is None else saving(own_g, emitted),
        break_even_usd=_break_even(usd_h.value, 0.0, charged.value, own),
        break_even_g=None if emitted is None else _break_even(g_h.value, each_g.value, emitted.value, own),
        volume_per_hour=volume_per_hour,
    )


def token_usd(model: HostedModel, request: Request) -> Quantity:
    """What a request is charged [USD] = sum of tokens x USD per million tokens; cached ones at their own price."""
    cached = model.cached or model.input
    parts = (
        (model.input, request.tokens_in - request.cached_in),
        (cached, request.cached_in),
        (model.output, request.tokens_out),
    )
    whole = Quantity.zero("USD")
    for price, tokens in parts:
        whole = whole + price.quantity.scaled(tokens / TOKENS_PER_MTOK, "USD")
    return whole


def token_g(model: HostedModel, request: Request, place: GridRow) -> Quantity | None:
    """What a request emits at the service [gCO2e], operational, on the grid of `place`.

    Energy = tokens x J per token and 10^9 active parameters (`rung.prediction.remote`); where the service runs is not
    known, so that it is put on the same grid as one's own machines. None where the model's size is not known.
    """
    if model.active_b is None:
        return None
    low, mid, high = J_PER_TOKEN_PER_B
    tokens = request.tokens_out + INPUT_TOKEN_WEIGHT * (request.tokens_in - request.cached_in)
    rate = Factor("remote-energy-model", low / mid, high / mid)
    joules = model.active_b.quantity.scaled(mid * tokens, "J").with_factor(rate, Origin.MODELLED)
    return _grams(joules, place)


def hour_usd(own: Own) -> Quantity:
    """What the machines cost an hour, busy or not [USD/h]."""
    return price_at(own.place, own.machine).scaled(own.machines)


def idle_hour_g(own: Own) -> Quantity:
    """What the machines emit in an hour without work [gCO2e/h]: electricity and embodied."""
    joules = own.machine.idle_w.scaled(S_PER_HOUR * own.machines, "J")
    embodied = own.machine.embodied_g_per_h.scaled(own.machines)
    return _grams(joules, own.place).scaled(1.0, "gCO2e/h") + embodied


def work_g(own: Own) -> Quantity:
    """What a request adds to the idling machines [gCO2e]: (full - idle) x machines / capacity."""
    return _grams(own.machine.load_w.scaled(S_PER_HOUR * own.machines / own.per_hour, "J"), own.place)


def _grams(joules: Quantity, place: GridRow) -> Quantity:
    kwh = joules.scaled(1 / J_PER_KWH, "kWh").times(place.pue.quantity, "kWh")
    return kwh.times(place.intensity.quantity, "gCO2e")


def _break_even(per_hour: float, each: float, theirs: float, own: Own) -> BreakEven:
    """The volume at which `per_hour` is spread thin enough: the build is an hour of machines, the service has none."""
    volume = break_even_requests(0.0, theirs, per_hour, each)
    return BreakEven(volume, None if volume is None else volume / own.per_hour)
