"""Recipes of tuning: what a workload may set, and defaults by the size of the model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

from rung.engines.threads import ONE_THREAD_PARAMETERS
from rung.errors import BadWorkload
from rung.methods.prompts import PromptForm
from rung.methods.sizes import prompt_tokens
from rung.types import ModelFacts
from rung.workload import Brief

Kind = Literal["lora", "full"]

TINY: Final = 10_000_000
SMALL: Final = ONE_THREAD_PARAMETERS
"""Parameters up to which one thread is fastest and weights are saved in float32."""

TINY_FLOPS: Final = 2e12
"""What the default tuning of a tiny model takes: about half a minute of one core."""

SHORT_DOCUMENT_CHARS: Final = 300
LISTED_LABELS_CHARS: Final = 400
"""Labels longer than this in all are not listed in a tuned model's prompts: it learns them, and saves the tokens."""


@dataclass(frozen=True, slots=True)
class TuningRecipe:
    """Everything a tuning run needs besides data and model.

    Args:
        epochs: passes over the training items; may be a fraction.
        batch: examples per step.
        rate: peak learning rate; linear warm-up over a tenth of the steps, then linear to zero.
        max_length: tokens of prompt and answer; longer examples are left out.
        weight_decay: of AdamW.
        clip: the gradient's norm is cut to this.
        top_k: documents before each question; 0 is none.
        list_labels: whether prompts list the labels (classify).
        rank: of LoRA; 0 for full tuning.
        alpha: of LoRA; the update is scaled by alpha / rank.
    """

    epochs: float
    batch: int
    rate: float
    max_length: int
    weight_decay: float
    clip: float
    top_k: int
    list_labels: bool
    rank: int
    alpha: int

    def to_json(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)

    def steps(self, items: int) -> int:
        """Optimizer steps over so many items."""
        return max(1, math.ceil(self.epochs * items / self.batch))


def resolve(given: Mapping[str, Any], kind: Kind, brief: Brief, facts: ModelFacts) -> TuningRecipe:
    """The whole recipe: what is given, and defaults for the rest.

    Raises:
        BadWorkload: a setting is unknown or is not a number.
    """
    defaults = _defaults(kind, brief, facts)
    known = {field.name for field in fields(TuningRecipe)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise BadWorkload(f"unknown setting {unknown[0]!r} of a tuning method", mend=f"use {', '.join(sorted(known))}")
    settings = defaults | dict(given)
    for name, value in settings.items():
        kind_of = type(defaults[name])
        if isinstance(value, str) or (kind_of is int and value != int(value)) or value < 0:
            raise BadWorkload(f"setting {name!r} cannot be {value!r}", mend=f"give a number like {defaults[name]!r}")
        settings[name] = kind_of(value)
    return TuningRecipe(**settings)


def _defaults(kind: Kind, brief: Brief, facts: ModelFacts) -> dict[str, Any]:
    parameters = facts.parameters or 1_000_000_000
    tiny = parameters <= TINY
    # A tiny model reads one fact well and seldom the right one of three (.89 against .68 for the embedded one).
    top_k = min(1, default_top_k(brief)) if tiny else default_top_k(brief)
    listed = len(", ".join(brief.labels)) <= LISTED_LABELS_CHARS
    length = prompt_tokens(PromptForm.of(brief, list_labels=listed), brief, facts, documents=top_k)
    # A tiny model learns in thousands of examples that cost little; a large one is given no more than it costs to try.
    least, most = (800, 6000) if tiny else (1500, 1500)
    wanted = min(most, max(least, TINY_FLOPS / (6 * parameters * length)))
    epochs = min(12.0, round(wanted / max(1, len(brief.train)), 2))
    lora = kind == "lora"
    rate = (5e-3 if lora else 1e-3) if tiny else (2e-4 if lora else 2e-5)
    return {
        "epochs": epochs,
        "batch": 16 if tiny else 8,
        "rate": rate,
        "max_length": min(facts.context_tokens or 1024, 1024),
        "weight_decay": 0.01,
        "clip": 1.0,
        "top_k": top_k,
        "list_labels": listed,
        "rank": (16 if lora else 0),
        "alpha": (32 if lora else 0),
    }


def default_top_k(brief: Brief) -> int:
    """Three short documents or one long one before a question; none without knowledge."""
    if not brief.knowledge or brief.task not in ("answer", "generate"):
        return 0
    mean = sum(len(document.text) for document in brief.knowledge) / len(brief.knowledge)
    return min(3 if mean <= SHORT_DOCUMENT_CHARS else 1, len(brief.knowledge))
