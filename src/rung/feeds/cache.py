"""Answers of services kept on disk until they expire. Keys and tokens are never part of what is kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DiskCache:
    """One JSON file per question in a folder.

    Args:
        folder: made when first written to.
        clock: seconds since the epoch.
    """

    folder: Path
    clock: Callable[[], float] = time.time

    def get(self, url: str, query: Mapping[str, str]) -> Any | None:
        """The answer kept for a question, or None when there is none, it has expired, or the file is broken."""
        try:
            kept = json.loads(self._file(url, query).read_text(encoding="utf-8"))
            return kept["answer"] if self.clock() < float(kept["expires"]) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def put(self, url: str, query: Mapping[str, str], answer: Any, *, keep_s: float) -> None:
        """Keep an answer for so long [s]; a reader sees the old file or the new one, never half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {"url": url, "query": dict(query), "expires": self.clock() + keep_s, "answer": answer}
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file)
            Path(name).replace(self._file(url, query))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise

    def _file(self, url: str, query: Mapping[str, str]) -> Path:
        question = json.dumps([url, sorted(query.items())])
        return self.folder / (hashlib.sha256(question.encode()).hexdigest()[:24] + ".json")
