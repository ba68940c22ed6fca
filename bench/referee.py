"""The referee on recorded scores: what it costs to find the cheapest system that meets a bar, and how often it errs.

    python bench/referee.py --scores FILE --models FILE.models.json --claim dataset|population --bars auto|near
        --subsets 500 --k 5 --alpha .05 --beta .05 --seed 0 --json OUT

Draws random subsets of k systems and a seed of the order for each. `auto`: every midpoint between adjacent means of the
subset is a bar in turn; `near`: one bar within 2 points of the mean of one of them. Truth is the cheapest system whose
mean over all items is at least the bar. Cost is 10^9 parameters x tokens of the calls made, as a share of that of every
system of the subset on every item; a system of unknown size has 200 (counted in the output). Errors and missing scores
are 0. Other ways to choose stand beside on the same draws (`referee_rivals.py` says what they are).

`overspend`: mean cost of the choice over that of the truth, minus 1, where both are there; `missed`: nothing was chosen
though something meets the bar. `by_gap`: the same figures by the least distance between the bar and a mean. `floor`:
the cost of a test that knows the true totals of all systems beforehand and need only prove them at the same risks: no
test that looks at one system at a time can cost less on average (0/1 scores, dataset claim).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special
from scipy.stats import binomtest

from referee_rivals import RIVALS, Race
from rung.referee.replays import by_cost, meets, search
from rung.referee.tables import ScoreTable, read_table
from rung.stats import TINY, seeded_order

GAPS = (0.0, 0.005, 0.01, 0.02, 0.05, 1.0)


@dataclass(frozen=True)
class Draw:
    """A race: systems, a bar, the order, and how far the bar is from the nearest mean."""

    systems: list[int]
    at_least: float
    order: list[int]
    gap: float


@dataclass(frozen=True)
class Outcome:
    """What one way gave on one draw; cost as a share of full evaluation."""

    choice: int | None
    truth: int | None
    cost: float
    false_pass: bool
    overspend: float | None
    gap: float


def main() -> int:
    """Read, draw, run all ways, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=Path, required=True)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--claim", choices=("dataset", "population"), default="dataset")
    parser.add_argument("--bars", choices=("auto", "near"), default="auto")
    parser.add_argument("--subsets", type=int, default=500)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--alpha", type=float, default=0.05)
    parser.add_argument("--beta", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    table = read_table(given.scores, given.models)
    result = measure(table, given)
    show(result)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(table: ScoreTable, given: argparse.Namespace) -> dict[str, Any]:
    """All ways on all draws."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in ("rung", *RIVALS)}
    floors: list[float] = []
    for draw in draws(table, given):
        found = search(
            table,
            draw.systems,
            draw.at_least,
            claim=given.claim,
            alpha=given.alpha,
            beta=given.beta,
            order=draw.order,
        )
        outcomes["rung"].append(outcome(table, draw, found.choice, found.spent / found.full))
        ranked = by_cost(table, draw.systems)
        rows = np.ix_(ranked, draw.order)
        race = Race(table.scores[rows], table.costs[rows], draw.at_least, given.alpha, given.beta)
        for name, way in RIVALS.items():
            place, spent = way(race)
            choice = None if place is None else ranked[place]
            outcomes[name].append(outcome(table, draw, choice, spent / found.full))
        if table.binary and given.claim == "dataset":
            floors.append(floor(race))
    figures = {name: summary(many) for name, many in outcomes.items()}
    share = figures["rung"]["cost"] / figures["fixed_n_ladder"]["cost"]
    return {
        "scores": table.name,
        "items": len(table.items),
        "systems": len(table.systems),
        "assumed_200b": len(table.assumed),
        "missing_as_0": table.missing,
        "config": {name: getattr(given, name) for name in ("claim", "bars", "subsets", "k", "alpha", "beta", "seed")},
        "share_of_fixed_n_ladder_cost": share,
        "floor": float(np.mean(floors)) if floors else None,
        **figures,
        "by_gap": by_gap(outcomes["rung"]),
    }


def draws(table: ScoreTable, given: argparse.Namespace) -> Iterator[Draw]:
    """As the head of this file has them."""
    chance = random.Random(given.seed)
    means = table.scores.mean(axis=1)
    count = min(given.k, len(table.systems))
    for _ in range(given.subsets):
        systems = sorted(chance.sample(range(len(table.systems)), count))
        order = seeded_order(table.items, chance.getrandbits(32))
        ranked = sorted(float(means[system]) for system in systems)
        if given.bars == "auto":
            bars = [(low + high) / 2 for low, high in pairwise(ranked)]
        else:
            bars = [chance.choice(ranked) + chance.uniform(-0.02, 0.02)]
        for bar in bars:
            at_least = min(1.0, max(0.001, bar))
            yield Draw(systems, at_least, order, min(abs(mean - at_least) for mean in ranked))


def outcome(table: ScoreTable, draw: Draw, choice: int | None, cost: float) -> Outcome:
    """Judge a choice."""
    ranked = by_cost(table, draw.systems)
    truth = next((system for system in ranked if meets(table, system, draw.at_least)), None)
    over = None
    if choice is not None and truth is not None:
        over = float(table.costs[choice].mean() / table.costs[truth].mean()) - 1
    wrong = choice is not None and not meets(table, choice, draw.at_least)
    return Outcome(choice, truth, cost, wrong, over, draw.gap)


def summary(many: Sequence[Outcome]) -> dict[str, Any]:
    """Rates, the false passes with a 95% interval (Clopper and Pearson)."""
    count = len(many)
    wrong = sum(one.false_pass for one in many)
    ends = binomtest(wrong, count).proportion_ci(0.95, method="exact")
    over = [max(0.0, one.overspend) for one in many if one.overspend is not None and not one.false_pass]
    return {
        "races": count,
        "cost": float(np.mean([one.cost for one in many])),
        "exact": sum(one.choice == one.truth for one in many) / count,
        "false_pass": wrong / count,
        "false_pass_low": float(ends.low),
        "false_pass_high": float(ends.high),
        "overspend": float(np.mean(over)) if over else None,
        "missed": sum(one.choice is None and one.truth is not None for one in many) / count,
    }


def by_gap(many: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Figures by distance between the bar and the nearest mean."""
    found: list[dict[str, Any]] = []
    for low, high in pairwise(GAPS):
        part = [one for one in many if low <= one.gap < high]
        if part:
            found.append({"from": low, "to": high, "share": len(part) / len(many), **summary(part)})
    return found


def floor(race: Race) -> float:
    """The cost of Wald's test of each system's true total against the nearest total on the other side of the bar."""
    size = race.size
    enough = math.ceil(size * race.at_least - TINY)
    spent = 0.0
    for scores, costs in zip(race.scores, race.costs, strict=True):
        total = round(float(scores.sum()))
        good = total >= enough
        gained = log_odds(scores, total, enough - 1 if good else enough)
        reach = math.log(len(race.scores) / race.alpha) if good else -math.log(race.beta)
        reached = gained >= reach
        spent += float(costs[: int(reached.argmax()) + 1 if reached.any() else size].sum())
        if good:
            break
    return spent / float(race.costs.sum())


def log_odds(scores: Any, total: int, other: int) -> Any:
    """Ln P(scores so far | total) / P(scores so far | other), drawn without replacement."""
    size = len(scores)
    right = np.cumsum(scores)
    wrong = np.arange(1, size + 1) - right

    def log_chance(of: int) -> Any:
        possible = (right <= of) & (wrong <= size - of)
        left, missed = np.maximum(of - right, 0), np.maximum(size - of - wrong, 0)
        ln = special.gammaln
        whole = ln(of + 1) - ln(left + 1) + ln(size - of + 1) - ln(missed + 1)
        return np.where(possible, whole, -np.inf)

    return log_chance(total) - log_chance(other)


def show(result: dict[str, Any]) -> None:
    """A table on stdout."""
    print(f"{result['scores']}: {result['items']} items, {result['systems']} systems, {result['config']}")
    print(
        f"size unknown, taken as 200B: {result['assumed_200b']}; missing scores, taken as 0: {result['missing_as_0']}"
    )
    head = f"{'':<16}{'cost':>8}{'exact':>8}{'false pass':>12}{'95% interval':>18}{'overspend':>11}{'missed':>8}"
    print(head)
    for name in ("rung", *RIVALS):
        one = result[name]
        over = "-" if one["overspend"] is None else f"{one['overspend']:.1%}"
        ends = f"{one['false_pass_low']:.2%} to {one['false_pass_high']:.2%}"
        print(
            f"{name:<16}{one['cost']:>8.2%}{one['exact']:>8.1%}{one['false_pass']:>12.2%}{ends:>18}"
            f"{over:>11}{one['missed']:>8.1%}"
        )
    print(f"cost over that of the fixed-n ladder: {result['share_of_fixed_n_ladder_cost']:.2f}")
    if result["floor"] is not None:
        print(f"cost of a test that knows the totals: {result['floor']:.2%}")
    for part in result["by_gap"]:
        where = f"bar {part['from']:g} to {part['to']:g} from the nearest mean"
        print(f"{where:<44}{part['share']:>7.1%} of races, cost {part['cost']:.2%}, exact {part['exact']:.1%}")


if __name__ == "__main__":
    sys.exit(main())
