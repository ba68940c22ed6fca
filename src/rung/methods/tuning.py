"""Rungs `peft` and `finetune`: LoRA, and all weights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.errors import MissingExtra
from rung.methods.artifact import read_settings, write_settings
from rung.methods.bm25 import Bm25Index
from rung.methods.prompting import (
    INDEX,
    common_settings,
    knowledge_indexing,
    knowledge_search,
    model_of,
    retrieving_answerer,
)
from rung.methods.prompts import PromptForm
from rung.methods.protocol import Engines
from rung.methods.recipes import SMALL, Kind, TuningRecipe, resolve
from rung.methods.sizes import request_effort, training_size
from rung.methods.training_data import Exercises
from rung.prediction import MachineSpeed, loading_effort, training_effort
from rung.types import Answerer, Candidate, ModelFacts, Prediction, Progress, Rung
from rung.workload import Brief

ADAPTER: Final = "adapter"
WEIGHTS: Final = "weights"
TRAINABLE_ENGINE: Final = "transformers"


@dataclass(frozen=True, slots=True)
class Tuning:
    """Tunes a local model on the prompts that it will answer; with knowledge, on questions with retrieved documents.

    The recipe holds what the workload sets; the rest is filled in by the size of the model (`recipes.resolve`) and
    recorded in the artifact.
    """

    name: str
    rung: Rung
    kind: Kind

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate for each local model, where there is something to train on."""
        if not brief.train:
            return ()
        return [
            Candidate(f"{self.name}({model.name})", self.rung, self.name, dict(brief.options.get(self.name, {})), model)
            for model in brief.models
            if model.engine == TRAINABLE_ENGINE
        ]

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """Loading, training by tokens and steps, saving; each request generates with the same documents."""
        model = model_of(candidate)
        facts = engines.describe(model)
        recipe = resolve(candidate.recipe, self.kind, brief, facts)
        form = PromptForm.of(brief, list_labels=recipe.list_labels)
        size = training_size(form, brief, facts, recipe)
        build = loading_effort(facts, speed) + training_effort(
            facts, size, speed, trainable="adapter" if self.kind == "lora" else "all"
        )
        request = request_effort(form, brief, model, engines, speed, documents=recipe.top_k)
        if recipe.top_k:
            build = build + knowledge_indexing(brief, speed)
            request = request + knowledge_search(brief, speed)
        return Prediction(build, request)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Load, tune, save.

        Raises:
            BadInput: no training prompt fits into the context.
            BadModel: the model cannot be loaded or tuned.
            MissingExtra: torch, transformers or peft is not installed.
        """
        try:
            from rung.engines.transformers_engine import load_model
            from rung.methods.training import training_state, tune
        except ImportError as error:
            raise MissingExtra(error.name or "torch", extra="local") from error
        base = model_of(candidate)
        facts = engines.describe(base)
        recipe = resolve(candidate.recipe, self.kind, brief, facts)
        form = PromptForm.of(brief, list_labels=recipe.list_labels)
        index = Bm25Index.build(brief.knowledge) if recipe.top_k else None
        exercises = Exercises(brief, form, index, top_k=recipe.top_k)
        progress("load", 0.0)
        with training_state(brief.seed, facts.parameters or SMALL + 1):
            model, tokenizer = load_model(base.model)
            model = _with_lora(model, recipe) if self.kind == "lora" else model
            result = tune(model, tokenizer, exercises, recipe, seed=brief.seed, progress=progress)
        if index is not None:
            index.save(into / INDEX)
        if self.kind == "lora":
            _save_adapter(model, into / ADAPTER)
        else:
            _save_weights(model, tokenizer, into / WEIGHTS, facts)
        body = {"recipe": recipe.to_json(), "top_k": recipe.top_k, "training": result}
        write_settings(into, self.name, common_settings(brief, form) | body)
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the model with its adapter, or the tuned weights."""
        body = read_settings(artifact, self.name)
        model = model_of(candidate)
        if self.kind == "lora":
            engine = engines.open(model, adapter=artifact / ADAPTER)
        else:
            engine = engines.open(model, weights=artifact / WEIGHTS)
        return retrieving_answerer(model, engine, artifact, body)


def _with_lora(model: Any, recipe: TuningRecipe) -> Any:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        target_modules="all-linear",
        lora_dropout=0.0,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def _save_adapter(model: Any, folder: Path) -> None:
    model.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
    # PEFT notes where the base model lay; an artifact may be moved to where that means nothing.
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, "base_model_name_or_path": None}, indent=1), encoding="utf-8")


def _save_weights(model: Any, tokenizer: Any, folder: Path, facts: ModelFacts) -> None:
    import torch

    if (facts.parameters or SMALL + 1) > SMALL:
        model = model.to(torch.bfloat16)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


LORA: Final = Tuning("lora", Rung.PEFT, "lora")
FULL_FINETUNE: Final = Tuning("full-finetune", Rung.FINETUNE, "full")
