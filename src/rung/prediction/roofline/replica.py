"""A predicted replica as the fleet simulator asks for it: times and watts of a step by batch and context.

Steps are worked out once for every batch size and two contexts; a step in between is a straight line in the context,
which is what the cache term is (windows make it flatter; then the line is the chord).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from rung.errors import BadInput
from rung.prediction.roofline.columns import columns
from rung.prediction.roofline.constants import Constants, shipped
from rung.prediction.roofline.memory import memory
from rung.prediction.roofline.predict import ENERGY_SOURCE
from rung.prediction.roofline.serving import Serving
from rung.prediction.roofline.spread import interval, widening
from rung.prediction.roofline.step import steps, values
from rung.types import Factor, Origin

LOAD_BYTES_PER_S: Final = 2e9
"""Weights from a fast local disk into the accelerators: assumed."""

ENGINE_START_S: Final = 30.0
"""Process, graphs and warm-up of an engine before the first request: assumed."""

_ENDLESS: Final = 1e8


@dataclass(frozen=True, slots=True)
class PredictedReplica:
    """A replica whose figures are predicted. Lists are by batch size, from 1 on.

    Args:
        name: for readers.
        short_s: a step at no context [s].
        token_s: more for each token of mean context [s].
        watts: while decoding [W].
        prompt_s: of a prompt, whatever its length [s].
        prompt_token_s: more for each of its tokens [s].
        idle_w: power with nothing to do [W].
        prefill_w: while reading prompts [W].
        max_batch: requests at once.
        kv_capacity_tokens: tokens that the cache holds.
        cold_start_s: loading and starting [s], assumed rates.
        cold_start_j: energy of that, at idle power [J].
        accelerators: of the replica.
        usd_per_hour: of all its accelerators [USD/h]; None is unknown.
        energy_error: low and high of its joules.
        origin: modelled.
        notes: what its figures rest on.
    """

    name: str
    short_s: tuple[float, ...]
    token_s: tuple[float, ...]
    watts: tuple[float, ...]
    prompt_s: float
    prompt_token_s: float
    idle_w: float
    prefill_w: float
    max_batch: int
    kv_capacity_tokens: int
    cold_start_s: float
    cold_start_j: float
    accelerators: int
    usd_per_hour: float | None
    energy_error: Factor
    origin: Origin = Origin.MODELLED
    notes: tuple[str, ...] = ()

    def prefill_s(self, tokens: int) -> float:
        """Time to read a prompt of so many tokens alone [s]."""
        return self.prompt_s + tokens * self.prompt_token_s

    def step_s(self, batch: int, mean_context_tokens: float) -> float:
        """Time of one decode step, a token for each request of the batch [s]."""
        at = min(batch, self.max_batch) - 1
        return self.short_s[at] + self.token_s[at] * mean_context_tokens

    def decode_w(self, batch: int) -> float:
        """Power while it decodes for a batch [W], what it draws idle included."""
        return self.watts[min(batch, self.max_batch) - 1]


def predicted_replica(
    one: Serving, *, most: int, usd_per_hour: float | None = None, constants: Constants | None = None
) -> PredictedReplica:
    """A replica for the simulator.

    Args:
        one: the replica; its batch is not used, its prompt and output are the usual ones of the trace.
        most: sequences at once, at most.
        usd_per_hour: price of one accelerator [USD/h].
        constants: others than the shipped ones.

    Raises:
        BadInput: the weights do not fit.
    """
    known = constants or shipped()
    room = memory(replace(one, batch=1.0))
    if not room.holds_weights:
        weights, board = room.weights_bytes / 1e9, one.accelerator
        problem = f"{weights:.3g} GB of weights do not fit into each {board.key} of {board.memory_bytes / 1e9:.3g} GB"
        raise BadInput(problem, mend="give a larger --count, fewer bits by --precision, or other --silicon")
    batches = range(1, max(1, min(most, int(room.sequences))) + 1)
    short_s, watts = _decoding(one, batches, 1.0, known)
    usual = max(2.0, one.context)
    long_s, watts = _decoding(one, batches, usual, known)
    prompt_s, prompt_token_s, prefill_w = _prefill(one, known)
    at = columns([replace(one, batch=float(batches[len(batches) // 2]))])
    wide = widening(at, np.array([float(one.model.estimated)]))
    middle = steps(at, known)
    low, high = interval(known.spread["j_per_token"], at, middle, wide)
    quick, slow = interval(known.spread["itl_s"], at, middle, wide)
    cold_s = ENGINE_START_S + room.weights_bytes * one.count / LOAD_BYTES_PER_S
    idle_w = one.count * one.accelerator.idle.value
    return PredictedReplica(
        name=f"{one.model.name} {one.precision} on {one.count} x {one.accelerator.key}",
        short_s=tuple(short_s),
        token_s=tuple((far - near) / (usual - 1.0) for near, far in zip(short_s, long_s, strict=True)),
        watts=tuple(watts),
        prompt_s=prompt_s,
        prompt_token_s=prompt_token_s,
        idle_w=idle_w,
        prefill_w=prefill_w,
        max_batch=len(batches),
        kv_capacity_tokens=int(room.capacity_tokens),
        cold_start_s=cold_s,
        cold_start_j=cold_s * idle_w,
        accelerators=one.count,
        usd_per_hour=None if usd_per_hour is None else usd_per_hour * one.count,
        energy_error=Factor(ENERGY_SOURCE, float(low[0]), float(high[0])),
        notes=(
            f"the replica is predicted: nine of ten gaps between tokens are {float(quick[0]):.2f} to "
            f"{float(slow[0]):.2f} times its own; times to first tokens rest on no measurement",
            f"a cold start of {cold_s:.0f} s is assumed: weights at 2 GB/s, 30 s for the engine",
        ),
    )


def _decoding(one: Serving, batches: range, context: float, known: Constants) -> tuple[list[float], list[float]]:
    """Steps without prefill [s] and their power [W], for each batch."""
    at = columns([replace(one, batch=float(batch), prompt=context, output=_ENDLESS) for batch in batches])
    # Nobody is admitted in a step of an endless answer; the context is the asked one.
    scale = one.model.kv_bytes(context) / one.model.kv_bytes(context + 0.55 * _ENDLESS)
    at["cache_bytes"] = at["cache_bytes"] * scale
    found = steps(at, known)
    return [float(v) for v in found.step_s], [float(v) for v in found.watts]


def _prefill(one: Serving, known: Constants) -> tuple[float, float, float]:
    """Time of a prompt without tokens [s], of each of its tokens [s], and power meanwhile [W]."""
    at = columns([replace(one, batch=1.0, prompt=prompt) for prompt in (max(1.0, one.image_tokens), 1001.0)])
    near, far = (float(v) for v in steps(at, known).prefill_s)
    token_s = (far - near) / (1001.0 - max(1.0, one.image_tokens))
    constants = values(known, at)
    rate = float(constants["prefill_compute"][0]) * (float(constants["moe_compute"][0]) if one.model.experts else 1.0)
    share = float(constants["static"][0] + constants["busy"][0] + constants["arithmetic"][0] * min(rate, 1.0) ** 0.7)
    watts = one.count * one.accelerator.watts * share / (1 + share**8) ** (1 / 8)
    return near - token_s * max(1.0, one.image_tokens), token_s, watts
