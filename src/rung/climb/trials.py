"""Trials: a candidate's answers to evaluation items, scored, metered and kept, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rung.climb.containing import blamed, candidate_at
from rung.climb.costing import Costing
from rung.climb.spending import Purse
from rung.errors import RungError
from rung.evaluation import score_answer
from rung.footprint import scaled, work_shares
from rung.ledger import Ledger, NewEvent
from rung.prediction import remote_energy
from rung.types import (
    Answer,
    Answerer,
    Candidate,
    Footprint,
    Item,
    Quantity,
    Reading,
    Scorer,
    TokenUsage,
    content_hash,
    sum_known,
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer to one evaluation item.

    Args:
        item: hash of the item's content.
        scores: by metric, each in [0, 1].
        usage: tokens.
        latency_s: of the batch that the answer came in [s].
        reading: this answer's share of what its batch used on this machine.
        remote: energy spent elsewhere [J]; zero for local work; None is unknown.
        usd: price [USD].
        error: what went wrong, or None.
    """

    item: str
    scores: Mapping[str, float]
    usage: TokenUsage
    latency_s: float
    reading: Reading
    remote: Quantity | None
    usd: float
    error: str | None

    def footprint(self, costing: Costing) -> Footprint:
        """The footprint of answering this item."""
        return costing.of_reading(self.reading, usd=self.usd, remote=self.remote)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Trial:
        """The trial of a ledger event."""
        return cls(
            item=body["item"],
            scores=body["scores"],
            usage=TokenUsage(*body["usage"]),
            latency_s=body["latency_s"],
            reading=Reading.from_json(body["reading"]),
            remote=None if body["remote"] is None else Quantity.from_json(body["remote"]),
            usd=body["usd"],
            error=body["error"],
        )


@lru_cache(maxsize=1 << 16)
def item_hash(item: Item) -> str:
    """Hash of what makes an item itself: input, references and slice; not its id or place."""
    return content_hash([item.input, item.references, item.slice])


class TrialBook:
    """The trials of one candidate: those the ledger has, and those run now.

    Args:
        ledger: trials of this key are read from it once; new ones are appended.
        run: id of the run.
        key: content hash of the candidate.
        candidate: for its model's prices and energy.
        scorers: every metric that the workload asks for.
    """

    def __init__(self, ledger: Ledger, run: str, key: str, candidate: Candidate, scorers: Sequence[Scorer]) -> None:
        self._ledger = ledger
        self._run = run
        self._key = key
        self._candidate = candidate
        self._scorers = scorers
        # Scores under another set of metrics are other trials: the key says which.
        self._suffix = content_hash(sorted(s.name for s in scorers))[:8]
        self._known: dict[str, Trial] = {}
        # Over all starts of the run, as its spending is.
        self.calls = 0
        for event in ledger.events(kind="trial", key_prefix=f"{key}/{self._suffix}/"):
            self._known[event.body["item"]] = Trial.from_json(event.body)
            self.calls += event.run == run

    def known(self, item: Item) -> Trial | None:
        """The trial of this item, if the ledger has it."""
        return self._known.get(item_hash(item))

    def run(self, items: Sequence[Item], answerer: Answerer, purse: Purse, *, part: str = "trial") -> list[Trial]:
        """The trials of a batch, in order. Items that the ledger has are not answered again.

        One transaction holds the batch: what it used, its trials and their texts, or nothing of it. Of a batch that
        broke off, that is what was answered until then.
        """
        missing = [item for item in items if item_hash(item) not in self._known]
        if missing:
            purse.spend("overhead")
            with blamed(candidate_at(self._candidate, "answering")):
                self._answered(missing, answerer, purse, part)
        return [self._known[item_hash(item)] for item in items]

    def _answered(self, items: Sequence[Item], answerer: Answerer, purse: Purse, part: str) -> None:
        try:
            answers = answerer.answer([item.input for item in items])
        except RungError as problem:
            # Whatever broke the batch off, what was answered until then is paid, and as good as any other trial.
            if had := sorted(problem.done):
                self._keep([items[at] for at in had], [problem.done[at] for at in had], purse, part)
            raise
        self._keep(items, answers, purse, part)

    def _keep(self, items: Sequence[Item], answers: Sequence[Answer], purse: Purse, part: str) -> None:
        usd = sum(answer.cost_usd or 0.0 for answer in answers)
        remotes = [remote_energy(self._candidate.model, answer.usage) for answer in answers]
        remote = sum_known(remotes, "J")
        try:
            if len(answers) != len(items):
                raise ValueError(f"{len(answers)} answers to {len(items)} inputs")
            scores = [self._scored(answer, item) for answer, item in zip(answers, items, strict=True)]
        except Exception:
            # The calls were made and paid, whatever a scorer makes of them.
            name = self._candidate.name
            purse.write([purse.lap(part, candidate=name, usd=usd, remote=remote, calls=len(items))[1]])
            raise
        reading, spent = purse.lap(part, candidate=self._candidate.name, usd=usd, remote=remote, calls=len(items))
        shares = work_shares([answer.usage for answer in answers])
        events, texts = [spent], list[str]()
        for item, answer, scored, far, share in zip(items, answers, scores, remotes, shares, strict=True):
            digest = item_hash(item)
            body = {
                "candidate": self._key,
                "item": digest,
                "input": self._ledger.blobs.hash_of(item.input),
                "answer": self._ledger.blobs.hash_of(answer.text),
                "contexts": answer.contexts,
                "scores": scored,
                "usage": [answer.usage.input, answer.usage.output, answer.usage.cached, answer.usage.reasoning],
                "latency_s": answer.latency_s,
                "reading": scaled(reading, share).to_json(),
                "remote": None if far is None else far.to_json(),
                "usd": answer.cost_usd or 0.0,
                "error": answer.error,
            }
            events.append(NewEvent("trial", body, key=f"{self._key}/{self._suffix}/{digest}"))
            texts += [item.input, answer.text]
            self._known[digest] = Trial.from_json(body)
        self._ledger.append(self._run, events, texts=texts)
        self.calls += len(items)

    def _scored(self, answer: Answer, item: Item) -> dict[str, float]:
        scores: dict[str, float] = {}
        for one in self._scorers:
            with blamed(f"the scorer {one.name!r} broke on item {item.id!r}"):
                scores |= score_answer(answer, item, (one,))
        return scores
