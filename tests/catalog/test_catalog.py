"""What the lookups promise."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from rung import catalog
from rung.errors import MissingFactor
from rung.types import Origin


@pytest.mark.capability("catalog", verified="real")
@pytest.mark.parametrize("region", catalog.regions())
def test_every_region_has_all_its_factors(region: str) -> None:
    row = catalog.grid(region)
    assert row.region == region
    assert row.intensity.name == f"grid:{row.zone}"
    assert row.intensity.quantity.unit == "gCO2e/kWh"
    assert 1 <= row.intensity.quantity.value <= 1000
    assert row.pue.quantity.low >= 1
    assert row.basis in {"life-cycle", "direct"}
    for fact in (row.intensity, row.pue, row.wue, row.grid_water, row.tariff):
        assert fact.quantity.sources == {fact.name}
        expected = Origin.ASSUMED if fact.checked == "memory" else Origin.QUOTED
        assert fact.quantity.origin is expected
        assert fact.source


@pytest.mark.parametrize("region", [name for name in catalog.regions() if ":" in name])
def test_a_cloud_region_has_a_place_a_grid_of_its_country_and_a_claim(region: str) -> None:
    row = catalog.region(region)
    assert row.latitude is not None
    assert row.longitude is not None
    assert -60 <= row.latitude <= 70
    assert -180 <= row.longitude <= 180
    assert row.zone.split("-")[0] == row.country
    assert row.renewable_claim is not None
    assert 0 <= row.renewable_claim.quantity.value <= 1
    market = row.market_intensity
    assert market is not None
    assert market.value <= row.intensity.quantity.value


def test_a_zone_is_no_point_and_has_no_claim() -> None:
    row = catalog.grid("US-VA")
    assert row.country == "US"
    assert (row.latitude, row.longitude, row.renewable_claim, row.market_intensity) == (None, None, None, None)


def test_a_claim_stands_beside_the_intensity_and_never_instead_of_it() -> None:
    row = catalog.region("aws:us-east-1")
    assert row.market_intensity is not None
    assert row.market_intensity.value == 0
    assert row.intensity.quantity.value > 200


def test_a_figure_of_a_region_comes_before_its_providers() -> None:
    """AWS publishes PUE and WUE of Stockholm, and none of Paris."""
    stockholm, paris = catalog.region("aws:eu-north-1"), catalog.region("aws:eu-west-3")
    assert stockholm.pue.name == "pue:aws:eu-north-1"
    assert stockholm.pue.quantity.value == pytest.approx(1.10)
    assert stockholm.wue.quantity.value == pytest.approx(0.02)
    assert (paris.pue.name, paris.wue.name) == ("pue:aws", "wue:aws")


def test_google_publishes_its_own_intensity_and_carbon_free_share() -> None:
    paris = catalog.region("gcp:europe-west9")
    assert paris.published is not None
    assert paris.published.quantity.value == pytest.approx(16.3)
    assert paris.carbon_free is not None
    assert paris.carbon_free.quantity.value == pytest.approx(0.96)
    assert catalog.region("aws:eu-west-3").published is None


def test_regions_of_one_grid_share_its_error_source() -> None:
    paris, azure, own = (catalog.grid(name) for name in ("aws:eu-west-3", "azure:francecentral", "FR"))
    assert paris.intensity == azure.intensity == own.intensity
    assert paris.pue.name == "pue:aws"
    assert own.pue.name == "pue:own"
    assert own.provider is None
    assert paris.tariff.name == "tariff:FR"


def test_a_part_of_a_country_falls_back_to_the_country_and_says_so() -> None:
    assert catalog.grid("AU-NSW").tariff.name == "tariff:AU"
    assert catalog.grid("US-VA").tariff.name == "tariff:US-VA"
    assert catalog.grid("BH").tariff.name == "tariff:world"


@pytest.mark.parametrize(
    ("lookup", "asked", "named"),
    [
        (catalog.grid, "eu-west-3", "aws:eu-west-3"),
        (catalog.grid, "fr", "FR"),
        (catalog.grid, "aws:eu-west-33", "aws:eu-west-3"),
        (catalog.region, "eu-west-3", "aws:eu-west-3"),
        (catalog.chip, "graviton 4", "graviton4"),
        (catalog.instance, "m7g.xlrge", "m7g.xlarge"),
        (catalog.hosted, "gpt-4o-mini", "openai:gpt-4o-mini"),
    ],
)
def test_an_unknown_name_is_missing_and_names_close_ones(
    lookup: Callable[[str], object], asked: str, named: str
) -> None:
    with pytest.raises(MissingFactor) as caught:
        lookup(asked)
    assert asked in caught.value.problem
    assert named in caught.value.mend


def test_a_zone_is_not_a_cloud_region() -> None:
    with pytest.raises(MissingFactor):
        catalog.region("FR")


def test_the_world_is_not_a_region() -> None:
    """codecarbon gives us-east-1 the world average of 475 g/kWh; here a region has its row, or an error."""
    assert catalog.grid("aws:us-east-1").intensity.quantity.value < 475
    for nowhere in ("world", "", "mars"):
        with pytest.raises(MissingFactor):
            catalog.grid(nowhere)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("AMD EPYC 7R13 48-Core Processor", "epyc-7r13"),
        ("AMD EPYC", "epyc-unnamed"),
        ("AMD EPYC Processor", "epyc-unnamed"),
        ("Intel(R) Xeon(R) Platinum 8488C", "xeon-8488c"),
        ("Intel(R) Xeon(R) Processor @ 2.70GHz", "xeon-unnamed"),
        ("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "xeon-e5-2686v4"),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", "xeon-unnamed"),
        ("Neoverse-V2", "graviton4"),
    ],
)
def test_processors_are_found_by_the_systems_name(name: str, key: str) -> None:
    assert catalog.cpu(name).key == key


def test_an_unknown_processor_is_missing_and_the_generic_one_spans_the_rest() -> None:
    with pytest.raises(MissingFactor):
        catalog.cpu("Abacus 3000")
    generic = catalog.generic_cpu().tdp_per_thread.quantity
    for row in catalog.rows("cpus"):
        assert generic.low <= float(row["low"]), row["cpu"]
        assert float(row["high"]) <= generic.high, row["cpu"]


@pytest.mark.parametrize("key", sorted({r["cpu"] for r in catalog.rows("cpus")} & set(catalog.silicon())))
def test_the_two_tables_of_processors_agree(key: str) -> None:
    """Design power over threads is that of the socket, where one is published."""
    row, chip = next(r for r in catalog.rows("cpus") if r["cpu"] == key), catalog.chip(key)
    assert int(row["threads"]) == chip.threads
    per_socket = float(row["value"]) * int(row["threads"])
    assert chip.max_w.quantity.low * 0.99 <= per_socket <= chip.max_w.quantity.high * 1.01


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H200", "H200"),
        ("Tesla T4", "T4"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA A10G", "A10G"),
        ("NVIDIA A100-SXM4-40GB", "A100-40"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("Tesla V100-SXM2-16GB", "V100"),
        ("NVIDIA B200", "B200"),
        ("AMD Instinct MI300X", "MI300X"),
    ],
)
def test_accelerators_are_found_by_the_drivers_name(name: str, key: str) -> None:
    row = catalog.gpu(name)
    assert row.key == key
    assert row.tdp_w > 0
    assert row.embodied.quantity.unit == "kgCO2e"


@pytest.mark.parametrize("name", ["NVIDIA L40", "NVIDIA T4G", "Voodoo 2", ""])
def test_a_board_that_is_not_there_is_not_taken_for_a_sibling(name: str) -> None:
    with pytest.raises(MissingFactor):
        catalog.gpu(name)


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(MissingFactor) as caught:
        catalog.keyed("pue", "moon")
    assert "aws" in caught.value.mend


def test_a_price_ratio_is_a_fact() -> None:
    ratio = catalog.price_ratio("sagemaker")
    assert ratio.quantity.unit == "ratio"
    assert 1 < ratio.quantity.low <= ratio.quantity.value <= ratio.quantity.high < 2
    with pytest.raises(MissingFactor):
        catalog.price_ratio("bazaar")


def test_the_import_is_light() -> None:
    code = "import sys, rung.catalog; print(sorted({'numpy', 'scipy', 'pydantic', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
