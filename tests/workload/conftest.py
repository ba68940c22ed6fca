"""A small workload on disk that is right, to be made wrong in one way per test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

INTENTS = """\
name: intents
task: classify
data:
  train: train.jsonl
  tune: tune.jsonl
  evaluation: eval.jsonl
bar: {metric: exact_match, at_least: 0.9}
volume: {requests_per_day: 10000, lifetime_days: 365}
place: {region: FR}
"""
FULL = """\
instruction: Name the intent.
guards: [{metric: json_field_f1, at_least: .8}, {metric: exact_match, slice: fr, at_least: .7}]
slo: {latency_s: 2, quantile: .9}
functional_unit: routed message
objective: energy
models:
  - {name: local, path: ../models/small}
  - {name: hub, hf: org/model-1.5B}
  - name: api
    url: http://localhost:8000/v1
    model: m
    api_key_env: KEY
    price: {input_usd_per_mtok: 1, output_usd_per_mtok: 2}
    parameters_b: [7, 9]
    energy_j_per_1k_output_tokens: {low: 1, value: 2, high: 3}
  - {name: cloud, bedrock: "anthropic.claude-x:0", parameters_b: 8}
  - {name: mine, command: python answer.py, options: {beams: 3}}
  - {name: web, endpoint: "https://x.org/answer"}
  - {name: other, path: /models/big, engine: openvino}
budget: {kj: 50, usd: 1, minutes: 10}
owner: {team: x, cost_center: y, environment: dev}
methods: {only: [lora, bm25], lora: {steps: 200}}
seed: 7
max_output_tokens: 128
"""
LABELS = ("send", "lost")


def rows(prefix: str, count: int) -> list[dict[str, Any]]:
    return [{"input": f"{prefix} message number {i}", "output": LABELS[i % 2]} for i in range(count)]


class Project:
    """A folder with `intents.yaml` and its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "intents.yaml"
        self.write("intents.yaml", INTENTS)
        self.jsonl("train.jsonl", rows("train", 8))
        self.jsonl("tune.jsonl", rows("tune", 4))
        self.jsonl("eval.jsonl", rows("eval", 6))

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def jsonl(self, name: str, content: Sequence[Mapping[str, Any]]) -> Path:
        return self.write(name, "".join(json.dumps(row) + "\n" for row in content))

    def change(self, old: str, new: str) -> Path:
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))
        return self.file

    def add(self, text: str) -> Path:
        self.file.write_text(self.file.read_text() + text)
        return self.file


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
