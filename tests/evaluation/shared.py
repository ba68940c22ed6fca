"""Rows of the data sets that are kept beside the repository."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[2].parent / "shared")) / "data"


def shared_file(name: str) -> Path:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not here (set RUNG_SHARED)")
    return path


def shared_rows(name: str) -> list[dict[str, Any]]:
    text = gzip.decompress(shared_file(name).read_bytes()).decode()
    if ".csv" in name:
        return list(csv.DictReader(io.StringIO(text, newline="")))
    return [json.loads(line) for line in text.split("\n") if line]
