"""Replays of recorded scores: is the choice the one that evaluating everything would give, and what does it save?

The scores of many models on the same items are known in full, so a search can be run on them offline, against the
true answer. Nothing in here is fitted to the data.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rung.referee import AlphaAccount, Referee
from rung.stats import TINY, Stop, first_stop, seeded_order
from rung.types import Item
from rung.workload.records import Bar

Spread = Literal["between", "around", "edge"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Recorded scores of many models on the same items.

    Args:
        name: of the set.
        items: in the order of the file; `references` holds the gold answer.
        models: names.
        scores: models x items, each in [0, 1].
        costs: mean cost of one item, per model: (low-is-cheap proxy) 10^9 parameters x tokens.
        assumed: models whose parameters are not known; their cost rests on the median of the others.
    """

    name: str
    items: tuple[Item, ...]
    models: tuple[str, ...]
    scores: NDArray[np.float64]
    costs: tuple[float, ...]
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """One replay: some models (positions in `Recorded.models`), a bar and a seed of the order."""

    models: tuple[int, ...]
    at_least: float
    seed: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What one replay gave.

    Args:
        choice: position of the first that passed, in order of cost; None when none did.
        truth: position of the cheapest whose mean over all items meets the bar; None when none does.
        false_pass: the choice is below the bar.
        refused: the truth was tried and failed.
        calls: items observed, over all candidates.
        full_calls: candidates x items.
        spent: calls weighted with the cost of the model.
        full: cost of evaluating every candidate on every item.
    """

    choice: int | None
    truth: int | None
    false_pass: bool
    refused: bool
    calls: int
    full_calls: int
    spent: float
    full: float

    @property
    def exact(self) -> bool:
        """The choice is what evaluating everything would have given."""
        return self.choice == self.truth


def shared_data() -> Path | None:
    """The folder of recorded data: $RUNG_SHARED, or `shared` beside the checkout; None when it is not there."""
    given = os.environ.get("RUNG_SHARED")
    root = Path(given) if given else Path(__file__).resolve().parents[4] / "shared"
    return root if (root / "data" / "evals").is_dir() else None


def load_gsm8k(shared: Path) -> Recorded:
    """GSM8K, 1,319 items x 30 models, greedy, correct or not (ZeroEval)."""
    folder = shared / "data" / "evals"
    with gzip.open(folder / "zeroeval_gsm8k.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    models = tuple(sorted(rows[0]["correct"]))
    return _recorded(
        "gsm8k",
        [Item(id=row["item_id"], input=row["item_id"], references=(row["gold"],)) for row in rows],
        models,
        np.array([[float(row["correct"][model]) for row in rows] for model in models]),
        [statistics.fmean(row["prompt_chars"] + row["out_chars"][model] for row in rows) for model in models],
        folder / "zeroeval_gsm8k.models.json",
    )


def load_mmlu_pro(shared: Path) -> Recorded:
    """MMLU-Pro, 7,436 items x 19 models, letter equal to gold or not; `slice` is the category."""
    folder = shared / "data" / "evals"
    with gzip.open(folder / "mmlu_pro.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    models = tuple(sorted(name.removeprefix("pred:") for name in rows[0] if name.startswith("pred:")))
    items = [
        Item(id=row["question_id"], input=row["question_id"], references=(row["gold"],), slice=row["category"])
        for row in rows
    ]
    return _recorded(
        "mmlu_pro",
        items,
        models,
        np.array([[float(row[f"pred:{model}"] == row["gold"]) for row in rows] for model in models]),
        [
            statistics.fmean(int(row["question_chars"]) + int(row[f"out_chars:{model}"] or 0) for row in rows)
            for model in models
        ],
        folder / "mmlu_pro.models.json",
    )


def _recorded(
    name: str,
    items: Sequence[Item],
    models: tuple[str, ...],
    scores: NDArray[np.float64],
    chars: Sequence[float],
    facts: Path,
) -> Recorded:
    """Costs: 10^9 parameters x characters / 4; where parameters are unknown, the median of those known."""
    known: dict[str, Any] = json.loads(facts.read_text(encoding="utf-8"))
    sizes = {model: known[model]["params_b"] for model in models}
    typical = statistics.median(size for size in sizes.values() if size is not None)
    costs = tuple((sizes[model] or typical) * count / 4 for model, count in zip(models, chars, strict=True))
    return Recorded(name, tuple(items), models, scores, costs, tuple(m for m in models if sizes[m] is None))


def draws(
    recorded: Recorded, *, count: int, candidates: int = 5, seed: int = 0, spread: Spread = "between"
) -> Iterator[Draw]:
    """Random replays: `candidates` models without replacement, a bar, and a seed of the order.

    The bar is uniform between the least and the greatest mean score of the drawn models (`between`), so that it
    separates them; `around` widens that range by a fifth of it on either side (within [.01, 1]), so that sometimes
    all or none meet it; `edge` is the worst case: one drawn model meets the bar exactly, or misses it by one item.
    """
    chance = random.Random(seed)
    means = recorded.scores.mean(axis=1)
    for _ in range(count):
        models = tuple(chance.sample(range(len(recorded.models)), candidates))
        low, high = float(means[list(models)].min()), float(means[list(models)].max())
        wider = (high - low) / 5 if spread == "around" else 0.0
        at_least = chance.uniform(max(0.01, low - wider), min(1.0, high + wider))
        if spread == "edge":
            n = recorded.scores.shape[1]
            at_least = min(1.0, (float(recorded.scores[chance.choice(models)].sum()) + chance.choice((0, 1))) / n)
        yield Draw(models, at_least, chance.getrandbits(32))


def replay(
    recorded: Recorded,
    draw: Draw,
    *,
    alpha: float = 0.05,
    beta: float = 0.05,
    claim: Literal["dataset", "population"] = "dataset",
    by: Literal["arrays", "referee"] = "arrays",
) -> Replay:
    """Try candidates in order of cost until the first passes; all weights equal, no reserve (the list is closed).

    `by="referee"` goes through `Referee` item by item; `by="arrays"` does the same sums at once (dataset claim only).
    """
    in_order = sorted(draw.models, key=lambda model: recorded.costs[model])
    truth = next((m for m in in_order if _meets(recorded, m, draw.at_least)), None)
    bar = Bar(metric="score", at_least=draw.at_least, claim=claim, alpha=alpha, beta=beta)
    account = AlphaAccount(reserve=0.0)
    weight = account.grant_initial([recorded.models[m] for m in in_order], draw.seed)[0].weight
    run = _by_referee if by == "referee" else _by_arrays
    choice, refused, calls, spent = None, False, 0, 0.0
    for model, stop in zip(in_order, run(recorded, in_order, bar, weight, draw.seed), strict=False):
        calls += stop.items
        spent += stop.items * recorded.costs[model]
        refused |= stop.verdict == "failed" and model == truth
        if stop.verdict == "passed":
            choice = model
            break
    n = len(recorded.items)
    return Replay(
        choice=choice,
        truth=truth,
        false_pass=choice is not None and not _meets(recorded, choice, draw.at_least),
        refused=refused,
        calls=calls,
        full_calls=n * len(in_order),
        spent=spent,
        full=n * sum(recorded.costs[m] for m in in_order),
    )


def _meets(recorded: Recorded, model: int, at_least: float) -> bool:
    scores = recorded.scores[model]
    return float(scores.sum()) >= at_least * len(scores) - TINY


def _by_arrays(recorded: Recorded, models: Sequence[int], bar: Bar, weight: float, seed: int) -> Iterator[Stop]:
    if bar.claim != "dataset":
        raise ValueError("a population claim ends in an exact test: replay it through the referee")
    order = seeded_order([item.id for item in recorded.items], seed)
    pass_at, fail_at = -float(np.log(bar.alpha * weight)), -float(np.log(bar.beta))
    for model in models:
        yield first_stop(
            recorded.scores[model][order],
            bar.at_least,
            claim="dataset",
            size=len(order),
            log_pass_at=pass_at,
            log_fail_at=fail_at,
        )


def _by_referee(recorded: Recorded, models: Sequence[int], bar: Bar, weight: float, seed: int) -> Iterator[Stop]:
    binary = (bar.metric,) if bool(np.isin(recorded.scores, (0.0, 1.0)).all()) else ()
    referee = Referee(bar, items=recorded.items, seed=seed, binary=binary)
    place = {item.id: index for index, item in enumerate(recorded.items)}
    for model in models:
        trial = referee.hearing(weight)
        while trial.decision == "inconclusive" and trial.next is not None:
            item = trial.next
            trial.observe({bar.metric: float(recorded.scores[model, place[item.id]])}, item)
        yield Stop(trial.seen, None if trial.decision == "inconclusive" else trial.decision)


def summary(replays: Sequence[Replay]) -> dict[str, float | int]:
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
