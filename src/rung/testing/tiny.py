"""A random tiny Llama with a byte-level tokenizer: a real model folder, made in a second, that knows nothing."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from pathlib import Path
from typing import Any

SPECIALS = ("<|pad|>", "<|begin|>", "<|end|>", "<|user|>", "<|assistant|>")
CHAT_TEMPLATE = (
    "{{ '<|begin|>' }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ '<|assistant|>' + message['content'] + '<|end|>' }}"
    "{% else %}{{ '<|user|>' + message['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def make_tiny_llama(
    folder: Path,
    *,
    width: int = 64,
    layers: int = 2,
    heads: int = 2,
    inner: int | None = None,
    vocabulary: int = 272,
    context: int = 256,
    seed: int = 0,
    chat: bool = True,
) -> Path:
    """Write a Llama with random weights (float32 safetensors) and a byte-level tokenizer into a folder.

    Args:
        folder: made where absent.
        width: hidden size; a multiple of `heads`.
        layers: count of blocks.
        heads: count of attention heads.
        inner: width of the feed-forward part; twice `width` by default.
        vocabulary: count of embeddings; those above the 261 tokens of the tokenizer stand for nothing.
        context: longest prompt + output [tokens].
        seed: of the weights.
        chat: give the tokenizer a chat template.

    Returns:
        The folder.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    folder.mkdir(parents=True, exist_ok=True)
    tokens = [*SPECIALS, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    raw = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=[]))
    raw.add_special_tokens(list(SPECIALS))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token=SPECIALS[0],
        bos_token=SPECIALS[1],
        eos_token=SPECIALS[2],
        additional_special_tokens=list(SPECIALS[3:]),
        padding_side="left",
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )
    if chat:
        tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    make_config: Any = LlamaConfig  # its parameters are made at run time, out of sight of type checkers
    config = make_config(
        vocab_size=max(vocabulary, len(tokens)),
        hidden_size=width,
        intermediate_size=inner or 2 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=0.3,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    if bars:
        logging.enable_progress_bar()
    return folder


def tiny_embedder(folder: Path) -> Path:
    """A BERT with random weights and a word tokenizer: sentence-transformers' layout, nothing learnt."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "i", "ordered", "red", "green", "blue", "things", "a", "too", "lamp", "table", "chair"]
    raw = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=raw, **special).save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sizes = {"vocab_size": len(words), "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
        config = BertConfig.from_dict({**sizes, "intermediate_size": 32, "max_position_embeddings": 64})
        BertModel(config).save_pretrained(folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    return folder
