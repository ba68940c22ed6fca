"""What a replica will do, each figure with a 90% interval and an origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rung.prediction.roofline.columns import columns
from rung.prediction.roofline.constants import Constants, shipped
from rung.prediction.roofline.memory import Memory, memory
from rung.prediction.roofline.serving import Serving
from rung.prediction.roofline.spread import interval, widening
from rung.prediction.roofline.step import TERMS, steps
from rung.types import Factor, Origin, Quantity

ENERGY_SOURCE: Final = "serving-energy-model"
LATENCY_SOURCE: Final = "serving-latency-model"
FIRST_TOKEN_SOURCE: Final = "serving-first-token-model"  # noqa: S105 - no password

FIRST_TOKEN_ERROR: Final = (0.5, 2.0)
"""Low and high of the time to the first token over the prediction: assumed; the tables hold none to fit it on."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """A replica at a steady load.

    Args:
        serving: what was asked.
        memory: what fits.
        j_per_token: of an output token, all accelerators, prompts included [J].
        j_per_request: [J].
        itl_s: median gap between tokens [s].
        ttft_s: time to the first token of a request that need not wait for a place [s].
        tokens_per_s: output of the replica.
        requests_per_s: likewise.
        watts: of all accelerators, mean [W]; its range is that of the energy, and ends at their maximum.
        terms_s: time of a step by term [s].
        binding: the largest term.
        notes: what the figures rest on.
    """

    serving: Serving
    memory: Memory
    j_per_token: Quantity
    j_per_request: Quantity
    itl_s: Quantity
    ttft_s: Quantity
    tokens_per_s: Quantity
    requests_per_s: Quantity
    watts: Quantity
    terms_s: Mapping[str, float]
    binding: str
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        one = self.serving
        return {
            "model": one.model.name,
            "silicon": one.accelerator.key,
            "count": one.count,
            "precision": one.precision,
            "parallel": {n: getattr(one.parallel, n) for n in ("tensor", "pipeline", "data", "expert")},
            "engine_generation": one.generation,
            "batch": one.batch,
            "prompt": one.prompt,
            "output": one.output,
            "j_per_output_token": self.j_per_token.to_json(),
            "j_per_request": self.j_per_request.to_json(),
            "itl_s": self.itl_s.to_json(),
            "ttft_s": self.ttft_s.to_json(),
            "tokens_per_s": self.tokens_per_s.to_json(),
            "requests_per_s": self.requests_per_s.to_json(),
            "watts": self.watts.to_json(),
            "step_terms_s": dict(self.terms_s),
            "binding": self.binding,
            "memory": {
                "fits": self.memory.fits,
                "weights_gb_per_accelerator": self.memory.weights_bytes / 1e9,
                "free_gb_per_accelerator": self.memory.free_bytes / 1e9,
                "kv_capacity_tokens": self.memory.capacity_tokens,
                "sequences": self.memory.sequences,
            },
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """A prediction, and others beside it.

    Args:
        one: at the asked batch.
        swept: at other batches, or nothing.
        grams: of 1,000 requests [gCO2e]; None without a place.
        usd: of 1,000 requests [USD]; None without a price.
        itl_ms: the SLO: most between two tokens [ms]; None without one.
    """

    one: Predicted
    swept: Sequence[Predicted]
    grams: Quantity | None
    usd: Quantity | None
    itl_ms: float | None

    def meets(self, predicted: Predicted) -> bool | None:
        """Whether the far end of the interval keeps the SLO; None without one."""
        return None if self.itl_ms is None else predicted.itl_s.high * 1e3 <= self.itl_ms

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            **self.one.to_json(),
            "g_per_1k_requests": None if self.grams is None else self.grams.to_json(),
            "usd_per_1k_requests": None if self.usd is None else self.usd.to_json(),
            "meets_slo": self.meets(self.one),
            "sweep": [{**p.to_json(), "meets_slo": self.meets(p)} for p in self.swept],
        }


def predict(servings: Sequence[Serving], constants: Constants | None = None) -> list[Predicted]:
    """Predictions of replicas, in order; what does not fit into memory is predicted as if it did, and says so.

    Args:
        servings: at least one.
        constants: others than the shipped ones.
    """
    if not servings:
        return []
    known = constants or shipped()
    at = columns(servings)
    found = steps(at, known)
    wide = widening(at, np.array([float(one.model.estimated) for one in servings]))
    energy = interval(known.spread["j_per_token"], at, found, wide)
    latency = interval(known.spread["itl_s"], at, found, wide)
    made: list[Predicted] = []
    for row, one in enumerate(servings):
        joules = _quantity(found.j_per_token[row], "J", ENERGY_SOURCE, energy[0][row], energy[1][row])
        slow, fast = latency[0][row], latency[1][row]
        rate = one.batch / found.step_s[row]
        terms = {name: float(found.terms[name][row]) for name in TERMS}
        first_s = float(found.prefill_s[row] + found.step_s[row])
        made.append(
            Predicted(
                serving=one,
                memory=memory(one),
                j_per_token=joules,
                j_per_request=joules.scaled(one.output),
                itl_s=_quantity(found.itl_s[row], "s", LATENCY_SOURCE, slow, fast),
                ttft_s=_quantity(first_s, "s", FIRST_TOKEN_SOURCE, *FIRST_TOKEN_ERROR),
                tokens_per_s=_quantity(rate, "tokens/s", LATENCY_SOURCE, 1 / fast, 1 / slow),
                requests_per_s=_quantity(rate / one.output, "requests/s", LATENCY_SOURCE, 1 / fast, 1 / slow),
                watts=_watts(one, float(found.watts[row]), energy[0][row], energy[1][row]),
                terms_s=terms,
                binding=max(terms, key=lambda name: terms[name]),
                notes=_notes(one, known),
            )
        )
    return made


def _quantity(value: float, unit: str, source: str, low: float, high: float) -> Quantity:
    return Quantity.of(float(value), unit, Origin.MODELLED, Factor(source, float(low), float(high)))


def _watts(one: Serving, watts: float, low: float, high: float) -> Quantity:
    most = one.count * one.accelerator.watts / watts
    return _quantity(watts, "W", ENERGY_SOURCE, low, max(1.0, min(high, most)))


def _notes(one: Serving, known: Constants) -> tuple[str, ...]:
    notes: list[str] = []
    key, seen = one.accelerator.family, [str(name) for name in known.origin.get("silicon", ())]
    if known.origin.get("started_from"):
        whose = f"Constants of your own, fitted on {', '.join(seen)}"
        notes.append(f"{whose}." if key in seen else f"{whose}: they say little of the {key}.")
    elif key not in seen and key.removesuffix("-40") not in seen and f"{key}-40" not in seen:
        notes.append(f"No table has the {key}: its datasheet, the constants of the H100, range x1.5.")
    if key == "MI300X":
        notes.append("Steps of another lab on this silicon took twice as long as predicted.")
    if one.model.estimated:
        notes.append("Only the model's size is known: layers and heads follow from a rule, range x1.5.")
    if one.precision in ("int8", "int4", "fp16"):
        notes.append(f"No table has {one.precision}: weights are read at its size, kernels as those of 16 bits.")
    notes.append("Energy of the accelerators alone: host, fans and PUE are not in it.")
    notes.append("Memory: an engine takes 90% and needs 2 GB besides weights and cache on each; assumed.")
    return tuple(notes)
