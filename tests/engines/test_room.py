"""Finding, sharing and closing engines."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import rung.engines.room as room_module
from rung.engines import EngineRoom
from rung.errors import BadInput
from rung.testing.engines import PROMPTS, EngineContract, FakeEngine
from rung.types import Engine, GenerationSettings, ModelFacts, ModelRef

opened: list[FakeEngine] = []


def describe(model: ModelRef) -> ModelFacts:
    return ModelFacts(fingerprint=model.model, local=True)


def open_engine(model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> Engine:
    opened.append(FakeEngine(facts=describe(model)))
    return opened[-1]


@pytest.fixture(autouse=True)
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """This very module, as a plugin called `mine`."""
    opened.clear()

    class Here(EntryPoint):
        def load(self) -> Any:
            import sys

            return sys.modules[__name__]

    monkeypatch.setattr(room_module, "entry_points", lambda group: [Here("mine", "here", group)])


class TestFake(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return FakeEngine()

    @pytest.fixture
    def fresh(self) -> Any:
        return FakeEngine


def test_an_unknown_engine_names_the_known_ones():
    with pytest.raises(BadInput, match="'nope'") as caught:
        EngineRoom().open(ModelRef("m", "nope", "x"))
    assert "transformers" in caught.value.mend
    assert "mine" in caught.value.mend


def test_one_model_is_opened_once_and_outlives_one_of_its_users():
    with EngineRoom() as room:
        one, two = (room.open(ModelRef("m", "mine", "x")) for _ in range(2))
        one.close()
        with pytest.raises(BadInput):
            one.generate(PROMPTS, GenerationSettings())
        assert two.generate(PROMPTS, GenerationSettings())
    assert len(opened) == 1


def test_the_one_unused_longest_is_closed_first():
    room = EngineRoom(idle=1)
    room.open(ModelRef("m", "mine", "a")).close()
    room.open(ModelRef("m", "mine", "b")).close()
    room.open(ModelRef("m", "mine", "b")).close()
    assert len(opened) == 2
    with pytest.raises(BadInput):
        opened[0].generate(PROMPTS, GenerationSettings())
    assert opened[1].generate(PROMPTS, GenerationSettings())
    room.close()


def test_other_weights_or_options_are_another_engine(tmp_path: Path):
    with EngineRoom() as room:
        model = ModelRef("m", "mine", "x")
        room.open(model)
        room.open(model, weights=tmp_path)
        room.open(ModelRef("m", "mine", "x", options={"a": 1}))
        (tmp_path / "w.safetensors").write_bytes(b"new")
        room.open(model, weights=tmp_path)
    assert len(opened) == 4


def test_describe_asks_the_plugin():
    assert EngineRoom().describe(ModelRef("m", "mine", "x")).fingerprint == "x"
