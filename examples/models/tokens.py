"""The tokenizer of the embedded models: byte-level BPE of 512 tokens with single digits and free-standing blanks.

A blank is a token of its own, so that a word is written with the same tokens after a blank, after a quote and at the
start of an answer. That makes copying learnable for a very small model.
"""

from __future__ import annotations

import random
from pathlib import Path

import tasks
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

VOCABULARY = 512
PAD, BEGIN, END, USER, ASSISTANT = "<|pad|>", "<|begin|>", "<|end|>", "<|user|>", "<|assistant|>"
SPECIALS = [PAD, BEGIN, END, USER, ASSISTANT]
PIECES = r"\d|[^\S\n]|\n|\p{L}+|[^\s\p{L}\d]+"
CHAT_TEMPLATE = (
    "{{ '<|begin|>' }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ '<|assistant|>' + message['content'] + '<|end|>' }}"
    "{% else %}{{ '<|user|>' + message['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def train_tokenizer(seed: int, samples: int = 30_000) -> PreTrainedTokenizerFast:
    """Learn the merges from the pretraining mix."""
    rng = random.Random(seed)
    corpus = (f"{task.prompt} {task.answer}" for task in (tasks.draw(rng, 1.0) for _ in range(samples)))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return wrap(tokenizer)


def wrap(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """Give a raw tokenizer its special tokens and its chat template."""
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BEGIN,
        eos_token=END,
        additional_special_tokens=[USER, ASSISTANT],
        padding_side="left",
        model_max_length=1024,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def load_or_train(path: Path, seed: int) -> PreTrainedTokenizerFast:
    """The tokenizer kept at `path` (a tokenizer.json), trained first where there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        train_tokenizer(seed).backend_tokenizer.save(str(path))
    return wrap(Tokenizer.from_file(str(path)))
