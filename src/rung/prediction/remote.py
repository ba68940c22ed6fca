"""Energy and price of models that run elsewhere, where no meter of ours reaches."""

from __future__ import annotations

from typing import Final

from rung.engines.pricing import price_usd
from rung.types import Effort, Factor, ModelRef, Origin, Quantity, TokenUsage

J_PER_TOKEN_PER_B: Final = (0.012, 0.07, 0.5)
"""Server energy per output token and 10^9 active parameters (low, mid, high) [J].

The 5th, 50th and 95th percentile over the 613 served configurations of the ML.ENERGY Benchmark v3 (H100 and B200,
vLLM, 2025; 0.008, 0.05 and 0.33 J for the GPUs alone), times 1.4 to 1.5 for the host around them (assumed). Batch size,
silicon and engine of a hosted model are not known, so the range is wide on purpose.
"""

INPUT_TOKEN_WEIGHT: Final = 0.1
"""Work of an input token against an output token (assumed): prefill shares each reading of the weights."""

REMOTE_MODEL: Final = "remote-energy-model"
"""Error source of energies that are modelled from parameters; all hosted models share it."""


def remote_energy(model: ModelRef | None, usage: TokenUsage) -> Quantity | None:
    """Energy spent elsewhere for a request [J]: zero for local models and without a model; None is unknown.

    From the workload's `energy_j_per_1k_output_tokens` where it is given, else from `parameters_b`, else unknown.
    """
    if model is None or model.engine in {"transformers", "openvino"} or runs_here(model):
        return Quantity.zero("J")
    tokens = usage.output + INPUT_TOKEN_WEIGHT * (usage.input - usage.cached)
    if model.energy_j_per_1k_output_tokens is not None:
        low, mid, high = (value / 1000 for value in model.energy_j_per_1k_output_tokens)
        source, origin = f"energy:{model.name}", Origin.QUOTED
    elif model.parameters_b is not None:
        few, many = model.parameters_b
        low, mid, high = (
            few * J_PER_TOKEN_PER_B[0],
            (few + many) / 2 * J_PER_TOKEN_PER_B[1],
            many * J_PER_TOKEN_PER_B[2],
        )
        source, origin = REMOTE_MODEL, Origin.MODELLED
    else:
        return None
    if mid <= 0 or tokens <= 0:
        return Quantity.zero("J")
    return Quantity.of(mid * tokens, "J", origin, Factor(source, low / mid, high / mid))


def runs_here(model: ModelRef) -> bool:
    """Whether a `system` model is a command on this machine, so that the meter sees it as a child."""
    return model.engine == "system" and "://" not in model.model


def remote_effort(model: ModelRef, *, input_tokens: float, output_tokens: float) -> Effort:
    """One request to a model that runs elsewhere.

    Money by the model's prices; where it has none, nothing is charged that is known. Energy as `remote_energy` has it.

    Args:
        model: with its prices and energy.
        input_tokens: mean.
        output_tokens: mean; predicted within half to twice.
    """
    usage = TokenUsage(round(input_tokens), max(1, round(output_tokens)))
    spread = Factor("output-tokens", 0.5, 2.0)
    energy = remote_energy(model, usage)
    return Effort(
        usd=Quantity.of(price_usd(model, usage) or 0.0, "USD", Origin.QUOTED, spread),
        wall_s=Quantity.of(0.5 + output_tokens * 0.02, "s", Origin.ASSUMED, Factor("remote-latency", 0.2, 5.0)),
        remote_energy=None if energy is None else energy.with_factor(spread, Origin.MODELLED),
    )


def unknown_effort(model: ModelRef, *, input_tokens: float, output_tokens: float) -> Effort:
    """One request to a system of the user's: priced and declared as it may be, its work here assumed, widely."""
    here = Quantity.of(0.2, "s", Origin.ASSUMED, Factor("unknown-system", 0.01, 50.0))
    return remote_effort(model, input_tokens=input_tokens, output_tokens=output_tokens) + Effort(cpu_s=here)
