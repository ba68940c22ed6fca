"""Figures that other tools publish, reproduced. The numbers are read from the shared test vectors."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rung.footprint import (
    device_energy_j,
    embodied_carbon_g,
    energy_cost_usd,
    facility_energy_j,
    memory_energy_j,
    network_energy_j,
    operational_carbon_g,
    sci,
    storage_energy_j,
    water_l,
)
from rung.units import J_PER_KWH

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[2].parent / "shared"))
VECTORS = SHARED / "data/factors/test_vectors.json"
G_PER_T = 1e6


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS.name} is not here (set RUNG_SHARED)")
    return json.loads(VECTORS.read_text())


def case(vectors: dict[str, Any], tool: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = next(c for c in vectors[tool]["cases"] if c["name"].startswith(name))
    return found["inputs"], found["expected"]


def check_ccf(energy_j: float, given: dict[str, Any], expected: dict[str, Any]) -> None:
    facility = facility_energy_j(energy_j, pue=given["pue"])
    assert facility / J_PER_KWH == pytest.approx(expected["kwh"])
    grams = operational_carbon_g(energy_j, pue=given["pue"], intensity_g_per_kwh=given["t_per_kwh"] * G_PER_T)
    assert grams / G_PER_T == pytest.approx(expected["co2e_t"])


@pytest.mark.capability("footprint", verified="real")
def test_cloud_carbon_footprint_compute(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "ccf", "compute, 1 % util")
    energy = device_energy_j(
        given["vcpu_hours"],
        idle_w=given["min_w"],
        full_w=given["max_w"],
        utilisation=given["util_pct"] / 100,
        replicas=given["replication"],
    )
    check_ccf(energy, given, expected)


def test_cloud_carbon_footprint_compute_with_average_watts(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "ccf", "compute, average watts")
    energy = device_energy_j(given["vcpu_hours"], idle_w=given["avg_w"], full_w=given["avg_w"], utilisation=0.5)
    check_ccf(energy, given, expected)


def test_cloud_carbon_footprint_memory(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "ccf", "memory")
    watts = given["kwh_per_gbh"] * 1000
    check_ccf(memory_energy_j(given["gb_hours"], w_per_gb=watts, replicas=given["replication"]), given, expected)


def test_cloud_carbon_footprint_storage(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "ccf", "storage")
    energy = storage_energy_j(given["tb_hours"], w_per_tb=given["wh_per_tbh"], replicas=given["replication"])
    check_ccf(energy, given, expected)


def test_cloud_carbon_footprint_network(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "ccf", "network")
    check_ccf(network_energy_j(given["gb"], kwh_per_gb=given["kwh_per_gb"]), given, expected)


def test_cloud_carbon_footprint_embodied(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "ccf", "embodied")
    grams = embodied_carbon_g(
        given["te_t"] * G_PER_T,
        used_s=given["hours"] * 3600,
        lifetime_s=given["lifespan_h"] * 3600,
        share=given["vcpu"] / given["platform_vcpu"],
    )
    assert grams / G_PER_T == pytest.approx(expected["co2e_t"])


@pytest.mark.capability("footprint", verified="real")
def test_impact_framework_operational_carbon_and_sci(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "impact_framework", "teads curve")
    for kwh, grams, embodied, rate in zip(
        expected["cpu_kwh"], expected["carbon_operational_g"], expected["embodied_g"], expected["sci"], strict=True
    ):
        operational = operational_carbon_g(kwh * J_PER_KWH, pue=1.0, intensity_g_per_kwh=given["ci_g_per_kwh"])
        assert operational == pytest.approx(grams)
        assert sci(operational_g=operational, embodied_g=embodied, functional_units=1) == pytest.approx(rate)
    given, expected = case(vectors, "impact_framework", "SCI")
    rate = sci(operational_g=given["carbon_g"], embodied_g=0, functional_units=given["functional_units"])
    assert rate == pytest.approx(expected["sci"])


def test_impact_framework_embodied_defaults(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "impact_framework", "sci-embodied defaults")
    for vcpus, grams in zip(given["vcpus"], expected["embodied_g"], strict=True):
        total = given["baseline_g"] + (vcpus - 1) * given["vcpu_g"]
        got = embodied_carbon_g(total, used_s=given["duration_s"], lifetime_s=given["lifespan_s"])
        assert got == pytest.approx(grams)


@pytest.mark.capability("footprint", verified="real")
def test_ecologits_carbon_and_water(vectors: dict[str, Any]) -> None:
    """EcoLogits 0.11.3: water = IT energy x (site WUE + PUE x grid water); carbon = usage + embodied."""
    for one in vectors["ecologits_0_11_3"]["cases"]:
        given, expected = one["inputs"], one["expected"]
        pue = given["datacenter_pue"]
        it_j = expected["energy_kwh"] / pue * J_PER_KWH
        water = water_l(
            it_j, pue=pue, wue_l_per_kwh=given["datacenter_wue"], grid_l_per_kwh=given["if_electricity_mix_wue"]
        )
        assert water == pytest.approx(expected["water_l"])
        intensity = given["if_electricity_mix_gwp"] * 1000
        grams = operational_carbon_g(it_j, pue=pue, intensity_g_per_kwh=intensity)
        assert grams / 1000 == pytest.approx(expected["gwp_usage_kg"])
        whole = sci(operational_g=grams, embodied_g=expected["gwp_embodied_kg"] * 1000, functional_units=1)
        assert whole / 1000 == pytest.approx(expected["gwp_kg"])


@pytest.mark.capability("footprint", verified="real")
def test_green_algorithms_worked_example(vectors: dict[str, Any]) -> None:
    given = vectors["green_algorithms"]["worked"]
    cores = device_energy_j(given["h"] * given["cores"], idle_w=0, full_w=given["w_per_core"], utilisation=given["use"])
    memory = memory_energy_j(given["h"] * given["gb"], w_per_gb=0.3725)
    facility = facility_energy_j(cores + memory, pue=given["pue"])
    assert facility / J_PER_KWH == pytest.approx(given["expected_kwh"])
    grams = operational_carbon_g(cores + memory, pue=given["pue"], intensity_g_per_kwh=given["gCO2_per_kwh"])
    assert grams == pytest.approx(given["expected_g"])


def test_codecarbon_france(vectors: dict[str, Any]) -> None:
    given, expected = case(vectors, "codecarbon_3_3", "France")
    kilograms = operational_carbon_g(given["kwh"] * J_PER_KWH, pue=1, intensity_g_per_kwh=56.039) / 1000
    assert kilograms == pytest.approx(expected["kg"])


def test_a_kilowatt_hour_costs_its_tariff() -> None:
    assert energy_cost_usd(J_PER_KWH, pue=1.5, usd_per_kwh=0.2) == pytest.approx(0.3)
