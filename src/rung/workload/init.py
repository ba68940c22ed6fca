"""`rung init`: a commented workload file, drafted from a data file."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from rung.errors import BadData
from rung.types import TaskKind
from rung.workload.data import ColumnMap, plain, read_items
from rung.workload.sets import make_sets
from rung.workload.tables import Table, read_table
from rung.workload.validate import validate
from rung.workload.yamlfile import parse_yaml

_INPUTS = ("input", "prompt", "text", "question", "query", "message", "utterance", "sentence", "content", "document")
_OUTPUTS = (
    *("output", "references", "referenceResponse", "answers", "answer", "label", "intent", "target", "expected"),
    *("completion", "response", "summary", "record", "class", "category"),
)
_SOURCES = ("source", "doc_id", "document_id", "passage_id", "context_id")
_SLICES = ("slice", "language", "lang", "locale", "segment")
_SUGGESTED: dict[TaskKind, tuple[str, float, str]] = {
    "classify": ("accuracy", 0.85, "classified text"),
    "extract": ("json_field_f1", 0.8, "extracted record"),
    "answer": ("token_f1", 0.6, "answered question"),
    "generate": ("rouge_l", 0.3, "written text"),
}
_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_./-]*$")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True, slots=True)
class _Guess:
    """What the columns seem to be; a role that has its usual name needs no mapping."""

    task: TaskKind
    columns: dict[str, str]
    keep: dict[str, str]
    longest_output: int
    labels: int


def draft_workload(
    data_file: Path, *, into: Path | None = None, region: str = "FR", schema: str = "workload.schema.json"
) -> str:
    """A commented workload file for a data file. It loads as it is; the lines marked CHANGE want a decision.

    Args:
        data_file: JSONL, CSV or Parquet, also gzipped; all items in one file.
        into: the folder that the workload file will stand in; without it that of the data file.
        region: where it runs.
        schema: path or URL of the JSON Schema, for editors.

    Raises:
        BadData: the file cannot be used: its rows, its columns, or too few of them.
        MissingExtra: Parquet without pyarrow.
    """
    folder = data_file.parent if into is None else into
    guess = _guess(read_table(data_file))
    items = read_items(data_file, guess.task, columns=ColumnMap(**guess.columns), keep=guess.keep)
    text = _written(guess, _relative(data_file, folder), data_file, region=region, schema=schema)
    make_sets(validate(parse_yaml(text, folder / "workload.yaml")), {"items": items})
    return text


def _guess(table: Table) -> _Guess:
    have = table.columns
    output = next((name for name in _OUTPUTS if name in have), None)
    source = next((name for name in _INPUTS if name in have and name != output), None)
    if output is None:
        output = next((name for name in reversed(have) if name not in (source, "id", *_SOURCES)), None)
    if source is None:
        rest = [name for name in have if name not in (output, "id", *_SOURCES)]
        source = max(rest, key=lambda name: _mean_length(_cells(table, name)), default=None)
    if source is None or output is None:
        mend = "give a column of inputs and one of outputs, e.g. `input` and `output`"
        raise BadData(f"{table.path}: one column is not enough; it has {', '.join(have)}", mend=mend)
    columns = {"input": source, "output": output}
    origin = next((name for name in _SOURCES if name in have and name != output), None)
    if origin is not None:
        columns["source"] = origin
    for name in reversed(_SLICES):
        if name in have and 2 <= len({str(v) for v in _cells(table, name)}) <= 20:
            columns["slice"] = name
    values = [_references(value) for value in _cells(table, output)]
    firsts = [many[0] for many in values if many]
    longest = max((len(text) for many in values for text in many), default=1)
    keep = _keep(table, [bool(many) for many in values], set(columns.values()))
    return _Guess(_task([many for many in values if many], firsts), columns, keep, longest, len(set(firsts)))


def _keep(table: Table, usable: list[bool], used: set[str]) -> dict[str, str]:
    """The column and value that tell the rows with a reference from those without, e.g. SQuAD's `is_impossible`."""
    if all(usable) or not any(usable):
        return {}
    for name in table.columns:
        cells = [plain(value) for value in _cells(table, name)]
        kept = {cell for cell, good in zip(cells, usable, strict=True) if good}
        left_out = {cell for cell, good in zip(cells, usable, strict=True) if not good}
        if name not in used and len(kept) == 1 and not kept & left_out:
            return {name: kept.pop()}
    return {}


def _cells(table: Table, column: str) -> list[Any]:
    return [record.cells.get(column) for record in table.records]


def _mean_length(values: Iterable[Any]) -> float:
    lengths = [len(str(value)) for value in values]
    return sum(lengths) / len(lengths)


def _references(value: Any) -> list[str]:
    many = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [
        json.dumps(one, ensure_ascii=False, default=str) if isinstance(one, dict) else str(one)
        for one in many
        if one is not None
    ]


def _task(values: list[list[str]], firsts: list[str]) -> TaskKind:
    if firsts and all(_is_object(text) for many in values for text in many):
        return "extract"
    distinct = set(firsts)
    alone = all(len(many) <= 1 for many in values)
    if alone and 2 <= len(distinct) <= max(2, len(firsts) / 4) and max(map(len, distinct)) <= 60:
        return "classify"
    words = sorted(len(text.split()) for text in firsts)
    return "answer" if words and words[len(words) // 2] <= 8 else "generate"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _relative(data_file: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(data_file, folder)).as_posix()
    except ValueError:  # another drive
        return str(data_file.absolute())


def _quoted(text: str) -> str:
    """A YAML scalar that every reader takes for the same text."""
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=math.inf).strip()


def _written(guess: _Guess, data: str, data_file: Path, *, region: str, schema: str) -> str:
    metric, level, unit = _SUGGESTED[guess.task]
    name = re.sub(r"[^A-Za-z0-9]+", "-", data_file.name.split(".")[0]).strip("-").lower() or "workload"
    columns = ", ".join(f"{role}: {_quoted(column)}" for role, column in guess.columns.items())
    tokens = 16 * math.ceil((guess.longest_output / 3 + 8) / 16)
    why = {
        "classify": f"the outputs are {guess.labels} short labels",
        "extract": "the outputs are JSON objects",
        "answer": "the outputs are a few words",
        "generate": "the outputs are free text",
    }[guess.task]
    grouped = "\n  # items with the same source stay in one set" if "source" in guess.columns else ""
    keep = "".join(
        f"  filter: {{{_quoted(k)}: {_quoted(v)}}}  # the rows that have an output\n" for k, v in guess.keep.items()
    )
    return f"""\
# yaml-language-server: $schema={schema}
# A workload: what is asked, how well, how often, and where. Lines marked CHANGE want your decision.
name: {_quoted(name)}
task: {guess.task}  # {why}; else classify, extract, answer or generate
# instruction: the task in your own words, as the models shall read it

data:
  items: {_quoted(data)}  # or three files: train, tune, evaluation{grouped}
  columns: {{{columns}}}
{keep}  split: {{train: 0.6, tune: 0.15, evaluation: 0.25}}  # by the seed; methods never see evaluation

# knowledge: knowledge/  # a folder of .txt and .md files to answer from

bar: {{metric: {metric}, at_least: {level}, claim: population, alpha: 0.05, beta: 0.05}}  # CHANGE: what is good enough?
# guards:
#   - {{metric: {metric}, slice: fr, at_least: {level}}}
# slo: {{latency_s: 2, quantile: 0.95}}

volume: {{requests_per_day: 1000, lifetime_days: 365}}  # CHANGE: how much is asked, and for how long?
functional_unit: {unit}
objective: carbon  # or energy, cost, water

# Without models only methods that need none are considered.
# models:
#   - {{name: small, path: ../models/small}}  # a folder with config.json and safetensors
#   - {{name: hub, hf: org/model}}
#   - {{name: api, url: "https://host/v1", model: id, api_key_env: KEY, price: {{output_usd_per_mtok: 4}}}}
#   - {{name: cloud, bedrock: model-id}}
#   - {{name: mine, command: python answer.py}}  # JSONL in, JSONL out

place: {{region: {_quoted(region)}}}  # CHANGE: where it runs, or grid_g_per_kwh: 56
budget: {{minutes: 30}}  # of the search; also kj, usd
# owner: {{team: search, cost_center: "42", environment: dev}}
# methods: {{only: [lora], lora: {{rank: 8}}}}
seed: 0
max_output_tokens: {tokens}
"""
