"""Ratios from facts and formulas, each with its interval under common errors."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rung.catalog import Chip
from rung.placement.claims import Evidence, Pair
from rung.placement.claims_book import Book
from rung.placement.place_load import ROOM
from rung.placement.place_paired import SCENARIOS
from rung.types import Origin, Quantity

Measure = Literal["fp32", "bf16", "fp8", "int8", "bandwidth", "vcpu"]
Scenario = Mapping[str, float]
_WORDS: Final = {"bandwidth": "memory bandwidth per watt", "vcpu": "vCPUs per watt"}


def spread(name: str, ratio: Callable[[Scenario], float], of: Iterable[Quantity], *, seed: int = 0) -> Pair:
    """A comparison: the ratio at the mids, and its 5th to 95th percentile when each error source is drawn once.

    What both sides share moves both, so that it does not widen the ratio. Positions are triangular, as in `saving`.

    Args:
        name: what is compared.
        ratio: from a scenario (positions of error sources in [-1, 1]).
        of: the quantities that it is made of.
        seed: of the draws.
    """
    quantities = tuple(of)
    sources = sorted(frozenset[str]().union(*(quantity.sources for quantity in quantities)))
    draw = random.Random(seed)
    drawn = sorted(
        ratio({source: draw.triangular(-1.0, 1.0, 0.0) for source in sources})
        for _ in range(SCENARIOS if sources else 1)
    )
    low, mid, high = drawn[int(0.05 * (len(drawn) - 1))], ratio({}), drawn[round(0.95 * (len(drawn) - 1))]
    firm = all(quantity.origin in (Origin.MEASURED, Origin.QUOTED) for quantity in quantities)
    return Pair(name, min(low, mid), mid, max(mid, high), firm)


def counted(name: str, ratio: float) -> Pair:
    """A comparison that a formula counts, without an interval."""
    return Pair(name, ratio, ratio, ratio, firm=True)


def rate(chip: Chip, measure: Measure) -> Quantity | None:
    """Peak work of a chip by a measure; None where nobody published it."""
    if measure == "vcpu":
        return None if chip.vcpus is None else Quantity.of(chip.vcpus, "vCPU", Origin.QUOTED)
    fact = chip.bandwidth_gb_s if measure == "bandwidth" else chip.flops.get(measure)
    return None if fact is None else fact.quantity


def chips_compared(book: Book, ours: str, other: str, measures: Sequence[Measure]) -> list[Pair]:
    """Peak work per full-load watt of one chip over another's, by each measure that both publish."""
    pairs: list[Pair] = []
    mine, its = book.chip(ours), book.chip(other)
    for measure in measures:
        a, b = rate(mine, measure), rate(its, measure)
        if a is None or b is None:
            continue
        parts = (a, mine.max_w.quantity, b, its.max_w.quantity)
        name = f"{ours} / {other}, {_WORDS.get(measure, measure + ' per watt')}"
        pairs.append(spread(name, lambda at, p=parts: p[0].at(at) / p[1].at(at) / (p[2].at(at) / p[3].at(at)), parts))
    return pairs


def silicon(book: Book, ours: str, others: Sequence[str], measures: Sequence[Measure], *, unverified: str) -> Evidence:
    """Evidence from peak rates and full-load watts of the catalog."""
    found = [pair for other in others for pair in chips_compared(book, ours, other, measures)]
    return Evidence(tuple(found), "peak work per full-load watt of the catalog's chips", unverified)


@dataclass(frozen=True, slots=True)
class Transformer:
    """The sizes of a decoder that adapters and memory depend on.

    Args:
        name: of the architecture.
        parameters: all of them.
        layers: blocks.
        width: of the residual stream.
    """

    name: str
    parameters: float
    layers: int
    width: int


GPT3: Final = Transformer("GPT-3 175B", 175e9, 96, 12288)
"""Brown et al. 2020, table 2.1."""


def lora_parameters(model: Transformer, rank: int, matrices: int = 2) -> float:
    """Trained parameters of LoRA = layers x matrices x 2 x rank x width (Hu et al. 2021, section 4).

    Args:
        model: with its layers and width.
        rank: r.
        matrices: adapted in each block; 2 are the query and value projections.
    """
    return model.layers * matrices * 2.0 * rank * model.width


def training_bytes(model: Transformer, trained: float, *, per_weight: float, per_trained: float) -> float:
    """Memory of training [bytes] = parameters x weight + trained x (gradient and optimizer states).

    `per_weight` has what every weight takes, trained or not: the weight itself and its share of activations.
    """
    return model.parameters * per_weight + trained * per_trained


FULL_STATES: Final = (
    (4.0, "fp16, gradients freed layer by layer"),
    (6.0, "fp16 throughout"),
    (14.0, "mixed precision"),
)
"""Bytes per trained parameter besides its fp16 weight: Adam's two states at 2 bytes (4); a gradient at 2 besides (6);
or gradient at 2, fp32 weight and two fp32 states (14; ZeRO, Rajbhandari et al. 2020, section 3.1)."""


def lora_counts(model: Transformer, ranks: Sequence[int]) -> Evidence:
    """All parameters over trained ones, at the ranks given."""
    pairs = [
        counted(f"{model.name}, query and value, rank {rank}", model.parameters / lora_parameters(model, rank))
        for rank in ranks
    ]
    how = "all parameters over layers x 2 matrices x 2 x rank x width, counted"
    return Evidence(tuple(pairs), how, "Whether so few parameters reach a bar: a climb tells, for a workload.")


def lora_memory(model: Transformer, rank: int, activations: Sequence[float]) -> Evidence:
    """Memory of full training over LoRA's, by three ways of keeping gradients and Adam's states.

    Args:
        model: what is trained.
        rank: of the adapters.
        activations: bytes of activations for each parameter, on both sides.
    """
    trained, pairs = lora_parameters(model, rank), list[Pair]()
    for states, name in FULL_STATES:
        for kept in activations:
            full = training_bytes(model, model.parameters, per_weight=2 + kept, per_trained=states)
            adapted = training_bytes(model, trained, per_weight=2 + kept, per_trained=states)
            said = f"{model.name}, rank {rank}, {name}, {kept:g} bytes of activations a parameter"
            pairs.append(counted(said, full / adapted))
    how = "bytes of weights, gradients, Adam's states and activations, full over LoRA, by formula"
    return Evidence(tuple(pairs), how, "No such model was trained here; activations depend on batch and length.")


def busy_watts(idle: Quantity, full: Quantity, busy: float, at: Scenario) -> float:
    """Power at a share of capacity in a scenario [W] = idle x (1 - busy) + full x busy."""
    return idle.at(at) * (1 - busy) + full.at(at) * busy


def shared_endpoint(book: Book, chip: str, *, models: int, busy: Sequence[float]) -> Evidence:
    """Endpoints of one model each against one that holds them all: machine-hours, and watts of the processors.

    Args:
        book: the facts.
        chip: the processor of the endpoints.
        models: how many.
        busy: share of a machine that each model keeps busy; the shared machines are filled to `ROOM`.
    """
    idle, full = book.chip(chip).idle_w.quantity, book.chip(chip).max_w.quantity
    pairs: list[Pair] = []
    for share in busy:
        machines = max(1, math.ceil(models * share / ROOM - 1e-9))
        hours, filled = models / machines, models * share / machines

        def watts(at: Scenario, apart: float = share, together: float = filled, times: float = hours) -> float:
            return times * busy_watts(idle, full, apart, at) / busy_watts(idle, full, together, at)

        name = f"{models} models, {share:.0%} busy each"
        pairs += [counted(f"{name}: machine-hours", hours), spread(f"{name}: watts of {chip}", watts, (idle, full))]
    how = "endpoints over the machines that hold all models, by count; watts by idle and full load of the catalog"
    unverified = "That all models fit into one machine's memory; what loading on demand adds to latency and energy."
    return Evidence(tuple(pairs), how, unverified)
