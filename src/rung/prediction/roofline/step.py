"""One step of a batch: its time term by term, its power, and what follows from them.

A step writes one token for each sequence in flight. Its time is the sum of (roofline terms with fitted efficiencies):

1. dense weights: bytes / (bandwidth x efficiency), shared by a group;
2. experts: bytes x share touched, 1 - (1 - k/E)^(tokens x routing);
3. keys and values: sequences x bytes per sequence;
4. arithmetic: 2 x active parameters x sequences / (peak x efficiency);
5. layers: a constant each, more with routing, recurrence, fp8 experts;
6. exchanges between accelerators: a start and hidden states over the link, two a layer;
7. host: a constant, a part per sequence, and launches one by one beyond the largest captured graph (512 sequences);
8. drawing tokens: sequences x vocabulary;
9. prefill of those that take the places of the finished: batch / output requests a step.

Power = accelerators x maximum x (static + busy x share of the step with kernels + arithmetic x utilisation^0.7),
never above the maximum. J per output token = power x step / batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from rung.prediction.roofline.columns import Columns, Floats
from rung.prediction.roofline.constants import BOUNDED, Constants

GRAPH_SEQUENCES: Final = 512
"""vLLM captures graphs up to so many sequences; larger batches launch kernel by kernel."""

_UTILISATION_POWER: Final = 0.7
_CAP_SHARPNESS: Final = 8.0
_BOUND_SHARPNESS: Final = 6.0

TERMS: Final = ("weights", "experts", "cache", "compute", "layers", "communication", "host", "prefill")
"""What a step is made of, as it is shown."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of replicas, shape (n,) each.

    Args:
        terms: time by term [s]; they sum to `step_s`.
        step_s: mean time of a step, prefill of newcomers included [s].
        itl_s: median gap between two tokens of a sequence [s].
        watts: of all accelerators [W].
        j_per_token: of an output token, prompts included [J].
        prefill_s: of one prompt, alone [s].
    """

    terms: Mapping[str, Floats]
    step_s: Floats
    itl_s: Floats
    watts: Floats
    j_per_token: Floats
    prefill_s: Floats


def values(constants: Constants, at: Columns) -> dict[str, Floats]:
    """Each constant for each row, shape (n,)."""
    rows = len(at["batch"])
    found = {name: np.full(rows, value) for name, value in constants.shared.items()}
    for name, factors in constants.own.items():
        for constant, factor in factors.items():
            found[constant] = np.where(at[name] > 0, found[constant] * np.exp(factor), found[constant])
    for name in BOUNDED:
        found[name] = found[name] / (1 + found[name] ** _BOUND_SHARPNESS) ** (1 / _BOUND_SHARPNESS)
    return found


def steps(at: Columns, constants: Constants) -> Steps:
    """The steps of these replicas."""
    c = values(constants, at)
    decode = _decoding(at, c)
    per_step = at["batch"] / at["output"]  # requests that are admitted in a step
    multiply = _prefill_compute_s(at, c)
    admitted = per_step * (multiply + _admitting_s(at, c))
    separate = at["vllm-2024"] * (1 - np.exp(-per_step))
    apart = separate * (c["separate_prefill_s"] + c["separate_sequence_s"] * at["batch"])
    prefill = admitted + apart
    terms = {name: term * c["time"] for name, term in (decode | {"prefill": prefill}).items()}
    decode, prefill = {name: terms[name] for name in decode}, terms["prefill"]
    step_s = np.sum(list(terms.values()), axis=0)
    flops = 2 * at["active"] * (at["batch"] + per_step * at["prompt"])
    utilisation = flops / (at["count"] * at["rate"] * step_s)
    image_s = c["image_busy"] * per_step * c["image_s"] * at["image_tokens"] / 1000
    share = _power(decode, (per_step * multiply + image_s) * c["time"], step_s, utilisation, at, c)
    watts = at["count"] * at["watts"] * np.minimum(share * c["power"], 1.0)
    shown = _shown(terms)
    itl_s = step_s - prefill + c["felt_prefill"] * prefill
    alone_s = (multiply + _admitting_s(at, c)) * c["time"]
    return Steps(shown, step_s, itl_s, watts, watts * step_s / at["batch"], alone_s)


def _decoding(at: Columns, c: Mapping[str, Floats]) -> dict[str, Floats]:
    group, stage, sequences = at["group"], at["stage"], at["sequences"]
    bandwidth = at["bandwidth"]
    touched = _touched(at, c)
    expert_share = c["expert_bandwidth"] * np.where(at["small"] > 0, c["small_experts"], 1.0)
    rate = c["compute"] * np.where(at["moe"] > 0, c["moe_compute"], 1.0)
    traffic = sequences * at["hidden"] * 4 * (group - 1) / group / (at["link"] * c["link"])
    alone = (group > 1) | ((stage > 1) & (at["moe"] > 0))
    eager = np.where(sequences > GRAPH_SEQUENCES, c["eager_layer_s"] * at["layers"], 0.0)
    return {
        "weights": at["dense_bytes"] / (group * bandwidth * c["weights_bandwidth"]),
        "experts": at["expert_bytes"] * touched / (stage * bandwidth * expert_share),
        "cache": sequences * at["cache_bytes"] / (group * bandwidth * c["cache_bandwidth"]),
        "compute": 2 * at["active"] * at["tokens"] / (stage * at["rate"] * rate),
        "plain": at["layers"] * c["layer_s"],
        "routing": at["moe_layers"] * (c["moe_layer_s"] + c["small_moe_layer_s"] * at["small_moe"]),
        "recurrent": at["recurrent_layers"] * c["recurrent_layer_s"],
        "communication": np.where(alone, at["layers"] * 2 * (c["allreduce_s"] + traffic), 0.0),
        "drawing": at["batch"] * at["vocabulary"] * c["sample_s"] * at["sampled"],
        "host": c["step_s"] + c["sequence_s"] * at["batch"] + eager + np.where(alone, c["group_s"], 0.0),
    }


def _touched(at: Columns, c: Mapping[str, Floats]) -> Floats:
    return 1 - (1 - at["chosen"]) ** (at["tokens"] * c["routing"])


def _prefill_compute_s(at: Columns, c: Mapping[str, Floats]) -> Floats:
    rate = c["prefill_compute"] * np.where(at["moe"] > 0, c["moe_compute"], 1.0)
    return 2 * at["active"] * at["prompt"] / (at["count"] * at["rate"] * rate)


def _admitting_s(at: Columns, c: Mapping[str, Floats]) -> Floats:
    return c["request_s"] + c["image_s"] * at["image_tokens"] / 1000 + c["video_s"] * at["videos"]


def _power(
    decode: Mapping[str, Floats],
    prefill_s: Floats,
    step_s: Floats,
    utilisation: Floats,
    at: Columns,
    c: Mapping[str, Floats],
) -> Floats:
    """Share of the maximum power. Routing over few experts leaves most of a chip waiting: sqrt of the share touched."""
    at_work = np.sqrt(_touched(at, c))
    kernels = sum(decode[name] for name in ("weights", "experts", "cache", "compute", "recurrent")) + prefill_s
    kernels = kernels + decode["routing"] * at_work
    waiting = decode["plain"] + decode["routing"] * (1 - at_work)
    share = (
        c["static"]
        + c["busy"] * kernels / step_s
        + c["latency"] * waiting / step_s
        + c["exchanging"] * (decode["communication"] + decode["drawing"]) / step_s
        + c["arithmetic"] * utilisation**_UTILISATION_POWER
    )
    return share / (1 + share**_CAP_SHARPNESS) ** (1 / _CAP_SHARPNESS)


def _shown(terms: Mapping[str, Floats]) -> dict[str, Floats]:
    layers = terms["plain"] + terms["routing"] + terms["recurrent"]
    host = terms["host"] + terms["drawing"]
    plain = {name: terms[name] for name in ("weights", "experts", "cache", "compute", "communication", "prefill")}
    return {name: plain.get(name, layers if name == "layers" else host) for name in TERMS}
