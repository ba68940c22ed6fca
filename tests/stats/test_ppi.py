"""PPI++: its coverage and width by simulation, and the figures of the authors' package on fixed data."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from rung.stats import prediction_powered_mean

Vector = NDArray[np.float64]
RUNS = 1000


def fixed_data() -> tuple[Vector, Vector, Vector]:
    """100 labels of 400 items, from multiples of two irrational numbers: the same everywhere."""
    i = np.arange(400)
    u, v = (i * 0.618033988749895) % 1, (i * 0.414213562373095) % 1
    f, y = (u > 0.45).astype(float), (u * 0.7 + 0.3 * v > 0.5).astype(float)
    return y[:100], f[:100], f[100:]


def test_it_agrees_with_the_authors_package():
    """ppi_py 0.2.3, lambda by itself and lambda = 0; it divides by n, we by n - 1, so ours is 0.5% wider."""
    found = prediction_powered_mean(*(part.tolist() for part in fixed_data()))
    assert found.value == pytest.approx(0.50196681, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((0.43002438, 0.57390924), abs=1e-3)
    assert (found.people_low, found.people_high) == pytest.approx((0.4020018, 0.5979982), abs=1e-3)
    assert (found.labelled, found.unlabelled) == (100, 300)


def simulate(judge_noise: float, *, n: int = 60, size: int = 600, bias: float = 0.1) -> tuple[float, float]:
    """Share of runs whose interval holds the truth, and its mean width over that of people alone."""
    random = np.random.default_rng(7)
    held, widths = 0, []
    for _ in range(RUNS):
        quality = random.random(n + size)
        labels = (random.random(n + size) < quality).astype(float)
        judged = (1 - judge_noise) * labels + judge_noise * random.random(n + size) + bias
        found = prediction_powered_mean(labels[:n].tolist(), judged[:n].tolist(), judged[n:].tolist())
        held += found.low <= 0.5 <= found.high
        widths.append((found.high - found.low) / (found.people_high - found.people_low))
    return held / RUNS, float(np.mean(widths))


@pytest.mark.capability("ppi", verified="real")
@pytest.mark.parametrize("judge_noise", [0.1, 0.5, 1.0])
def test_it_covers_however_good_the_judge(judge_noise: float):
    covered, _ = simulate(judge_noise)
    assert 0.92 <= covered <= 0.98


@pytest.mark.capability("ppi", verified="real")
def test_a_good_judge_narrows_and_a_bad_one_does_not_widen():
    assert simulate(0.1)[1] < 0.45
    assert 0.95 < simulate(1.0)[1] < 1.01


def test_a_judge_who_says_the_reverse_helps_as_much():
    y, f, more = fixed_data()
    straight = prediction_powered_mean(y.tolist(), f.tolist(), more.tolist())
    reverse = prediction_powered_mean(y.tolist(), (1 - f).tolist(), (1 - more).tolist())
    assert reverse.value == pytest.approx(straight.value)
    assert reverse.judge_weight == pytest.approx(-straight.judge_weight)


def test_a_judges_scale_and_offset_do_not_matter():
    y, f, more = fixed_data()
    straight = prediction_powered_mean(y.tolist(), f.tolist(), more.tolist())
    scaled = prediction_powered_mean(y.tolist(), (3 + f / 5).tolist(), (3 + more / 5).tolist())
    assert (scaled.low, scaled.high) == pytest.approx((straight.low, straight.high))


@pytest.mark.parametrize(("judged", "unlabelled"), [([0.5, 0.5, 0.5], [0.5, 0.5]), ([0.1, 0.5, 0.9], [])])
def test_a_judge_who_says_nothing_leaves_people_alone(judged: list[float], unlabelled: list[float]):
    found = prediction_powered_mean([0.0, 1.0, 1.0], judged, unlabelled)
    assert found.judge_weight == 0
    assert (found.value, found.low, found.high) == pytest.approx((found.people, found.people_low, found.people_high))
    assert found.few


def test_one_label_is_refused():
    with pytest.raises(ValueError, match="two or more labels"):
        prediction_powered_mean([1.0], [0.5], [0.5, 0.6])


def test_labels_that_are_all_the_same_are_no_certainty():
    found = prediction_powered_mean([1.0] * 20, [0.1 * n for n in range(20)], [0.5] * 100)
    assert (found.value, found.judge_weight, found.high) == (1.0, 0.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / 20))
