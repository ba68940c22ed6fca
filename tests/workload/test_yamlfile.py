"""YAML with line numbers, by the core schema of YAML 1.2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rung.workload.yamlfile import dotted, parse_yaml

PATH = Path("x.yaml")
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(trees)
def test_json_reads_back(tree: Any) -> None:
    assert parse_yaml(yaml.safe_dump(tree, default_style='"', allow_unicode=True), PATH).value == _as_text(tree)


def _as_text(tree: Any) -> Any:
    """`default_style='"'` tags what is not text, e.g. `!!int "3"`; keys are text in any case."""
    if isinstance(tree, dict):
        return {key: _as_text(value) for key, value in tree.items()}
    return [_as_text(value) for value in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("1e-3", 0.001),
        ("-.5", -0.5),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("010", 10),
        ("~", None),
        ("", None),
        ("1_000", "1_000"),
    ],
)
def test_plain_scalars(text: str, value: object) -> None:
    got = parse_yaml(f"a: {text}", PATH).value["a"]
    assert got == value
    assert type(got) is type(value)


def test_lines() -> None:
    file = parse_yaml("a: 1\nb:\n  - x\n  - c: 2\n    d: {e: 3,\n      f: 4}\n", PATH)
    assert file.where(("a",)) == "x.yaml:1: a"
    assert file.where(("b", 1, "d", "f")) == "x.yaml:6: b[1].d.f"
    assert file.where(("b", 1, "gone")) == "x.yaml:4: b[1].gone"
    assert file.where(()) == "x.yaml:1"


def test_aliases_are_followed() -> None:
    assert parse_yaml("a: &x {b: 1}\nc: *x", PATH).value == {"a": {"b": 1}, "c": {"b": 1}}


def test_dotted() -> None:
    assert dotted(("models", 0, "price", "input_usd_per_mtok")) == "models[0].price.input_usd_per_mtok"
