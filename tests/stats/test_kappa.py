"""Kappa against scikit-learn's, intervals against scipy's and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.stats import Weights, cohen_kappa, confusion, kappa_interval

LABELS = ("a", "b", "c", "d")
PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=60)


@pytest.mark.capability("judge-quality", verified="real")
@settings(deadline=None)  # the first draw imports scikit-learn
@given(PAIRS, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]], weights: str | None) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rows, columns = zip(*pairs, strict=True)
    mine = cohen_kappa(confusion(rows, columns, LABELS), weights or "none")  # pyright: ignore[reportArgumentType]
    if mine is None:
        assert len({*rows, *columns}) == 1
    else:
        theirs = metrics.cohen_kappa_score(rows, columns, labels=list(LABELS), weights=weights)
        assert mine == pytest.approx(theirs)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_kappa_of_perfect_opposite_and_chance(weights: Weights) -> None:
    assert cohen_kappa(np.diag([5, 5, 5]), weights) == 1
    assert cohen_kappa(np.ones((3, 3), dtype=np.int64), weights) == pytest.approx(0)
    assert cohen_kappa(np.array([[0, 5], [5, 0]]), weights) == -1


def test_kappa_of_cohens_definition_by_hand() -> None:
    # 20 + 15 of 50 agree; by chance (25 x 30 + 25 x 20) / 2500 = .5 do: (.7 - .5) / .5.
    assert cohen_kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)


def test_kappa_is_not_defined_without_variation() -> None:
    assert cohen_kappa(np.array([[7, 0], [0, 0]])) is None
    assert kappa_interval(np.array([[7, 0], [0, 0]])) is None
    assert cohen_kappa(np.zeros((2, 2), dtype=np.int64)) is None


def test_confusion_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="'z'"):
        confusion(["z"], ["a"], LABELS)
    with pytest.raises(ValueError, match="zip"):
        confusion(["a"], [], LABELS)


def test_the_interval_of_kappa_covers() -> None:
    """True kappa .4; 95% intervals from 100 items hold it in about 95 of 100 samples."""
    share, rng = np.array([[20, 5], [10, 15]]) / 50, np.random.default_rng(1)
    held = 0
    for seed in range(200):
        interval = kappa_interval(rng.multinomial(100, share.ravel()).reshape(2, 2), seed=seed, draws=400)
        assert interval is not None
        held += interval[0] <= 0.4 <= interval[1]
    assert 0.89 <= held / 200 <= 0.99
