"""The contract of a meter, and a deterministic one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from rung.meters import CPU_POWER_MODEL
from rung.types import Factor, Look, Meter, Origin, Quantity, Reading


@dataclass(frozen=True, slots=True)
class FakeLook:
    """A snapshot of a `FakeMeter`."""

    wall_s: float
    cpu_s: float


class FakeMeter:
    """A meter whose clocks move only when told, or by a fixed step at each look.

    Args:
        watts: energy of a second of CPU time [W].
        wall_s_per_look: how far the clock moves at each look [s].
        cpu_s_per_look: how far the CPU time moves at each look [s].
        low: lower multiplier of the model's range.
        high: upper multiplier.
        known: False makes every energy unknown.
    """

    def __init__(
        self,
        *,
        watts: float = 2.0,
        wall_s_per_look: float = 0.0,
        cpu_s_per_look: float = 0.0,
        low: float = 0.5,
        high: float = 2.0,
        known: bool = True,
    ) -> None:
        self._watts, self._factor, self._known = watts, Factor(CPU_POWER_MODEL, low, high), known
        self._step = (wall_s_per_look, cpu_s_per_look)
        self._wall_s = self._cpu_s = 0.0

    @property
    def describe(self) -> str:
        """One line."""
        return f"fake: {self._watts:g} W per CPU second"

    def spend(self, cpu_s: float, wall_s: float | None = None) -> None:
        """Let time pass [s]; the clock moves with the CPU time unless `wall_s` says otherwise."""
        self._cpu_s += cpu_s
        self._wall_s += cpu_s if wall_s is None else wall_s

    def look(self) -> FakeLook:
        """The clocks now, moved by a step."""
        wall_s, cpu_s = self._step
        self.spend(cpu_s, wall_s)
        return FakeLook(self._wall_s, self._cpu_s)

    def between(self, start: Look, end: Look) -> Reading:
        """What was spent between two looks."""
        assert isinstance(start, FakeLook)
        assert isinstance(end, FakeLook)
        return self.reading_for_cpu(end.cpu_s - start.cpu_s, end.wall_s - start.wall_s)

    def reading_for_cpu(self, cpu_s: float, wall_s: float) -> Reading:
        """The reading for so much work."""
        if not self._known:
            return Reading(wall_s, cpu_s, None)
        energy = Quantity.of(self._watts * cpu_s, "J", Origin.MODELLED, self._factor)
        return Reading(wall_s, cpu_s, energy, {"cpu": energy.value})


class MeterContract:
    """What every meter promises. Subclass it in a test file and give `make_meter`."""

    def make_meter(self) -> Meter:
        """A fresh meter."""
        raise NotImplementedError

    def test_it_satisfies_the_protocol(self) -> None:
        """It has the protocol's methods."""
        assert isinstance(self.make_meter(), Meter)

    def test_it_says_in_one_line_where_its_figures_come_from(self) -> None:
        """`describe` is one line and not empty."""
        assert len(self.make_meter().describe.splitlines()) == 1

    def test_nothing_ever_runs_backwards(self) -> None:
        """Times and energies of successive windows are not negative."""
        meter = self.make_meter()
        looks = [meter.look() for _ in range(50)]
        for start, end in pairwise(looks):
            reading = meter.between(start, end)
            assert reading.wall_s >= 0
            assert reading.cpu_s >= 0
            assert reading.energy is None or reading.energy.low >= 0

    def test_laps_sum_to_the_whole(self) -> None:
        """Windows that touch add up, in time, energy and parts; windows may nest."""
        meter = self.make_meter()
        looks = [meter.look()]
        for work in range(1, 8):
            sum(range(5000 * work))
            looks.append(meter.look())
        whole = meter.between(looks[0], looks[-1])
        laps = meter.between(looks[0], looks[1])
        for start, end in pairwise(looks[1:]):
            laps = laps + meter.between(start, end)
        assert math.isclose(laps.wall_s, whole.wall_s, abs_tol=1e-9)
        assert math.isclose(laps.cpu_s, whole.cpu_s, abs_tol=1e-9)
        assert (laps.energy is None) == (whole.energy is None)
        if laps.energy is not None and whole.energy is not None:
            for one, other in (
                (laps.energy.low, whole.energy.low),
                (laps.energy.value, whole.energy.value),
                (laps.energy.high, whole.energy.high),
            ):
                assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        assert laps.parts_j.keys() == whole.parts_j.keys()

    def test_parts_sum_to_the_energy(self) -> None:
        """The components are the whole, where it is known."""
        meter = self.make_meter()
        start = meter.look()
        sum(range(100_000))
        reading = meter.between(start, meter.look())
        if reading.energy is not None:
            assert math.isclose(math.fsum(reading.parts_j.values()), reading.energy.value, rel_tol=1e-9, abs_tol=1e-12)

    def test_a_look_at_the_same_moment_holds_nothing(self) -> None:
        """A window from a look to itself is empty."""
        meter = self.make_meter()
        look = meter.look()
        reading = meter.between(look, look)
        assert reading.wall_s == reading.cpu_s == 0
        assert reading.energy is None or reading.energy.value == 0

    def test_predicted_work_scales(self) -> None:
        """Twice the work is twice the energy, from the same error sources."""
        meter = self.make_meter()
        once, twice = meter.reading_for_cpu(1.0, 2.0), meter.reading_for_cpu(2.0, 4.0)
        assert (once.cpu_s, once.wall_s) == (1.0, 2.0)
        assert (once.energy is None) == (twice.energy is None)
        if once.energy is not None and twice.energy is not None:
            assert math.isclose(2 * once.energy.value, twice.energy.value)
            assert once.energy.sources == twice.energy.sources
