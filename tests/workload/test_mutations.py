"""Whatever stands in a file, the answer is a workload or a RungError with a mend; never another exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from rung.errors import RungError
from rung.workload import check_workload, draft_workload, load_workload

from .conftest import FULL, INTENTS, Project

TEXT = INTENTS + FULL
MARKS = "{}[]:,-&*!#|>'\"% \n\tabc019.\0\ud800é"
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(path: Path) -> RungError | None:
    """The error of loading a file, or None."""
    try:
        load_workload(path)
    except RungError as error:
        return error
    return None


def is_clear(error: RungError | None) -> bool:
    return error is None or bool(error.problem and error.mend)


@quick
@given(st.integers(0, len(TEXT)), st.integers(0, 30), st.text(alphabet=MARKS, max_size=4))
@example(0, len(TEXT), "")
def test_any_change_of_the_text(project: Project, start: int, gone: int, put: str) -> None:
    content = (TEXT[:start] + put + TEXT[start + gone :]).encode("utf-8", "surrogatepass")
    assert is_clear(told(project.write("mutated.yaml", content)))


# No paths among the values: `knowledge: /` would read the whole disk.
words = st.text(alphabet="ab\0 é-", max_size=5) | st.sampled_from(["send", "classify"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
TREE: dict[str, Any] = {
    "task": "classify",
    "data": {"train": "train.jsonl", "tune": "tune.jsonl", "evaluation": "eval.jsonl", "columns": {"input": "input"}},
    "bar": {"metric": "exact_match", "at_least": 0.9},
    "guards": [{"metric": "exact_match", "at_least": 0.5}],
    "slo": {"latency_s": 1},
    "volume": {"requests_per_day": 10, "lifetime_days": 365},
    "models": [{"name": "a", "hf": "b", "price": {}, "parameters_b": [1, 2], "options": {}}],
    "place": {"grid_g_per_kwh": {"low": 1, "value": 2, "high": 3}},
    "budget": {"kj": 1},
    "owner": {"team": "x"},
    "methods": {"only": ["lora"], "lora": {"steps": 1}},
    "seed": 0,
}


def paths(tree: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    return [found for key in keys for found in [(*here, key), *paths(tree[key], (*here, key))]]


@quick
@given(st.sampled_from(paths(TREE)), values)
def test_any_value_at_any_field(project: Project, field: tuple[Any, ...], value: Any) -> None:
    tree = json.loads(json.dumps(TREE))
    holder = tree
    for part in field[:-1]:
        holder = holder[part]
    holder[field[-1]] = value
    assert is_clear(told(project.write("mutated.yaml", json.dumps(tree))))


def test_the_tree_of_these_tests_is_right(project: Project) -> None:
    assert told(project.write("mutated.yaml", json.dumps(TREE))) is None


@quick
@given(st.binary(max_size=60), st.sampled_from(["jsonl", "csv", "jsonl.gz", "parquet"]))
def test_any_bytes_as_data(project: Project, content: bytes, form: str) -> None:
    project.write(f"bytes.{form}", content)
    error = told(project.write("mutated.yaml", INTENTS.replace("eval.jsonl", f"bytes.{form}")))
    assert error is not None
    assert error.mend


good = st.fixed_dictionaries(
    {
        "input": st.text(min_size=1, max_size=5),
        "output": st.sampled_from(["send", "lost", "a longer text", '{"a": 1}']),
    },
    optional={"doc_id": st.integers(0, 5), "x: y": words, "lang": st.sampled_from(["fr", "en"])},
)
bad = st.dictionaries(st.sampled_from(["input", "output", "id", "doc_id", "x: y"]), values, max_size=4)
tables = st.lists(good, min_size=6, max_size=30) | st.lists(good | bad, max_size=12)


@quick
@given(tables)
def test_any_records_give_a_draft_that_loads_or_a_rung_error(project: Project, table: list[dict[str, Any]]) -> None:
    data = project.jsonl("any.jsonl", table)
    try:
        text = draft_workload(data)
    except RungError as error:
        event("refused")
        assert is_clear(error)  # noqa: PT017 (either outcome is right)
        return
    event("drafted")
    path = project.write("any.yaml", text)
    assert told(path) is None
    assert check_workload(path).ok
