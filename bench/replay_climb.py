"""Replays of recorded evaluations through the real climb: ledger, purse, referee, policies and all.

    python bench/replay_climb.py '{"set": "gsm8k", "replays": 1000}'

Config in, JSON out. A replay draws five models and a bar (see `rung.testing.replay.draws`), gives the climb their
recorded answers as candidates and the mean cost of each as its price, and compares the choice with the one that
evaluating every model on every item would give. Dataset claim, alpha = beta = .05, the list of candidates is closed.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung.accounting import factors_for
from rung.climb import Setting, run_climb
from rung.prediction import TYPICAL
from rung.testing.meters import FakeMeter
from rung.testing.recorded import NoEngines, RecordedMethod, Recording
from rung.testing.replay import Draw, Recorded, Replay, draws, load_gsm8k, load_mmlu_pro, shared_data, summary
from rung.types import Item
from rung.workload import Bar, Ownership, Place, SearchBudget, Splits, Volume, Workload

LOADERS = {"gsm8k": load_gsm8k, "mmlu_pro": load_mmlu_pro}
RIGHT, WRONG = "right", "wrong"
USD_PER_COST = 1e-6


def climb_replay(recorded: Recorded, draw: Draw, items: tuple[Item, ...], home: Path) -> Replay:
    """One replay through `run_climb`."""
    recordings = [
        Recording(
            recorded.models[model],
            {i.input: RIGHT if s else WRONG for i, s in zip(items, recorded.scores[model], strict=True)},
            usd=recorded.costs[model] * USD_PER_COST,
        )
        for model in draw.models
    ]
    place = Place(region="FR")
    workload = Workload(
        name="replay",
        path=Path("replay.yaml"),
        task="answer",
        splits=Splits((), (), items),
        knowledge=(),
        bar=Bar("exact_match", draw.at_least, claim="dataset", alpha=0.05, beta=0.05),
        guards=(),
        slo=None,
        # So many requests that no search is dearer than what it could save: the choice is about quality alone.
        volume=Volume(1e9, 365),
        functional_unit="answer",
        objective="cost",
        models=(),
        place=place,
        budget=SearchBudget(),
        owner=Ownership(),
        instruction="",
        max_output_tokens=16,
        seed=draw.seed,
    )
    method = RecordedMethod(recordings, batch_size=8)
    setting = Setting(
        home=home,
        methods={method.name: method},
        engines=NoEngines(),
        meter=FakeMeter(),
        factors=factors_for(place),
        speed=TYPICAL,
        reserve=0.0,
        policy="lifetime",
    )
    plan = run_climb(workload, setting)
    refused = {c.name for c in plan.candidates if c.decision == "failed"}
    names = {recorded.models[model]: model for model in draw.models}
    means = recorded.scores.mean(axis=1)
    meets = [m for m in draw.models if means[m] >= draw.at_least - 1e-12]
    truth = min(meets, key=lambda m: recorded.costs[m], default=None)
    choice = names.get(plan.policies[0].candidate or "")
    n = len(items)
    return Replay(
        choice=choice,
        truth=truth,
        false_pass=choice is not None and choice not in meets,
        refused=truth is not None and recorded.models[truth] in refused,
        calls=plan.search.calls,
        full_calls=plan.search.full_calls,
        spent=sum(c.calls * recorded.costs[names[c.name]] for c in plan.candidates),
        full=n * sum(recorded.costs[m] for m in draw.models),
    )


def run(config: dict[str, Any]) -> dict[str, Any]:
    """The campaign of one config: `set`, `replays`, and optionally `spread` and `seed`."""
    shared = shared_data()
    if shared is None:
        return {"skipped": "the recorded evaluations are not here; set RUNG_SHARED"}
    recorded = LOADERS[config["set"]](shared)
    items = tuple(Item(item.id, item.input, (RIGHT,)) for item in recorded.items)
    drawn = draws(recorded, count=config["replays"], seed=config.get("seed", 0), spread=config.get("spread", "between"))
    started = time.perf_counter()
    replays: list[Replay] = []
    for draw in drawn:
        with tempfile.TemporaryDirectory() as folder:
            replays.append(climb_replay(recorded, draw, items, Path(folder)))
    return {
        "config": config,
        "items": len(items),
        "assumed_costs": len(recorded.assumed),
        **summary(replays),
        "seconds": round(time.perf_counter() - started, 1),
        "machine": platform.machine(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {"set": "gsm8k", "replays": 100}), indent=1))
