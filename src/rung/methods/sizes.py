"""How many tokens a workload's prompts take, before any tokenizer is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.methods.prompts import PromptForm, Shot
from rung.methods.protocol import Engines
from rung.prediction import MachineSpeed, TrainingSize, generation_effort, remote_effort, unknown_effort
from rung.types import Effort, ModelFacts, ModelRef
from rung.workload import Brief

if TYPE_CHECKING:
    from rung.methods.recipes import TuningRecipe

BATCH = 32
CHARS_PER_TOKEN = ((1_000, 1.5), (8_000, 3.0), (40_000, 3.8))
LARGE_VOCABULARY_CHARS = 4.3


def chars_per_token(facts: ModelFacts) -> float:
    """Characters of English per token, by the size of the vocabulary."""
    vocabulary = facts.vocabulary or 100_000
    return next((chars for size, chars in CHARS_PER_TOKEN if vocabulary <= size), LARGE_VOCABULARY_CHARS)


def prompt_chars(form: PromptForm, brief: Brief, *, documents: int = 0, shots: int = 0) -> float:
    """Mean characters of a prompt."""
    knowledge = brief.knowledge
    mean = sum(len(document.text) for document in knowledge) / len(knowledge) if knowledge else 0.0
    question, output = "x" * round(brief.mean_input_chars), "x" * round(brief.mean_output_chars)
    contexts = ["x" * round(mean)] * documents
    prompt = form.prompt(question, contexts, [Shot(question, output)] * shots)
    return float(sum(len(message.content) for message in prompt))


def prompt_tokens(form: PromptForm, brief: Brief, facts: ModelFacts, *, documents: int = 0, shots: int = 0) -> float:
    """Mean tokens of a prompt, with those of the chat template."""
    return prompt_chars(form, brief, documents=documents, shots=shots) / chars_per_token(facts) + 3


def output_tokens(brief: Brief, facts: ModelFacts) -> float:
    """Mean tokens of an answer, with the end token, within the cap."""
    return min(brief.max_output_tokens, brief.mean_output_chars / chars_per_token(facts) + 1)


def request_effort(
    form: PromptForm,
    brief: Brief,
    model: ModelRef,
    engines: Engines,
    speed: MachineSpeed,
    *,
    documents: int = 0,
    shots: int = 0,
) -> Effort:
    """One request: generated here, or elsewhere at the model's price."""
    facts = engines.describe(model)
    sent = prompt_tokens(form, brief, facts, documents=documents, shots=shots)
    got = output_tokens(brief, facts)
    if model.engine == "system":
        return unknown_effort(model, input_tokens=sent, output_tokens=got)
    if not facts.local:
        return remote_effort(model, input_tokens=sent, output_tokens=got)
    if facts.context_tokens is not None and sent >= facts.context_tokens:
        # The engine refuses such a prompt; counting its tokens is all that it costs.
        sent, got = 1.0, 0.0
    batch = min(BATCH, max(1, brief.eval_size))
    cap = brief.max_output_tokens
    return generation_effort(facts, speed, input_tokens=sent, output_tokens=got, cap=cap, batch=batch)


def training_size(form: PromptForm, brief: Brief, facts: ModelFacts, recipe: TuningRecipe) -> TrainingSize:
    """Steps and tokens of a tuning run."""
    sent = prompt_tokens(form, brief, facts, documents=recipe.top_k)
    length = min(float(recipe.max_length), sent + output_tokens(brief, facts))
    examples = recipe.epochs * len(brief.train)
    return TrainingSize(
        steps=recipe.steps(len(brief.train)),
        tokens=examples * length,
        answer_tokens=examples * output_tokens(brief, facts),
        row_tokens=length,
    )
