"""GetEstimatedCarbonEmissions through botocore's own model and Stubber, and our month beside the provider's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput, MissingExtra, UpstreamFailed
from rung.feeds.aws_sustainability import LOCATION, MARKET, SCOPES, ProviderMonth, open_client, provider_month
from rung.feeds.reconcile import reconcile
from rung.types import Origin, Quantity

pytest.importorskip("boto3")
stub = pytest.importorskip("botocore.stub")

MONTH = datetime(2026, 2, 14, 9, 30, tzinfo=UTC)
START, END = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def row(location_t: float, market_t: float, *, start: datetime = START, unit: str = "MTCO2e", **more: float) -> Any:
    values = {LOCATION: location_t, MARKET: market_t, **{SCOPES[name]: v for name, v in more.items()}}
    return {
        "TimePeriod": {"Start": start, "End": END},
        "DimensionsValues": {},
        "ModelVersion": "v3.0.0",
        "EmissionsValues": {kind: {"Value": value, "Unit": unit} for kind, value in values.items()},
    }


def request(**more: Any) -> dict[str, Any]:
    return {
        "TimePeriod": {"Start": START, "End": END},
        "EmissionsTypes": [LOCATION, MARKET, *SCOPES.values()],
        "Granularity": "MONTHLY",
        **more,
    }


@pytest.fixture
def client() -> Any:
    try:
        return open_client(aws_access_key_id="x", aws_secret_access_key="x")
    except BadInput:
        pytest.skip("the installed botocore does not know the service")


@pytest.mark.capability("feeds-aws", verified="stub")
def test_the_request_keeps_the_services_own_model_and_pages_are_summed(client: Any) -> None:
    with stub.Stubber(client) as stubber:
        scope: dict[str, Any] = {"scope 3, location-based": 0.5}
        first = {"Results": [row(1.25, 0.25, **scope)], "NextToken": "more"}
        by_region = {"FilterBy": {"Dimensions": {"REGION": ["eu-west-3"]}}}
        stubber.add_response("get_estimated_carbon_emissions", first, request(**by_region))
        stubber.add_response(
            "get_estimated_carbon_emissions", {"Results": [row(0.75, 0)]}, request(**by_region, NextToken="more")
        )
        found = provider_month(client, MONTH, regions=("eu-west-3",))
        stubber.assert_no_pending_responses()
    assert found == ProviderMonth(START, 2e6, 0.25e6, {"scope 3, location-based": 0.5e6}, "v3.0.0")


def test_december_ends_in_january(client: Any) -> None:
    start, end = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    with stub.Stubber(client) as stubber:
        asked = request() | {"TimePeriod": {"Start": start, "End": end}}
        stubber.add_response("get_estimated_carbon_emissions", {"Results": [row(1, 1, start=start)]}, asked)
        assert provider_month(client, datetime(2025, 12, 31, tzinfo=UTC)).location_g == 1e6


@pytest.mark.parametrize(
    ("code", "error", "mend"),
    [
        ("AccessDeniedException", BadInput, "sustainability:GetEstimatedCarbonEmissions"),
        ("ValidationException", BadInput, "month"),
        ("ThrottlingException", UpstreamFailed, "later"),
        ("InternalServerException", UpstreamFailed, "later"),
        ("UnrecognizedClientException", BadInput, "credentials"),
    ],
)
def test_what_the_service_refuses_is_told(client: Any, code: str, error: type[BadInput], mend: str) -> None:
    with stub.Stubber(client) as stubber:
        stubber.add_client_error("get_estimated_carbon_emissions", code, "no")
        with pytest.raises(error) as caught:
            provider_month(client, MONTH)
    assert code in caught.value.problem
    assert mend in caught.value.mend


@pytest.mark.parametrize(
    ("results", "error", "problem"),
    [
        ([], BadInput, "holds nothing for 2026-02"),
        ([row(1, 1, start=datetime(2026, 1, 1, tzinfo=UTC))], UpstreamFailed, "a row for 2026-01"),
        ([row(-1, 1)], UpstreamFailed, "of -1"),
        ([row(1, 1, unit="kgCO2e")], UpstreamFailed, "kgCO2e"),
        ([row(float("nan"), 1)], UpstreamFailed, "of nan"),
    ],
)
def test_a_month_that_cannot_be_is_refused(client: Any, results: Any, error: type[BadInput], problem: str) -> None:
    with stub.Stubber(client) as stubber:
        stubber.add_response("get_estimated_carbon_emissions", {"Results": results})
        with pytest.raises(error, match=problem):
            provider_month(client, MONTH)


def test_without_boto3_the_extra_is_named() -> None:
    with patch.dict("sys.modules", {"boto3": None}), pytest.raises(MissingExtra) as caught:
        open_client()
    assert "rung[aws]" in caught.value.mend


def ours(value: float, spread: float = 2.0) -> Quantity:
    low, high = value / spread, value * spread
    return Quantity.between(low, value, high, "gCO2e", source="grid:FR", origin=Origin.MODELLED)


GRAMS = st.floats(0, 1e9, allow_nan=False)


@given(st.floats(1, 1e9), GRAMS, st.floats(0, 1))
def test_basis_and_difference_sum_to_the_whole(mine: float, location: float, matched: float) -> None:
    """ours - theirs(market) = difference + basis: nothing of it is left unnamed."""
    theirs = ProviderMonth(START, location, location * (1 - matched), {}, "v3.0.0")
    found = reconcile(ours(mine), theirs, embodied=None)
    assert found.difference_g + found.basis_g == pytest.approx(mine - theirs.market_g, abs=1e-3)
    assert found.agrees == (mine / 2 <= location <= mine * 2)
    assert any(reason.startswith("market-based") for reason in found.why) == (theirs.market_g != location)


def test_why_names_the_basis_the_interval_and_scope_3() -> None:
    theirs = ProviderMonth(START, 2.0e6, 0.1e6, {"scope 3, location-based": 0.6e6}, "v3.0.0")
    told = " | ".join(reconcile(ours(0.8e6), theirs, embodied=None).why)
    assert "1.9 t of the provider's own location-based figure is matched" in told
    assert "lies outside our interval (0.4 to 1.6 t)" in told
    assert "0.6 t of scope 3" in told
    assert "only what was given to rung" in told
    assert "v3.0.0" in told
    both = reconcile(ours(0.8e6), theirs, embodied=ours(0.2e6)).to_json()
    assert "0.2 t embodied" in " ".join(both["why"])
    assert (both["difference_g"], both["basis_g"], both["month"]) == (-1.2e6, 1.9e6, "2026-02")


def test_other_units_are_refused() -> None:
    with pytest.raises(ValueError, match="gCO2e"):
        reconcile(Quantity.of(1, "J"), ProviderMonth(START, 1, 1, {}, "v3.0.0"), embodied=None)
