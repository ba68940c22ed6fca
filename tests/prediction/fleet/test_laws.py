"""Laws of the simulator: energy is conserved, Little's law holds, one server and many follow Erlang, seeds decide."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.prediction.fleet.fleets import SERVICE, WAITERS, fleet, poisson, run, with_spill

from rung.prediction.fleet import AffineService, FleetSpec, Request, Scaling, Simulated

EXACT = 1e-9

scalings = st.sampled_from(
    [
        Scaling.fixed(1),
        Scaling.fixed(3),
        Scaling("target", 1, 5, 6.0, hold_s=30),
        Scaling("predictive", 1, 5, 6.0, hold_s=30),
        Scaling("zero", 0, 4, 8.0, keep_s=20),
    ]
)
bursts = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.3, 2.0, 50.0, 4000.0]),
        st.integers(1, 9000),
        st.integers(1, 700),
        st.sampled_from([None, None, 5.0, 300.0]),
    ),
    min_size=1,
    max_size=60,
)


@st.composite
def fleets(draw: st.DrawFn) -> FleetSpec:
    """Any fleet: scaling, chunks, routing, waiters, spillover."""
    routing = draw(st.sampled_from(["spread", "pack"]))
    spec = fleet(draw(scalings), chunk=draw(st.sampled_from([64, 2048, 1 << 60])), routing=routing)
    if draw(st.booleans()):
        spec = replace(spec, deferral=WAITERS)
    return with_spill(spec) if draw(st.booleans()) else spec


def requests_of(burst: list[tuple[float, int, int, float | None]]) -> list[Request]:
    """Gaps become moments."""
    now, found = 0.0, list[Request]()
    for gap, prompt, output, within in burst:
        now += gap
        found.append(Request(now, prompt, output, within))
    return found


def close(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=EXACT, abs_tol=1e-6)


@pytest.mark.capability("fleet-laws", verified="real")
@settings(max_examples=150, deadline=None)
@given(bursts, fleets())
def test_energy_is_conserved_and_everyone_is_served_once(
    burst: list[tuple[float, int, int, float | None]], spec: FleetSpec
):
    """Requests + idle + cold starts = what was drawn, booked by the hour on another path."""
    done = run(requests_of(burst), spec)
    meters = [site.meter for site in done.sites]
    drawn = math.fsum(joules for meter in meters for joules in meter.by_hour.values())
    lost = math.fsum(meter.idle_j + meter.cold_j for meter in meters)
    assert close(done.tally.energy.sum + lost, drawn)
    assert close(math.fsum(meter.total_j for meter in meters), drawn)
    assert done.tally.served + sum(done.tally.refused.values()) == done.tally.arrived == len(burst)
    assert done.tally.output_tokens == sum(r.output for r in requests_of(burst))
    assert done.tally.itl.number == sum(r.output - 1 for r in requests_of(burst))
    for meter in meters:
        assert meter.busy_s <= meter.up_s * (1 + EXACT) + 1e-9
        assert min(meter.idle_j, meter.cold_j, meter.busy_s) >= 0


@settings(max_examples=60, deadline=None)
@given(bursts, scalings)
def test_idle_time_is_what_is_neither_busy_nor_starting(
    burst: list[tuple[float, int, int, float | None]], scaling: Scaling
):
    spec = fleet(scaling, service=replace(SERVICE, cold_start_s=0.0, cold_start_j=0.0))
    meter = run(requests_of(burst), spec).sites[0].meter
    assert math.isclose(meter.idle_j / SERVICE.idle_w + meter.busy_s, meter.up_s, rel_tol=1e-9, abs_tol=1e-4)


@pytest.mark.capability("fleet-laws", verified="real")
@pytest.mark.parametrize("rate", [0.5, 4.0, 9.0])
def test_littles_law(rate: float):
    """Mean in the system x span = sum of the times in it: exact on every path, not only in the long run."""
    done = run(poisson(3000, rate))
    assert math.isclose(done.tally.area, done.tally.latency.sum, rel_tol=EXACT)


def erlang_c_wait_s(rate: float, mean_s: float, servers: int) -> float:
    """Mean wait [s] of M/M/c: C(c, a) / (c/mean - rate), with Erlang's C (Kleinrock, Queueing Systems I, 3.5)."""
    load = rate * mean_s
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (math.fsum(terms) + last) / (servers / mean_s - rate)


def mmc(count: int, rate: float, mean_s: float, servers: int, seed: int) -> Simulated:
    """One request a replica, exponential times in steps of a hundredth of their mean, Poisson arrivals."""
    draw = random.Random(seed)

    def arrivals() -> Iterator[Request]:
        now = 0.0
        for _ in range(count):
            now += draw.expovariate(rate)
            yield Request(now, 1, 1 + max(1, round(100 * draw.expovariate(1.0))))

    service = AffineService(
        "exponential", mean_s / 100, 0.0, 1e12, 1.0, 1.0, 1.0, 1, 10**9, 0.0, 0.0
    )  # a prompt takes no time, a token a hundredth of the mean
    return run(arrivals(), fleet(Scaling.fixed(servers), service=service))


@pytest.mark.capability("fleet-erlang", verified="real")
@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.8), (2, 0.7), (4, 0.8), (10, 0.8)])
def test_many_servers_wait_as_erlang_says(servers: int, load: float):
    """Ten runs of 8,000: their mean is within three standard errors of Erlang's C, and these are small."""
    mean_s = 2.0
    rate = load * servers / mean_s
    waits = [mmc(8000, rate, mean_s, servers, seed).tally.wait.mean or 0.0 for seed in range(10)]
    mean = math.fsum(waits) / len(waits)
    error = math.sqrt(math.fsum((w - mean) ** 2 for w in waits) / (len(waits) - 1) / len(waits))
    expected = erlang_c_wait_s(rate, mean_s, servers)
    assert error < 0.08 * expected
    assert abs(mean - expected) < 3 * error + 0.002 * expected


def test_the_share_that_waits_is_erlangs_c():
    done = mmc(40_000, 2.8, 1.0, 4, 1).tally.wait
    at_once = done.counts[0] / done.number
    probability = erlang_c_wait_s(2.8, 1.0, 4) * (4 - 2.8)
    assert 1 - at_once == pytest.approx(probability, abs=0.02)


def test_a_seed_decides_everything():
    spec = fleet(Scaling("target", 1, 6, 6.0), deferral=WAITERS)
    requests = poisson(1500, 6.0)
    one, same = run(requests, spec), run(requests, spec)
    assert one.tally == same.tally or one.tally.energy.sum == same.tally.energy.sum
    assert one.sites[0].meter == same.sites[0].meter
    other = run(requests, replace(spec, deferral=replace(WAITERS, seed=1)))
    assert other.sites[0].meter != one.sites[0].meter


def test_more_replicas_wait_less_and_idle_more():
    requests = poisson(2000, 8.0)
    runs = [run(requests, fleet(Scaling.fixed(n))) for n in (2, 3, 5, 8)]
    waits = [one.tally.ttft.mean or 0.0 for one in runs]
    idle = [one.sites[0].meter.idle_j for one in runs]
    assert waits == sorted(waits, reverse=True)
    assert idle == sorted(idle)
