"""Watts and embodied emissions of machines: laws first, then figures that others publish."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung import catalog
from rung.catalog import Instance
from rung.types import Origin, Quantity

from .conftest import Published

NAMES = st.sampled_from(catalog.instances())


def interval(quantity: Quantity) -> tuple[float, float, float]:
    return quantity.low, quantity.value, quantity.high


def sized(machine: Instance, times: int) -> Instance:
    return dataclasses.replace(
        machine,
        vcpu=machine.vcpu * times,
        memory_gb=machine.memory_gb * times,
        accelerators=machine.accelerators * times,
    )


@settings(deadline=None)
@given(NAMES)
def test_idle_is_below_max_at_every_common_position(name: str) -> None:
    watts = catalog.watts(catalog.instance(name))
    for position in (-1.0, 0.0, 1.0):
        same = dict.fromkeys(watts.idle.sources | watts.max.sources, position)
        assert 0 < watts.idle.at(same) < watts.max.at(same)


@settings(deadline=None)
@given(NAMES, st.integers(2, 8))
def test_a_machine_n_times_as_large_draws_and_embodies_n_times_as_much(name: str, times: int) -> None:
    one, many = catalog.instance(name), sized(catalog.instance(name), times)
    for of in (lambda m: catalog.watts(m).idle, lambda m: catalog.watts(m).max, catalog.embodied):
        assert interval(of(many)) == pytest.approx(tuple(times * part for part in interval(of(one))))


@settings(deadline=None)
@given(NAMES)
def test_more_memory_draws_more_and_embodies_more(name: str) -> None:
    machine = catalog.instance(name)
    more = dataclasses.replace(machine, memory_gb=machine.memory_gb + 64)
    assert catalog.watts(more).idle.low > catalog.watts(machine).idle.low
    assert catalog.embodied(more).value > catalog.embodied(machine).value


@settings(deadline=None)
@given(NAMES)
def test_every_error_source_is_named(name: str) -> None:
    machine = catalog.instance(name)
    watts, made = catalog.watts(machine), catalog.embodied(machine)
    assert watts.max.sources >= {f"max-watts:{machine.cpu}", "device:memory-max", "ratio:board-over-cpu-max"}
    assert watts.idle.sources >= {f"idle-watts:{machine.cpu}", "device:memory-idle"}
    assert made.sources >= {f"embodied:{machine.cpu}", "embodied:platform", "embodied:memory-gb"}
    if machine.accelerator:
        assert f"max-watts:{machine.accelerator}" in watts.max.sources
        assert f"embodied:{machine.accelerator}" in made.sources
    assert watts.max.origin >= Origin.MODELLED


@settings(deadline=None)
@given(NAMES)
def test_the_hourly_share_over_the_mean_life_is_the_whole(name: str) -> None:
    machine = catalog.instance(name)
    hourly, years = catalog.embodied_g_per_hour(machine), catalog.keyed("embodied", "server-lifetime").quantity
    assert hourly.value * years.value * 8760 / 1000 == pytest.approx(catalog.embodied(machine).value)
    assert "embodied:server-lifetime" in hourly.sources
    # The longest life with the least making is the lowest rate.
    assert hourly.low * years.high * 8760 / 1000 == pytest.approx(catalog.embodied(machine).low)


def test_two_machines_with_one_chip_share_its_error() -> None:
    small, large = (catalog.watts(catalog.instance(name)).max for name in ("m7g.large", "m7g.xlarge"))
    for position in (-1.0, 1.0):
        same = dict.fromkeys(small.sources, position)
        assert large.at(same) == pytest.approx(2 * small.at(same))


TEADS = [
    "c6g.16xlarge",
    "m6g.16xlarge",
    "r6g.16xlarge",
    "m6g.xlarge",
    "t4g.2xlarge",
    "t3a.2xlarge",
    "m6i.16xlarge",
    "m6i.large",
]


@pytest.mark.parametrize("name", [*TEADS, "g4dn.xlarge", "g4dn.12xlarge", "g4dn.metal", "p4d.24xlarge"])
def test_the_power_of_a_machine_holds_the_teads_figures(published: Published, name: str) -> None:
    """Teads, EC2 carbon footprint dataset (2022): watts of instances at idle and at full load."""
    row = next(r for r in published("hardware/teads_aws_instance_power.csv") if r["Instance type"] == name)
    watts = catalog.watts(catalog.instance(name))
    for said, ours in (("Instance @ Idle", watts.idle), ("Instance @ 100%", watts.max)):
        assert ours.low <= float(row[said].replace(",", ".")) <= ours.high, said


WHOLE = {"c6g.16xlarge": 1, "m6g.16xlarge": 1, "r6g.16xlarge": 1, "m6i.16xlarge": 2}
"""Machine -> how many of it fill a server."""


@pytest.mark.parametrize(("name", "fill"), WHOLE.items())
def test_the_making_of_a_whole_server_holds_both_cloud_carbon_footprint_figures(
    published: Published, name: str, fill: int
) -> None:
    """Cloud Carbon Footprint gives the platform twice: by its rule of 2021, and in its list of 2026 in tons."""
    whole = catalog.embodied(sized(catalog.instance(name), fill))
    rule = next(r for r in published("hardware/ccf_embodied_aws.csv") if r["type"] == name)
    listed = next(r for r in published("hardware/ccf_aws_instances_2026.csv") if r["Instance Type"] == name)
    assert whole.low <= float(rule["total"]) <= whole.high
    assert whole.low <= float(listed["Platform Embedded Emissions (mtCo2eq)"]) * 1000 <= whole.high


def test_the_making_of_a_machine_holds_the_boavizta_figure(published: Published) -> None:
    """BoaviztAPI tests: m6g.xlarge 55 kg (31.5 to 89.2)."""
    cases = published("test_vectors.json")["boavizta_api"]["cases"]
    said = next(case for case in cases if "m6g.xlarge" in case["name"])["gwp_embedded_kg"]["value"]
    made = catalog.embodied(catalog.instance("m6g.xlarge"))
    assert made.low <= said <= made.high
