"""Replays of recorded scores: random races and bars, and what they give. Nothing in here is fitted to the data."""

from __future__ import annotations

import os
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rung.referee import AlphaAccount, Referee
from rung.referee.replays import Found, by_cost, search
from rung.referee.tables import ScoreTable, read_table
from rung.types import Item
from rung.workload.records import Bar

Spread = Literal["between", "around", "edge"]


@dataclass(frozen=True, slots=True)
class Draw:
    """One replay: some systems (positions in the table), a bar and a seed of the order."""

    models: tuple[int, ...]
    at_least: float
    seed: int


def shared_data() -> Path | None:
    """The folder of recorded data: $RUNG_SHARED, or `shared` beside the checkout; None when it is not there."""
    given = os.environ.get("RUNG_SHARED")
    root = Path(given) if given else Path(__file__).resolve().parents[4] / "shared"
    return root if (root / "data" / "evals").is_dir() else None


def load_gsm8k(shared: Path) -> ScoreTable:
    """GSM8K, 1,319 items x 30 models, greedy, correct or not (ZeroEval)."""
    return read_table(shared / "data" / "evals" / "zeroeval_gsm8k.jsonl.gz")


def load_mmlu_pro(shared: Path) -> ScoreTable:
    """MMLU-Pro, 7,436 items x 19 models, letter equal to gold or not; the group is the category."""
    return read_table(shared / "data" / "evals" / "mmlu_pro.csv.gz")


def as_items(table: ScoreTable, reference: str) -> tuple[Item, ...]:
    """Items of a workload, all with one reference."""
    rows = zip(table.items, table.groups, strict=True)
    return tuple(Item(id=name, input=name, references=(reference,), slice=group) for name, group in rows)


def draws(
    table: ScoreTable, *, count: int, candidates: int = 5, seed: int = 0, spread: Spread = "between"
) -> Iterator[Draw]:
    """Random replays: `candidates` systems without replacement, a bar, and a seed of the order.

    The bar is uniform between the least and the greatest mean score of the drawn systems (`between`), so that it
    separates them; `around` widens that range by a fifth of it on either side (within [.01, 1]), so that sometimes
    all or none meet it; `edge` is the worst case: one drawn system meets the bar exactly, or misses it by one item.
    """
    chance = random.Random(seed)
    means = table.scores.mean(axis=1)
    for _ in range(count):
        models = tuple(chance.sample(range(len(table.systems)), candidates))
        low, high = float(means[list(models)].min()), float(means[list(models)].max())
        wider = (high - low) / 5 if spread == "around" else 0.0
        at_least = chance.uniform(max(0.01, low - wider), min(1.0, high + wider))
        if spread == "edge":
            n = table.scores.shape[1]
            at_least = min(1.0, (float(table.scores[chance.choice(models)].sum()) + chance.choice((0, 1))) / n)
        yield Draw(models, at_least, chance.getrandbits(32))


def replay(
    table: ScoreTable,
    draw: Draw,
    *,
    alpha: float = 0.05,
    beta: float = 0.05,
    claim: Literal["dataset", "population"] = "dataset",
) -> Found:
    """The search of one draw."""
    return search(table, draw.models, draw.at_least, claim=claim, alpha=alpha, beta=beta, seed=draw.seed)


def by_referee(
    table: ScoreTable,
    draw: Draw,
    *,
    alpha: float = 0.05,
    beta: float = 0.05,
    claim: Literal["dataset", "population"] = "dataset",
) -> list[tuple[int, int, str | None]]:
    """(system, items, verdict) of those tried: the same search through `Referee`, item by item."""
    bar = Bar(metric="score", at_least=draw.at_least, claim=claim, alpha=alpha, beta=beta)
    ranked = by_cost(table, draw.models)
    grants = AlphaAccount(reserve=0.0).grant_initial([table.systems[system] for system in ranked], draw.seed)
    binary = (bar.metric,) if table.binary else ()
    referee = Referee(bar, items=as_items(table, "-"), seed=draw.seed, binary=binary)
    place = {name: index for index, name in enumerate(table.items)}
    tried: list[tuple[int, int, str | None]] = []
    for system, grant in zip(ranked, grants, strict=True):
        trial = referee.hearing(grant.weight)
        while trial.decision == "inconclusive" and trial.next is not None:
            item = trial.next
            trial.observe({bar.metric: float(table.scores[system, place[item.id]])}, item)
        verdict = None if trial.decision == "inconclusive" else trial.decision
        tried.append((system, trial.seen, verdict))
        if verdict == "passed":
            break
    return tried


def summary(replays: Sequence[Found]) -> dict[str, float | int]:
    """Rates over replays, as JSON values."""
    count = len(replays)
    return {
        "replays": count,
        "exact_choice": sum(r.exact for r in replays) / count,
        "false_pass": sum(r.false_pass for r in replays) / count,
        "wrongly_refused": sum(r.refused for r in replays) / count,
        "none_meets": sum(r.truth is None for r in replays) / count,
        "share_of_calls": sum(r.calls for r in replays) / sum(r.full_calls for r in replays),
        "share_of_cost": statistics.fmean(r.spent / r.full for r in replays),
    }
