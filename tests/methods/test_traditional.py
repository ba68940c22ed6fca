"""TF-IDF agrees with scikit-learn; patterns, sentences and spans find what is there to be found."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.engines import EngineRoom
from rung.evaluation.metrics import token_f1
from rung.methods import all_methods
from rung.methods.bm25 import Bm25Index
from rung.methods.classifier import fit_linear
from rung.methods.features import Block, BlockSpec, matrix
from rung.methods.linear import Linear, SparseAnswerer
from rung.methods.patterns import extract
from rung.methods.rules import Text, learn_field
from rung.methods.sentences import SentenceFinder, split_sentences
from rung.methods.spans import kind_of, learn, spans_of
from rung.testing.methods import small_brief
from rung.types import Control, Document

TEXTS = st.lists(st.text(alphabet="abc  dé.,'1\n\tß", max_size=40), min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("unit", "shortest", "longest", "analyzer"), [("word", 1, 2, "word"), ("char", 2, 5, "char_wb")]
)
@settings(max_examples=60, deadline=None)
@given(texts=TEXTS)
def test_tfidf_features_are_those_of_scikit_learn(
    unit: str, shortest: int, longest: int, analyzer: str, texts: list[str]
):
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=analyzer, ngram_range=(shortest, longest), sublinear_tf=True)
    try:
        theirs = vectorizer.fit_transform(texts).toarray()
    except ValueError:  # no text has any term
        return
    block = Block.fit(BlockSpec.from_json([unit, shortest, longest, 1]), texts)
    assert block.terms == tuple(vectorizer.get_feature_names_out())
    np.testing.assert_allclose(matrix([block], texts).toarray(), theirs, atol=1e-12)


@pytest.mark.capability("method-tfidf", verified="real")
@pytest.mark.parametrize("labels", [2, 5])
@pytest.mark.parametrize("solver", ["lbfgs", "liblinear"])
def test_answers_are_the_predictions_of_scikit_learn(solver: str, labels: int):
    rng = random.Random(3)
    words = [f"word{n}" for n in range(40)]
    topics = [rng.sample(words, 12) for _ in range(labels)]
    rows = [(" ".join(rng.choices(topics[n % labels], k=5)), f"label{n % labels}") for n in range(200)]
    texts, wanted = [text for text, _ in rows], [label for _, label in rows]
    block = Block.fit(BlockSpec("word", 1, 2), texts[:120])
    fitted = fit_linear(solver, 1.0, matrix([block], texts[:120]), wanted[:120], seed=0)
    answers = SparseAnswerer([block], Linear.of_sklearn(fitted)).answer(texts)
    assert [answer.text for answer in answers] == list(fitted.predict(matrix([block], texts)))


def test_an_array_of_objects_is_refused(tmp_path: Path):
    from rung.errors import BadRelease
    from rung.methods.artifact import read_arrays

    np.savez(tmp_path / "bad.npz", weights=np.array([{"a": 1}], dtype=object))
    with pytest.raises(BadRelease):
        read_arrays(tmp_path / "bad.npz")


def test_one_label_is_no_task_for_a_classifier(room: EngineRoom):
    assert list(all_methods()["tfidf-logreg"].propose(small_brief("classify", labels=("red",)))) == []


def test_without_an_embedder_there_is_no_embedding_candidate():
    assert list(all_methods()["embed-logreg"].propose(small_brief("classify"))) == []


@pytest.mark.capability("method-patterns", verified="real")
def test_patterns_read_places_and_cues():
    rng = random.Random(0)
    texts: list[str] = []
    outputs: list[dict[str, object]] = []
    for _ in range(80):
        count, bay = rng.randint(2, 99), rng.choice("ABCDEF")
        day, short = rng.choice([("Monday", "mon"), ("Friday", "fri")])
        texts.append(
            rng.choice([f"Bring {count} bolts to Bay {bay} on {day}.", f"On {day}: {count} bolts, Bay {bay}."])
        )
        outputs.append({"count": count, "bay": f"Bay {bay}", "day": short})
    rules = [learn_field(name, [Text.of(t) for t in texts], outputs, 2) for name in ("count", "bay", "day")]
    assert extract(rules, "Bring 41 bolts to Bay C on Friday.") == {"count": 41, "bay": "Bay C", "day": "fri"}
    again = [type(rule).from_json(json.loads(json.dumps(rule.to_json()))) for rule in rules]
    assert again == rules


def test_a_field_that_no_rule_finds_gets_its_most_frequent_value():
    texts = [Text.of(text) for text in ("a", "b", "c")]
    rules = [learn_field("flag", texts, [{"flag": True}, {"flag": True}, {"flag": None}], 1)]
    assert extract(rules, "anything else") == {"flag": True}


def test_sentences_end_where_they_end():
    text = "It cost 3.5 pounds. Who paid for it? The answer, J. Smith, knew! (He was rich.)\nThen he left"
    assert split_sentences(text) == [
        "It cost 3.5 pounds.",
        "Who paid for it?",
        "The answer, J. Smith, knew!",
        "(He was rich.)",
        "Then he left",
    ]


@pytest.mark.parametrize(
    ("question", "kind"),
    [("When was it built?", "when"), ("How many are there?", "count"), ("Who paid?", "who"), ("Why so?", "why")],
)
def test_questions_ask_for_kinds_of_answers(question: str, kind: str):
    assert kind_of(question) == kind


def test_spans_are_learnt_from_examples():
    brief = small_brief("answer")
    finder = SentenceFinder.build(brief.knowledge)
    spans = [spans_of(item.input, finder.find(item.input, 2)) for item in brief.train]
    weights = learn(spans, [item.references for item in brief.train], token_f1, ridge=0.001)
    assert weights
    method, artifact_free = all_methods()["bm25-span"], [weights]
    assert method.name == "bm25-span"
    assert artifact_free[0] == learn(spans, [item.references for item in brief.train], token_f1, ridge=0.001)


def test_controls_of_extractive_answers(tmp_path: Path, room: EngineRoom):
    brief = small_brief("answer")
    method = all_methods()["bm25-sentence"]
    candidate = method.propose(brief)[0]
    method.build(candidate, brief, room, tmp_path, lambda what, share: None)
    answerer = method.load(candidate, tmp_path, room)
    item = brief.tune[0]
    right, closed, wrong = (answerer.answer([item.input], control=control)[0] for control in Control)
    assert item.output in right.text
    assert right.contexts == (item.source,)
    assert (closed.text, closed.contexts) == ("", ())
    assert wrong.contexts != right.contexts


def test_an_index_knows_ties_unknown_words_and_empty_texts(tmp_path: Path):
    index = Bm25Index.build([Document("a", "same words"), Document("b", "same words"), Document("c", "...")])
    index.save(tmp_path / "index")
    index = Bm25Index.load(tmp_path / "index")
    assert index.top("same", 3) == [0, 1, 2]
    assert index.top("nowhere to be found", 2) == [0, 1]
    assert index.top("", 1) == [0]
