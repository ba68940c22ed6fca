"""Appending and reading events."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from rung.errors import BadLedger
from rung.ledger.blobs import Blobs
from rung.ledger.schema import MIGRATIONS, migrate

SCHEMA_VERSION: Final = len(MIGRATIONS)
_COLUMNS: Final = "seq, at, run, kind, key, body, team, cost_center, environment"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append.

    Args:
        kind: what happened, e.g. `trial`.
        body: JSON values.
        key: identity within its kind: an event whose kind and key are already there is not appended again.
    """

    kind: str
    body: Mapping[str, Any]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands in the ledger; `seq` grows, `at` is ISO UTC."""

    seq: int
    at: str
    run: str
    kind: str
    key: str | None
    body: Mapping[str, Any]
    owner: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])


class Ledger:
    """One project's ledger.

    Args:
        path: the SQLite file; folders are made.
        owner: `team`, `cost_center` and `environment`, copied into each event appended here.

    Raises:
        BadLedger: the file is no ledger, was written by a newer rung, or cannot be written.
    """

    def __init__(self, path: Path, *, owner: Mapping[str, str | None] | None = None) -> None:
        self.path = path
        self._owner = dict(owner or {})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level="DEFERRED")
            # Migrations first: a file that is no ledger must not be turned into WAL mode.
            migrate(self._db, str(path))
            self._db.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing that was committed; only a power cut can take the last commits.
            self._db.execute("PRAGMA synchronous = NORMAL")
        except (OSError, sqlite3.DatabaseError) as problem:
            raise BadLedger(f"cannot open {path}: {problem}", mend="name a folder that can be written") from problem
        self.blobs = Blobs(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; it may be called twice."""
        self._db.close()

    def append(self, run: str, events: Iterable[NewEvent], *, texts: Iterable[str] = ()) -> int:
        """Append events, and keep the texts they name, in one transaction: all or nothing.

        Returns:
            how many were new; an event whose kind and key are there already is left out.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        owner = [self._owner.get(name) for name in ("team", "cost_center", "environment")]
        rows = [
            (now, run, event.kind, event.key, json.dumps(event.body, ensure_ascii=False, allow_nan=False), *owner)
            for event in events
        ]
        with self._told("write"), self._db:
            before = self._db.total_changes
            self._db.executemany(
                "INSERT INTO events (at, run, kind, key, body, team, cost_center, environment) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING",
                rows,
            )
            added = self._db.total_changes - before
            for text in texts:
                self.blobs.put(text)
        return added

    def events(
        self, *, run: str | None = None, kind: str | None = None, key_prefix: str | None = None
    ) -> Iterator[Event]:
        """Events in the order they were appended, filtered."""
        clauses: list[str] = []
        values: list[str] = []
        for column, value in (("run", run), ("kind", kind)):
            if value is not None:
                clauses.append(f"{column} = ?")
                values.append(value)
        if key_prefix is not None:
            clauses.append("key >= ? AND key < ?")
            values += [key_prefix, key_prefix + "\U0010ffff"]
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        with self._told("read"):
            for row in self._db.execute(f"SELECT {_COLUMNS} FROM events {where} ORDER BY seq", values):
                yield _event(row)

    def find(self, kind: str, key: str) -> Event | None:
        """The one event of this kind and key, or None."""
        query = f"SELECT {_COLUMNS} FROM events WHERE kind = ? AND key = ?"
        with self._told("read"):
            row = self._db.execute(query, (kind, key)).fetchone()
        return None if row is None else _event(row)

    def runs(self) -> list[str]:
        """Ids of the runs, oldest first."""
        query = "SELECT run, MIN(seq) AS first FROM events WHERE run <> '' GROUP BY run ORDER BY first"
        with self._told("read"):
            return [row[0] for row in self._db.execute(query)]

    def counts(self) -> dict[str, int]:
        """How many events of each kind there are."""
        query = "SELECT kind, COUNT(*) FROM events GROUP BY kind ORDER BY kind"
        with self._told("read"):
            return dict(self._db.execute(query).fetchall())

    def verify(self) -> list[str]:
        """Problems of the file itself (SQLite's own integrity check); empty when it is sound."""
        try:
            rows = [row[0] for row in self._db.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as problem:
            return [str(problem)]
        return [] if rows == ["ok"] else rows

    @contextmanager
    def _told(self, doing: str) -> Generator[None]:
        """A full disk, a lock that is held too long, a broken file: told as such."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as problem:
            mend = "see what `rung ledger verify` says, check the disk, and that no other rung holds the file"
            raise BadLedger(f"cannot {doing} {self.path}: {problem}", mend=mend) from problem


def _event(row: tuple[Any, ...]) -> Event:
    seq, at, run, kind, key, body, team, cost_center, environment = row
    owner = {"team": team, "cost_center": cost_center, "environment": environment}
    return Event(seq, at, run, kind, key, json.loads(body), owner)
