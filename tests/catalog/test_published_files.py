"""Rows that say `file` against the published files they were compared with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import Any

import pytest

from rung import catalog

from .conftest import Published

pytestmark = pytest.mark.capability("catalog", verified="real")

GCP = "carbon/gcp_region_carbon_2024.csv"
INTENSITY = "Grid carbon intensity (gCO2eq / kWh)"


def by(rows: Iterable[dict[str, str]], column: str) -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows}


def test_every_google_region_of_2024_is_there_and_its_interval_holds_what_google_says(published: Published) -> None:
    for row in published(GCP):
        region = catalog.region(f"gcp:{row['Google Cloud Region']}")
        said = float(row[INTENSITY])
        assert region.intensity.quantity.low <= said <= region.intensity.quantity.high, region.region
        assert region.published is not None
        assert region.published.quantity.value == pytest.approx(said)
        assert region.carbon_free is not None
        assert region.carbon_free.quantity.value == pytest.approx(float(row["Google CFE"]))


NATIONAL = {"aws:ca-central-1"}
"""Montreal, for which that list takes the mean of Canada (130), five times what any publisher says of Quebec."""


@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_every_region_of_the_cloud_carbon_footprint_lists_is_in_our_interval(
    published: Published, provider: str
) -> None:
    """In metric tons per kWh; rows of the Azure list that miss the decimal point are left out."""
    compared = 0
    for row in published(f"carbon/ccf_grid_factors_{provider}.csv"):
        name = f"{provider}:" + row["Region"].replace(" ", "").lower()
        if name not in catalog.regions() or not row["CO2e (metric ton/kWh)"]:
            continue
        try:
            said = float(row["CO2e (metric ton/kWh)"]) * 1e6
        except ValueError:
            continue
        if said > 5000 or name in NATIONAL:
            continue
        interval = catalog.grid(name).intensity.quantity
        assert interval.low <= said + 0.5, name
        assert said - 0.5 <= interval.high, name
        compared += 1
    assert compared >= 15


def test_country_intensities_are_embers(published: Published) -> None:
    codes = {"FR": "FRA", "US": "USA", "DE": "DEU", "IN": "IND", "SE": "SWE", "ZA": "ZAF", "SG": "SGP", "AU": "AUS"}
    countries = published("carbon/country_energy_mix_ci.json")
    for zone, code in codes.items():
        fact = catalog.intensities(zone)["owid"]
        assert fact.quantity.value == pytest.approx(countries[code]["carbon_intensity"], rel=1e-4)
        assert fact.year == countries[code]["year"]


def test_zone_means_are_electricity_maps(published: Published) -> None:
    zones = by(published("carbon/zone_yearly_mean_2020_2022.csv"), "zonecode")
    for row in (row for row in catalog.rows("zone_sources") if row["publisher"] == "electricity-maps"):
        years = [float(zones[row["source"].split()[-1]][year]) for year in ("2020", "2021", "2022")]
        assert float(row["value"]) == pytest.approx(years[-1], rel=1e-4)
        assert (float(row["low"]), float(row["high"])) == pytest.approx((min(years), max(years)), rel=1e-4)


def test_states_are_egrids(published: Published) -> None:
    states = published("carbon/usa_state_emissions_egrid2023.json")
    rates = {
        state["regionCode"]: state["emissions"] * 0.45359237
        for name, state in states.items()
        if not name.startswith("_")
    }
    found = [row for row in catalog.rows("zone_sources") if row["publisher"] == "egrid"]
    assert len(found) >= 10
    for row in found:
        code = row["source"].split("state ")[1].split(",")[0]
        assert float(row["value"]) == pytest.approx(rates[code], rel=1e-4)


def test_pue_and_water_of_aws_regions(published: Published) -> None:
    for row in (row for row in published("carbon/aws_region_pue_wue_facts.csv") if row["year"] == "2024"):
        region = catalog.region(f"aws:{row['region']}")
        assert region.pue.quantity.value == pytest.approx(float(row["pue"]))
        assert region.wue.quantity.low <= float(row["wue_l_per_kwh"]) <= region.wue.quantity.high


def test_grid_water_is_ecologits(published: Published) -> None:
    codes = {"FR": "FRA", "US": "USA", "DE": "DEU", "BR": "BRA", "NO": "NOR", "NL": "NLD", "TW": "TWN"}
    mixes = {mix["name"]: mix for mix in published("carbon/ecologits_electricity_mixes.json")["electricity_mixes"]}
    for zone, code in codes.items():
        assert catalog.keyed("grid_water", zone).quantity.value == pytest.approx(mixes[code]["wue"], abs=0.06)


MOVED = {"francecentral", "francesouth", "germanynorth", "israelcentral", "spaincentral", "ukwest", "westcentralus"}
"""Azure regions whose published point is elsewhere: the row says where and why."""


def test_azure_regions_lie_where_the_published_list_says(published: Published) -> None:
    listed = published("carbon/azure_regions_geo.json")
    compared = 0
    for place in listed.values():
        name = f"azure:{place['Name']}"
        if name not in catalog.regions():
            continue
        row = catalog.region(name)
        assert row.latitude is not None
        assert row.longitude is not None
        km = great_circle_km(row.latitude, row.longitude, float(place["Latitude"]), float(place["Longitude"]))
        assert (km < 100) == (place["Name"] not in MOVED), (name, km)
        if km >= 100:
            source = next(r["source"] for r in catalog.rows("regions") if r["region"] == name)
            assert "the file" in source
        compared += 1
    assert compared >= 45


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    p1, p2, half = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1) / 2
    h = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(half) ** 2
    return 2 * 6371 * math.asin(math.sqrt(h))


def test_aws_regions_are_those_of_botocore() -> None:
    """The commercial, Chinese, GovCloud and European sovereign partitions; the secret ones are not for sale."""
    loaders = pytest.importorskip("botocore.loaders")
    data: Any = loaders.Loader().load_data("endpoints")
    sold = {p["partition"]: set(p["regions"]) for p in data["partitions"]}
    expected = set[str]().union(*(sold.get(name, set()) for name in ("aws", "aws-cn", "aws-us-gov", "aws-eusc")))
    mine = {row["region"].split(":")[1] for row in catalog.rows("regions") if row["provider"] == "aws"}
    assert expected - mine == set()


def test_ec2_prices_and_sizes_are_the_price_lists(published: Published) -> None:
    listed = by(published("cost/aws_ec2_instances.csv"), "instance_type")
    for name in catalog.instances():
        machine, row = catalog.instance(name), listed[name]
        assert machine.vcpu == int(row["vcpu"])
        assert machine.memory_gb == pytest.approx(int(row["memory_mib"]) / 1024)
        assert machine.accelerators == int(row["gpu_count"] or row["accelerator_count"] or 0)
        if row["usd_per_hour_us_east_1"]:
            assert machine.price.quantity.value == pytest.approx(float(row["usd_per_hour_us_east_1"]))
            assert machine.price.checked == "file"
        else:
            assert machine.price.checked == "memory", name


FAMILY_CPU = {
    "Neoverse-N1": "graviton2",
    "Neoverse-V1": "graviton3",
    "Neoverse-V2": "graviton4",
    "7R32": "epyc-7r32",
    "7R13": "epyc-7r13",
    "9R14": "epyc-9r14",
    "7571": "epyc-7571",
    "8259CL": "xeon-8259cl",
    "8275CL": "xeon-8275cl",
    "8375C": "xeon-8375c",
    "8488C": "xeon-8488c",
    "6975P-C": "xeon-6975p",
}


def test_processors_of_machines_are_spare_cores(published: Published) -> None:
    servers = published("hardware/sparecores_servers.csv.gz")
    listed = {row["api_reference"]: row["cpu_model"] for row in servers if row["vendor_id"] == "aws"}
    compared = 0
    for name in catalog.instances():
        if model := listed.get(name):
            assert catalog.instance(name).cpu == FAMILY_CPU[model], name
            compared += 1
    assert compared >= 150


def test_sagemaker_ratio_spans_the_published_prices(published: Published) -> None:
    rows = published("cost/sagemaker_prices_2024.csv")
    ratios = [float(r["sagemaker_usd_per_hour"]) / float(r["ec2_usd_per_hour_same_vintage"]) for r in rows]
    ratio = catalog.price_ratio("sagemaker").quantity
    assert ratio.low <= min(ratios)
    assert max(ratios) <= ratio.high
    assert ratio.value == pytest.approx(median(ratios), abs=0.01)


EPOCH = {
    "T4": "NVIDIA Tesla T4",
    "V100": "NVIDIA Tesla V100 SXM2",
    "A100-40": "NVIDIA A100 SXM4 40 GB",
    "A100": "NVIDIA A100 SXM4 80 GB",
    "A10G": "NVIDIA A10G",
    "L4": "NVIDIA L4",
    "H100": "NVIDIA H100 SXM5 80GB",
    "H100-PCIe": "NVIDIA H100 PCIe",
    "GH200": "NVIDIA GH200",
    "H200": "NVIDIA H200 SXM",
    "B200": "NVIDIA B200",
    "B300": "NVIDIA B300 (Blackwell Ultra)",
    "MI300X": "AMD Instinct MI300X",
    "MI250X": "AMD Radeon Instinct MI250X",
    "Gaudi2": "Intel Habana Gaudi2",
    "Gaudi3": "Intel Habana Gaudi3",
    "inferentia2": "AWS Inferentia2",
    "trainium1": "Amazon Trainium1",
    "trainium2": "Amazon Trainium2",
    "trainium3": "Amazon Trainium3",
}
COLUMNS = {
    "bf16": "Tensor-FP16/BF16 performance (FLOP/s)",
    "fp8": "FP8 performance (FLOP/s)",
    "fp32": "FP32 (single precision) performance (FLOP/s)",
    "tf32": "TF32 (TensorFloat-32) performance (FLOP/s)",
    "int8": "INT8 performance (OP/s)",
}


@pytest.mark.parametrize(("key", "name"), EPOCH.items())
def test_rates_and_design_power_are_epochs_within_two_percent(published: Published, key: str, name: str) -> None:
    """A10G is apart: Epoch lists the 150 W of the A10, the cloud card's limit is 300 W; the interval holds both."""
    row, chip = by(published("hardware/epoch_ml_hardware.csv"), "Hardware name")[name], catalog.chip(key)
    for precision, column in COLUMNS.items():
        if row[column] and precision in chip.flops:
            rate = chip.flops[precision].quantity
            assert rate.low * 0.98 <= float(row[column]) <= rate.high * 1.02, precision
            if rate.low == rate.high:
                assert rate.value == pytest.approx(float(row[column]), rel=0.02)
    if row["TDP (W)"]:
        watts, listed = chip.max_w.quantity, float(row["TDP (W)"])
        assert watts.low <= listed <= watts.high
        if key != "A10G":
            assert watts.value == pytest.approx(listed, rel=0.02)
    if row["Memory (bytes)"] and chip.memory_gb is not None:
        assert chip.memory_gb.quantity.value == pytest.approx(float(row["Memory (bytes)"]) / 1e9, rel=0.02)


@pytest.mark.parametrize("key", ["V100", "A100-40", "A100", "H100", "H100-PCIe", "B300", "MI250X"])
def test_links_are_epochs_intranode_bandwidth(published: Published, key: str) -> None:
    row = by(published("hardware/epoch_ml_hardware.csv"), "Hardware name")[EPOCH[key]]
    link = catalog.chip(key).link_gb_s
    assert link is not None
    assert link.checked == "file"
    assert link.quantity.value == pytest.approx(float(row["Intranode bandwidth (byte/s)"]) / 1e9)


@pytest.mark.parametrize("key", ["T4", "V100", "A100-40", "A100", "H100", "H200", "B200", "MI300X", "Gaudi2"])
def test_embodied_carbon_of_a_card_holds_the_figures_in_use(published: Published, key: str) -> None:
    """Cloud Carbon Footprint counts 150 kg per card; EcoLogits 273 kg per large board."""
    platforms = by(published("hardware/ccf_embodied_aws.csv"), "type")
    per_card = float(platforms["p3.16xlarge"]["additional_gpus"]) / 8
    made = catalog.chip(key).embodied_kg.quantity
    assert made.low <= per_card <= made.high
    if catalog.chip(key).memory_gb.quantity.value >= 80:  # type: ignore[union-attr]
        assert made.high >= 273


DESIGN = {
    "epyc-7742": "AMD EPYC 7742",
    "epyc-7763": "AMD EPYC 7763",
    "epyc-7r13": "AMD EPYC 7R13",
    "epyc-9654": "AMD EPYC 9654",
    "xeon-e5-2686v4": "Intel Xeon E5-2686 v4",
    "xeon-8124m": "Intel Xeon Platinum 8124M",
    "xeon-8175m": "Intel Xeon Platinum 8175M",
    "xeon-8259cl": "Intel Xeon Platinum 8259CL",
    "xeon-8275cl": "Intel Xeon Platinum 8275CL",
    "xeon-8375c": "Intel Xeon Platinum 8375C",
}


@pytest.mark.parametrize(("key", "name"), DESIGN.items())
def test_design_power_of_processors_is_codecarbons(published: Published, key: str, name: str) -> None:
    listed = float(by(published("hardware/cpu_tdp_codecarbon.csv"), "Name")[name]["TDP"])
    assert catalog.chip(key).max_w.quantity.value == pytest.approx(listed)
    threads = {row["cpu"]: row for row in catalog.rows("cpus")}
    if key in threads:
        row = threads[key]
        per_thread = listed / int(row["threads"])
        assert float(row["low"]) - 0.01 <= per_thread <= float(row["high"]) + 0.01
        assert float(row["value"]) == pytest.approx(per_thread, abs=0.01)


def test_hosted_prices_are_litellms(published: Published) -> None:
    listed = published("llm/litellm_model_prices.json.gz")
    columns = {
        "input": "input_cost_per_token",
        "output": "output_cost_per_token",
        "cached": "cache_read_input_token_cost",
        "batch_input": "input_cost_per_token_batches",
        "batch_output": "output_cost_per_token_batches",
    }
    for name in catalog.hosted_models():
        model = catalog.hosted(name)
        row = listed[model.input.source.split(": ", 1)[1]]
        for quantity, column in columns.items():
            fact = getattr(model, quantity)
            assert (fact is None) == (row.get(column) is None), (name, quantity)
            if fact is not None:
                assert fact.quantity.value == pytest.approx(row[column] * 1e6, rel=1e-5)


def test_sizes_of_hosted_models_are_ecologits(published: Published) -> None:
    models = {model["name"]: model for model in published("llm/ecologits_models.json.gz")["models"]}
    compared = 0
    for name in catalog.hosted_models():
        fact = catalog.hosted(name).total_b
        if fact is None or not fact.source.startswith("EcoLogits"):
            continue
        said = models[fact.source.split("models: ")[1].split(";")[0]]["architecture"]["parameters"]
        total = said.get("total", said) if isinstance(said, dict) else said
        low, high = (total["min"], total["max"]) if isinstance(total, dict) else (total, total)
        assert fact.quantity.low <= low * 1.0001
        assert high <= fact.quantity.high * 1.0001
        compared += 1
    assert compared >= 40


PEERS = {
    "trainium1": (190, ("NVIDIA L4", "Amazon Trainium2", "NVIDIA A100 SXM4 80 GB", "Intel Habana Gaudi2")),
    "inferentia2": (190, ("NVIDIA L4", "Amazon Trainium2", "NVIDIA A100 SXM4 80 GB", "Intel Habana Gaudi2")),
    "inferentia1": (64, ("NVIDIA L4", "NVIDIA Tesla T4", "NVIDIA Tesla V100 SXM2")),
}


@pytest.mark.parametrize("key", PEERS)
def test_modelled_watts_of_neuron_chips_span_those_of_their_peers(published: Published, key: str) -> None:
    """Watts per dense TFLOP/s of accelerators in Epoch AI, times the chip's own rate."""
    rows, (tflops, names) = by(published("hardware/epoch_ml_hardware.csv"), "Hardware name"), PEERS[key]
    rates = [rows[n][COLUMNS["bf16"]] or rows[n]["FP16 (half precision) performance (FLOP/s)"] for n in names]
    per_tflop = [float(rows[n]["TDP (W)"]) / (float(rate) / 1e12) for n, rate in zip(names, rates, strict=True)]
    watts = catalog.chip(key).max_w.quantity
    assert catalog.chip(key).flops["bf16"].quantity.value == pytest.approx(tflops * 1e12)
    assert watts.low == pytest.approx(tflops * min(per_tflop), rel=0.02)
    assert watts.high == pytest.approx(tflops * max(per_tflop), rel=0.02)
    assert watts.low < watts.value < watts.high


@pytest.mark.parametrize(
    ("key", "machine"), [("T4", "g4dn.metal"), ("V100", "p3.16xlarge"), ("A100-40", "p4d.24xlarge")]
)
def test_idle_watts_of_boards_are_the_share_of_the_teads_data(published: Published, key: str, machine: str) -> None:
    row = by(published("hardware/teads_aws_instance_power.csv"), "Instance type")[machine]
    each = float(row["GPUWatt @ Idle"].replace(",", ".")) / int(row["Instance Number of GPU"])
    idle = catalog.chip(key).idle_w.quantity
    assert idle.value == pytest.approx(each, rel=0.02)
    full = float(row["GPUWatt @ 100%"].replace(",", ".")) / int(row["Instance Number of GPU"])
    assert catalog.chip(key).max_w.quantity.high == pytest.approx(full, rel=0.02)
