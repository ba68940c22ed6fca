"""Texts, by content. A text can be forgotten; the events that name its hash stay."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime


class Blobs:
    """Content-addressed texts of a ledger: prompts and answers."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @staticmethod
    def hash_of(text: str) -> str:
        """SHA-256 of the text, 32 hex digits."""
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def put(self, text: str) -> str:
        """Keep a text within the caller's transaction; its hash. A forgotten text that comes again is kept again."""
        digest = self.hash_of(text)
        data = zlib.compress(text.encode("utf-8", "surrogatepass"), 6)
        self._db.execute(
            "INSERT INTO blobs (hash, data) VALUES (?, ?) "
            "ON CONFLICT (hash) DO UPDATE SET data = excluded.data, erased_at = NULL WHERE data IS NULL",
            (digest, data),
        )
        return digest

    def get(self, digest: str) -> str | None:
        """The text, or None when it was forgotten or never kept."""
        row = self._db.execute("SELECT data FROM blobs WHERE hash = ?", (digest,)).fetchone()
        if row is None or row[0] is None:
            return None
        return zlib.decompress(row[0]).decode("utf-8", "surrogatepass")

    def containing(self, words: str) -> list[str]:
        """Hashes of the texts that hold `words`, in any case."""
        needle = words.casefold()
        found: list[str] = []
        for digest, data in self._db.execute("SELECT hash, data FROM blobs WHERE data IS NOT NULL"):
            if needle in zlib.decompress(data).decode("utf-8", "surrogatepass").casefold():
                found.append(digest)
        return found

    def forget(self, digests: Iterable[str]) -> int:
        """Erase texts for good (the pages are overwritten and the write-ahead log is emptied); how many were there."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute("PRAGMA secure_delete = ON")
        with self._db:
            count = 0
            for digest in digests:
                query = "UPDATE blobs SET data = NULL, erased_at = ? WHERE hash = ? AND data IS NOT NULL"
                count += self._db.execute(query, (now, digest)).rowcount
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count
