"""One replica of a served model: what is asked of the predictor, and what can be asked at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from rung.errors import BadInput
from rung.prediction.llm import BYTES, Architecture, Precision
from rung.prediction.roofline.accelerators import Accelerator

Generation = Literal["vllm-2024", "vllm-2025"]
GENERATIONS: Final = cast("tuple[Generation, ...]", get_args(Generation))
"""Engines whose constants were fitted: vLLM 0.5 (2024) and vLLM 0.10 to 0.11 (2025). One's do not hold for another."""


@dataclass(frozen=True, slots=True)
class Parallel:
    """How a replica is spread over its accelerators.

    Args:
        tensor: accelerators that share each layer of a sequence.
        pipeline: stages, one after another.
        data: groups with sequences and attention weights of their own.
        expert: accelerators that share the routed experts; 1: they are split like the rest.

    Raises:
        BadInput: a number below 1.
    """

    tensor: int = 1
    pipeline: int = 1
    data: int = 1
    expert: int = 1

    def __post_init__(self) -> None:
        for name in ("tensor", "pipeline", "data", "expert"):
            if getattr(self, name) < 1:
                raise BadInput(f"{name} parallelism of {getattr(self, name)} is none", mend="give 1 or more")

    @property
    def count(self) -> int:
        """Accelerators of the replica."""
        return self.tensor * self.pipeline * self.data

    @classmethod
    def parse(cls, text: str) -> Parallel:
        """`tp=4,pp=2,dp=1,ep=8`; what is left out is 1.

        Raises:
            BadInput: a part that is not read, or twice there.
        """
        names = {"tp": "tensor", "pp": "pipeline", "dp": "data", "ep": "expert"}
        found: dict[str, int] = {}
        for part in text.split(","):
            read = re.fullmatch(r"\s*(tp|pp|dp|ep)\s*=\s*([0-9]{1,5})\s*", part)
            if read is None or names[read[1]] in found:
                raise BadInput(f"--parallel {text!r} cannot be read", mend="write tp=4,pp=1,dp=1,ep=4, each once")
            found[names[read[1]]] = int(read[2])
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Serving:
    """A replica at a steady load.

    Args:
        model: what is served.
        accelerator: on what.
        parallel: over how many, and how.
        precision: of the weights.
        batch: sequences in flight in the replica, mean.
        prompt: tokens of a prompt, those of its images included.
        output: tokens of an answer, mean.
        generation: of the engine.
        image_tokens: of `prompt`, those that images make.
        videos: videos in a prompt.
        sampled: tokens are drawn from a cut distribution (top-p); greedy decoding is cheaper in old engines.

    Raises:
        BadInput: numbers that no replica can have.
    """

    model: Architecture
    accelerator: Accelerator
    parallel: Parallel
    precision: Precision
    batch: float
    prompt: float
    output: float
    generation: Generation = "vllm-2025"
    image_tokens: float = 0.0
    videos: float = 0.0
    sampled: bool = True

    def __post_init__(self) -> None:
        if not self.model.layers:
            raise BadInput(f"{self.model.name} has no decoder: it writes no tokens", mend="give a generative model")
        for name in ("batch", "output"):
            if not 1 <= getattr(self, name) < 1e9:
                raise BadInput(f"{name} {getattr(self, name):g} cannot be served", mend=f"give --{name} of 1 or more")
        if self.precision not in BYTES:
            raise BadInput(f"the precision {self.precision!r} is not known", mend=f"use one of {', '.join(BYTES)}")
        if not 0 <= self.image_tokens <= self.prompt < 1e9:
            raise BadInput(f"a prompt of {self.prompt:g} tokens cannot be served", mend="give --prompt 0 or more")
        if self.generation not in GENERATIONS:
            raise BadInput(
                f"no constants for the engine {self.generation!r}", mend=f"use one of {', '.join(GENERATIONS)}"
            )
        self._refuse_parallelism()

    def _refuse_parallelism(self) -> None:
        model, parallel = self.model, self.parallel
        if parallel.expert > 1 and not model.experts:
            raise BadInput(f"{model.name} has no experts to spread", mend="leave ep out of --parallel")
        if parallel.expert > 1 and parallel.expert != parallel.tensor * parallel.data:
            mend = f"give ep={parallel.tensor * parallel.data}: experts are spread over all of a stage"
            raise BadInput(f"ep={parallel.expert} does not fit tp={parallel.tensor} and dp={parallel.data}", mend=mend)
        if self.batch < parallel.data * parallel.pipeline:
            problem = (
                f"{self.batch:g} sequences leave some of {parallel.data * parallel.pipeline} groups or stages empty"
            )
            raise BadInput(problem, mend="give a --batch of dp x pp or more, or fewer of them")
        if parallel.pipeline > model.layers:
            raise BadInput(f"{model.layers} layers do not fill {parallel.pipeline} stages", mend="give a smaller pp")
        heads = model.query_heads
        if heads and heads % parallel.tensor:
            problem = f"{heads} heads cannot be shared by tp={parallel.tensor}"
            raise BadInput(problem, mend=f"give tp that divides {heads}")

    @property
    def count(self) -> int:
        """Accelerators of the replica."""
        return self.parallel.count

    @property
    def context(self) -> float:
        """Tokens of a sequence in the middle of its answer: prompt + 0.55 x output (ends overlap little)."""
        return self.prompt + 0.55 * self.output
