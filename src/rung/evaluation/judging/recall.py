"""Verdicts that a ledger has."""

from __future__ import annotations

from rung.evaluation.judging.verdicts import Verdict, verdict_from_event
from rung.ledger import Ledger


def known_verdicts(ledger: Ledger) -> dict[str, Verdict]:
    """By key: what no judge need be asked for again. A verdict whose reasoning was forgotten still counts."""
    return {
        event.key: verdict_from_event(event.key, event.body, reasoning=ledger.blobs.get(event.body["reasoning"]) or "")
        for event in ledger.events(kind="judged")
        if event.key is not None
    }
