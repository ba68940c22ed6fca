"""The scorers that ship: the contract for each, and the numbers of their sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer  # pyright: ignore[reportMissingTypeStubs]

from rung.errors import BadData, BadInput
from rung.evaluation import binary_metrics, is_binary, registry, scorer, scorer_names
from rung.evaluation.metrics import longest_common_subsequence
from rung.testing.scorers import ScorerContract
from rung.types import Item, Scorer


def score(metric: str, answer: str, *references: str) -> float:
    return scorer(metric).score(answer, Item(id="i", input="q", references=references))


class TestExactMatch(ScorerContract):
    def make(self) -> Scorer:
        return scorer("exact_match")


class TestQuasiExactMatch(ScorerContract):
    def make(self) -> Scorer:
        return scorer("quasi_exact_match")


class TestAccuracy(ScorerContract):
    def make(self) -> Scorer:
        return scorer("accuracy")


@pytest.mark.capability("scorers", verified="real")
class TestTokenF1(ScorerContract):
    def make(self) -> Scorer:
        return scorer("token_f1")


class TestRougeL(ScorerContract):
    reference: ClassVar[str] = "Ada lives in Paris"
    other: ClassVar[str] = "Grace lived in Rome"

    def make(self) -> Scorer:
        return scorer("rouge_l")


@pytest.mark.capability("scorers", verified="real")
class TestJsonFieldF1(ScorerContract):
    reference: ClassVar[str] = '{"name": "Ada", "age": 36}'
    other: ClassVar[str] = '{"name": "Ada", "age": 37}'

    def make(self) -> Scorer:
        return scorer("json_field_f1")


@pytest.mark.capability("scorers", verified="real")
@pytest.mark.parametrize(
    ("metric", "answer", "reference", "expected"),
    [
        ("exact_match", "  Blue\n sky ", "blue sky", 1),
        ("exact_match", "STRASSE", "straße", 1),
        ("exact_match", "ﬁne", "fine", 1),
        ("exact_match", "the sky.", "sky", 0),
        ("quasi_exact_match", "The sky.", "sky", 1),
        ("accuracy", " Card_Arrival", "card_arrival", 1),
        ("accuracy", "card arrival", "card_arrival", 0),
        ("token_f1", "the cat sat on the mat", "a cat on a mat", 6 / 7),
        ("token_f1", "cat cat", "cat", 2 / 3),
        ("token_f1", "", "", 1),
        ("token_f1", "the", "a", 1),
        ("token_f1", "x", "", 0),
        ("json_field_f1", 'Sure: {"a": 1, "b": "X y"} ok {"a": 2}', '{"a": 1.0, "b": "x  Y"}', 1),
        ("json_field_f1", '{"a": 1}', '{"a": 1, "b": 2}', 2 / 3),
        ("json_field_f1", '{"a": "1"}', '{"a": 1}', 0),
        ("json_field_f1", '{"a": true}', '{"a": 1}', 0),
        ("json_field_f1", '{"a": {"b": 1, "c": 2}}', '{"a": {"b": 1, "c": 3}}', 1 / 2),
        ("json_field_f1", '{"a": [1, {"b": 2.0}]}', '{"a": [1.0, {"b": 2}]}', 1),
        ("json_field_f1", '{"a": [1, 2]}', '{"a": [2, 1]}', 0),
        ("json_field_f1", '{a: {"x": 1}', '{"x": 1}', 1),
        ("json_field_f1", '{"a": NaN}', '{"a": 1}', 0),
        ("json_field_f1", '{"a.b": 1}', '{"a": {"b": 1}}', 0),
        ("json_field_f1", '{"a": [{"b.c": 1}]}', '{"a": [{"b": {"c": 1}}]}', 0),
        ("json_field_f1", '{"a": 1e23}', '{"a": 1' + "0" * 23 + "}", 1),
        ("json_field_f1", '{"a": 1e400}', '{"a": 1e401}', 0),
        ("json_field_f1", '{"a": -0.50}', '{"a": -5e-1}', 1),
        ("json_field_f1", '{"a": 0}', '{"a": -0.0}', 1),
        ("json_field_f1", '{"a": ' + "9" * 5000 + "}", '{"a": 9}', 0),
        ("json_field_f1", '{"a": 5}', '{"a": "5"}', 0),
        ("json_field_f1", '{"a": 5}', '{"a": "5e0"}', 0),
        ("json_field_f1", "no object", '{"a": 1}', 0),
        ("json_field_f1", "{}", "{}", 1),
        ("json_field_f1", '{"a":' * 100_000, '{"a": 1}', 0),
    ],
)
def test_worked_examples(metric: str, answer: str, reference: str, expected: float) -> None:
    assert score(metric, answer, reference) == pytest.approx(expected)


def test_the_best_reference_counts() -> None:
    assert score("exact_match", "b", "a", "b") == 1
    assert score("token_f1", "b c", "a", "b") == pytest.approx(2 / 3)


def test_a_reference_without_an_object_is_the_users_mistake() -> None:
    with pytest.raises(BadData, match="no JSON object") as raised:
        score("json_field_f1", "{}", "plain")
    assert raised.value.mend


def test_a_reference_nested_too_deeply_is_one_error() -> None:
    with pytest.raises(BadData, match="nested too deeply") as raised:
        score("json_field_f1", "{}", '{"a":' * 900 + "1" + "}" * 900)
    assert raised.value.mend


words = st.lists(st.sampled_from(["the", "Cat", "sat,", "on", "mat", "3.5", "it's", "a_b", "--"]), max_size=30)
oracle: Any = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.capability("scorers", verified="real")
@given(words, words)
@settings(max_examples=150)
def test_rouge_l_has_the_numbers_of_rouge_score(left: list[str], right: list[str]) -> None:
    answer, reference = " ".join(left), " ".join(right)
    expected = oracle.score(reference, answer)["rougeL"].fmeasure
    assert score("rouge_l", answer, reference) == pytest.approx(expected)


@given(st.text(max_size=60), st.text(max_size=60))
def test_rouge_l_has_the_numbers_of_rouge_score_on_any_ascii(answer: str, reference: str) -> None:
    answer, reference = answer.encode("ascii", "ignore").decode(), reference.encode("ascii", "ignore").decode()
    expected = oracle.score(reference, answer)["rougeL"].fmeasure
    assert score("rouge_l", answer, reference) == pytest.approx(expected)


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_common_subsequence_is_that_of_the_textbook(left: list[str], right: list[str]) -> None:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if a == b else max(table[i - 1][j], table[i][j - 1])
    assert longest_common_subsequence(left, right) == table[-1][-1]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text("ab {}", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text("abc", max_size=2), json_values, max_size=4)


@given(objects, objects)
def test_json_field_f1_is_symmetric_and_1_for_itself(left: dict[str, Any], right: dict[str, Any]) -> None:
    a, b = json.dumps(left), json.dumps(right, indent=2)
    assert score("json_field_f1", a, b) == pytest.approx(score("json_field_f1", b, a))
    assert score("json_field_f1", f"So: {a}!", a) == 1


@pytest.mark.parametrize("metric", ["exact_match", "quasi_exact_match", "accuracy", "token_f1", "rouge_l"])
@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=60)
def test_any_two_texts_score_in_0_1(metric: str, answer: str, reference: str) -> None:
    assert 0 <= score(metric, answer, reference) <= 1


def test_an_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="no metric 'exact_macth'") as raised:
        scorer("exact_macth")
    assert "exact_match" in raised.value.mend
    with pytest.raises(BadInput) as raised:
        scorer("zzzz")
    assert "rouge_l" in raised.value.mend


def test_binary_metrics_are_known_beforehand() -> None:
    assert binary_metrics(["token_f1", "accuracy", "exact_match", "accuracy"]) == ("accuracy", "exact_match")
    assert not is_binary("rouge_l")


class Plugin:
    name = "length"

    def score(self, answer: str, item: Item) -> float:
        return 1.0 if len(answer) > len(item.input) else 0.0


class Entry:
    """Stands in for an entry point of the group `rung.scorers`."""

    value = "package:thing"

    def __init__(self, thing: object) -> None:
        self.load: Callable[[], object] = lambda: thing


@pytest.mark.parametrize("thing", [Plugin, Plugin()])
def test_plugins_are_found_as_a_class_or_an_instance(thing: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_plugins", lambda: {"length": Entry(thing)})
    assert scorer("length").name == "length"
    assert "length" in scorer_names()
    assert scorer("exact_match").name == "exact_match"


def test_a_plugin_that_is_no_scorer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_plugins", lambda: {"length": Entry(dict)})
    with pytest.raises(BadInput, match="package:thing"):
        scorer("length")
