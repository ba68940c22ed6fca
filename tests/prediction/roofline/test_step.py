"""Laws of a predicted step, its interval, and what fits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.errors import BadInput
from rung.prediction.llm import Architecture, Size, estimate
from rung.prediction.roofline.accelerators import accelerator
from rung.prediction.roofline.columns import columns
from rung.prediction.roofline.constants import OWN, PRIOR, Constants, shipped
from rung.prediction.roofline.memory import memory
from rung.prediction.roofline.planner import fraction
from rung.prediction.roofline.predict import predict
from rung.prediction.roofline.serving import Parallel, Serving
from rung.prediction.roofline.step import steps

SILICON = ("H100", "B200", "A100", "A100-40", "L4", "MI300X", "H200")


def dense(size: str = "8B") -> Architecture:
    return estimate(Size.of(size))


def serving(size: str = "8B", silicon: str = "H100", count: int = 1, **changes: Any) -> Serving:
    model = dense(size)
    base = Serving(
        model=model,
        accelerator=accelerator(silicon),
        parallel=Parallel(tensor=count, expert=count if model.experts else 1),
        precision="bf16",
        batch=32,
        prompt=500,
        output=300,
    )
    return replace(base, **changes)


servings = st.builds(
    serving,
    size=st.sampled_from(["1B", "8B", "70B", "30B-A3B", "235B-A22B"]),
    silicon=st.sampled_from(SILICON),
    count=st.sampled_from([1, 2, 4, 8]),
    batch=st.floats(1, 2000),
    prompt=st.floats(1, 30_000),
    output=st.floats(1, 10_000),
    generation=st.sampled_from(["vllm-2025", "vllm-2024"]),
)


@given(one=servings)
def test_terms_are_the_step_and_power_stays_below_the_maximum(one: Serving) -> None:
    found = steps(columns([one]), shipped())
    total = sum(float(term[0]) for term in found.terms.values())
    assert total == pytest.approx(float(found.step_s[0]), rel=1e-12)
    assert all(term[0] >= 0 for term in found.terms.values())
    assert 0 < found.watts[0] <= one.count * one.accelerator.watts
    assert float(found.j_per_token[0]) == pytest.approx(float(found.watts[0] * found.step_s[0]) / one.batch)
    assert found.itl_s[0] <= found.step_s[0] * (1 + 1e-12)


@given(one=servings, more=st.floats(1.1, 10))
def test_more_work_takes_longer(one: Serving, more: float) -> None:
    longer = [one, replace(one, prompt=one.prompt * more), replace(one, batch=one.batch * more)]
    step_s = steps(columns(longer), shipped()).step_s
    assert step_s[1] >= step_s[0]
    assert step_s[2] >= step_s[0]


@given(one=servings)
def test_rows_do_not_know_each_other(one: Serving) -> None:
    alone = steps(columns([one]), shipped()).j_per_token[0]
    among = steps(columns([serving("70B", "A100", 4), one, serving()]), shipped()).j_per_token[1]
    assert among == pytest.approx(alone, rel=1e-12)


@given(one=servings)
def test_intervals_hold_their_figure_and_name_their_source(one: Serving) -> None:
    found = predict([one])[0]
    for quantity in (found.j_per_token, found.j_per_request, found.itl_s, found.ttft_s, found.tokens_per_s):
        assert 0 < quantity.low <= quantity.value <= quantity.high
        assert quantity.origin.label == "modelled"
        assert len(quantity.sources) == 1
    assert found.j_per_request.value == pytest.approx(found.j_per_token.value * one.output)
    assert found.binding == max(found.terms_s, key=lambda name: found.terms_s[name])


def test_batching_shares_the_weights() -> None:
    """At one sequence the weights are read for one token; at 64 nearly the same reading serves 64."""
    one, many = predict([serving("70B", count=4, batch=1), serving("70B", count=4, batch=64)])
    assert one.binding == "weights"
    assert one.j_per_token.value > 15 * many.j_per_token.value
    assert many.itl_s.value < 2 * one.itl_s.value


def test_reading_all_weights_is_a_floor_of_a_step() -> None:
    """8 B parameters in 16 bits at 3.35 TB/s take 4.8 ms; no step is shorter."""
    found = predict([serving("8B", batch=1)])[0]
    assert found.terms_s["weights"] > 2 * 7.5e9 / 3.35e12
    assert found.itl_s.value > found.terms_s["weights"]


def test_fp8_halves_what_is_read() -> None:
    wide, small = (predict([serving("70B", count=4, batch=1, precision=p)])[0] for p in ("bf16", "fp8"))
    assert small.terms_s["weights"] == pytest.approx(wide.terms_s["weights"] / 2, rel=0.05)
    assert small.j_per_token.value < wide.j_per_token.value


def test_what_does_not_fit_is_an_answer() -> None:
    alone, shared = memory(serving("70B")), memory(serving("70B", count=4))
    assert not alone.fits
    assert not alone.holds_weights
    assert alone.capacity_tokens == 0
    assert shared.fits
    assert shared.capacity_tokens == pytest.approx(shared.sequences * 800)


@given(one=servings, more=st.floats(1.1, 10))
def test_longer_sequences_leave_room_for_fewer(one: Serving, more: float) -> None:
    assert memory(replace(one, output=one.output * more)).sequences <= memory(one).sequences


def test_an_accelerator_or_a_model_that_no_table_has_widens_the_interval() -> None:
    seen, unseen = predict([serving(silicon="H100"), serving(silicon="L4")])
    assert unseen.j_per_token.high / unseen.j_per_token.value > seen.j_per_token.high / seen.j_per_token.value
    assert any("No table has the L4" in note for note in unseen.notes)
    assert not any("No table has" in note for note in seen.notes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"batch": 0}, "batch"),
        ({"output": float("nan")}, "output"),
        ({"prompt": -1}, "prompt"),
        ({"precision": "fp3"}, "'fp3' is not known"),
        ({"batch": 0.5}, "batch 0.5 cannot be served"),
        ({"parallel": Parallel(data=64)}, "leave some of 64"),
        ({"generation": "tgi"}, "no constants for the engine"),
        ({"parallel": Parallel(tensor=3)}, "cannot be shared by tp=3"),
        ({"parallel": Parallel(pipeline=500), "batch": 600.0}, "do not fill 500 stages"),
        ({"parallel": Parallel(tensor=2, expert=2)}, "no experts to spread"),
    ],
)
def test_what_no_replica_can_be_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput, match=problem) as refused:
        serving("8B", **changes)
    assert refused.value.mend


@pytest.mark.parametrize("text", ["tp", "tp=0", "tp=2,tp=2", "xp=3", "tp=-1", "tp=1.5", ""])
def test_parallelism_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Parallel.parse(text)


def test_parallelism_is_read() -> None:
    assert Parallel.parse("tp=4, pp=2,dp=2") == Parallel(tensor=4, pipeline=2, data=2)
    assert Parallel.parse("tp=4,pp=2,dp=2").count == 16


@pytest.mark.parametrize(
    ("name", "key"),
    [("h100", "H100"), ("NVIDIA H100 80GB HBM3", "H100"), ("A100-SXM4-40GB", "A100-40"), ("B200", "B200")],
)
def test_silicon_is_found_by_key_and_by_the_name_of_its_driver(name: str, key: str) -> None:
    assert accelerator(name).key == key


@pytest.mark.parametrize("name", ["H1000", "GB200", "graviton4", ""])
def test_other_silicon_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        accelerator(name)


def test_the_shipped_constants_are_whole_and_have_an_origin() -> None:
    known = shipped()
    assert Constants.from_json(known.to_json(), where="here") == known
    assert known.shared.keys() == PRIOR.keys()
    assert {name: tuple(own) for name, own in known.own.items()} == dict(OWN)
    assert {"date", "sources", "rows", "families"} <= known.origin.keys()
    with pytest.raises(BadInput, match=r"lacks .*weights_bandwidth"):
        Constants.from_json({**known.to_json(), "shared": {}}, where="here")


@settings(max_examples=20)
@given(st.lists(servings, min_size=1, max_size=5))
def test_many_at_once_are_as_one_by_one(many: list[Serving]) -> None:
    together = [p.j_per_token.value for p in predict(many)]
    assert np.allclose(together, [predict([one])[0].j_per_token.value for one in many], rtol=1e-12)


@pytest.mark.parametrize("board", ["B200", "A100"])
def test_a_part_is_no_faster_than_the_whole(board: str) -> None:
    whole = serving("1B", board, batch=1.0)
    part = replace(whole, accelerator=fraction(whole.accelerator, 4, 7))
    one, less = predict([whole])[0], predict([part])[0]
    assert less.itl_s.value > one.itl_s.value
    assert less.watts.value < one.watts.value


def test_replicas_side_by_side_do_not_wait_for_each_other() -> None:
    """Data parallelism of a dense model: as many tokens as so many single ones."""
    alone, beside = serving("8B", batch=8.0), serving("8B", batch=64.0, parallel=Parallel(data=8))
    one, eight = predict([alone])[0], predict([beside])[0]
    assert eight.terms_s["communication"] == 0
    assert eight.terms_s["weights"] == pytest.approx(one.terms_s["weights"])


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("shared", "static"), -1),
        (("shared", "busy"), None),
        (("shared", "layer_s"), float("nan")),
        (("shared", "layer_s"), True),
        (("own", "B200"), None),
        (("own", "B200"), {"nothing": 1.0}),
        (("spread", "itl_s"), {}),
        (("spread", "j_per_token"), {"coefficients": [1.0], "low": -1.0, "high": 1.0}),
    ],
)
def test_constants_that_no_fit_writes_are_refused(place: tuple[str, str], value: object) -> None:
    data = json.loads(json.dumps(shipped().to_json()))
    data[place[0]][place[1]] = value
    with pytest.raises(BadInput):
        Constants.from_json(data, where="mine.json")
