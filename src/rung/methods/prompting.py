"""Rungs `prompt` and `rag`: zero-shot and nearest few-shot prompts, retrieval, and a system taken as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.errors import BadRelease
from rung.methods.answering import PromptAnswerer, Retriever, Shots
from rung.methods.artifact import read_json, read_settings, write_json, write_settings
from rung.methods.bm25 import Bm25Index
from rung.methods.prompts import PromptForm, Shot
from rung.methods.protocol import Engines
from rung.methods.sizes import request_effort
from rung.prediction import MachineSpeed, indexing_effort, retrieval_effort
from rung.types import (
    Answerer,
    Candidate,
    Document,
    Effort,
    Engine,
    GenerationSettings,
    ModelRef,
    Prediction,
    Progress,
    Rung,
)
from rung.workload import Brief

SYSTEM_ENGINE: Final = "system"
INDEX: Final = "index"
SHOTS: Final = "shots.json"
STOPPING_ENGINES: Final = frozenset({"transformers"})
"""Engines that are given stop strings: bare language models need them, hosted chat models do not (some refuse them)."""


def prompted_models(brief: Brief) -> list[ModelRef]:
    """The models that take prompts of ours; a `system` makes its own."""
    return [model for model in brief.models if model.engine != SYSTEM_ENGINE]


def settings_for(model: ModelRef, form: PromptForm, body: Mapping[str, Any]) -> GenerationSettings:
    """Greedy decoding within the cap of the workload."""
    stops = form.stops if model.engine in STOPPING_ENGINES else ()
    return GenerationSettings(max_tokens=int(body["max_output_tokens"]), seed=int(body["seed"]), stop=stops)


def common_settings(brief: Brief, form: PromptForm) -> dict[str, Any]:
    """What every prompted artifact holds."""
    return {"form": form.to_json(), "max_output_tokens": brief.max_output_tokens, "seed": brief.seed}


def model_of(candidate: Candidate) -> ModelRef:
    """The model of a candidate that has one.

    Raises:
        BadRelease: it has none.
    """
    if candidate.model is None:
        raise BadRelease(f"the candidate {candidate.name!r} has no model", mend="build the candidate again")
    return candidate.model


@dataclass(frozen=True, slots=True)
class ZeroShot:
    """The generic prompt alone; a question is answered closed-book. Nothing is built but the prompt."""

    name: str = "zero-shot"
    rung: Rung = Rung.PROMPT

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate for each model."""
        return [
            Candidate(f"{self.name}({model.name})", self.rung, self.name, _options(brief, self.name), model)
            for model in prompted_models(brief)
        ]

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """Generation only."""
        form = PromptForm.of(brief)
        return Prediction(Effort(), request_effort(form, brief, model_of(candidate), engines, speed))

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Write the prompt form."""
        write_settings(into, self.name, common_settings(brief, PromptForm.of(brief)))
        progress("prompt", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the model."""
        body = read_settings(artifact, self.name)
        model, form = model_of(candidate), PromptForm.from_json(body["form"])
        return PromptAnswerer(engines.open(model), form, settings_for(model, form, body))


@dataclass(frozen=True, slots=True)
class FewShot:
    """The generic prompt after the `shots` training examples that are nearest to the input."""

    name: str = "few-shot"
    rung: Rung = Rung.PROMPT
    shots: int = 4

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate for each model, where there are examples."""
        recipe = {"shots": min(self.shots, len(brief.train)), **_options(brief, self.name)}
        if not brief.train:
            return ()
        return [
            Candidate(f"{self.name}({model.name})", self.rung, self.name, recipe, model)
            for model in prompted_models(brief)
        ]

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """An index over the training inputs; longer prompts."""
        chars = brief.mean_input_chars
        count = len(brief.train)
        request = request_effort(
            PromptForm.of(brief), brief, model_of(candidate), engines, speed, shots=int(candidate.recipe["shots"])
        )
        search = retrieval_effort(documents=count, query_chars=chars, speed=speed)
        return Prediction(indexing_effort(documents=count, chars=chars, speed=speed), search + request)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Index the training inputs."""
        progress("examples", 0.0)
        Bm25Index.build([Document(item.id, item.input) for item in brief.train]).save(into / INDEX)
        write_json(into / SHOTS, [item.output for item in brief.train])
        shots = {"shots": int(candidate.recipe["shots"])}
        write_settings(into, self.name, common_settings(brief, PromptForm.of(brief)) | shots)
        progress("examples", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the index and the model."""
        body = read_settings(artifact, self.name)
        model, form = model_of(candidate), PromptForm.from_json(body["form"])
        index, outputs = Bm25Index.load(artifact / INDEX), read_json(artifact / SHOTS)
        if len(outputs) != len(index.documents):
            raise BadRelease(f"{artifact / SHOTS} does not fit its index", mend="build the candidate again")
        examples = [Shot(document.text, output) for document, output in zip(index.documents, outputs, strict=True)]
        shots = Shots(index, examples, count=int(body["shots"]))
        return PromptAnswerer(engines.open(model), form, settings_for(model, form, body), shots=shots)


@dataclass(frozen=True, slots=True)
class Rag:
    """The generic prompt with the `top_k` best documents of the knowledge folder, shuffled."""

    name: str = "rag"
    rung: Rung = Rung.RAG
    top_k: tuple[int, ...] = (1, 3)

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """For each model, one candidate for each count of documents."""
        if not brief.knowledge or brief.task not in ("answer", "generate"):
            return ()
        options = dict(_options(brief, self.name))
        chosen = options.pop("top_k", self.top_k)
        counts = [chosen] if isinstance(chosen, int) else list(chosen)
        return [
            Candidate(f"{self.name}-{k}({model.name})", self.rung, self.name, {"top_k": k, **options}, model)
            for model in prompted_models(brief)
            for k in dict.fromkeys(min(int(k), len(brief.knowledge)) for k in counts)
        ]

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """An index over the knowledge; a search and a longer prompt per request."""
        form, top_k = PromptForm.of(brief), int(candidate.recipe["top_k"])
        request = request_effort(form, brief, model_of(candidate), engines, speed, documents=top_k)
        return Prediction(knowledge_indexing(brief, speed), knowledge_search(brief, speed) + request)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Index the knowledge."""
        progress("index", 0.0)
        Bm25Index.build(brief.knowledge).save(into / INDEX)
        body = {"top_k": int(candidate.recipe["top_k"])}
        write_settings(into, self.name, common_settings(brief, PromptForm.of(brief)) | body)
        progress("index", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the index and the model."""
        body = read_settings(artifact, self.name)
        return retrieving_answerer(model_of(candidate), engines.open(model_of(candidate)), artifact, body)


def retrieving_answerer(model: ModelRef, engine: Engine, artifact: Path, body: Mapping[str, Any]) -> PromptAnswerer:
    """An answerer over `engine`, with retrieval when the artifact holds an index."""
    form = PromptForm.from_json(body["form"])
    top_k = int(body.get("top_k") or 0)
    retriever = None
    if top_k:
        retriever = Retriever(Bm25Index.load(artifact / INDEX), top_k=top_k, seed=int(body["seed"]))
    return PromptAnswerer(engine, form, settings_for(model, form, body), retriever=retriever)


def knowledge_indexing(brief: Brief, speed: MachineSpeed) -> Effort:
    """Indexing the knowledge."""
    chars = sum(len(document.text) for document in brief.knowledge) / len(brief.knowledge)
    return indexing_effort(documents=len(brief.knowledge), chars=chars, speed=speed)


def knowledge_search(brief: Brief, speed: MachineSpeed) -> Effort:
    """One search in the knowledge."""
    return retrieval_effort(documents=len(brief.knowledge), query_chars=brief.mean_input_chars, speed=speed)


@dataclass(frozen=True, slots=True)
class System:
    """A system that the user already has: the raw input goes in, what comes out is the answer."""

    name: str = "system"
    rung: Rung = Rung.PROMPT

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate for each model of the engine `system`."""
        return [
            Candidate(f"{self.name}({model.name})", self.rung, self.name, _options(brief, self.name), model)
            for model in brief.models
            if model.engine == SYSTEM_ENGINE
        ]

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """What the model's entry declares; else unknown."""
        form = PromptForm("generate")
        return Prediction(Effort(), request_effort(form, brief, model_of(candidate), engines, speed))

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Nothing but settings."""
        write_settings(into, self.name, common_settings(brief, PromptForm("generate")))
        progress("system", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the system."""
        body = read_settings(artifact, self.name)
        model, form = model_of(candidate), PromptForm.from_json(body["form"])
        return PromptAnswerer(engines.open(model), form, settings_for(model, form, body))


def _options(brief: Brief, method: str) -> Mapping[str, Any]:
    return dict(brief.options.get(method, {}))


ZERO_SHOT: Final = ZeroShot()
FEW_SHOT: Final = FewShot()
RAG: Final = Rag()
SYSTEM: Final = System()
