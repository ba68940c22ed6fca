"""Every row of every table: known units, ordered figures, sources, keys and references that resolve, coverage."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from rung import catalog
from rung.catalog.facts import built_in_columns, first_keys, key
from rung.catalog.schema import SPECS
from rung.catalog.validation import valid_rows
from rung.errors import MissingFactor
from rung.types import Origin

ROWS = [(table, row) for table in catalog.tables() for row in catalog.rows(table)]
FIGURES = [(table, row) for table, row in ROWS if SPECS[table].numeric]


def named(value: object) -> str:
    return value if isinstance(value, str) else ":".join(list(value.values())[:2])  # type: ignore[attr-defined]


def test_every_table_has_a_description_and_rows() -> None:
    folder = set(catalog.tables())
    assert folder == set(SPECS)
    for table, spec in SPECS.items():
        assert spec.what
        assert catalog.rows(table), table


@pytest.mark.capability("catalog", verified="real")
@pytest.mark.parametrize(("table", "row"), FIGURES, ids=named)
def test_every_figure_has_an_interval_and_a_unit(table: str, row: dict[str, str]) -> None:
    low, value, high = float(row["low"]), float(row["value"]), float(row["high"])
    assert all(math.isfinite(number) for number in (low, value, high))
    assert 0 <= low <= value <= high
    assert row["unit"] in SPECS[table].units_of(row)
    free = row.get("quantity") in {"output", "batch_output"}
    assert value > 0 or free


@pytest.mark.capability("catalog", verified="real")
@pytest.mark.parametrize(("table", "row"), ROWS, ids=named)
def test_every_row_has_a_year_a_source_and_says_how_it_was_checked(table: str, row: dict[str, str]) -> None:
    assert None not in row, "more cells than columns"
    assert tuple(row) == built_in_columns(table)
    assert 2000 <= int(row["year"]) <= 2026
    assert len(row["source"]) > 10
    assert row["checked"] in {"file", "doc", "memory"}


@pytest.mark.parametrize("table", catalog.tables())
def test_the_built_in_tables_pass_the_checks_that_a_users_rows_must_pass(table: str) -> None:
    """Units, order, choices, ranges, unique keys, and references to other tables."""
    columns = built_in_columns(table)
    quoted = [",".join('"' + row[c].replace('"', '""') + '"' for c in columns) for row in catalog.rows(table)]
    text = "\n".join([",".join(columns), *quoted])
    rows = valid_rows(table, text, where=table, columns=columns, known=first_keys)
    assert len(rows) == len(catalog.rows(table))


@pytest.mark.parametrize("table", catalog.tables())
def test_keys_are_unique(table: str) -> None:
    keys = Counter(key(table, row) for row in catalog.rows(table))
    assert [k for k, count in keys.items() if count > 1] == []


@pytest.mark.capability("catalog", verified="real")
def test_nineteen_of_twenty_rows_were_checked() -> None:
    counts = Counter(row["checked"] for _, row in ROWS)
    assert (counts["file"] + counts["doc"]) / counts.total() >= 0.95


def test_rows_from_memory_read_as_assumed_and_modelled_ones_say_so() -> None:
    assert catalog.keyed("tariffs", "world").checked == "memory"
    assert catalog.keyed("tariffs", "world").quantity.origin is Origin.ASSUMED
    assert catalog.keyed("pue", "aws").quantity.origin is Origin.QUOTED
    watts = catalog.chip("trainium1").max_w
    assert watts.quantity.origin is Origin.MODELLED
    assert "modelled, no watts published" in watts.source
    assert catalog.chip("A10G").flops["bf16"].quantity.origin is Origin.ASSUMED


@pytest.mark.parametrize(("provider", "least"), [("aws", 33), ("gcp", 40), ("azure", 40)])
def test_the_clouds_are_covered(provider: str, least: int) -> None:
    assert sum(row["provider"] == provider for row in catalog.rows("regions")) >= least


@pytest.mark.parametrize("zone", catalog.zones())
def test_every_zone_has_two_publishers_and_spans_them(zone: str) -> None:
    intensity, said = catalog.grid(zone).intensity.quantity, catalog.intensities(zone)
    assert len(said) >= 2
    for fact in said.values():
        assert fact.name == f"grid:{zone}"
        assert intensity.low <= fact.quantity.low + 1e-9
        assert fact.quantity.high <= intensity.high + 1e-9


@pytest.mark.parametrize(
    "chip",
    [
        "graviton2",
        "graviton3",
        "graviton4",
        "T4",
        "L4",
        "A10G",
        "L40S",
        "V100",
        "A100-40",
        "A100",
        "H100",
        "H100-PCIe",
        "H200",
        "GH200",
        "B200",
        "MI300X",
        "MI250X",
        "Gaudi2",
        "Gaudi3",
        "inferentia1",
        "inferentia2",
        "trainium1",
        "trainium2",
        "trainium3",
    ],
)
def test_promised_silicon_is_there(chip: str) -> None:
    assert chip in catalog.silicon()


@pytest.mark.parametrize("name", catalog.silicon())
def test_every_chip_is_whole(name: str) -> None:
    chip = catalog.chip(name)
    assert chip.idle_w.quantity.high < chip.max_w.quantity.high
    assert chip.idle_w.quantity.value < chip.max_w.quantity.value
    assert chip.embodied_kg.quantity.low < chip.embodied_kg.quantity.high, "making a chip is known as a range"
    assert chip.max_w.quantity.low < chip.max_w.quantity.high
    assert chip.flops
    if chip.kind == "cpu":
        assert chip.threads is not None
        assert chip.vcpus is not None
        assert chip.sockets is not None
        assert chip.vcpus <= chip.threads
    else:
        assert "bf16" in chip.flops
        assert chip.memory_gb is not None
        assert chip.bandwidth_gb_s is not None
        assert chip.link_gb_s is not None
        # Both directions of the slowest slot, PCI Express 3.0 x16, are 31.5 GB/s; no link is faster than memory.
        assert 31.5 <= chip.link_gb_s.quantity.low <= chip.link_gb_s.quantity.value < chip.bandwidth_gb_s.quantity.value
        assert (chip.slices is None) == (chip.slice_memory_gb is None)
        rates = [chip.flops[p].quantity.value for p in ("fp32", "tf32", "bf16", "fp8") if p in chip.flops]
        assert rates == sorted(rates), "a shorter format is not slower"


def test_slices_hold_no_more_memory_than_the_board() -> None:
    split = [catalog.chip(name) for name in catalog.silicon() if catalog.chip(name).slices]
    assert {chip.key for chip in split} >= {"A100-40", "A100", "H100", "H200", "B200"}
    for chip in split:
        assert chip.slices is not None
        assert chip.slice_memory_gb is not None
        assert chip.memory_gb is not None
        assert chip.slices * chip.slice_memory_gb.quantity.value <= chip.memory_gb.quantity.value


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 PCIe", "H100-PCIe"),
        ("NVIDIA H200", "H200"),
        ("NVIDIA GH200 480GB", "GH200"),
        ("NVIDIA B200", "B200"),
        ("NVIDIA A100-SXM4-40GB", "A100-40"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("AMD Instinct MI250X", "MI250X"),
    ],
)
def test_a_driver_name_finds_its_own_board(name: str, key: str) -> None:
    assert catalog.gpu(name).key == key


@pytest.mark.parametrize("name", ["NVIDIA GB200", "NVIDIA GB300", "NVIDIA H100 NVL", "NVIDIA GH200 144G HBM3e"])
def test_a_board_that_is_not_listed_is_not_taken_for_its_cousin(name: str) -> None:
    with pytest.raises(MissingFactor):
        catalog.gpu(name)


CPU_FAMILIES = [kind + generation for generation in ("6g", "7g", "8g") for kind in "cmr"]
ACCELERATED = ["g4dn", "g5", "g6", "g6e", "p4d", "p5", "p5e", "p6-b200", "p6-b300", "inf1", "inf2", "trn1", "trn2"]


@pytest.mark.parametrize("family", ["t3", "t4g", *CPU_FAMILIES])
def test_cpu_families_have_four_sizes(family: str) -> None:
    found = [row for row in catalog.rows("instances") if row["family"] == family]
    assert len(found) >= 4
    assert {row["accelerators"] for row in found} == {"0"}


@pytest.mark.parametrize("family", ACCELERATED)
def test_accelerated_families_are_there(family: str) -> None:
    for row in (row for row in catalog.rows("instances") if row["family"] == family):
        machine = catalog.instance(row["instance"])
        assert machine.accelerator is not None
        assert machine.accelerators >= 1
        assert catalog.chip(machine.accelerator).kind != "cpu"
        break
    else:
        pytest.fail(f"no {family}")


@pytest.mark.parametrize("name", catalog.instances())
def test_every_machine_is_priced_and_spot_is_never_dearer(name: str) -> None:
    machine = catalog.instance(name)
    assert catalog.chip(machine.cpu).kind == "cpu"
    assert machine.spot.quantity.high <= machine.price.quantity.high * (1 + 1e-9)
    assert machine.price.quantity.value < machine.managed.quantity.value
    assert (machine.accelerator is None) == (machine.accelerators == 0)


def test_forty_hosted_models_of_the_usual_houses() -> None:
    assert len(catalog.hosted_models()) >= 40
    houses = {catalog.hosted(name).provider for name in catalog.hosted_models()}
    assert houses >= {"openai", "anthropic", "google", "mistral", "cohere", "deepseek", "bedrock"}
    assert {"bedrock:nova-pro", "bedrock:llama-3.3-70b"} <= set(catalog.hosted_models())


@pytest.mark.parametrize("name", catalog.hosted_models())
def test_hosted_prices_are_in_order(name: str) -> None:
    model = catalog.hosted(name)
    for cheaper in (model.cached, model.batch_input):
        assert cheaper is None or cheaper.quantity.value <= model.input.quantity.value
    if model.batch_output is not None:
        assert model.batch_output.quantity.value <= model.output.quantity.value
    if model.total_b is not None and model.active_b is not None:
        assert model.active_b.quantity.value <= model.total_b.quantity.value
        assert model.active_b.quantity.low <= model.total_b.quantity.low
