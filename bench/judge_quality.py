"""Judges against people: recorded ones, and a model of ours that really judges. Config in, JSON out.

    python bench/judge_quality.py [CONFIG.json] [--out RESULT.json]

The config overrides any of DEFAULTS. Recorded data is looked for in $RUNG_SHARED, or in `shared` beside the checkout.
LLMBar: 44 recorded judges in both orders, on plain and on adversarial pairs. PandaLM: two recorded judges in one order,
three people. `embedded` names model folders that judge pairs of LLMBar now, in both orders, metered: the shortest
pairs, since their contexts are small.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung.engines import EngineRoom
from rung.evaluation.judging import Desk, PairJudge, find_rubric, pair_figures
from rung.evaluation.judging.comparing import PAIR_LABELS
from rung.evaluation.judging.quality import JudgeQuality, judge_quality
from rung.evaluation.records import EvalItem, Response
from rung.meters import local_meter
from rung.testing.judgements import (
    LLMBAR,
    RecordedPair,
    load_llmbar,
    load_pandalm,
    quality_in_both_orders,
    quality_in_one_order,
    quality_of_people,
    verdicts_of,
)
from rung.testing.replay import shared_data
from rung.types import ModelRef

ROOT = Path(__file__).resolve().parents[1]
DEFAULTS: dict[str, Any] = {
    "llmbar": list(LLMBAR),
    "judges": None,
    "pandalm": True,
    "embedded": ["examples/models/rung-1m", "examples/models/rung-4m"],
    "embedded_pairs": 10,
    "embedded_max_tokens": 48,
    "seed": 0,
}


def short(quality: JudgeQuality) -> dict[str, Any]:
    told = quality.to_json()
    return {name: told[name] for name in ("items", "agreement", "kappa", "kappa_linear", "unparsable")}


def recorded(pairs: Sequence[RecordedPair], judges: Sequence[str], seed: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for judge in judges:
        figures = pair_figures(verdicts_of(pairs, judge)).to_json()
        rows.append(
            {
                "judge": judge,
                "one_order": short(quality_in_one_order(pairs, judge, "forward", seed=seed)),
                "both_orders": short(quality_in_both_orders(pairs, judge, seed=seed)),
                **{name: figures[name] for name in ("first_position_wins", "consistent", "unreadable")},
            }
        )
    return rows


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Medians over judges, the best, and how many have a bias whose interval leaves out .5."""
    kappas = [row["one_order"]["kappa"]["value"] for row in rows if row["one_order"]["kappa"]]
    firsts = [row["first_position_wins"] for row in rows if row["first_position_wins"]]
    best = max(rows, key=lambda row: (row["one_order"]["kappa"] or {"value": -1})["value"])
    return {
        "judges": len(rows),
        "median_agreement": statistics.median(row["one_order"]["agreement"]["value"] for row in rows),
        "median_kappa": statistics.median(kappas),
        "best": {"judge": best["judge"], "kappa": best["one_order"]["kappa"]},
        "median_consistent": statistics.median(row["consistent"]["value"] for row in rows),
        "biased_to_first": sum(share["low"] > 0.5 for share in firsts),
        "biased_to_second": sum(share["high"] < 0.5 for share in firsts),
    }


def embedded(folder: str, pairs: Sequence[RecordedPair], config: dict[str, Any]) -> dict[str, Any]:
    """A model of ours as the judge, end to end."""
    items = {one.id: EvalItem(one.id, one.question) for one in pairs}
    answers = [(Response(one.id, "A", one.answers[0]), Response(one.id, "B", one.answers[1])) for one in pairs]
    started = time.perf_counter()
    with EngineRoom() as room, closing(room.open(ModelRef("judge", "transformers", str(ROOT / folder)))) as engine:
        desk = Desk(engine, local_meter(), seed=config["seed"], max_tokens=config["embedded_max_tokens"])
        found, judged = PairJudge(desk, find_rubric("preference")).judge(answers, items)
    said = [one.winner if one.readable else None for one in found]
    quality = judge_quality([str(one.people) for one in pairs], said, PAIR_LABELS, ordered=True, seed=config["seed"])
    return {
        "model": folder,
        "pairs": len(pairs),
        "quality": short(quality),
        "figures": pair_figures(found).to_json(),
        "verdicts_unparsable": judged.counted("preference").get("unparsable", 0),
        "prompts_too_long": judged.counted("preference").get("refused", 0),
        "spending": judged.spending.to_json(),
        "wall_s": round(time.perf_counter() - started, 1),
    }


def measure(shared: Path, config: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"llmbar": {}}
    for part in config["llmbar"]:
        pairs = load_llmbar(shared, part)
        rows = recorded(pairs, config["judges"] or sorted(pairs[0].forward), config["seed"])
        result["llmbar"][part] = {"pairs": len(pairs), "summary": summary(rows), "judges": rows}
        print(f"llmbar {part}: {result['llmbar'][part]['summary']}", file=sys.stderr)
    if config["pandalm"]:
        pairs, seed = load_pandalm(shared), config["seed"]
        judges = {name: quality_in_one_order(pairs, name, "forward", seed=seed).to_json() for name in pairs[0].forward}
        people = {f"{a + 1} and {b + 1}": short(quality_of_people(pairs, a, b)) for a, b in ((0, 1), (0, 2), (1, 2))}
        result["pandalm"] = {"pairs": len(pairs), "judges": judges, "people": people}
        print(f"pandalm: { ({name: one['kappa'] for name, one in judges.items()}) }", file=sys.stderr)
    plain = load_llmbar(shared, "natural")
    few = sorted(plain, key=lambda one: len(one.question) + sum(map(len, one.answers)))[: config["embedded_pairs"]]
    result["embedded"] = [embedded(folder, few, config) for folder in config["embedded"]]
    for one in result["embedded"]:
        print(f"{one['model']}: {one['quality']}", file=sys.stderr)
    return result


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
    result = {
        "config": config,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        **measure(shared, config),
    }
    text = json.dumps(result, indent=2)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
