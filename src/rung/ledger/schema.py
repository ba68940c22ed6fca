"""The ledger's schema and its migrations: each step is applied once, in order, in one transaction."""

from __future__ import annotations

import sqlite3
from typing import Final

from rung.errors import BadLedger

MIGRATIONS: Final[tuple[str, ...]] = (
    # 1: events and blobs. Events are never changed or removed; the triggers hold that against our own mistakes.
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        run TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT,
        body TEXT NOT NULL
    );
    CREATE UNIQUE INDEX events_once ON events (kind, key) WHERE key IS NOT NULL;
    CREATE INDEX events_of_run ON events (run, kind);
    CREATE TRIGGER events_not_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'ledger events are never changed'); END;
    CREATE TRIGGER events_not_removed BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'ledger events are never removed'); END;
    CREATE TABLE blobs (
        hash TEXT PRIMARY KEY,
        data BLOB,
        erased_at TEXT
    );
    """,
    # 2: who pays, as columns, so that a bill by team is one query.
    """
    ALTER TABLE events ADD COLUMN team TEXT;
    ALTER TABLE events ADD COLUMN cost_center TEXT;
    ALTER TABLE events ADD COLUMN environment TEXT;
    CREATE INDEX events_of_team ON events (team, cost_center);
    """,
)


def migrate(db: sqlite3.Connection, path: str) -> None:
    """Bring a ledger file to the newest schema.

    Raises:
        BadLedger: the file was written by a newer rung, or is no ledger.
    """
    try:
        # one statement, one view: another process may be making the ledger at this moment
        both = "SELECT (SELECT user_version FROM pragma_user_version), count(*) FROM sqlite_master WHERE type = 'table'"
        found, tables = (int(value) for value in db.execute(both).fetchone())
    except sqlite3.DatabaseError as problem:
        raise BadLedger(f"{path} is not a ledger: {problem}", mend="move the file away; a new one is made") from problem
    if found > len(MIGRATIONS):
        raise BadLedger(
            f"{path} has schema {found}; this rung knows up to {len(MIGRATIONS)}", mend="pip install --upgrade rung"
        )
    if found == 0 and tables:
        raise BadLedger(f"{path} is some other SQLite file", mend="name another file as the ledger")
    for version in range(found, len(MIGRATIONS)):
        script = f"BEGIN IMMEDIATE; {MIGRATIONS[version]} PRAGMA user_version = {version + 1}; COMMIT;"
        try:
            db.executescript(script)
        except sqlite3.OperationalError:
            db.rollback() if db.in_transaction else None
            # Another process may have migrated while we waited for the lock.
            if int(db.execute("PRAGMA user_version").fetchone()[0]) <= version:
                raise
