from __future__ import annotations

import pytest

from rung.evaluation.records import EvalItem, EvalResults, MetricInfo, Response, Scored
from rung.evaluation.summaries import summaries


@pytest.mark.capability("eval", verified="real")
def test_scores_that_are_all_alike_are_not_certain() -> None:
    items = tuple(EvalItem(f"q{n}", "?") for n in range(40))
    mine = {one.id: Scored(Response(one.id, "s", "so"), {"none": 0.0, "all": 1.0}) for one in items}
    results = EvalResults("data", 0, items, (MetricInfo("none"), MetricInfo("all")), {"s": mine})
    none, every = summaries(results)
    assert (none.low, none.high) == (0, pytest.approx(0.0881, abs=1e-4))  # Clopper & Pearson's, 0 of 40
    assert (every.low, every.high) == (pytest.approx(1 - 0.0881, abs=1e-4), 1)
    (wider, _) = summaries(results, alpha=0.01)
    assert (wider.high or 0) > (none.high or 0)
