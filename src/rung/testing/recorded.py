"""A method whose answers were recorded: the real climb over results that are known in full."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rung.methods import Engines
from rung.prediction import MachineSpeed
from rung.types import (
    Answer,
    Answerer,
    Candidate,
    Control,
    Effort,
    Engine,
    ModelFacts,
    ModelRef,
    Origin,
    Prediction,
    Progress,
    Quantity,
    Rung,
    TokenUsage,
)
from rung.workload import Brief


@dataclass(frozen=True, slots=True)
class Recording:
    """What one candidate is known to answer.

    Args:
        name: of the candidate.
        answers: input -> answer.
        usd: price of an answer [USD].
        rung: the ladder step.
        build_usd: price of building it [USD].
        predicted_usd: price of an answer as predicted; None: as it is.
        errors: input -> what goes wrong with it.
    """

    name: str
    answers: Mapping[str, str]
    usd: float
    rung: Rung = Rung.PROMPT
    build_usd: float = 0.0
    predicted_usd: float | None = None
    errors: Mapping[str, str] = field(default_factory=dict[str, str])


class RecordedAnswerer:
    """Answers from a recording."""

    def __init__(self, recording: Recording, batch_size: int, heard: Callable[[str, Sequence[str]], None]) -> None:
        self._recording = recording
        self._batch_size = batch_size
        self._heard = heard

    @property
    def batch_size(self) -> int:
        """How many inputs it likes at once."""
        return self._batch_size

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """The recorded answers."""
        known = self._recording
        self._heard(known.name, inputs)
        return [
            Answer(
                known.answers.get(text, ""),
                TokenUsage(len(text), 1),
                latency_s=0.001,
                error=known.errors.get(text),
                cost_usd=known.usd,
            )
            for text in inputs
        ]

    def close(self) -> None:
        """Nothing to free."""


class RecordedMethod:
    """Offers recordings as candidates.

    Args:
        recordings: one a candidate.
        batch_size: of its answerers.
        heard: is told the candidate and the inputs of every call; tests count calls, or break them.
        name: of the method.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        *,
        batch_size: int = 8,
        heard: Callable[[str, Sequence[str]], None] = lambda name, inputs: None,
        name: str = "recorded",
    ) -> None:
        self._recordings = {recording.name: recording for recording in recordings}
        self._batch_size = batch_size
        self._heard = heard
        self._name = name

    @property
    def name(self) -> str:
        """Of the method."""
        return self._name

    @property
    def rung(self) -> Rung:
        """Its lowest."""
        return min((r.rung for r in self._recordings.values()), key=lambda rung: rung.height)

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """A candidate per recording."""
        return [Candidate(r.name, r.rung, self._name, {"recording": r.name}) for r in self._recordings.values()]

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """The prices."""
        recording = self._recordings[candidate.name]
        per = recording.usd if recording.predicted_usd is None else recording.predicted_usd
        return Prediction(
            build=Effort(usd=Quantity.of(recording.build_usd, "USD", Origin.QUOTED)),
            per_request=Effort(usd=Quantity.of(per, "USD", Origin.QUOTED)),
        )

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """A name in a file."""
        progress("recording", 0.5)
        (into / "method.json").write_text(json.dumps({"recording": candidate.name}), encoding="utf-8")

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """The recording."""
        name = json.loads((artifact / "method.json").read_text(encoding="utf-8"))["recording"]
        return RecordedAnswerer(self._recordings[name], self._batch_size, self._heard)


class NoEngines:
    """Engines where no model is asked for."""

    def describe(self, model: ModelRef) -> ModelFacts:
        """Never called."""
        raise AssertionError(f"no engine is there for {model.name}")

    def open(self, model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> Engine:
        """Never called."""
        raise AssertionError(f"no engine is there for {model.name}")
