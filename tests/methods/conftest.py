"""A tiny model with random weights, in a folder and in a room of engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rung.engines import EngineRoom
from rung.testing.tiny import make_tiny_llama
from rung.types import ModelRef


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    folder = make_tiny_llama(tmp_path_factory.mktemp("models") / "tiny", width=32, context=384)
    return ModelRef("tiny", "transformers", str(folder))


@pytest.fixture
def room() -> Iterator[EngineRoom]:
    with EngineRoom() as room:
        yield room


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with random weights and a word tokenizer: sentence-transformers' layout, nothing learnt."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("embedder")
    words = ["[PAD]", "[UNK]", "i", "ordered", "red", "green", "blue", "things", "a", "too", "lamp", "table", "chair"]
    raw = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sizes = {"vocab_size": len(words), "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
        config = BertConfig.from_dict({**sizes, "intermediate_size": 32, "max_position_embeddings": 64})
        BertModel(config).save_pretrained(folder)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    return folder
