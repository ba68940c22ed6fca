"""What `rung predict` was asked, and its answer in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rung.errors import BadInput
from rung.types import Origin, Quantity
from rung.units import S_PER_HOUR

if TYPE_CHECKING:
    from rung.prediction.llm import Architecture, Precision
    from rung.prediction.roofline.predict import Answer, Predicted
    from rung.prediction.roofline.serving import Generation, Parallel, Serving


@dataclass(frozen=True, slots=True)
class Asked:
    """The options."""

    model: str
    silicon: str
    count: int | None
    parallel: str | None
    precision: str | None
    batch: float
    prompt: float
    output: float
    generation: str
    constants: Path | None
    region: str | None
    grid_intensity: float | None
    usd_per_hour: float | None
    itl_ms: float | None


def asked(given: Asked, *, sweep: bool) -> Answer:
    """Predict what was asked.

    Raises:
        BadInput: a model, silicon, parallelism or number that cannot be.
    """
    from rung.prediction.roofline.constants import read_constants, shipped
    from rung.prediction.roofline.predict import Answer, predict

    constants = shipped() if given.constants is None else read_constants(given.constants)
    model = architecture(given.model)
    batches = [given.batch, *(2.0**power for power in range(13))] if sweep else [given.batch]
    servings = [_serving(given, model, batch) for batch in batches]
    one, *others = predict(servings, constants)
    fitting = [p for p in others if p.memory.fits or p.serving.batch == 1]
    return Answer(one, fitting, _grams(given, one), _usd(given, one), given.itl_ms)


def architecture(text: str) -> Architecture:
    """A config.json, a folder, or a size.

    Raises:
        BadInput: none of these.
    """
    from rung.prediction.llm import Size, estimate, read_architecture

    if Path(text).exists() or text.endswith(".json") or "/" in text:
        return read_architecture(text)
    try:
        return estimate(Size.of(text))
    except BadInput as refused:
        mend = "give a config.json, a folder with one, or a size such as 8B or 30B-A3B"
        raise BadInput(f"{text!r} is neither a file nor a size", mend=mend) from refused


def _serving(given: Asked, model: Architecture, batch: float) -> Serving:
    shared = parallel_of(given.count, given.parallel)
    lengths = (batch, given.prompt, given.output)
    return replica_of(model, given.silicon, shared, given.precision, lengths, generation=given.generation)


def replica_of(
    model: Architecture,
    silicon: str,
    shared: Parallel | int,
    precision: str | None,
    lengths: tuple[float, float, float],
    *,
    generation: str = "vllm-2025",
) -> Serving:
    """A replica by its options.

    Args:
        model: what is served.
        silicon: on what.
        shared: how it is spread, or only over how many accelerators.
        precision: of the weights; None: as published.
        lengths: sequences in flight, tokens of a prompt, tokens of an answer.
        generation: of the engine.

    Raises:
        BadInput: one of them cannot be.
    """
    from rung.prediction.roofline.accelerators import accelerator
    from rung.prediction.roofline.serving import Parallel, Serving

    if isinstance(shared, int):
        shared = Parallel(tensor=shared, expert=shared if model.experts else 1)
    batch, prompt, output = lengths
    return Serving(
        model=model,
        accelerator=accelerator(silicon),
        parallel=shared,
        precision=cast("Precision", precision or model.native_precision or "bf16"),
        batch=batch,
        prompt=prompt,
        output=output,
        generation=cast("Generation", generation),
    )


def parallel_of(count: int | None, text: str | None) -> Parallel | int:
    """How a replica is spread, or only over how many accelerators.

    Raises:
        BadInput: the text cannot be read, or speaks of another count.
    """
    from rung.prediction.roofline.serving import Parallel

    if text is None:
        return count or 1
    parallel = Parallel.parse(text)
    if count is not None and count != parallel.count:
        mend = f"leave out --count, or give --count {parallel.count}"
        raise BadInput(f"{text} is {parallel.count} accelerators, not {count}", mend=mend)
    return parallel


def _grams(given: Asked, one: Predicted) -> Quantity | None:
    """Grams of 1,000 requests: energy x PUE x grid; host and embodied are not in it."""
    from rung.catalog import grid

    joules = one.j_per_request.scaled(1000)
    if given.region is None and given.grid_intensity is None:
        return None
    if given.region is not None:
        joules = joules.times(grid(given.region).pue.quantity, "J")
    if given.grid_intensity is not None:
        return joules.times(Quantity.of(given.grid_intensity / 3.6e6, "gCO2e/J", Origin.QUOTED), "gCO2e")
    return joules.times(grid(str(given.region)).intensity.quantity.scaled(1 / 3.6e6, "gCO2e/J"), "gCO2e")


def _usd(given: Asked, one: Predicted) -> Quantity | None:
    if given.usd_per_hour is None:
        return None
    rate = one.requests_per_s
    per_request = given.usd_per_hour * one.serving.count / S_PER_HOUR / rate.value
    ends = Quantity.between(
        per_request * rate.value / rate.high,
        per_request,
        per_request * rate.value / rate.low,
        "USD",
        source="serving-latency-model",
        origin=Origin.MODELLED,
    )
    return ends.scaled(1000)
