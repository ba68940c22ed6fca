"""What a request to a hosted model takes, where only its price list and somebody's guess of its size are known.

One replica is predicted by the roofline model at a middle, and at the ends of each thing that the provider does not
say: how large the model is, how many requests share a batch, on what and how many accelerators it runs. Each of these
is an error source of its own; so are the roofline's own error, the servers with their idle time, and the building.
Prompts count: they are read in one go, many tokens at the price of one reading of the weights, so a token of a prompt
takes a small part of what a written one does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from rung.catalog import HostedModel, chip
from rung.errors import BadInput, MissingFactor
from rung.types import Factor, Origin, Quantity
from rung.units import BYTES_PER_GB

if TYPE_CHECKING:
    from rung.prediction.roofline.predict import Predicted

Weights = Literal["fp8", "bf16"]

BATCHES: Final = (256.0, 64.0, 8.0)
"""Requests in flight in a replica at the low, mid and high energy: assumed. EcoLogits takes 64."""

SERVERS: Final = (1.3, 1.6, 2.2)
"""Servers and idle machines over accelerators at work. Google (Elsworth et al. 2025, arXiv 2508.15734, median Gemini
prompt): 58% accelerators, 25% processors and memory, 10% idle machines, so 1.6; the range is assumed."""

BUILDING: Final = (1.08, 1.2, 1.5)
"""PUE of a provider whose place is not known: large clouds report 1.08 to 1.2, leased halls up to 1.5 (assumed)."""

BYTES: Final[dict[Weights, float]] = {"fp8": 1.0, "bf16": 2.0}
ROOM: Final = 1.25
"""Memory over weights, at the least: caches and buffers."""
MOST_COUNT: Final = 256

BATCH_SOURCE: Final = "hosted-batch"
HARDWARE_SOURCE: Final = "hosted-hardware"
SERVERS_SOURCE: Final = "hosted-servers"
BUILDING_SOURCE: Final = "hosted-pue"


@dataclass(frozen=True, slots=True)
class HostedCase:
    """One way in which the model may be served.

    Args:
        total_b, active_b: parameters [10^9].
        batch: requests in flight, if so many fit.
        silicon: chip of the catalog.
        count: of them.
        weights: precision.
    """

    total_b: float
    active_b: float
    batch: float
    silicon: str
    count: int
    weights: Weights


@dataclass(frozen=True, slots=True)
class HostedEstimate:
    """A request.

    Args:
        model: whose.
        tokens_in, tokens_out: of the request.
        accelerators_j: energy of the accelerators [J].
        it_j: of servers and idle machines too [J].
        facility_j: with the building [J].
        cases: the middle, then the ends.
        notes: what the figures rest on.
    """

    model: HostedModel
    tokens_in: float
    tokens_out: float
    accelerators_j: Quantity
    it_j: Quantity
    facility_j: Quantity
    cases: tuple[HostedCase, ...]
    notes: tuple[str, ...]

    @property
    def likely_j(self) -> tuple[float, float]:
        """Low and high with the building [J] if the errors are independent: their logarithms added in squares.

        `facility_j.low` and `.high` have all of them at their worst at once, which hardly ever happens.
        """
        below, above = 0.0, 0.0
        for factor in {factor for factors in self.facility_j.terms for factor in factors}:
            below += math.log(factor.low) ** 2
            above += math.log(factor.high) ** 2
        mid = self.facility_j.value
        return mid * math.exp(-math.sqrt(below)), mid * math.exp(math.sqrt(above))

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        middle = self.cases[0]
        return {
            "model": self.model.key,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "accelerators_j": self.accelerators_j.to_json(),
            "it_j": self.it_j.to_json(),
            "facility_j": self.facility_j.to_json(),
            "likely_j": list(self.likely_j),
            "middle_case": {name: getattr(middle, name) for name in HostedCase.__dataclass_fields__},
            "notes": list(self.notes),
        }


def hosted_estimate(
    model: HostedModel, *, tokens_in: float, tokens_out: float, pue: Quantity | None = None
) -> HostedEstimate:
    """Energy of one request.

    Args:
        model: of the catalog.
        tokens_in: of the prompt, without those that the provider has cached.
        tokens_out: of the answer, reasoning included.
        pue: of the place where it runs; None: the place is not known.

    Raises:
        BadInput: token counts that no request can have.
        MissingFactor: nobody says how large the model is.
    """
    if not 0 <= tokens_in <= 1e8 or not 1 <= tokens_out <= 1e8:
        raise BadInput(
            f"{tokens_in:g} tokens in and {tokens_out:g} out are no request to predict",
            mend="give --tokens-in from 0 and --tokens-out from 1, for one request",
        )
    if model.total_b is None or model.active_b is None:
        raise MissingFactor(
            f"how large {model.key} is stands in no table",
            mend="add rows `total` and `active` to HOME/catalog/hosted.csv (see `rung catalog`)",
        )
    cases = hosted_cases(model.total_b.quantity, model.active_b.quantity)
    middle, *ends = roofline_joules(cases, tokens_in=tokens_in, tokens_out=tokens_out)
    boards = middle
    sources = (f"hosted-parameters:{model.key}", BATCH_SOURCE, HARDWARE_SOURCE)
    for name, (low, high) in zip(sources, zip(ends[::2], ends[1::2], strict=True), strict=True):
        boards = boards.with_factor(_between(name, low.value, middle.value, high.value), Origin.ASSUMED)
    it = boards.times(_shares(SERVERS, SERVERS_SOURCE), "J")
    return HostedEstimate(
        model=model,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        accelerators_j=boards,
        it_j=it,
        facility_j=it.times(_shares(BUILDING, BUILDING_SOURCE) if pue is None else pue, "J"),
        cases=cases,
        notes=_notes(model, pue),
    )


def hosted_cases(total: Quantity, active: Quantity) -> tuple[HostedCase, ...]:
    """The middle, then low and high by size, by batch, and by hardware (newer; twice as many, wider weights)."""
    mid = _case(total.value, active.value)
    return (
        mid,
        _case(total.low, active.low),
        _case(total.high, active.high),
        _case(total.value, active.value, batch=BATCHES[0]),
        _case(total.value, active.value, batch=BATCHES[2]),
        _case(total.value, active.value, silicon="B200"),
        _case(total.value, active.value, weights="bf16", times=2),
    )


def _case(
    total_b: float,
    active_b: float,
    *,
    batch: float = BATCHES[1],
    silicon: str = "H100",
    weights: Weights = "fp8",
    times: int = 1,
) -> HostedCase:
    count = min(MOST_COUNT, least_accelerators(total_b, silicon, weights) * times)
    return HostedCase(total_b, min(active_b, total_b), batch, silicon, count, weights)


def least_accelerators(total_b: float, silicon: str, weights: Weights) -> int:
    """The smallest power of two that holds the weights and a quarter more."""
    memory = chip(silicon).memory_gb
    each = 0.0 if memory is None else memory.quantity.value * BYTES_PER_GB
    count = 1
    while count < MOST_COUNT and total_b * 1e9 * BYTES[weights] * ROOM > count * each:
        count *= 2
    return count


def roofline_joules(cases: Sequence[HostedCase], *, tokens_in: float, tokens_out: float) -> list[Quantity]:
    """Energy of the accelerators for one request [J], case by case; batches are cut to what fits into memory."""
    from dataclasses import replace

    from rung.prediction.llm import Size, estimate
    from rung.prediction.roofline.accelerators import accelerator
    from rung.prediction.roofline.predict import predict
    from rung.prediction.roofline.serving import Parallel, Serving

    servings = [
        Serving(
            model=estimate(Size.of(case.total_b, case.active_b)),
            accelerator=accelerator(case.silicon),
            parallel=Parallel(tensor=min(case.count, 8), pipeline=max(1, case.count // 8)),
            precision=case.weights,
            batch=case.batch,
            prompt=tokens_in,
            output=tokens_out,
        )
        for case in cases
    ]
    first: list[Predicted] = predict(servings)
    fitting = [
        replace(one, batch=max(1.0, min(one.batch, found.memory.sequences)))
        for one, found in zip(servings, first, strict=True)
    ]
    return [found.j_per_request for found in predict(fitting)]


def _between(name: str, one: float, mid: float, other: float) -> Factor:
    """The ends as they come out: a larger batch or a smaller model need not take less."""
    return Factor(name, min(one, mid, other) / mid, max(one, mid, other) / mid)


def _shares(ends: tuple[float, float, float], source: str) -> Quantity:
    low, mid, high = ends
    return Quantity.between(low, mid, high, "", source=source, origin=Origin.ASSUMED)


def _notes(model: HostedModel, pue: Quantity | None) -> tuple[str, ...]:
    size = model.active_b
    notes = [
        "Size, batch, silicon and building are ranges: `likely` takes their errors as independent, `at worst and at "
        "best` puts all of them at one end at once.",
        "Making the machines, networks and training the model are left out.",
    ]
    if size is not None:
        ends = size.quantity
        notes.append(f"Active parameters {ends.low:g} to {ends.high:g} billion: {size.source}.")
    if pue is None:
        notes.append("Where it runs is not known: PUE 1.08 to 1.5, assumed.")
    return tuple(notes)
