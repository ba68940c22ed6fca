"""Candidates: what may be chosen, and why one was not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Rung(StrEnum):
    """A step of the customization ladder, in order of effort."""

    TRADITIONAL = "traditional"
    PROMPT = "prompt"
    RAG = "rag"
    PEFT = "peft"
    FINETUNE = "finetune"
    CONTINUE = "continue"
    PRETRAIN = "pretrain"

    @property
    def height(self) -> int:
        """0 for the lowest rung."""
        return list(Rung).index(self)


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model as the workload names it. Nothing is loaded by naming it.

    Args:
        name: short name, unique in the workload.
        engine: `transformers`, `openai`, `bedrock` or `system` (or a plugin's).
        model: folder, Hugging Face id, remote model id, or (system) the command line or URL.
        url: base URL of an OpenAI-compatible API.
        api_key_env: name of the environment variable that holds the key; the key itself is never kept.
        price_input_usd_per_mtok: price of a million input tokens [USD]; None is unknown.
        price_output_usd_per_mtok: price of a million output tokens [USD].
        price_cached_usd_per_mtok: price of a million cached input tokens [USD]; None: as input.
        parameters_b: (low, high) active parameters [10^9] of a model that runs elsewhere.
        energy_j_per_1k_output_tokens: (low, mid, high) [J], for models that run elsewhere and cannot be metered.
        options: declared knobs, passed to the engine.
    """

    name: str
    engine: str
    model: str
    url: str | None = None
    api_key_env: str | None = None
    price_input_usd_per_mtok: float | None = None
    price_output_usd_per_mtok: float | None = None
    price_cached_usd_per_mtok: float | None = None
    parameters_b: tuple[float, float] | None = None
    energy_j_per_1k_output_tokens: tuple[float, float, float] | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of a model without running it; None is unknown.

    Args:
        fingerprint: hash of weights, tokenizer and precision (local), or of id and endpoint (remote).
        parameters: count, all of them.
        layers: count of transformer blocks.
        hidden: width.
        vocabulary: count of tokens.
        weight_bytes: size of the weights [bytes].
        context_tokens: longest prompt + output [tokens].
        local: True when the work is done by this process or its children, so that a meter sees it.
    """

    fingerprint: str
    local: bool
    parameters: int | None = None
    layers: int | None = None
    hidden: int | None = None
    vocabulary: int | None = None
    weight_bytes: int | None = None
    context_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to do the workload: a method with its recipe, on a model or on none.

    Args:
        name: short and unique in a climb, e.g. `lora(rung-1m)`; what people read and type.
        rung: the ladder step.
        method: name of the method plugin.
        recipe: everything the method needs to build it again; JSON values only.
        model: the model it stands on; None on the rung `traditional`.
    """

    name: str
    rung: Rung
    method: str
    recipe: Mapping[str, Any]
    model: ModelRef | None = None

    def key(self, *, material: str) -> str:
        """Content hash of the candidate: method, recipe, and `material` (hash of training data, knowledge and model).

        Two candidates with one key give one result, so a trial of a key is never run twice.
        """
        body: dict[str, Any] = {
            "rung": self.rung.value,
            "method": self.method,
            "recipe": dict(self.recipe),
            "material": material,
        }
        if self.model is not None:
            # Not where the model lies or runs: its fingerprint is part of the material.
            options = {name: value for name, value in self.model.options.items() if name != "cwd"}
            body["model"] = [self.model.engine, options]
        return content_hash(body)


def candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    """JSON values of a candidate; `candidate_from_json` reads them back."""
    return asdict(candidate)


def candidate_from_json(data: Mapping[str, Any]) -> Candidate:
    """The candidate that `candidate_to_json` wrote."""
    model = data["model"]
    if model is not None:
        model = dict(model)
        for name in ("parameters_b", "energy_j_per_1k_output_tokens"):
            model[name] = None if model[name] is None else tuple(model[name])
        model = ModelRef(**model)
    return Candidate(
        name=data["name"], rung=Rung(data["rung"]), method=data["method"], recipe=data["recipe"], model=model
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a candidate was not chosen.

    Args:
        constraint: what it failed, e.g. `bar exact_match`, `guard slice:fr`, `SLO p95 latency`, `lifetime total`.
        needed: what was asked, with unit, as printed.
        got: what it reached, with interval and unit, as printed.
    """

    constraint: str
    needed: str
    got: str

    def sentence(self) -> str:
        """The rejection in words."""
        return f"{self.constraint}: needed {self.needed}, got {self.got}"


def content_hash(value: Any) -> str:
    """SHA-256 (first 32 hex digits) of a JSON value in canonical form."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
