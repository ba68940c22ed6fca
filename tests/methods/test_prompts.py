"""The prompt forms, word for word; retrieval with its controls; few-shot examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rung.engines import EngineRoom
from rung.methods import all_methods
from rung.methods.answering import PromptAnswerer, Retriever, Shots
from rung.methods.bm25 import Bm25Index
from rung.methods.prompts import PromptForm, Shot
from rung.testing.engines import FakeEngine
from rung.testing.methods import small_brief
from rung.types import Control, Document, GenerationSettings, Message, ModelRef


def user(form: PromptForm, text: str, *args: Any) -> str:
    (message,) = form.prompt(text, *args)
    assert message.role == "user"
    return message.content


def test_the_forms_word_for_word():
    answer = PromptForm("answer")
    assert user(answer, "Who?") == "Question: Who?\nAnswer:"
    assert user(answer, "Who?", ["A did.", "B did not."]) == "Context:\nA did.\nB did not.\n\nQuestion: Who?\nAnswer:"
    assert user(PromptForm("classify", labels=("a", "b")), "T") == "Text: T\nLabels: a, b\nLabel:"
    assert user(PromptForm("extract", fields=("k1", "k2")), "T") == "Text: T\nFields: k1, k2\nJSON:"
    assert user(PromptForm("generate", "Sum up."), "T") == "Sum up.\n\nT"


def test_an_instruction_is_the_system_message():
    assert PromptForm("answer", "Be brief.").prompt("Who?") == (
        Message("system", "Be brief."),
        Message("user", "Question: Who?\nAnswer:"),
    )


def test_shots_stand_before_with_their_answers():
    form = PromptForm("classify", labels=("a", "b"))
    shown = user(form, "T", (), [Shot("S", "a")])
    assert shown == "Text: S\nLabels: a, b\nLabel: a\n\nText: T\nLabels: a, b\nLabel:"


def test_a_form_comes_back_from_json():
    form = PromptForm("classify", "x", ("a", "b"))
    assert PromptForm.from_json(form.to_json()) == form


@pytest.mark.parametrize(
    ("task", "completion", "answer"),
    [
        ("classify", " late\nText: more", "late"),
        ("classify", "", ""),
        ("answer", " in 1990 \n", "in 1990"),
        ("extract", '```json\n{"a": 1}\n```', '{"a": 1}'),
        ("extract", ' {"a": 1}', '{"a": 1}'),
    ],
)
def test_completions_are_read(task: Any, completion: str, answer: str):
    assert PromptForm(task).read(completion) == answer


DOCUMENTS = [Document(f"d{n}", f"In town{n} it rains {n} days.") for n in range(30)]


def test_contexts_obey_the_controls_and_their_order_tells_nothing():
    retriever = Retriever(Bm25Index.build(DOCUMENTS), top_k=3, seed=0)
    questions = [f"How long does it rain in town{n}?" for n in range(30)]
    places: list[int] = []
    for n, question in enumerate(questions):
        found = [document.id for document in retriever.contexts(question)]
        assert f"d{n}" in found
        assert found == [document.id for document in retriever.contexts(question)]
        places.append(found.index(f"d{n}"))
        assert retriever.contexts(question, Control.CLOSED_BOOK) == ()
        wrong = [document.id for document in retriever.contexts(question, Control.WRONG_CONTEXT)]
        assert len(wrong) == 3
        assert f"d{n}" not in wrong
    assert set(places) == {0, 1, 2}


def test_one_document_leaves_nothing_for_a_wrong_context():
    retriever = Retriever(Bm25Index.build(DOCUMENTS[:1]), top_k=1, seed=0)
    assert retriever.contexts("rain", Control.WRONG_CONTEXT) == ()


def test_the_nearest_example_stands_last():
    examples = [Shot("how do I pay", "a"), Shot("where is my parcel", "b"), Shot("parcel lost", "c")]
    index = Bm25Index.build([Document(str(n), shot.input) for n, shot in enumerate(examples)])
    nearest = Shots(index, examples, count=2).nearest("where is the parcel")
    assert [shot.output for shot in nearest] == ["c", "b"]


def test_an_error_of_the_engine_is_kept():
    engine = FakeEngine(lambda text: "two words")
    answerer = PromptAnswerer(engine, PromptForm("answer"), GenerationSettings(max_tokens=1))
    (answer,) = answerer.answer(["Who?"])
    assert (answer.text, answer.finish) == ("two", "length")


def test_remote_models_are_prompted_but_not_tuned_and_systems_taken_as_they_are():
    models = (ModelRef("hosted", "openai", "m"), ModelRef("own", "system", "cat"))
    brief = small_brief("answer", models=models)
    names = [candidate.name for method in all_methods().values() for candidate in method.propose(brief)]
    assert [name for name in names if "(" in name] == [
        "zero-shot(hosted)",
        "few-shot(hosted)",
        "system(own)",
        "rag-1(hosted)",
        "rag-3(hosted)",
    ]


@pytest.mark.capability("method-rag", verified="real")
def test_rag_puts_the_right_document_before_the_model(tmp_path: Path, tiny: ModelRef, room: EngineRoom):
    brief = small_brief("answer", models=(tiny,))
    method = all_methods()["rag"]
    candidate = method.propose(brief)[1]
    method.build(candidate, brief, room, tmp_path, lambda what, share: None)
    answerer = method.load(candidate, tmp_path, room)
    found = [
        brief.tune[n].source in answer.contexts
        for n, answer in enumerate(answerer.answer([i.input for i in brief.tune]))
    ]
    assert sum(found) >= 10
