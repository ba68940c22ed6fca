"""The built-in tables alone, and the published files to compare them with."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rung import catalog

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[2].parent / "shared")) / "data" / "factors"

Published = Callable[[str], Any]


@pytest.fixture(autouse=True)
def built_in_tables() -> Iterator[None]:
    """No overlay before the test, and none of the test's after it."""
    catalog.use(None)
    yield
    catalog.use(None)


@pytest.fixture
def published() -> Published:
    """Reads a published file: rows of a CSV, or the content of a JSON."""

    def read(name: str) -> Any:
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"{name} is not here (set RUNG_SHARED)")
        data = path.read_bytes()
        text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8-sig")
        return json.loads(text) if ".json" in name else list(csv.DictReader(io.StringIO(text)))

    return read
