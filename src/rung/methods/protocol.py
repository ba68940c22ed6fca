"""What a method is: it proposes candidates, predicts, builds, and loads what was built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from rung.prediction import MachineSpeed
from rung.types import Answerer, Candidate, Engine, ModelFacts, ModelRef, Prediction, Progress, Rung
from rung.workload import Brief


class Engines(Protocol):
    """Where methods get engines from; `rung.engines.EngineRoom` is the real one."""

    def describe(self, model: ModelRef) -> ModelFacts:
        """The facts of a model, without loading it (its config is read)."""
        ...

    def open(self, model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> Engine:
        """An engine on a model, on `weights` in place of the model's own, or with a PEFT adapter folder on top."""
        ...


@runtime_checkable
class Method(Protocol):
    """A way to make candidates on one rung.

    `load` needs nothing but the artifact and the engines, so that a release works without the workload's data.
    """

    @property
    def name(self) -> str:
        """Unique name, e.g. `lora`."""
        ...

    @property
    def rung(self) -> Rung:
        """The ladder step."""
        ...

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """The candidates that this method offers for the workload; empty when it does not fit."""
        ...

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """What building it and each request will take, before anything is run."""
        ...

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Write the artifact into the folder `into` (exists, empty). The caller meters it.

        Training looks at `train`; a search inside a build scores on `tune`.
        """
        ...

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """An answerer over a built artifact.

        Raises:
            BadRelease: the artifact lacks something.
        """
        ...


@runtime_checkable
class Leaning(Protocol):
    """A method whose artifacts need files that lie elsewhere, besides the base model of the candidate."""

    def leans_on(self, candidate: Candidate) -> Mapping[str, Path]:
        """Place in the artifact -> file; a release copies them there, where `load` prefers them."""
        ...
