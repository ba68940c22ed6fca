"""Endless batches of generated text for `train.py`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import tasks
import tokens
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

CONTEXT = 1024
LENGTHS = [48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 512, 768, CONTEXT]
FIRST_WEIGHT = 3.0


@dataclass
class Progress:
    """What a run has done so far; the generator of the data is seeded by `steps`."""

    steps: int = 0
    tokens: int = 0
    copied_tokens: int = 0
    copying: bool = True
    grown_tokens: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0


Row = tuple[list[int], list[float]]
"""Token ids and the weight of each in the loss."""


def copy_row(rng: random.Random) -> Row:
    """Random tokens, said again until the row is full; only what was said before counts."""
    first = len(tokens.SPECIALS)
    length, total = rng.randint(4, 48), rng.choice([64, 96, 128])
    piece = [rng.randrange(first, tokens.VOCABULARY) for _ in range(length)]
    noise = [rng.randrange(first, tokens.VOCABULARY) for _ in range(rng.choice([0, 0, 8, 24]))]
    ids = (piece + noise) + piece * (total // length + 1)
    ids = ids[:total]
    return ids, [float(i >= length + len(noise)) for i in range(total)]


def task_row(task: tasks.Task, tokenizer: PreTrainedTokenizerFast, rng: random.Random) -> Row:
    """A task in the chat template: answers count fully, one in eight of the other tokens at .3.

    The first token of an answer counts more: it decides between the facts, the rest follows.
    """
    ids, weights = tokenizer.convert_tokens_to_ids([tokens.BEGIN, tokens.USER]), [0.0, 0.0]
    spans = [*task.user, tasks.Span(tokens.ASSISTANT), tasks.Span(task.answer + tokens.END, answer=True)]
    for span in spans:
        new = tokenizer(span.text, add_special_tokens=False)["input_ids"]
        ids += new
        weights += [1.0 if span.answer else 0.3 * (rng.random() < 0.12) for _ in new]
        if span.answer:
            weights[-len(new)] = FIRST_WEIGHT
    return ids, weights


def batches(
    progress: Progress, batch_tokens: int, tokenizer: PreTrainedTokenizerFast, goal: int, seed: str
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches, padded on the right to one of a few lengths: every new shape costs the CPU kernels a set-up."""
    rng = random.Random(f"{seed}:{progress.steps}")
    waiting: dict[int, list[Row]] = {length: [] for length in LENGTHS}
    while True:
        if progress.copying or rng.random() < 0.03:
            row = copy_row(rng)
        else:
            mixed = 1.6 * (progress.tokens - progress.copied_tokens) / goal
            share = 1.0 if progress.grown_tokens else min(1.0, mixed)
            row = task_row(tasks.draw(rng, share), tokenizer, rng)
        if len(row[0]) > CONTEXT:
            continue
        length = next(size for size in LENGTHS if size >= len(row[0]))
        waiting[length].append(row)
        if len(waiting[length]) == batch_tokens // length:
            group, waiting[length] = waiting[length], []
            ids = torch.tensor([row[0] + [0] * (length - len(row[0])) for row in group])
            weights = torch.tensor([row[1] + [0.0] * (length - len(row[1])) for row in group])
            yield ids, weights
