"""A training run in numbers: what is asked of the predictor, and what can be asked at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from rung.errors import BadInput

Method = Literal["full", "lora", "qlora", "continue", "pretrain"]
METHODS: Final = cast("tuple[Method, ...]", get_args(Method))
"""`full` fine-tuning of all weights, `lora` on frozen 16-bit weights, `qlora` on frozen 4-bit weights, `continue`d
pre-training, `pretrain`ing from scratch. The arithmetic of the first and the last two is the same; how well it runs is
not."""

MOST_RANK_SHARE: Final = 1 / 4
"""Adapters above this share of the weights would cost more than training the weights themselves."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The sizes that training depends on. Counts are of single parameters, not billions.

    Args:
        name: for readers.
        parameters: all of them: what is held in memory.
        active: that a token goes through: what is multiplied.
        layers: of the decoder.
        hidden: width.
        vocabulary: tokens; 0: unknown, logits are left out of the memory.
        estimated: layers and width follow from the size by a rule.

    Raises:
        BadInput: a number that no model can have.
    """

    name: str
    parameters: float
    active: float
    layers: int
    hidden: int
    vocabulary: int = 0
    estimated: bool = False

    def __post_init__(self) -> None:
        if not 1e3 <= self.parameters <= 1e15 or not 0 < self.active <= self.parameters:
            raise BadInput(
                f"{self.name}: {self.active:g} active of {self.parameters:g} parameters cannot be",
                mend="give all and active parameters, active ones being a part",
            )
        if self.layers < 1 or self.hidden < 1:
            raise BadInput(f"{self.name} has no layers to train", mend="give a model with layers and width above 0")


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A run.

    Args:
        model: what is trained.
        method: how much of it.
        tokens: in the data, padding included.
        silicon: a chip of the catalog.
        count: of them.
        epochs: passes over the data.
        sequence: tokens of a row, mean.
        micro_batch: rows that an accelerator holds at once.
        recompute: `blocks`: activations are made again in the backward pass, which saves memory for a third more
            arithmetic; `none`: they are kept.
        rank: of the adapters (lora, qlora), on every linear layer.
        checkpoints: written over the run; None: 1 of a tuning run, 100 of pre-training.

    Raises:
        BadInput: numbers that no run can have.
    """

    model: TrainedModel
    method: Method
    tokens: float
    silicon: str
    count: int = 1
    epochs: float = 1.0
    sequence: float = 2048.0
    micro_batch: int = 1
    recompute: Literal["none", "blocks"] = "none"
    rank: int = 16
    checkpoints: float | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise BadInput(f"no training method {self.method!r}", mend=f"use one of {', '.join(METHODS)}")
        for name, most in (("tokens", 1e16), ("epochs", 1e4), ("sequence", 1e8)):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= most):
                raise BadInput(f"{name} of {value:g} cannot be trained on", mend=f"give above 0, up to {most:g}")
        for name, most in (("count", 1_000_000), ("micro_batch", 100_000), ("rank", 65_536)):
            if not 1 <= getattr(self, name) <= most:
                mend = f"give {name.replace('_', '-')} from 1 to {most}"
                raise BadInput(f"{name} of {getattr(self, name)} cannot be", mend=mend)
        if self.checkpoints is not None and not 0 <= self.checkpoints <= 1e6:
            raise BadInput(f"{self.checkpoints:g} checkpoints cannot be", mend="give 0 or more")
        if self.recompute not in ("none", "blocks"):
            raise BadInput(f"no recomputation {self.recompute!r}", mend="use `none` or `blocks`")

    @property
    def trained_tokens(self) -> float:
        """Tokens that pass through the model: data x epochs."""
        return self.tokens * self.epochs

    @property
    def saves(self) -> float:
        """Checkpoints that are written."""
        if self.checkpoints is not None:
            return self.checkpoints
        return 100.0 if self.method in ("continue", "pretrain") else 1.0

    @property
    def frozen(self) -> bool:
        """Whether only adapters are trained."""
        return self.method in ("lora", "qlora")
