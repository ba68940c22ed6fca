"""Content hashes of files, kept by path, size and time of change so that gigabytes are read once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

KEPT_FROM_BYTES = 8_000_000
"""Smaller files are hashed each time: it takes milliseconds, and clocks of files are too coarse for quick rewrites."""


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content."""
    stat = path.stat()
    if stat.st_size < KEPT_FROM_BYTES:
        return _digest(path)
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    if key not in _seen:
        kept = _read_kept()
        _seen[key] = kept.get(key) or _digest(path)
        if key not in kept:
            _write_kept({**kept, key: _seen[key]})
    return _seen[key]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_seen: dict[str, str] = {}


def _kept_path() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "rung" / "hashes.json"


def _read_kept() -> dict[str, str]:
    try:
        kept = json.loads(_kept_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def _write_kept(kept: dict[str, str]) -> None:
    # A cache that cannot be written costs time, not truth.
    with contextlib.suppress(OSError):
        path = _kept_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(kept, stream)
        Path(temporary).replace(path)
