"""Factors at a place: what the user gave first, the catalog for the rest, never a silent default."""

from __future__ import annotations

import pytest

from rung.accounting import factors_for
from rung.catalog import regions
from rung.errors import BadInput, MissingFactor
from rung.footprint import footprint_of
from rung.types import Origin, Quantity
from rung.workload import Place


@pytest.mark.capability("catalog", verified="real")
@pytest.mark.parametrize("region", regions())
def test_every_region_has_factors_with_sources(region: str) -> None:
    for used in factors_for(Place(region=region)).used():
        assert used.quantity.low <= used.quantity.value <= used.quantity.high
        assert used.source
        assert used.year is not None
        assert used.quantity.sources


def test_what_the_user_gives_comes_first_and_is_assumed() -> None:
    factors = factors_for(Place(region="FR", grid_g_per_kwh=(20, 40, 60), pue=1.1, usd_per_kwh=0.25))
    assert [factors.intensity.quantity.low, factors.intensity.quantity.value] == pytest.approx([20, 40])
    assert factors.pue.quantity.value == 1.1
    assert factors.tariff.quantity.value == 0.25
    for used in (factors.intensity, factors.pue, factors.tariff):
        assert used.source == "given by the user"
        assert used.quantity.origin is Origin.ASSUMED
    assert factors.grid_water.quantity.sources == {"grid-water:FR"}


def test_an_intensity_is_enough_and_the_rest_says_that_it_is_of_nowhere() -> None:
    factors = factors_for(Place(grid_g_per_kwh=(100, 100, 100)))
    assert factors.intensity.quantity.low == factors.intensity.quantity.high == 100
    assert factors.pue.quantity.sources == {"pue:own"}
    assert factors.tariff.quantity.sources == {"tariff:world"}
    assert factors.grid_water.quantity.sources == {"grid-water:world"}


def test_nowhere_has_no_factors() -> None:
    with pytest.raises(MissingFactor) as caught:
        factors_for(Place())
    assert "region" in caught.value.mend
    with pytest.raises(MissingFactor):
        factors_for(Place(region="atlantis"))


@pytest.mark.parametrize(
    "place",
    [
        Place(grid_g_per_kwh=(50, 40, 60)),
        Place(grid_g_per_kwh=(-1, 0, 0)),
        Place(grid_g_per_kwh=(0, 0, 10)),
        Place(region="FR", pue=0.9),
        Place(region="FR", usd_per_kwh=-0.1),
    ],
)
def test_impossible_figures_are_refused(place: Place) -> None:
    with pytest.raises(BadInput):
        factors_for(place)


def test_the_embodied_rate_falls_with_a_longer_life() -> None:
    """14 kg per vCPU over 4 years is 14000 / (4 x 8760 x 3600) = 1.11e-4 g per core-second."""
    rate = factors_for(Place(region="FR")).embodied.quantity
    assert rate.value == pytest.approx(14000 / (4 * 8760 * 3600))
    assert rate.low == pytest.approx(7000 / (6 * 8760 * 3600))
    assert rate.high == pytest.approx(40000 / (3 * 8760 * 3600))
    assert rate.sources == {"embodied:server-vcpu", "embodied:server-lifetime"}


def test_a_kilowatt_hour_in_france() -> None:
    """1 kWh of IT energy: 1.3 kWh at the building, 53 g/kWh, 0.2 L/kWh on site and 3.7 L/kWh at the plants."""
    factors = factors_for(Place(region="FR"))
    footprint = footprint_of(Quantity.of(3.6e6, "J"), 0.0, Quantity.zero("USD"), factors)
    assert footprint.carbon is not None
    assert footprint.water is not None
    assert footprint.cost is not None
    assert footprint.carbon.value == pytest.approx(1.3 * 53)
    assert footprint.water.value == pytest.approx(0.2 + 1.3 * 3.7)
    assert footprint.cost.value == pytest.approx(1.3 * 0.19)
