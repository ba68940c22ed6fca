"""The examples are complete: their models load, their files are sound, and each demonstrates what it says."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rung.cli import main
from rung.engines import EngineRoom
from rung.types import GenerationSettings, Message, ModelRef
from rung.workload import load_workload

EXAMPLES = Path(__file__).parents[2] / "examples"
WORKLOADS = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.glob("*/*.yaml"))
MODELS = ("rung-1m", "rung-4m")
LEAST_EVALUATION_ITEMS = 300


def model(name: str) -> ModelRef:
    return ModelRef(name, "transformers", str(EXAMPLES / "models" / name))


@pytest.mark.capability("embedded-models", verified="real")
def test_the_embedded_models_are_small_and_two():
    with EngineRoom() as room:
        sizes = [room.describe(model(name)) for name in MODELS]
    assert [round(facts.parameters / 1e6) for facts in sizes if facts.parameters] == [1, 4]
    assert all(facts.hidden is not None and facts.hidden % 64 == 0 for facts in sizes)
    files = [file for name in MODELS for file in (EXAMPLES / "models" / name).iterdir()]
    assert sum(file.stat().st_size for file in files) <= 12e6


@pytest.mark.capability("embedded-models", verified="real")
@pytest.mark.parametrize("name", MODELS)
def test_an_embedded_model_reads_a_fact(name: str):
    facts = ["The door code in Delft is 5411.", "In Varna the door code is 4279.", "The door code in Mainz is 9034."]
    towns = {"Delft": "5411", "Varna": "4279", "Mainz": "9034"}
    prompts = [
        (Message("user", f"Context:\n{fact}\n\nQuestion: What is the door code in {town}?\nAnswer:"),)
        for fact, town in zip(facts, towns, strict=True)
    ]
    with EngineRoom() as room:
        answers = room.open(model(name)).generate(prompts, GenerationSettings(max_tokens=12))
    assert sum(a.text.strip() == code for a, code in zip(answers, towns.values(), strict=True)) >= 2


@pytest.mark.parametrize("name", WORKLOADS)
def test_an_example_is_ready_and_large_enough(name: str, capsys: pytest.CaptureFixture[str]):
    assert main(["check", str(EXAMPLES / name)]) == 0
    assert "is ready" in capsys.readouterr().out
    assert len(load_workload(EXAMPLES / name).splits.evaluation) >= LEAST_EVALUATION_ITEMS


def test_the_data_are_what_their_script_makes(tmp_path: Path):
    made = subprocess.run(
        [sys.executable, str(EXAMPLES / "make_data.py"), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    for path in tmp_path.rglob("*.jsonl"):
        assert path.read_bytes() == (EXAMPLES / path.relative_to(tmp_path)).read_bytes(), path.name


@pytest.mark.slow
@pytest.mark.capability("example-workloads", verified="real")
def test_the_demo_comes_to_its_decisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    demo = _demo()
    monkeypatch.setattr(demo, "HOME", tmp_path)
    assert demo.demo() == 0
    plans = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/plan.json")]
    ladder = {plan["workload"]: _rung(plan, "ladder") for plan in plans}
    lifetime = {plan["workload"]: _rung(plan, "lifetime") for plan in plans}
    assert lifetime["intents"] == "traditional"
    assert ladder["policy"] == lifetime["policy"] == "rag"
    assert ladder["policy-strict"] == "peft"
    assert ladder["records"] == lifetime["records"] == "finetune"
    assert len(list(tmp_path.glob("runs/*/report.html"))) == len(demo.WORKLOADS)


def _demo() -> Any:
    spec = importlib.util.spec_from_file_location("demo", EXAMPLES / "demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rung(plan: dict[str, Any], policy: str) -> str | None:
    chosen = next(p["candidate"] for p in plan["policies"] if p["policy"] == policy)
    return next((c["rung"] for c in plan["candidates"] if c["name"] == chosen), None)
