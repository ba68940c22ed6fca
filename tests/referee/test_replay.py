"""Replays of recorded evaluations keep the promised risks. The full campaign is `bench/referee.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rung.referee.tables import ScoreTable
from rung.stats import Claim
from rung.testing.replay import Draw, by_referee, draws, load_gsm8k, load_mmlu_pro, replay, shared_data, summary


@pytest.fixture(scope="module")
def shared() -> Path:
    folder = shared_data()
    if folder is None:
        pytest.skip("recorded evaluations are absent: set RUNG_SHARED to the folder that holds data/evals")
    return folder


def made_up(means: list[float], *, size: int = 300, seed: int = 0) -> ScoreTable:
    chance = np.random.default_rng(seed)
    return ScoreTable(
        name="made up",
        items=tuple(f"i{n}" for n in range(size)),
        groups=(None,) * size,
        systems=tuple(f"m{n}" for n in range(len(means))),
        scores=np.array([chance.binomial(1, mean, size).astype(float) for mean in means]),
        costs=np.outer(np.arange(1.0, len(means) + 1), np.ones(size)),
        assumed=(),
        missing=0,
    )


@pytest.mark.parametrize("claim", ["dataset", "population"])
def test_arrays_and_the_referee_give_one_replay(claim: Claim) -> None:
    table = made_up([0.5, 0.7, 0.72, 0.8, 0.9])
    for draw in draws(table, count=25, seed=1, spread="around"):
        found = replay(table, draw, claim=claim)
        assert [(one.system, one.items, one.verdict) for one in found.tried] == by_referee(table, draw, claim=claim)


def test_the_cheapest_that_meets_it_is_the_truth() -> None:
    recorded = made_up([0.3, 0.7, 0.95])
    found = replay(recorded, Draw((2, 0, 1), 0.55, seed=5))
    assert (found.choice, found.truth, found.exact, found.false_pass) == (1, 1, True, False)
    assert found.calls < found.full_calls == 900
    assert found.full == 300 * (1 + 2 + 3)
    none = replay(recorded, Draw((0, 1), 0.9, seed=5))
    assert (none.choice, none.truth, none.exact) == (None, None, True)


def test_draws_are_seeded_and_lie_where_they_say() -> None:
    recorded = made_up([0.2, 0.4, 0.6, 0.8, 0.9, 0.95])
    means = recorded.scores.mean(axis=1)
    first = list(draws(recorded, count=50, seed=3))
    assert first == list(draws(recorded, count=50, seed=3))
    assert len({draw.seed for draw in first}) == 50
    for draw in first:
        assert len(set(draw.models)) == 5
        assert min(means[list(draw.models)]) <= draw.at_least <= max(means[list(draw.models)])
    for draw in draws(recorded, count=50, seed=3, spread="edge"):
        assert min(abs(means[m] - draw.at_least) for m in draw.models) <= 1 / 300 + 1e-12


@pytest.mark.parametrize(("load", "items", "models"), [(load_gsm8k, 1319, 30), (load_mmlu_pro, 7436, 19)])
def test_recorded_sets_are_what_their_sources_say(
    shared: Path, load: Callable[[Path], ScoreTable], items: int, models: int
) -> None:
    recorded = load(shared)
    assert recorded.scores.shape == (models, items) == (len(recorded.systems), len(recorded.items))
    assert set(np.unique(recorded.scores)) == {0.0, 1.0}
    assert (recorded.costs > 0).all()
    assert np.isfinite(recorded.costs).all()
    if load is load_gsm8k:
        assert recorded.scores[recorded.systems.index("Llama-3.1-405B-Inst@sambanova")].mean() == pytest.approx(
            0.9591, abs=1e-4
        )


@pytest.mark.capability("replays", verified="real")
@pytest.mark.parametrize("load", [load_gsm8k, load_mmlu_pro])
def test_a_hundred_replays(shared: Path, load: Callable[[Path], ScoreTable]) -> None:
    recorded = load(shared)
    figures = summary([replay(recorded, draw) for draw in draws(recorded, count=100, seed=1)])
    assert figures["exact_choice"] >= 0.95
    assert figures["false_pass"] <= 0.05
    assert figures["share_of_cost"] <= 0.2


@pytest.mark.capability("replays", verified="real")
@pytest.mark.long
@pytest.mark.parametrize("load", [load_gsm8k, load_mmlu_pro])
@pytest.mark.parametrize("spread", ["between", "around"])
def test_a_thousand_replays(shared: Path, load: Callable[[Path], ScoreTable], spread: str) -> None:
    """The aim: exact choice >= 98.5%, false pass <= alpha."""
    recorded = load(shared)
    drawn = draws(recorded, count=1000, seed=20100968, spread="between" if spread == "between" else "around")
    figures = summary([replay(recorded, draw) for draw in drawn])
    assert figures["exact_choice"] >= 0.985
    assert figures["false_pass"] <= 0.05
