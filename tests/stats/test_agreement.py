"""Krippendorff's alpha: the published worked example, the reference library as an oracle, and laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.stats import Level, krippendorff_alpha, rater_agreement

LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")

# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, part C: 4 observers, 12 units, 0 is missing.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
UNITS = [[float(v) for v in unit if v] for unit in zip(*OBSERVERS, strict=True)]

units = st.lists(st.lists(st.integers(1, 5).map(float), min_size=0, max_size=4), min_size=1, max_size=12)


@pytest.mark.capability("agreement", verified="real")
@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example_of_2011(level: Level, published: float):
    found = krippendorff_alpha(UNITS, level=level)
    assert found is not None
    assert round(found, 3) == published


@pytest.mark.capability("agreement", verified="real")
@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=60, deadline=None)
@given(units=units)
def test_it_agrees_with_the_reference_library(level: Level, units: list[list[float]]):
    library: Any = pytest.importorskip("krippendorff")
    rated = [unit for unit in units if len(unit) > 1]
    found = krippendorff_alpha(units, level=level)
    if not rated or len({value for unit in rated for value in unit}) < 2:
        assert found is None
        return
    table = np.full((4, len(units)), np.nan)
    for place, unit in enumerate(units):
        table[: len(unit), place] = unit
    assert found == pytest.approx(library.alpha(table, level_of_measurement=level), abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
@given(units=units)
def test_the_order_of_raters_and_units_does_not_matter(level: Level, units: list[list[float]]):
    turned = [list(reversed(unit)) for unit in reversed(units)]
    assert krippendorff_alpha(turned, level=level) == pytest.approx(krippendorff_alpha(units, level=level))


def test_full_agreement_is_one_and_the_reverse_is_below_zero():
    assert krippendorff_alpha([[1, 1], [2, 2], [3, 3]], level="interval") == pytest.approx(1.0)
    opposite = krippendorff_alpha([[1, 5], [5, 1], [1, 5]], level="interval")
    assert opposite is not None
    assert opposite < 0


def test_what_says_nothing_is_unknown():
    assert krippendorff_alpha([], level="nominal") is None
    assert krippendorff_alpha([[1], [2], []], level="nominal") is None
    assert krippendorff_alpha([[3, 3], [3, 3]], level="ordinal") is None
    assert rater_agreement({"q": [[1.0], [2.0]]}, level="nominal").alpha is None


def test_the_interval_draws_whole_items():
    by_item = {place: [unit] for place, unit in enumerate(UNITS)}
    found = rater_agreement(by_item, level="interval")
    assert found.alpha is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.alpha < found.high <= 1
    assert (found.units, found.ratings) == (11, 40)
    assert rater_agreement(by_item, level="interval") == found, "the seed gives the interval"
    # The same ratings three times in an item say more of the item, not of more items.
    tripled = rater_agreement({place: [unit] * 3 for place, unit in enumerate(UNITS)}, level="interval")
    assert tripled.low is not None
    assert tripled.low == pytest.approx(found.low, abs=0.05)


def test_the_interval_covers_the_alpha_of_the_population():
    """200 studies of 60 units by two raters who copy the truth with probability .7: 90% to 99% hold the true alpha."""
    random = np.random.default_rng(1)

    def study(size: int) -> list[list[float]]:
        truth = random.integers(0, 3, size)
        copies = random.random((size, 2)) < 0.7
        return np.where(copies, truth[:, None], random.integers(0, 3, (size, 2))).astype(float).tolist()

    whole = krippendorff_alpha(study(40_000), level="nominal")
    assert whole is not None
    held = 0
    for _ in range(200):
        found = rater_agreement(dict(enumerate([u] for u in study(60))), level="nominal", resamples=300)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= whole <= found.high
    assert 0.89 <= held / 200 <= 0.99
