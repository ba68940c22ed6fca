"""The ledger: one append-only SQLite file per project. Every report, plan and resume is a function of it."""

from __future__ import annotations

from rung.ledger.blobs import Blobs
from rung.ledger.store import SCHEMA_VERSION, Event, Ledger, NewEvent

__all__ = ["SCHEMA_VERSION", "Blobs", "Event", "Ledger", "NewEvent"]
