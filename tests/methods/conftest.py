"""A tiny model with random weights, in a folder and in a room of engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rung.engines import EngineRoom
from rung.testing.tiny import make_tiny_llama, tiny_embedder
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
    """A BERT with random weights and a word tokenizer."""
    return tiny_embedder(tmp_path_factory.mktemp("embedder"))
