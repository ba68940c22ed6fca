"""Metrics of passages and citations: worked examples, laws, and scikit-learn's nDCG."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score  # pyright: ignore[reportUnknownVariableType]

from rung.errors import BadInput
from rung.evaluation import response_scorer, response_scorer_names, scorer
from rung.evaluation.records import Citation, EvalItem, Passage, Response, ResponseScorer

CAIRO = "Cairo has been the capital of Egypt since the tenth century."
NILE = "The Nile runs through eleven countries before it reaches the sea."
RHINE = "The Rhine rises in the Alps and ends in the North Sea."


def by_ids(*wanted: str) -> EvalItem:
    return EvalItem("i", "q", context_ids=wanted)


def got_ids(*found: str) -> Response:
    return Response("i", "s", "", passages=tuple(Passage(f"text {one}", one) for one in found))


def got(*texts: str, answer: str = "", citations: tuple[Citation, ...] = ()) -> Response:
    return Response("i", "s", answer, passages=tuple(map(Passage, texts)), citations=citations)


def score(metric: str, response: Response, item: EvalItem) -> float | None:
    return response_scorer(metric).score(response, item)


@pytest.mark.capability("retrieval-metrics", verified="real")
@pytest.mark.parametrize(
    ("metric", "found", "expected"),
    [
        ("recall@3", "xay", 1 / 2),
        ("recall@1", "xay", 0),
        ("recall@9", "xayb", 1),
        ("precision@3", "xay", 1 / 3),
        ("precision@3", "aaa", 1 / 3),
        ("precision@4", "ab", 1 / 2),
        ("mrr", "xay", 1 / 2),
        ("mrr", "xyz", 0),
        ("mrr", "", 0),
        ("recall@3", "", 0),
        ("ndcg@3", "", 0),
        ("ndcg@3", "abx", 1),
        ("ndcg@1", "abx", 1),
        ("ndcg@3", "aab", (1 + 1 / 2) / (1 + 1 / math.log2(3))),
        ("ndcg@3", "xa", (1 / math.log2(3)) / (1 + 1 / math.log2(3))),
    ],
)
def test_worked_examples_by_id(metric: str, found: str, expected: float) -> None:
    assert score(metric, got_ids(*found), by_ids("a", "b")) == pytest.approx(expected)


ranks = st.permutations("abcdefgh").map("".join)


@pytest.mark.capability("retrieval-metrics", verified="real")
@given(ranks, st.sets(st.sampled_from("abcdefgh"), min_size=1), st.integers(1, 8))
def test_ndcg_has_the_numbers_of_scikit_learn(order: str, relevant: set[str], k: int) -> None:
    truth = [[float(one in relevant) for one in order]]
    ranked = [[float(-place) for place in range(len(order))]]
    ours = score(f"ndcg@{k}", got_ids(*order), by_ids(*sorted(relevant)))
    assert ours == pytest.approx(float(ndcg_score(truth, ranked, k=k)))


@given(st.text("abcdxyz", max_size=8), st.sets(st.sampled_from("abcd"), min_size=1), st.integers(1, 8))
def test_laws_of_ranks(found: str, relevant: set[str], k: int) -> None:
    item, response = by_ids(*sorted(relevant)), got_ids(*found)
    values = {name: score(f"{name}@{k}", response, item) for name in ("recall", "precision", "ndcg")}
    assert all(value is not None and 0 <= value <= 1 for value in values.values())
    further = score(f"recall@{k + 1}", response, item)
    assert further is not None
    assert further >= (values["recall"] or 0)
    # Hits counted from both sides are the same.
    assert (values["recall"] or 0) * len(relevant) == pytest.approx((values["precision"] or 0) * k)
    assert (score("mrr", response, item) or 0) > 0 or not relevant & set(found)


@pytest.mark.capability("retrieval-metrics", verified="real")
def test_without_ids_texts_are_matched() -> None:
    item = EvalItem("i", "q", contexts=(CAIRO, NILE))
    assert score("recall@2", got("CAIRO has been the capital of Egypt, since the tenth century!", RHINE), item) == 1 / 2
    longer = f"An introduction. {CAIRO} {NILE} And more."
    assert score("recall@1", got(longer), item) == 1
    assert score("recall@1", got("capital of Egypt since the tenth"), item) == 1 / 2
    assert score("recall@1", got("Egypt"), item) == 0, "one word stands in too many passages"
    assert score("recall@1", got(""), item) == 0
    assert score("ndcg@2", got(longer, CAIRO), item) == 1
    assert score("ndcg@2", got(RHINE, longer), item) == pytest.approx(1 / math.log2(3))


@pytest.mark.capability("retrieval-metrics", verified="real")
def test_ndcg_is_1_where_one_passage_holds_two_contexts() -> None:
    twice = EvalItem("i", "q", contexts=(CAIRO, CAIRO))
    assert score("recall@2", got(CAIRO), twice) == score("ndcg@2", got(CAIRO), twice) == 1
    both = EvalItem("i", "q", contexts=(CAIRO, NILE))
    assert score("ndcg@2", got(f"{CAIRO} {NILE}"), both) == 1
    assert score("ndcg@2", got(CAIRO, NILE), both) == 1
    # The passage with both stands second: gains 1, 1 against 2 at the first rank.
    late = score("ndcg@2", got(CAIRO, f"{CAIRO} {NILE}"), both)
    assert late == pytest.approx((1 + 1 / math.log2(3)) / 2)


@given(st.lists(st.sets(st.integers(0, 4)), max_size=6), st.integers(1, 6))
def test_ndcg_of_passages_that_overlap_stays_in_0_1(held: list[set[int]], k: int) -> None:
    texts = [f"context number {name} has five words" for name in "abcde"]
    passages = [" and ".join(texts[one] for one in sorted(some)) or RHINE for some in held]
    value = score(f"ndcg@{k}", got(*passages), EvalItem("i", "q", contexts=tuple(texts)))
    assert value is not None
    assert 0 <= value <= 1
    best = max(map(len, held[:1]), default=0)
    assert value == 1 or best < 5, "all contexts in the first passage"


def test_chinese_passages_are_matched_by_their_characters() -> None:
    item = EvalItem("i", "q", contexts=("中国的首都是北京。",))
    assert score("recall@1", got("你知道吗?中国的首都是北京,人口很多。"), item) == 1
    assert score("recall@1", got("日本的首都是东京。"), item) == 0


@pytest.mark.capability("retrieval-metrics", verified="real")
def test_relevance_and_coverage_share_word_pairs() -> None:
    item = EvalItem("i", "q", contexts=(CAIRO, NILE))
    assert score("context_relevance", got(CAIRO, RHINE), item) == pytest.approx(1 / 2, abs=0.05)
    assert score("context_coverage", got(CAIRO, RHINE), item) == pytest.approx(1 / 2, abs=0.05)
    assert score("context_coverage", got(f"{CAIRO} {NILE}"), item) == 1
    assert score("context_coverage", got(NILE, CAIRO), item) == 1
    assert score("context_relevance", got("a b c d"), EvalItem("i", "q", contexts=("a b x c d",))) == pytest.approx(
        2 / 3
    )
    assert score("context_coverage", got("a b c d"), EvalItem("i", "q", contexts=("a b x c d",))) == pytest.approx(
        2 / 4
    )
    assert score("context_relevance", got("Nile"), EvalItem("i", "q", contexts=("Nile",))) == 1
    assert score("context_relevance", got(), item) == score("context_coverage", got(), item) == 0


@pytest.mark.capability("citation-metrics", verified="real")
def test_citations_support_where_they_lead_to_a_reference_context() -> None:
    item = EvalItem("i", "q", contexts=(CAIRO,))
    right = Citation("The capital is Cairo.", (Passage(CAIRO),))
    wrong = Citation("It lies on the Rhine.", (Passage(RHINE),))
    both = got(answer="The capital is Cairo. It lies on the Rhine.", citations=(right, wrong))
    assert score("citation_precision", both, item) == 1 / 2
    assert score("citation_coverage", both, item) == pytest.approx(4 / 9)
    once = got(answer="The capital is Cairo. It lies on the Rhine.", citations=(right,))
    assert score("citation_precision", once, item) == 1
    twice = got(answer="The capital is Cairo.", citations=(right, right))
    assert score("citation_coverage", twice, item) == 1, "the same words are not covered twice"
    none = got(answer="The capital is Cairo.")
    assert score("citation_precision", none, item) is None
    assert score("citation_coverage", none, item) == 0
    assert score("citation_coverage", got(), item) == 0


@pytest.mark.parametrize(
    "metric",
    ["recall@5", "precision@5", "ndcg@5", "mrr", "context_relevance", "context_coverage", "citation_coverage"],
)
def test_without_reference_contexts_nothing_is_said(metric: str) -> None:
    assert score(metric, got(CAIRO), EvalItem("i", "q", references=("Cairo",))) is None


def test_a_metric_says_beforehand_to_which_items_it_applies() -> None:
    """A runner has to know it of a response with an error, which no metric sees."""
    items = (EvalItem("i", "q"), EvalItem("i", "q", ("a",)), by_ids("a"), EvalItem("i", "q", contexts=(CAIRO,)))
    for name in response_scorer_names():
        if name not in ("embedding_similarity", "numeric", "json_field_f1"):
            by: Any = response_scorer(name)
            cited = Citation(CAIRO, (Passage(CAIRO, "a"),))
            whole = Response("i", "s", CAIRO, passages=cited.passages, citations=(cited,))
            assert [by.applies(item) for item in items] == [by.score(whole, item) is not None for item in items], name


def test_an_error_retrieves_nothing() -> None:
    broken = Response("i", "s", "", error="timed out")
    assert score("recall@5", broken, by_ids("a")) == 0
    assert score("exact_match", broken, EvalItem("i", "q", references=("",))) == 0
    assert score("wer", broken, EvalItem("i", "q", references=("a b",))) == 1


def test_text_metrics_are_response_metrics_too() -> None:
    item = EvalItem("i", "q", references=("a b", "a b c d"))
    answer = Response("i", "s", "a b c")
    assert score("token_f1", answer, item) == scorer("token_f1").score("a b c", item.as_item())
    assert score("wer", answer, item) == 1 / 4
    assert score("wer", answer, EvalItem("i", "q")) is None
    assert score("token_f1", answer, EvalItem("i", "q")) is None
    assert score("regex:b c$", answer, EvalItem("i", "q")) == 1, "a given pattern needs no reference"
    assert score("non_toxic", answer, EvalItem("i", "q")) == 1
    made = [response_scorer(name) for name in response_scorer_names() if name != "embedding_similarity"]
    assert all(isinstance(one, ResponseScorer) for one in made)
    assert {one.name for one in made if not one.higher_is_better} == {"toxicity", "wer"}


@pytest.mark.parametrize("name", ["recall@0", "recall@", "ndcg@x", "precision@-1", "recall@5.5", "ndcg@99999999"])
def test_a_rank_must_be_a_count(name: str) -> None:
    with pytest.raises(BadInput, match="how many passages") as raised:
        response_scorer(name)
    assert "@5" in raised.value.mend


def test_mistakes_are_named() -> None:
    with pytest.raises(BadInput, match="no metric 'recal@5'") as raised:
        response_scorer("recal@5")
    assert "recall@5" in raised.value.mend
    with pytest.raises(BadInput, match="'wer' is not one") as raised:
        scorer("wer")
    assert "word_accuracy" in raised.value.mend
    with pytest.raises(BadInput, match="'ndcg@5' is not one"):
        scorer("ndcg@5")
