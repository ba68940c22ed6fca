"""Every row of every table, and what the lookups promise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rung import catalog
from rung.errors import MissingFactor
from rung.types import Origin

UNITS = {
    "cpus": {"W per thread"},
    "devices": {"W/GB", "W/TB", "kWh/GB"},
    "embodied": {"kgCO2e per vCPU", "years"},
    "gpus": {"kgCO2e"},
    "grid_water": {"L/kWh"},
    "pue": {"ratio"},
    "tariffs": {"USD/kWh"},
    "wue": {"L/kWh"},
    "zones": {"gCO2e/kWh"},
}
NUMBERS = [(table, row) for table in UNITS for row in catalog.rows(table)]


def test_every_table_is_known() -> None:
    assert set(catalog.tables()) == {*UNITS, "regions"}


@pytest.mark.capability("catalog", verified="real")
@pytest.mark.parametrize(("table", "row"), NUMBERS, ids=lambda v: v if isinstance(v, str) else next(iter(v.values())))
def test_every_row_has_an_interval_a_unit_a_year_and_a_source(table: str, row: dict[str, str]) -> None:
    assert None not in row, "more cells than columns"
    low, value, high = float(row["low"]), float(row["value"]), float(row["high"])
    assert 0 <= low <= value <= high
    assert value > 0
    assert row["unit"] in UNITS[table]
    assert 2000 <= int(row["year"]) <= 2026
    assert len(row["source"]) > 10
    assert row["checked"] in {"file", "doc", "memory"}


@pytest.mark.parametrize("table", catalog.tables())
def test_keys_are_unique(table: str) -> None:
    keys = [next(iter(row.values())) for row in catalog.rows(table)]
    assert len(keys) == len(set(keys))


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
        assert fact.quantity.origin is Origin.QUOTED
        assert fact.source


def test_regions_of_one_grid_share_its_error_source() -> None:
    paris, azure, own = (catalog.grid(name) for name in ("aws:eu-west-3", "azure:francecentral", "FR"))
    assert paris.intensity == azure.intensity == own.intensity
    assert paris.pue.name == "pue:aws"
    assert own.pue.name == "pue:own"
    assert own.provider is None
    assert paris.tariff.name == "tariff:FR"


def test_a_part_of_a_country_falls_back_to_the_country_and_says_so() -> None:
    assert catalog.grid("US-VA").tariff.name == "tariff:US"
    assert catalog.grid("BH").tariff.name == "tariff:world"


@pytest.mark.parametrize(
    ("asked", "named"), [("eu-west-3", "aws:eu-west-3"), ("fr", "FR"), ("aws:eu-west-33", "aws:eu-west-3")]
)
def test_an_unknown_region_names_close_ones(asked: str, named: str) -> None:
    with pytest.raises(MissingFactor) as caught:
        catalog.grid(asked)
    assert asked in caught.value.problem
    assert named in caught.value.mend


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


@pytest.mark.parametrize("name", ["NVIDIA H100 80GB HBM3", "Tesla T4", "NVIDIA L4", "NVIDIA L40S", "NVIDIA A10G"])
def test_accelerators_are_found_by_the_drivers_name(name: str) -> None:
    row = catalog.gpu(name)
    assert row.key in name
    assert row.tdp_w > 0
    assert row.embodied.quantity.unit == "kgCO2e"


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(MissingFactor) as caught:
        catalog.keyed("pue", "moon")
    assert "aws" in caught.value.mend
    with pytest.raises(MissingFactor):
        catalog.gpu("Voodoo 2")


def test_the_import_is_light() -> None:
    code = "import sys, rung.catalog; print(sorted({'numpy', 'scipy', 'pydantic', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
