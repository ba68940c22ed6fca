"""Commands under a meter that is played by a fake: boards, unknown counters, and what is on rented machines."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from rung import catalog
from rung.accounting import Options, Ran, command_activity, line_of, run_command
from rung.errors import BadInput
from rung.testing.meters import FakeMeter
from rung.types import Origin, Quantity, Reading
from rung.workload import Place

FRANCE = Options(place=Place(region="FR"))
WITH_GPU = Reading(7200.0, 100.0, Quantity.of(4e6, "J", Origin.MEASURED), {"cpu": 1e6, "gpu0": 3e6})
RAN = Ran(("python", "train.py"), 0, WITH_GPU, "2026-01-01T00:00:00+00:00", "2026-01-01T02:00:00+00:00", 0.1)


def test_a_board_without_a_name_leaves_the_embodied_carbon_unknown() -> None:
    line = line_of(command_activity(RAN, FRANCE.at(None), FRANCE))
    assert line.carbon.quantity is None
    assert "--gpu" in line.carbon.missing()[0]
    assert line.compute.quantity is not None


def test_a_named_board_counts_by_the_share_of_its_life() -> None:
    """Two hours of four years of an L4."""
    options = replace(FRANCE, gpus=("NVIDIA L4",))
    line = line_of(command_activity(RAN, options.at(None), options))
    assert line.embodied.quantity is not None
    made = catalog.gpu("NVIDIA L4").embodied.quantity.value * 1000 * 2 / (4 * 8760)
    cores = 100 * 14000 / (4 * 8760 * 3600)
    assert line.embodied.quantity.value == pytest.approx(made + cores)


def test_a_lost_counter_is_unknown_not_nothing() -> None:
    meter = FakeMeter(cpu_s_per_look=1.0, known=False)
    ran = run_command([sys.executable, "-c", "pass"], meter)
    line = line_of(command_activity(ran, FRANCE.at(None), FRANCE))
    assert line.carbon.quantity is None
    assert "counter" in line.carbon.missing()[0]


def test_looks_are_told_and_the_reading_spans_the_command() -> None:
    meter, told = FakeMeter(cpu_s_per_look=0.5, wall_s_per_look=1.0), list[float]()
    command = [sys.executable, "-c", "import time; time.sleep(0.5)"]
    ran = run_command(command, meter, on_look=lambda reading: told.append(reading.cpu_s), look_every_s=0.1)
    assert len(told) >= 2
    assert told == sorted(told)
    assert ran.reading.cpu_s == pytest.approx(told[-1] + 0.5)
    assert ran.ended > ran.started


def test_a_signal_is_told_as_shells_do() -> None:
    command = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    assert run_command(command, FakeMeter()).exit_code == 137


def test_a_program_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no-such-thing"):
        run_command(["no-such-thing"], FakeMeter())
