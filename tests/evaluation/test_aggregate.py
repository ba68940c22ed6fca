"""Figures of a data set: scikit-learn's, sacrebleu's and jiwer's numbers, and intervals that hold what they say."""

from __future__ import annotations

import random
from typing import Any

import jiwer
import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from rung.errors import BadData
from rung.evaluation import LabelFigures, corpus_difference, corpus_figure, difference_figure, label_report, mean_figure

from .shared import shared_rows

sklearn: Any = oracle
labels = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd?")), min_size=2, max_size=40)


@pytest.mark.capability("aggregates", verified="real")
@given(labels)
@settings(max_examples=100, deadline=None)
def test_label_figures_have_the_numbers_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    truth, told = [row[0] for row in rows], [row[1] for row in rows]
    report = label_report(told, [[one] for one in truth], resamples=2)
    known = sorted(set(truth))
    p, r, f, n = sklearn.precision_recall_fscore_support(truth, told, labels=known, zero_division=0)
    assert [(x.precision, x.recall, x.f1, x.items) for x in report.labels] == [
        pytest.approx(row) for row in zip(p, r, f, n, strict=True)
    ]
    assert report.precision.value == pytest.approx(p.mean())
    assert report.recall.value == report.balanced_accuracy.value == pytest.approx(r.mean())
    assert report.f1.value == pytest.approx(f.mean())
    assert report.accuracy.value == pytest.approx(sklearn.accuracy_score(truth, told))
    assert report.outside == sum(one not in known for one in told)


@pytest.mark.filterwarnings("ignore:y_pred contains classes:UserWarning")
def test_balanced_accuracy_is_that_of_scikit_learn() -> None:
    draw = random.Random(0)
    truth = [draw.choice("aaaab") for _ in range(200)]
    told = [draw.choice("aab") for _ in range(200)]
    report = label_report(told, [[one] for one in truth])
    assert report.balanced_accuracy.value == pytest.approx(sklearn.balanced_accuracy_score(truth, told))
    assert report.balanced_accuracy.low is not None
    assert report.balanced_accuracy.high is not None
    assert report.balanced_accuracy.low < report.balanced_accuracy.value < report.balanced_accuracy.high


def test_labels_are_compared_as_exact_match_does() -> None:
    report = label_report(["Card  Lost", "b", "what?"], [["card lost"], ["a", "B"], ["a"]])
    assert [one.label for one in report.labels] == ["a", "b", "card lost"]
    assert report.accuracy.value == pytest.approx(2 / 3)
    assert report.outside == 1


def corpus() -> tuple[list[str], list[list[str]]]:
    rows = shared_rows("tasks/legal_plain_english_summaries.jsonl.gz")[:120]
    return [row["source_text"] for row in rows], [[row["reference_summary"]] for row in rows]


@pytest.mark.capability("aggregates", verified="real")
def test_corpus_figures_have_the_numbers_of_their_packages() -> None:
    answers, references = corpus()
    streams = [[one[0] for one in references]]
    bleu = corpus_figure("bleu", answers, references, resamples=200)
    chrf = corpus_figure("chrf", answers, references, resamples=200)
    wer = corpus_figure("wer", answers, references, resamples=200)
    assert bleu.value == pytest.approx(sacrebleu.corpus_bleu(answers, streams).score / 100, abs=1e-12)
    assert chrf.value == pytest.approx(sacrebleu.corpus_chrf(answers, streams).score / 100, abs=1e-12)
    assert wer.value == pytest.approx(jiwer.wer(streams[0], answers), abs=1e-12)
    for figure in (bleu, chrf, wer):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high


words = st.lists(st.sampled_from(["the", "cat", "sat", "on", "mat", "a", "."]), max_size=9).map(" ".join)


@given(st.lists(st.tuples(words, words, words), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_corpus_figures_with_two_references(rows: list[tuple[str, str, str]]) -> None:
    answers, references = [row[0] for row in rows], [row[1:] for row in rows]
    streams = [list(stream) for stream in zip(*references, strict=True)]
    bleu = corpus_figure("bleu", answers, references, resamples=2)
    chrf = corpus_figure("chrf", answers, references, resamples=2)
    assert bleu.value == pytest.approx(sacrebleu.corpus_bleu(answers, streams).score / 100, abs=1e-12)
    assert chrf.value == pytest.approx(sacrebleu.corpus_chrf(answers, streams).score / 100, abs=1e-12)


def test_a_paired_difference_is_sharper_than_two_intervals() -> None:
    draw = np.random.default_rng(0)
    hard = draw.random(400)
    left, right = hard * 0.9 + 0.05 * draw.random(400), hard * 0.9
    paired = difference_figure(left.tolist(), right.tolist())
    alone = mean_figure(left.tolist())
    assert paired.value == pytest.approx((left - right).mean())
    assert paired.low is not None
    assert paired.high is not None
    assert alone.low is not None
    assert alone.high is not None
    assert 0 < paired.low < paired.value < paired.high
    assert (paired.high - paired.low) < (alone.high - alone.low) / 5


def test_a_corpus_difference_is_that_of_the_figures() -> None:
    answers, references = corpus()
    cut = [" ".join(answer.split()[:60]) for answer in answers]
    for metric in ("bleu", "chrf", "wer"):
        found = corpus_difference(metric, cut, answers, references, resamples=100)
        apart = corpus_figure(metric, cut, references, resamples=2).value
        assert found.value == pytest.approx(apart - corpus_figure(metric, answers, references, resamples=2).value)
        same = corpus_difference(metric, answers, answers, references, resamples=100)
        assert (same.value, same.low, same.high) == (0, 0, 0)


def test_intervals_are_wilsons_for_binary_metrics() -> None:
    figure = mean_figure([1.0] * 20, binary=True)
    assert figure.kind == "wilson"
    assert figure.low == pytest.approx(0.8389, abs=1e-4)
    assert figure.high == 1


def test_bad_input() -> None:
    for call in (
        lambda: mean_figure([]),
        lambda: difference_figure([1.0], [1.0, 0.0]),
        lambda: label_report(["a"], []),
        lambda: label_report(["a"], [[]]),
        lambda: corpus_figure("bleu", [], []),
        lambda: corpus_figure("wer", ["a"], [[]]),
    ):
        with pytest.raises(BadData) as raised:
            call()
        assert raised.value.mend


@given(labels)
@settings(max_examples=50, deadline=None)
def test_intervals_of_a_label_hold_its_figures_and_widen_with_the_level(rows: list[tuple[str, str]]) -> None:
    for label in label_report([row[1] for row in rows], [[row[0]] for row in rows], resamples=2).labels:
        wide, narrow = label.intervals(0.99), label.intervals(0.5)
        assert (wide.precision is None) == (label.answers == 0)
        for value, big, small in (
            (label.precision, wide.precision, narrow.precision),
            (label.recall, wide.recall, narrow.recall),
            (label.f1, wide.f1, narrow.f1),
        ):
            if big is not None and small is not None:
                assert big.value == small.value == pytest.approx(value)
                assert big.low is not None
                assert big.high is not None
                assert small.low is not None
                assert small.high is not None
                assert 0 <= big.low <= small.low <= value + 1e-12
                assert value - 1e-12 <= small.high <= big.high <= 1


@pytest.mark.parametrize(("share", "recall", "false"), [(0.2, 0.8, 0.05), (0.1, 0.95, 0.01), (0.5, 0.6, 0.4)])
def test_the_interval_of_f1_covers_the_populations(share: float, recall: float, false: float) -> None:
    """Of 800 draws of 300 items, 95% intervals hold the true F1 about as often as they say."""
    draw = np.random.default_rng(0)
    right, missed, wrong = share * recall, share * (1 - recall), (1 - share) * false
    truth = 2 * right / (2 * right + missed + wrong)
    held = 0
    for a, b, c, _ in draw.multinomial(300, [right, missed, wrong, 1 - right - missed - wrong], size=800).tolist():
        f1 = LabelFigures("x", right=a, items=a + b, answers=a + c).intervals().f1
        assert f1.low is not None
        assert f1.high is not None
        held += f1.low <= truth <= f1.high
    assert 0.93 <= held / 800 < 0.985
