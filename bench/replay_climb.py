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
from rung.referee.replays import Found, Tried, by_cost, meets
from rung.referee.tables import ScoreTable
from rung.testing.meters import FakeMeter
from rung.testing.recorded import NoEngines, RecordedMethod, Recording
from rung.testing.replay import Draw, as_items, draws, load_gsm8k, load_mmlu_pro, shared_data, summary
from rung.types import Item
from rung.workload import Bar, Ownership, Place, SearchBudget, Splits, Volume, Workload

LOADERS = {"gsm8k": load_gsm8k, "mmlu_pro": load_mmlu_pro}
RIGHT, WRONG = "right", "wrong"
USD_PER_COST = 1e-6


def climb_replay(table: ScoreTable, draw: Draw, items: tuple[Item, ...], home: Path) -> Found:
    """One replay through `run_climb`."""
    recordings = [
        Recording(
            table.systems[model],
            {i.input: RIGHT if s else WRONG for i, s in zip(items, table.scores[model], strict=True)},
            usd=float(table.costs[model].mean()) * USD_PER_COST,
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
    names = {table.systems[system]: system for system in draw.models}
    ranked = by_cost(table, draw.models)
    choice = names.get(plan.policies[0].candidate or "")
    tried = [Tried(names[c.name], c.calls, c.decision, float("nan")) for c in plan.candidates]
    return Found(
        choice=choice,
        truth=next((system for system in ranked if meets(table, system, draw.at_least)), None),
        tried=tuple(tried),
        calls=plan.search.calls,
        full_calls=plan.search.full_calls,
        spent=sum(c.calls * float(table.costs[names[c.name]].mean()) for c in plan.candidates),
        full=float(table.costs[ranked].sum()),
        choice_meets=choice is not None and meets(table, choice, draw.at_least),
    )


def run(config: dict[str, Any]) -> dict[str, Any]:
    """The campaign of one config: `set`, `replays`, and optionally `spread` and `seed`."""
    shared = shared_data()
    if shared is None:
        return {"skipped": "the recorded evaluations are not here; set RUNG_SHARED"}
    table = LOADERS[config["set"]](shared)
    items = as_items(table, RIGHT)
    drawn = draws(table, count=config["replays"], seed=config.get("seed", 0), spread=config.get("spread", "between"))
    started = time.perf_counter()
    replays: list[Found] = []
    for draw in drawn:
        with tempfile.TemporaryDirectory() as folder:
            replays.append(climb_replay(table, draw, items, Path(folder)))
    return {
        "config": config,
        "items": len(items),
        "assumed_costs": len(table.assumed),
        **summary(replays),
        "seconds": round(time.perf_counter() - started, 1),
        "machine": platform.machine(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {"set": "gsm8k", "replays": 100}), indent=1))
