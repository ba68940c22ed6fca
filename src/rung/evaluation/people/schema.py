"""The file of a study: `ratings.db`, SQLite.

It is a file of its own and not part of the project's ledger. It holds what people said, so whoever runs the study must
be able to hand it over, or to delete it; the ledger never removes anything. And it has another writer: a web server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from rung.errors import BadInput

VERSION: Final = 1
APPLICATION: Final = 0x52617465
"""`Rate`, so that another program's file is not taken for ours."""

TABLES: Final = """
CREATE TABLE study (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    digest TEXT NOT NULL, name TEXT NOT NULL, plan TEXT NOT NULL, made_at TEXT NOT NULL,
    host TEXT, port INTEGER
);
CREATE TABLE items (
    id TEXT PRIMARY KEY, input TEXT NOT NULL, earlier TEXT NOT NULL, reference TEXT, category TEXT
);
CREATE TABLE responses (
    item TEXT NOT NULL REFERENCES items (id), system TEXT NOT NULL, text TEXT NOT NULL, error TEXT,
    PRIMARY KEY (item, system)
);
CREATE TABLE raters (id INTEGER PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, finished_at TEXT);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, item TEXT NOT NULL REFERENCES items (id), systems TEXT NOT NULL);
CREATE TABLE assignments (
    id INTEGER PRIMARY KEY,
    rater INTEGER NOT NULL REFERENCES raters (id),
    place INTEGER NOT NULL,
    task INTEGER NOT NULL REFERENCES tasks (id),
    shown TEXT NOT NULL,
    opened_at TEXT,
    UNIQUE (rater, place), UNIQUE (rater, task)
);
CREATE TABLE ratings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    at TEXT NOT NULL, answer TEXT NOT NULL, comment TEXT NOT NULL
);
CREATE INDEX ratings_of ON ratings (assignment, seq);
CREATE TRIGGER ratings_not_changed BEFORE UPDATE ON ratings
    BEGIN SELECT RAISE(ABORT, 'ratings are never changed; a new one is added'); END;
CREATE TRIGGER ratings_not_removed BEFORE DELETE ON ratings
    BEGIN SELECT RAISE(ABORT, 'ratings are never removed'); END;
"""


@contextmanager
def connected(path: Path, use: Literal["read", "write"]) -> Generator[sqlite3.Connection]:
    """A connection of one thread, in one transaction; all is kept or nothing is. To write, it begins with the lock.

    `synchronous = FULL`: what a rater was told to be saved outlives a power cut too.

    Raises:
        BadInput: the file cannot be read or written.
    """
    try:
        db = sqlite3.connect(path, timeout=30, isolation_level=None)
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    try:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE" if use == "write" else "BEGIN")
        yield db
        db.execute("COMMIT")
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        raise unusable(path, error) from error
    finally:
        db.close()  # without a COMMIT this rolls back


def is_study(path: Path) -> bool:
    """Whether the file holds a study of this version; an empty or absent file holds none.

    Raises:
        BadInput: it is some other file, or of a newer rung.
    """
    if not path.exists() or path.stat().st_size == 0:
        return False
    with connected(path, "read") as db:
        made = int(db.execute("PRAGMA application_id").fetchone()[0])
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        tables = int(db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0])
    if not tables:
        return False
    if made != APPLICATION:
        raise BadInput(f"{path} is some other SQLite file", mend="name another file by --db")
    if version > VERSION:
        raise BadInput(f"{path} was made by a newer rung", mend="pip install --upgrade rung")
    return True


def unusable(path: Path, error: Exception) -> BadInput:
    """A file that is no study, is locked, or cannot be written."""
    return BadInput(f"{path} cannot be used: {error}", mend="check its rights and the disk, or name another by --db")
