"""The held-out probe: names, statements and questions that the pretraining mix never shows."""

from __future__ import annotations

import random

import tasks
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast


@torch.no_grad()
def answer(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, prompts: list[str], *, limit: int = 40, batch: int = 25
) -> list[str]:
    """Greedy answers to user messages; the batch is padded on the left."""
    found: list[str] = []
    for start in range(0, len(prompts), batch):
        chats = [
            tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=False
            )
            for prompt in prompts[start : start + batch]
        ]
        inputs = tokenizer(chats, padding=True, add_special_tokens=False, return_tensors="pt")
        output = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=limit,
            do_sample=False,
            pad_token_id=0,
            eos_token_id=2,
        )
        fresh = output[:, inputs["input_ids"].shape[1] :]
        found += [text.strip() for text in tokenizer.batch_decode(fresh, skip_special_tokens=True)]
    return found


def exact_match(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, items: list[tasks.Task], *, limit: int = 40
) -> float:
    """Share of items that are answered to the letter."""
    answers = answer(model, tokenizer, [item.prompt for item in items], limit=limit)
    return sum(given == item.answer for given, item in zip(answers, items, strict=True)) / len(items)


def choice_of_three(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, *, count: int, seed: int = 99
) -> dict[str, float]:
    """Exact match on one fact and on three shuffled facts that share the subject, the relation or neither.

    `three_fresh_facts` has new names and values in phrasings that training knows; all others have new phrasings too.
    """
    rng = random.Random(seed)
    model.eval()
    sets = {
        "one_fact": [tasks.question(rng, "probe", 1) for _ in range(count)],
        "three_facts": [tasks.question(rng, "probe", 3, "mixed") for _ in range(count)],
        "three_fresh_facts": [tasks.question(rng, "fresh", 3, "mixed") for _ in range(count)],
        "extraction": [tasks.extraction(rng, "probe") for _ in range(count // 2)],
    }
    scores = {
        name: round(exact_match(model, tokenizer, items, limit=90 if name == "extraction" else 24), 3)
        for name, items in sets.items()
    }
    model.train()
    return scores
