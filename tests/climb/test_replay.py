"""Recorded evaluations through the real climb: few here, a thousand of each set in `make long`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from rung.testing.replay import shared_data

BENCH = Path(__file__).parents[2] / "bench" / "replay_climb.py"
ALPHA = 0.05

pytestmark = pytest.mark.skipif(shared_data() is None, reason="recorded evaluations are not here: set RUNG_SHARED")


def campaign(config: dict[str, Any]) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("replay_climb", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run(config)


def test_a_few_replays_choose_what_full_evaluation_chooses():
    result = campaign({"set": "gsm8k", "replays": 8, "seed": 1})
    assert result["exact_choice"] >= 7 / 8
    assert result["false_pass"] == 0
    assert result["share_of_calls"] < 0.5


@pytest.mark.long
@pytest.mark.parametrize("name", ["gsm8k", "mmlu_pro"])
def test_a_thousand_replays_choose_what_full_evaluation_chooses(name: str):
    result = campaign({"set": name, "replays": 1000})
    print(result)
    assert result["exact_choice"] >= 0.985
    assert result["false_pass"] <= ALPHA
