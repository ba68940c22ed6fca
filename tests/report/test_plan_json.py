from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from rung.climb.plan import Plan
from rung.climb.plan_json import plan_from_json
from rung.errors import BadInput
from rung.testing import plans

EVERY = [
    plans.passing_plan,
    plans.nothing_passes_plan,
    plans.inconclusive_plan,
    plans.interrupted_plan,
    plans.unknown_plan,
    plans.crowded_plan,
    plans.single_plan,
    plans.hostile_plan,
]


@pytest.mark.capability("plan-json", verified="real")
@pytest.mark.parametrize("make", EVERY)
def test_a_plan_survives_the_round_trip(make: Callable[[], Plan]) -> None:
    plan = make()
    assert plan_from_json(plan.to_json()) == plan
    assert plan_from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_certain_wealth_survives_too() -> None:
    plan = plans.single_plan()
    sure = replace(plan.candidates[0].evidence[0], log_pass_wealth=float("inf"), log_fail_wealth=float("-inf"))
    plan = replace(plan, candidates=(replace(plan.candidates[0], evidence=(sure,)),))
    assert plan_from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize("spoil", [{"run": None, "policies": 3}, {"extra": 1}, {"candidates": [{}]}, {"front": None}])
def test_what_is_no_plan_is_refused_with_a_mend(spoil: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        plan_from_json({**plans.single_plan().to_json(), **spoil})
    assert "rung report RUN" in caught.value.mend
    with pytest.raises(BadInput):
        plan_from_json({})
