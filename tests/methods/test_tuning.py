"""Tuning: what is trained on, that it learns, and that a seed decides."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rung.engines import EngineRoom
from rung.errors import BadInput, BadWorkload
from rung.methods import all_methods
from rung.methods.artifact import read_json
from rung.methods.prompts import PromptForm
from rung.methods.recipes import resolve
from rung.methods.training import rate_factor
from rung.methods.training_data import Example, Exercises, batches
from rung.testing.methods import small_brief
from rung.types import Item, ModelFacts, ModelRef

FACTS = ModelFacts("f", local=True, parameters=1_000_000, layers=6, hidden=128, vocabulary=512, context_tokens=1024)


def test_defaults_by_size_and_what_is_given_wins():
    brief = small_brief("classify")
    tiny = resolve({}, "lora", brief, FACTS)
    large = resolve({}, "lora", brief, ModelFacts("f", local=True, parameters=500_000_000))
    assert tiny.rate > large.rate
    assert resolve({"rate": 0.5}, "lora", brief, FACTS).rate == 0.5
    assert resolve({}, "full", brief, FACTS).rank == 0


@pytest.mark.parametrize("given", [{"ratte": 1}, {"rate": "fast"}, {"batch": 1.5}, {"epochs": -1}])
def test_a_wrong_setting_is_named(given: dict[str, object]):
    with pytest.raises(BadWorkload, match=next(iter(given))):
        resolve(given, "lora", small_brief("classify"), FACTS)


def test_the_rate_rises_and_falls_to_nothing():
    factors = [rate_factor(step, 100) for step in range(101)]
    assert factors[:10] == sorted(factors[:10])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert max(factors) == pytest.approx(1.0)
    assert factors[-1] == 0.0


def test_the_source_is_always_among_the_contexts_and_in_any_place(tiny: ModelRef):
    from rung.engines.transformers_engine import load_model
    from rung.methods.bm25 import Bm25Index

    brief = small_brief("answer", train=tuple(Item(f"q{n}", "?", (str(n),), source=f"d{n}") for n in range(30)))
    _, tokenizer = load_model(tiny.model)
    index = Bm25Index.build(brief.knowledge)
    exercises = Exercises(brief, PromptForm("answer"), index, top_k=3)
    places: set[int] = set()
    for example in exercises.examples(tokenizer, limit=1000, generator=random.Random(0)):
        text = tokenizer.decode(example.prompt, skip_special_tokens=True)
        gold = brief.knowledge[int(tokenizer.decode(example.answer, skip_special_tokens=True))].text
        lines = text.split("\n")
        places.add(lines.index(gold))
        assert example.answer[-1] == tokenizer.eos_token_id
    assert places == {1, 2, 3}


def test_what_fits_nowhere_is_said(tiny: ModelRef):
    from rung.engines.transformers_engine import load_model

    _, tokenizer = load_model(tiny.model)
    exercises = Exercises(small_brief("classify"), PromptForm("classify"))
    with pytest.raises(BadInput, match="no training prompt fits"):
        exercises.examples(tokenizer, limit=5, generator=random.Random(0))


def test_batches_hold_every_example_once():
    examples = [Example(tuple(range(n % 7 + 1)), (n,)) for n in range(50)]
    made = [example for batch in batches(examples, 8, random.Random(1)) for example in batch]
    assert sorted(made, key=lambda e: e.answer) == sorted(examples, key=lambda e: e.answer)


@pytest.mark.capability("method-lora", verified="real")
@pytest.mark.parametrize(("name", "settings"), [("lora", {"rate": 0.02, "rank": 8}), ("full-finetune", {"rate": 0.01})])
def test_tuning_learns_a_few_examples_by_heart(
    name: str, settings: dict[str, float], tmp_path: Path, tiny: ModelRef, room: EngineRoom
):
    train = tuple(Item(f"i{n}", text, (label,)) for n, (text, label) in enumerate([("aa", "x"), ("bb", "y")] * 2))
    options = {name: {"epochs": 60, "batch": 4, "list_labels": 0, **settings}}
    brief = small_brief("classify", train=train, labels=("x", "y"), models=(tiny,), options=options)
    method = all_methods()[name]
    (candidate,) = method.propose(brief)
    method.build(candidate, brief, room, tmp_path, lambda what, share: None)
    answerer = method.load(candidate, tmp_path, room)
    assert [answer.text for answer in answerer.answer(["aa", "bb"])] == ["x", "y"]
    training = read_json(tmp_path / "method.json")["training"]
    assert training["steps"] == 60
    assert training["loss"] < 0.1
