"""What the package shows, what importing it costs, and that the published schema is the one in the code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rung.workload
from rung.workload import json_schema
from rung.workload.yamlfile import parse_yaml

from .conftest import FULL, INTENTS

ROOT = Path(__file__).parents[2]
NAMES = (
    "Bar Brief CheckReport Claim Guard Objective Ownership Place SearchBudget Slo Splits Volume Workload "
    "check_workload draft_workload json_schema load_workload"
)


def test_the_public_names() -> None:
    assert rung.workload.__all__ == NAMES.split()
    assert all(getattr(rung.workload, name) is not None for name in rung.workload.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(rung.workload, "nothing")  # noqa: B009


def test_the_records_load_neither_pydantic_nor_yaml() -> None:
    code = (
        "import sys; from rung.workload import Bar, Brief, Workload; "
        "print([m for m in ('pydantic', 'yaml', 'numpy', 'csv') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.capability("workload-schema", verified="real")
def test_the_published_schema_is_up_to_date() -> None:
    published = json.loads((ROOT / "docs" / "reference" / "workload.schema.json").read_text())
    assert published == json_schema(), "python -m rung.workload.schema > docs/reference/workload.schema.json"


def test_every_field_of_the_schema_says_what_it_is() -> None:
    schema = json_schema()
    for name, node in [("", schema), *schema["$defs"].items()]:
        for field, about in node.get("properties", {}).items():
            assert about.get("description"), f"{name}.{field}"


@pytest.mark.capability("workload-schema", verified="real")
def test_the_schema_takes_and_refuses_what_the_code_does() -> None:
    jsonschema: Any = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    value = parse_yaml(INTENTS + FULL, ROOT).value
    jsonschema.validate(value, json_schema())
    for field, wrong in (("bar", {"metric": "x"}), ("models", [{"name": "a"}]), ("extra", 1), ("methods", {"a": 3})):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**value, field: wrong}, json_schema())
