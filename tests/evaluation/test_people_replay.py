"""Recorded ratings: three people and two judges on 736 pairs of responses. Nothing is fitted to them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rung.stats import krippendorff_alpha, prediction_powered_mean, rater_agreement
from rung.testing.replay import shared_data

FOLDER = shared_data()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="recorded evaluations are not here: set RUNG_SHARED")

FIRST_BETTER = {"1": 1.0, "2": 0.0}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    assert FOLDER is not None
    with gzip.open(FOLDER / "data" / "evals" / "pandalm_human_vs_judge.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def preference(verdict: object) -> float:
    """1 for the first response, 0 for the second, 0.5 for a tie and for a verdict that says neither."""
    return FIRST_BETTER.get(str(verdict), 0.5)


def people_of(row: dict[str, Any]) -> list[float]:
    return [preference(row[f"annotator{n}"]) for n in (1, 2, 3)]


@pytest.mark.capability("agreement", verified="real")
def test_people_agree_as_the_reference_library_says(rows: list[dict[str, Any]]):
    library: Any = pytest.importorskip("krippendorff")
    units = [people_of(row) for row in rows]
    found = rater_agreement({n: [unit] for n, unit in enumerate(units)}, level="nominal")
    table = np.array(units).T
    assert found.alpha == pytest.approx(library.alpha(table, level_of_measurement="nominal"))
    assert found.low is not None
    assert found.high is not None
    assert found.low < float(found.alpha or 0) < found.high
    assert krippendorff_alpha(units, level="ordinal") == pytest.approx(
        library.alpha(table, level_of_measurement="ordinal")
    )


@pytest.mark.capability("ppi", verified="real")
@pytest.mark.parametrize("judge", ["judge_gpt35", "judge_pandalm7b"])
def test_sixty_labels_and_a_judge_hold_what_all_labels_say(rows: list[dict[str, Any]], judge: str):
    """1,000 random samples of 60 labels: 95% intervals hold the mean of all 736, and are no wider than people's."""
    people: NDArray[np.float64] = np.array([people_of(row) for row in rows], dtype=np.float64).mean(axis=1)
    judged: NDArray[np.float64] = np.array([preference(row[judge]) for row in rows])
    random = np.random.default_rng(0)
    held, widths = 0, []
    for _ in range(1000):
        order = random.permutation(len(rows))
        few, rest = order[:60], order[60:]
        found = prediction_powered_mean(people[few].tolist(), judged[few].tolist(), judged[rest].tolist())
        held += found.low <= float(people.mean()) <= found.high
        widths.append((found.high - found.low) / (found.people_high - found.people_low))
    assert 0.92 <= held / 1000 <= 0.99
    assert float(np.mean(widths)) < 1.0
