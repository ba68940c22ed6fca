"""A climb's parts sum to what its process used, within 1%: the laps in the ledger against the operating system."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "climb_parts.py"
CONFIG = {"train": 1500, "evaluation": 200, "spin_ms": 8}


def bench() -> Any:
    spec = importlib.util.spec_from_file_location("climb_parts", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.capability("parts-sum", verified="real")
@pytest.mark.skipif(sys.platform != "linux", reason="live children are read from /proc")
@pytest.mark.parametrize("kind", ["in the process", "with children"])
def test_the_parts_of_a_climb_sum_to_the_total_of_its_process(tmp_path: Path, kind: str):
    if kind == "in the process":
        pytest.importorskip("sklearn")
    got = bench().climb_of(kind, tmp_path, CONFIG)
    assert got["process_total_cpu_s"] > 0.05
    assert abs(got["relative_error"]) < 0.01, got
    assert got["outside_the_laps_cpu_s"] < 0.05 + 0.1 * got["run_climb_cpu_s"], "what follows the last lap is small"
    assert set(got["parts_cpu_s"]) == {"overhead", "build", "load", "trial"}
