"""The tuning loop: AdamW on the answers' tokens, seeded, clipped, warmed up; the same for LoRA and for all weights."""

from __future__ import annotations

import inspect
import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager, nullcontext
from random import Random
from typing import Any, Final

import torch
from torch.nn.functional import cross_entropy

from rung.engines.threads import torch_threads
from rung.errors import BadInput, BadModel
from rung.methods.recipes import SMALL, TuningRecipe
from rung.methods.training_data import Example, Exercises, batches
from rung.types import Progress

IGNORED: Final = -100
REPORT_STEPS: Final = 10


def tune(
    model: Any, tokenizer: Any, exercises: Exercises, recipe: TuningRecipe, *, seed: int, progress: Progress
) -> dict[str, float]:
    """Train the parameters of `model` that require a gradient, in place.

    Args:
        model: a decoder-only transformers or PEFT model.
        tokenizer: its tokenizer.
        exercises: where examples come from.
        recipe: how long and how fast.
        seed: of the order of examples and of dropout.
        progress: told every few steps.

    Returns:
        `steps`, `tokens` (padding included) and the mean `loss` of the last tenth [nats per answer token].

    Raises:
        BadInput: no example fits, or the loss is not finite.
        BadModel: the model is not decoder-only.
    """
    if model.config.is_encoder_decoder:
        raise BadModel("tuning needs a decoder-only model", mend="use zero-shot, few-shot or rag with this model")
    generator = Random(seed)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay, foreach=True
    )
    steps, tokens, total = 0, 0, 0
    losses: list[float] = []
    model.train()
    for examples in exercises.epochs(tokenizer, recipe, generator):
        total = total or recipe.steps(len(examples))
        for batch in batches(examples, recipe.batch, generator):
            if steps == total:
                break
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * rate_factor(steps, total)
            loss, size = _loss(model, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, recipe.clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise BadInput("the loss of training is not finite", mend="lower the setting `rate` of the method")
            steps, tokens = steps + 1, tokens + size
            if steps % REPORT_STEPS == 0:
                progress(f"step {steps}/{total}, loss {_mean(losses[-REPORT_STEPS:]):.3f}", steps / total)
    model.eval()
    return {"steps": steps, "tokens": tokens, "loss": _mean(losses[-max(REPORT_STEPS, total // 10) :])}


def rate_factor(step: int, total: int) -> float:
    """Linear warm-up over a tenth of the steps, then linear to zero."""
    warm = max(1, total // 10)
    return min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))


@contextmanager
def training_state(seed: int, parameters: int) -> Generator[None]:
    """Seeded torch, on one thread for small models; all put back after."""
    with torch.random.fork_rng(devices=[]), torch_threads(1) if parameters <= SMALL else nullcontext():
        torch.manual_seed(seed)
        yield


def _loss(model: Any, batch: Sequence[Example]) -> tuple[torch.Tensor, int]:
    """Mean cross-entropy over answer tokens, and the padded size of the batch [tokens].

    Rows are padded on the right, where a causal model does not look; so no mask is needed, and logits are made only
    at places where some row has an answer token.
    """
    width = max(example.length for example in batch)
    ids = torch.zeros((len(batch), width), dtype=torch.long)
    goals = torch.full((len(batch), width), IGNORED, dtype=torch.long)
    for row, example in enumerate(batch):
        ids[row, : example.length] = torch.tensor(example.prompt + example.answer)
        # The logits at one place predict the token at the next.
        begin = len(example.prompt) - 1
        goals[row, begin : begin + len(example.answer)] = torch.tensor(example.answer)
    places = (goals != IGNORED).any(0).nonzero().squeeze(-1)
    if "logits_to_keep" in inspect.signature(_inner(model).forward).parameters:
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=places).logits
    else:
        logits = model(input_ids=ids, use_cache=False).logits[:, places]
    goals = goals[:, places]
    return cross_entropy(logits.float().flatten(0, 1), goals.flatten(), ignore_index=IGNORED), ids.numel()


def _inner(model: Any) -> Any:
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
