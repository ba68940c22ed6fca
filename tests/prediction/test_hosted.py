"""The prediction of requests to hosted models."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung import catalog
from rung.errors import BadInput, MissingFactor
from rung.footprint.peers import ecologits_it_kwh
from rung.prediction import hosted
from rung.prediction.hosted import BATCHES, HostedCase, hosted_cases, hosted_estimate, least_accelerators
from rung.types import Origin, Quantity
from rung.units import J_PER_KWH

GPT_4O = "openai:gpt-4o"
FIVE = (GPT_4O, "openai:gpt-4o-mini", "anthropic:claude-sonnet-4-5", "google:gemini-2.5-flash", "bedrock:llama-3.3-70b")


def simple(cases: Sequence[HostedCase], *, tokens_in: float, tokens_out: float) -> list[Quantity]:
    """A stand-in for the roofline: proportional to size and accelerators, less in larger batches."""
    tokens = tokens_out + 0.05 * tokens_in
    return [Quantity.of(one.active_b * one.count * tokens / one.batch, "J", Origin.MODELLED) for one in cases]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "roofline_joules", simple)


def test_the_cases_are_a_middle_and_both_ends_of_three_things() -> None:
    total, active = (
        Quantity.between(100, 200, 400, "", source="p", origin=Origin.MODELLED),
        Quantity.between(20, 40, 80, "", source="p", origin=Origin.MODELLED),
    )
    middle, small, large, full, empty, new, wide = hosted_cases(total, active)
    assert (small.total_b, middle.total_b, large.total_b) == (100, 200, 400)
    assert (full.batch, middle.batch, empty.batch) == BATCHES
    assert new.silicon == "B200"
    assert wide.weights == "bf16"
    assert wide.count == 2 * least_accelerators(200, "H100", "bf16")


@given(st.floats(0.1, 4000), st.sampled_from(("H100", "B200")))
def test_the_least_count_holds_the_weights(total_b: float, silicon: str) -> None:
    count = least_accelerators(total_b, silicon, "fp8")
    memory = catalog.chip(silicon).memory_gb
    assert memory is not None
    assert count * memory.quantity.value >= total_b * 1.25
    assert count == 1 or count / 2 * memory.quantity.value < total_b * 1.25


@pytest.mark.capability("predict-hosted", verified="real")
@pytest.mark.usefixtures("stub")
def test_every_unknown_is_an_error_source_of_its_own() -> None:
    found = hosted_estimate(catalog.hosted(GPT_4O), tokens_in=500, tokens_out=300)
    assert found.facility_j.sources == {
        f"hosted-parameters:{GPT_4O}",
        "hosted-batch",
        "hosted-hardware",
        "hosted-servers",
        "hosted-pue",
    }
    low, high = found.likely_j
    assert found.facility_j.low < low < found.facility_j.value < high < found.facility_j.high
    assert found.accelerators_j.value < found.it_j.value < found.facility_j.value
    assert json.loads(json.dumps(found.to_json()))["likely_j"] == [low, high]


@pytest.mark.usefixtures("stub")
def test_a_known_place_brings_its_own_building() -> None:
    pue = catalog.grid("aws:eu-west-3").pue.quantity
    found = hosted_estimate(catalog.hosted(GPT_4O), tokens_in=500, tokens_out=300, pue=pue)
    assert "hosted-pue" not in found.facility_j.sources
    assert found.facility_j.value == pytest.approx(found.it_j.value * pue.value)


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize(("tokens_in", "tokens_out"), [(-1, 10), (10, 0), (10, float("nan")), (float("inf"), 1)])
def test_no_request(tokens_in: float, tokens_out: float) -> None:
    with pytest.raises(BadInput):
        hosted_estimate(catalog.hosted(GPT_4O), tokens_in=tokens_in, tokens_out=tokens_out)


@pytest.mark.usefixtures("stub")
def test_a_model_whose_size_nobody_says_is_not_guessed() -> None:
    unknown = next(m for m in map(catalog.hosted, catalog.hosted_models()) if m.total_b is None or m.active_b is None)
    with pytest.raises(MissingFactor):
        hosted_estimate(unknown, tokens_in=10, tokens_out=10)


def roofline() -> None:
    pytest.importorskip("rung.prediction.roofline.predict")


@pytest.mark.parametrize("name", FIVE)
def test_prompts_count_but_less_than_answers(name: str) -> None:
    roofline()
    model = catalog.hosted(name)
    short, prompt, answer = (
        hosted_estimate(model, tokens_in=i, tokens_out=o).facility_j.value
        for i, o in ((100, 100), (1100, 100), (100, 1100))
    )
    assert short < prompt < answer
    assert prompt - short < 0.5 * (answer - short)


@pytest.mark.parametrize("name", FIVE)
def test_ecologits_is_inside_the_interval_for_answers(name: str) -> None:
    roofline()
    model = catalog.hosted(name)
    assert model.active_b is not None
    assert model.total_b is not None
    theirs = ecologits_it_kwh(400, active_b=model.active_b.quantity.value, total_b=model.total_b.quantity.value)
    found = hosted_estimate(model, tokens_in=100, tokens_out=400)
    assert found.it_j.low <= theirs * J_PER_KWH <= found.it_j.high


def test_what_makers_have_said_is_likely() -> None:
    """0.34 Wh for an average ChatGPT query (Altman 2025), 0.24 Wh for the median Gemini prompt (Elsworth 2025).

    Neither says which model or how many tokens: 500 in and 350 out are assumed.
    """
    roofline()
    for name, wh in ((GPT_4O, 0.34), ("google:gemini-2.5-flash", 0.24)):
        low, high = hosted_estimate(catalog.hosted(name), tokens_in=500, tokens_out=350).likely_j
        assert low / 3600 <= wh <= high / 3600


@pytest.mark.parametrize("name", catalog.hosted_models())
def test_every_sized_model_can_be_estimated(name: str) -> None:
    roofline()
    model = catalog.hosted(name)
    if model.total_b is None or model.active_b is None:
        return
    found = hosted_estimate(model, tokens_in=1000, tokens_out=300)
    assert 0 < found.facility_j.low < found.facility_j.value < found.facility_j.high
