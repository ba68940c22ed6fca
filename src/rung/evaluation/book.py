"""Responses and scores of an evaluation in the ledger: each once, and read back when it goes on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from rung.evaluation.records import EvalItem, Response, ResponseScorer, Scored
from rung.evaluation.results import response_from_json, response_json
from rung.ledger import Ledger, NewEvent
from rung.types import content_hash

VERSION: Final = version("rung")

Known = tuple[Response, str]
"""A response, and the key of its event."""


class Book:
    """What the ledger knows of one system's responses to some items.

    A response is found by the system's key and what it was asked; a score by the response, what the item says of right
    answers, and the metric. A response whose text was forgotten is asked for again.

    Args:
        ledger: to read and append.
        run: id of the run.
        system: name, as the results have it.
        key: content hash of the system.
    """

    def __init__(self, ledger: Ledger, run: str, system: str, key: str) -> None:
        self._ledger = ledger
        self._run = run
        self._system = system
        self._key = key
        self._known: dict[str, Known] = {}
        self._counts: dict[str, int] = {}
        self._scores: dict[str, dict[str, tuple[float | None, str | None]]] = {}
        self._read()

    def _read(self) -> None:
        for event in self._ledger.events(kind="response", key_prefix=f"{self._key}/"):
            digest = str(event.body["asked"])
            self._counts[digest] = self._counts.get(digest, 0) + 1
            text = self._ledger.blobs.get(event.body["answer"])
            if text is not None and event.key is not None:
                self._known[digest] = (response_from_json({**json.loads(text), **event.body["facts"]}), event.key)
        for event in self._ledger.events(kind="score", key_prefix=f"{self._key}/"):
            mine = self._scores.setdefault(str(event.body["response"]), {})
            notes: Mapping[str, str] = event.body["notes"]
            for metric, score in event.body["scores"].items():
                note = self._ledger.blobs.get(notes[metric]) if metric in notes else None
                mine[f"{metric}/{event.body['judged']}"] = (score, note)

    def response(self, item: EvalItem) -> Response | None:
        """The response to an item, if the ledger has it, under the names of this evaluation."""
        known = self._known.get(asked_hash(item))
        return None if known is None else dataclasses.replace(known[0], item=item.id, system=self._system)

    def event_of(self, item: EvalItem, response: Response, body: Mapping[str, Any]) -> tuple[NewEvent, list[str]]:
        """The event of a new response, and the texts that it names; known from now on.

        Args:
            item: what was asked.
            response: what came.
            body: what was spent on it, by name.
        """
        digest = asked_hash(item)
        content, facts = _parted(response)
        text = json.dumps(content, ensure_ascii=False)
        times = self._counts.get(digest, 0)
        key = f"{self._key}/{digest}" if times == 0 else f"{self._key}/{digest}/{times + 1}"
        self._counts[digest] = times + 1
        self._known[digest] = (response, key)
        whole = {
            "system": self._system,
            "item": item.id,
            "asked": digest,
            "input": self._ledger.blobs.hash_of(item.input),
            "answer": self._ledger.blobs.hash_of(text),
            "facts": facts,
            **body,
        }
        return NewEvent("response", whole, key=key), [item.input, text]

    def scored(self, item: EvalItem, by: Sequence[ResponseScorer]) -> tuple[Scored, tuple[ResponseScorer, ...]]:
        """A known response with the scores that the ledger has, and the scorers whose scores it lacks."""
        response = self.response(item)
        if response is None:
            raise KeyError(item.id)
        judged = judged_hash(item)
        mine = self._scores.get(self._known[asked_hash(item)][1], {})
        found = {one.name: mine[at] for one in by if (at := f"{_metric_key(one)}/{judged}") in mine}
        notes = {name: note for name, (_, note) in found.items() if note is not None}
        lacking = tuple(one for one in by if one.name not in found)
        return Scored(response, {name: score for name, (score, _) in found.items()}, notes), lacking

    def score_event(self, item: EvalItem, by: Sequence[ResponseScorer], scores: Mapping[str, float | None]) -> NewEvent:
        """The event of new scores of a known response; known from now on."""
        key, judged = self._known[asked_hash(item)][1], judged_hash(item)
        named = {_metric_key(one): scores[one.name] for one in by}
        mine = self._scores.setdefault(key, {})
        mine.update({f"{metric}/{judged}": (score, None) for metric, score in named.items()})
        body = {
            "system": self._system,
            "item": item.id,
            "response": key,
            "judged": judged,
            "scores": named,
            "notes": {},
        }
        return NewEvent("score", body, key=f"{key}/{judged}/{content_hash(sorted(named))[:8]}")

    @property
    def answered(self) -> bool:
        """Whether the system is known to have answered without an error."""
        return any(response.error is None for response, _ in self._known.values())


def asked_hash(item: EvalItem) -> str:
    """Hash of what a system sees of an item, and of its id: a question that stands twice is asked twice."""
    return content_hash([item.id, item.input, [[turn.role, turn.content] for turn in item.earlier]])


def judged_hash(item: EvalItem) -> str:
    """Hash of what a scorer sees of an item besides, and of rung's version."""
    return content_hash([VERSION, item.references, item.category, item.contexts, item.context_ids])[:16]


def _metric_key(one: ResponseScorer) -> str:
    """A metric's name; a scorer that depends on more (a judge's model) says so by an attribute `fingerprint`."""
    fingerprint = getattr(one, "fingerprint", None)
    return one.name if fingerprint is None else f"{one.name}@{fingerprint}"


def _parted(response: Response) -> tuple[dict[str, Any], dict[str, Any]]:
    """What people wrote, which can be forgotten, and the figures, which stay."""
    whole = response_json(response)
    texts = ("text", "passages", "citations", "error")
    return (
        {"item": "", "system": "", **{name: whole[name] for name in texts if name in whole}},
        {name: value for name, value in whole.items() if name not in (*texts, "item", "system")},
    )
