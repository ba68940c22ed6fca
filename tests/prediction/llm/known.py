"""Configs written by hand with public counts, and small ones to vary."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

from rung.prediction.llm import Architecture, from_config

CONFIGS = {path.stem.removeprefix("handwritten_"): path for path in (Path(__file__).parent / "configs").glob("*.json")}
EXAMPLES = Path(__file__).parents[3] / "examples" / "models"
SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[3].parent / "shared")) / "data" / "llm_energy"
LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 500,
    "tie_word_embeddings": False,
}


def fixture(name: str) -> dict[str, Any]:
    """A config written by hand, with the public counts."""
    return json.loads(CONFIGS[name].read_text("utf-8"))


def published(name: str) -> Architecture:
    return from_config(fixture(name)["config"], name=name)


def made(**changes: Any) -> Architecture:
    return from_config({**LLAMA, **changes}, name="made")


def tensors(path: Path) -> int:
    """Parameters in the header of a safetensors file."""
    with path.open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    shapes = {name: one["shape"] for name, one in header.items() if name != "__metadata__"}
    return sum(_product(shape) for name, shape in shapes.items() if not name.endswith("position_ids"))


def _product(shape: list[int]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total
