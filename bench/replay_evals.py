"""Replays recorded evaluations through the referee: config in, JSON out.

    python bench/replay_evals.py [CONFIG.json] [--out RESULT.json]

The config overrides any of DEFAULTS. Recorded data is looked for in $RUNG_SHARED, or in `shared` beside the checkout.
How models and bars are drawn is said in `rung.testing.replay.draws`; truth is the cheapest model whose mean over all
items meets the bar, and a replay is exact when the choice is that one (or none, when none meets it).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung.testing.replay import Recorded, Spread, draws, load_gsm8k, load_mmlu_pro, replay, shared_data, summary

DEFAULTS: dict[str, Any] = {
    "sets": ["gsm8k", "mmlu_pro"],
    "spreads": ["between", "around", "edge"],
    "replays": 1000,
    "candidates": 5,
    "seed": 20100968,
    "alpha": 0.05,
    "beta": 0.05,
    "claim": "dataset",
    "by": "arrays",
}
LOAD = {"gsm8k": load_gsm8k, "mmlu_pro": load_mmlu_pro}


def measure(recorded: Recorded, config: dict[str, Any], spread: Spread) -> dict[str, Any]:
    started = time.perf_counter()
    drawn = draws(
        recorded, count=config["replays"], candidates=config["candidates"], seed=config["seed"], spread=spread
    )
    rules = {name: config[name] for name in ("alpha", "beta", "claim", "by")}
    figures = summary([replay(recorded, draw, **rules) for draw in drawn])
    rounded = {name: round(value, 5) if isinstance(value, float) else value for name, value in figures.items()}
    print(f"{recorded.name} {spread}: {rounded}", file=sys.stderr)
    return {
        "set": recorded.name,
        "spread": spread,
        "items": len(recorded.items),
        "models": len(recorded.models),
        "models_of_assumed_size": len(recorded.assumed),
        **rounded,
        "wall_s": round(time.perf_counter() - started, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    config = dict(DEFAULTS)
    if given.config:
        config.update(json.loads(given.config.read_text(encoding="utf-8")))
    shared = shared_data()
    if shared is None:
        print("no recorded data: set RUNG_SHARED to the folder that holds data/evals", file=sys.stderr)
        return 2
    sets = [LOAD[name](shared) for name in config["sets"]]
    result = {
        "config": config,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "results": [measure(recorded, config, spread) for recorded in sets for spread in config["spreads"]],
    }
    text = json.dumps(result, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
