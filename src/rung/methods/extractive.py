"""Rung `traditional`, task `answer`: BM25 and the best sentence, or a short span out of the best sentences."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rung.evaluation.metrics import token_f1
from rung.methods.answering import generator_for
from rung.methods.artifact import read_json, read_settings, write_json, write_settings
from rung.methods.protocol import Engines
from rung.methods.sentences import SentenceFinder
from rung.methods.spans import Span, best_span, learn, spans_of
from rung.prediction import MachineSpeed, indexing_effort, local_effort, retrieval_effort
from rung.types import Answer, Answerer, Candidate, Control, Effort, Item, Prediction, Progress, Rung
from rung.workload import Brief

INDEX: Final = "index"
WEIGHTS: Final = "weights.json"
SENTENCES: Final = 3
RIDGES: Final = (0.0005, 0.002, 0.008)
SENTENCE_CHARS: Final = 140
SPANS_PER_SENTENCE: Final = 60
SPAN_CALLS: Final = 50
"""Python work for one span (cutting, naming features, adding weights), in small numpy calls."""

LEARN_CALLS: Final = 100
"""Learning for one span of training, in small numpy calls: some 60 passes over its features, and its scoring."""


@dataclass(frozen=True, slots=True)
class Bm25Sentence:
    """The sentence of the knowledge that is nearest to the question."""

    name: str = "bm25-sentence"
    rung: Rung = Rung.TRADITIONAL

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate, where there is knowledge."""
        if brief.task != "answer" or not brief.knowledge:
            return ()
        return (Candidate(self.name, self.rung, self.name, dict(brief.options.get(self.name, {}))),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """Two indexes; two searches."""
        return Prediction(_indexing(brief, speed), _search(brief, speed))

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Index documents and sentences."""
        progress("index", 0.0)
        SentenceFinder.build(brief.knowledge).save(into / INDEX)
        write_settings(into, self.name, {"seed": brief.seed})
        progress("index", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open the indexes."""
        read_settings(artifact, self.name)
        return SentenceAnswerer(SentenceFinder.load(artifact / INDEX))


@dataclass(frozen=True, slots=True)
class Bm25Span:
    """A short span out of the sentences nearest to the question, by a ranker learnt from the training questions.

    The strength of its ridge is the best of `ridges` by token F1 on tune.
    """

    name: str = "bm25-span"
    rung: Rung = Rung.TRADITIONAL

    def propose(self, brief: Brief) -> Sequence[Candidate]:
        """One candidate, where there is knowledge and something to learn from."""
        if brief.task != "answer" or not brief.knowledge or not brief.train:
            return ()
        recipe = {"sentences": SENTENCES, "ridges": list(RIDGES), **brief.options.get(self.name, {})}
        return (Candidate(self.name, self.rung, self.name, recipe),)

    def predict(self, candidate: Candidate, brief: Brief, engines: Engines, speed: MachineSpeed) -> Prediction:
        """Indexes, spans of every training question, and learning; a request makes and ranks spans."""
        spans = self._spans(candidate.recipe, brief)
        request = _search(brief, speed) + local_effort(spans * SPAN_CALLS * speed.call_s)
        ridges = len(candidate.recipe["ridges"])
        learning = local_effort(len(brief.train) * spans * LEARN_CALLS * ridges * speed.call_s)
        reading = request.scaled(len(brief.train) + ridges * len(brief.tune))
        return Prediction(_indexing(brief, speed) + reading + learning, request)

    @staticmethod
    def _spans(recipe: Mapping[str, Any], brief: Brief) -> float:
        # A short document is one sentence, with fewer spans.
        chars = sum(len(document.text) for document in brief.knowledge) / len(brief.knowledge)
        return SPANS_PER_SENTENCE * int(recipe["sentences"]) * min(1.0, chars / SENTENCE_CHARS)

    def build(self, candidate: Candidate, brief: Brief, engines: Engines, into: Path, progress: Progress) -> None:
        """Index, learn with each ridge, keep the best on tune."""
        count = int(candidate.recipe["sentences"])
        progress("index", 0.0)
        finder = SentenceFinder.build(brief.knowledge)
        train = [spans_of(item.input, finder.find(item.input, count)) for item in brief.train]
        tune = [spans_of(item.input, finder.find(item.input, count)) for item in brief.tune]
        references = [item.references for item in brief.train]
        tried: dict[str, float] = {}
        best: tuple[float, dict[str, float]] = (-1.0, {})
        ridges = sorted((float(ridge) for ridge in candidate.recipe["ridges"]), reverse=True)
        for at, ridge in enumerate(ridges):
            progress("learn", 0.1 + 0.8 * at / len(ridges))
            weights = learn(train, references, token_f1, ridge=ridge)
            worth = _token_f1(tune, weights, brief.tune)
            tried[str(ridge)] = worth
            best = max(best, (worth, weights), key=lambda pair: pair[0])
        finder.save(into / INDEX)
        write_json(into / WEIGHTS, best[1])
        body = {"sentences": count, "seed": brief.seed, "tune_token_f1_by_ridge": tried}
        write_settings(into, self.name, body)
        progress("saved", 1.0)

    def load(self, candidate: Candidate, artifact: Path, engines: Engines) -> Answerer:
        """Open indexes and weights."""
        body = read_settings(artifact, self.name)
        return SpanAnswerer(
            SentenceFinder.load(artifact / INDEX), read_json(artifact / WEIGHTS), int(body["sentences"])
        )


class SentenceAnswerer:
    """Answers with a sentence of the knowledge.

    The controls apply to it as to any answerer that reads documents: closed-book it has nothing to say, and with wrong
    context it reads the sentences of another question.
    """

    batch_size = 32

    def __init__(self, finder: SentenceFinder) -> None:
        self._finder = finder

    def answer(self, inputs: Sequence[str], *, control: Control = Control.NONE) -> list[Answer]:
        """The best sentence for each input."""
        return [self._timed(text, control) for text in inputs]

    def _timed(self, text: str, control: Control) -> Answer:
        start = time.perf_counter()
        got, document = ("", None) if control is Control.CLOSED_BOOK else self._best(text, control)
        contexts = () if document is None else (document,)
        return Answer(got, latency_s=time.perf_counter() - start, contexts=contexts)

    def _best(self, text: str, control: Control) -> tuple[str, str | None]:
        found = self._finder.find(self._query(text, control), 1)
        return (found[0].text, found[0].document) if found else ("", None)

    def _query(self, text: str, control: Control) -> str:
        """What is searched for; under wrong context, a sentence drawn for this question."""
        if control is not Control.WRONG_CONTEXT:
            return text
        return self._finder.any_sentence(generator_for(0, text), unlike=text)

    def close(self) -> None:
        """Nothing is held."""


class SpanAnswerer(SentenceAnswerer):
    """Answers with a span."""

    def __init__(self, finder: SentenceFinder, weights: Mapping[str, float], sentences: int) -> None:
        super().__init__(finder)
        self._weights = dict(weights)
        self._sentences = sentences

    def _best(self, text: str, control: Control) -> tuple[str, str | None]:
        found = self._finder.find(self._query(text, control), self._sentences)
        span = best_span(spans_of(text, found), self._weights)
        if span is not None:
            return span.text, span.document
        return (found[0].text, found[0].document) if found else ("", None)


def _token_f1(questions: Sequence[Sequence[Span]], weights: dict[str, float], items: Sequence[Item]) -> float:
    total = 0.0
    for spans, item in zip(questions, items, strict=True):
        span = best_span(spans, weights)
        if span is not None:
            total += max(token_f1(span.text, reference) for reference in item.references)
    return total / max(1, len(items))


def _indexing(brief: Brief, speed: MachineSpeed) -> Effort:
    chars = sum(len(document.text) for document in brief.knowledge) / len(brief.knowledge)
    count = len(brief.knowledge)
    sentences = count * max(1, round(chars / SENTENCE_CHARS))
    each = chars * count / sentences
    return indexing_effort(documents=count, chars=chars, speed=speed) + indexing_effort(
        documents=sentences, chars=each, speed=speed
    )


def _search(brief: Brief, speed: MachineSpeed) -> Effort:
    return retrieval_effort(documents=len(brief.knowledge), query_chars=brief.mean_input_chars, speed=speed).scaled(3)


BM25_SENTENCE: Final = Bm25Sentence()
BM25_SPAN: Final = Bm25Span()
