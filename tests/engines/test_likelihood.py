"""Log probabilities of texts: transformers' own loss, batches, and texts that cannot be scored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from rung.engines import EngineRoom
from rung.engines.likelihood import scored_ids
from rung.engines.transformers_engine import load_model
from rung.errors import BadInput
from rung.testing.engines import FakeEngine
from rung.types import Engine, LogProbability, ModelRef

torch.set_num_threads(1)

TEXTS = ["a", "The cat sat.", "Another one, which is longer than the first ones.", "naïve café 東京 🚀"]


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Iterator[LogProbability]:
    with EngineRoom() as room:
        found = room.open(ModelRef("m", "transformers", str(tiny)))
        assert isinstance(found, LogProbability)
        yield found


@pytest.mark.capability("stereotype-pairs", verified="real")
def test_it_is_the_loss_of_transformers_text_by_text(tiny: Path, engine: LogProbability):
    """The loss is the mean over tokens but the first; times their count it is minus the log probability."""
    network, tokenizer = load_model(tiny)
    found = engine.log_probability(TEXTS)
    for text, value in zip(TEXTS, found, strict=True):
        ids = torch.tensor([scored_ids(tokenizer, text, 256)])
        with torch.inference_mode():
            loss = network(input_ids=ids, labels=ids).loss
        assert value == pytest.approx(-float(loss) * (ids.shape[1] - 1), rel=1e-4)
        assert value < 0


def test_the_batch_does_not_matter(engine: LogProbability):
    together = engine.log_probability(TEXTS)
    assert together == pytest.approx([engine.log_probability([text])[0] for text in TEXTS], rel=1e-4)
    assert engine.log_probability(TEXTS[::-1]) == together[::-1]
    assert engine.log_probability([]) == []


def test_next_tokens_add_up_to_one(engine: LogProbability, tiny: Path):
    """Over all single-byte continuations the probabilities sum to at most 1, and to most of it."""
    letters = [chr(code) for code in range(32, 127)]
    start = engine.log_probability(["ab"])[0]
    total = math.fsum(math.exp(value - start) for value in engine.log_probability([f"ab{one}" for one in letters]))
    assert 0.05 < total < 1


@pytest.mark.parametrize(
    ("text", "problem"), [("", "0 tokens has nothing to score"), ("x" * 300, "longer than the model's 256")]
)
def test_texts_that_cannot_be_scored(engine: LogProbability, text: str, problem: str):
    with pytest.raises(BadInput, match=problem) as raised:
        engine.log_probability(["fine", text])
    assert raised.value.mend


def test_engines_without_it_say_so(monkeypatch: pytest.MonkeyPatch):
    class Module:
        @staticmethod
        def open_engine(model: ModelRef, weights: object = None, adapter: object = None) -> Engine:
            return FakeEngine()

    monkeypatch.setattr("rung.engines.room.maker", lambda name: Module)  # pyright: ignore[reportUnknownLambdaType]
    with EngineRoom() as room:
        shared = room.open(ModelRef("m", "fake", "any"))
        assert isinstance(shared, LogProbability)
        with pytest.raises(BadInput, match="gives no log probabilities"):
            shared.log_probability(["a"])
        shared.close()
        with pytest.raises(BadInput, match="was closed"):
            shared.log_probability(["a"])
