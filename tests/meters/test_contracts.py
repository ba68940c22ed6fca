"""Every meter that ships keeps the contract."""

from __future__ import annotations

import pytest

from rung.meters import local_meter
from rung.testing.meters import FakeMeter, MeterContract
from rung.types import Meter


@pytest.mark.capability("parts-sum", verified="real")
class TestLocalMeter(MeterContract):
    def make_meter(self) -> Meter:
        return local_meter()


class TestFakeMeter(MeterContract):
    def make_meter(self) -> Meter:
        return FakeMeter(wall_s_per_look=0.25, cpu_s_per_look=0.5)


class TestFakeMeterOfUnknownEnergy(MeterContract):
    def make_meter(self) -> Meter:
        return FakeMeter(cpu_s_per_look=0.5, known=False)


def test_looks_of_another_meter_and_out_of_order_are_refused() -> None:
    meter, other = local_meter(), FakeMeter()
    first = meter.look()
    second = meter.look()
    with pytest.raises(TypeError):
        meter.between(other.look(), second)
    with pytest.raises(ValueError, match="older"):
        meter.between(second, first)


def test_the_fake_spends_what_it_is_told() -> None:
    meter = FakeMeter(watts=3.0)
    start = meter.look()
    meter.spend(2.0, wall_s=5.0)
    reading = meter.between(start, meter.look())
    assert (reading.cpu_s, reading.wall_s) == (2.0, 5.0)
    assert reading.energy is not None
    assert (reading.energy.low, reading.energy.value, reading.energy.high) == (3.0, 6.0, 12.0)
