"""The simulator against times worked out by hand; scaling, those who wait, spillover, and what relaxing saves."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prediction.fleet.fleets import SERVICE, fleet, poisson, run, with_spill

from rung.errors import BadData, BadInput
from rung.feeds import HourlySeries
from rung.prediction.fleet import (
    AffineService,
    Deferral,
    Objective,
    Power,
    Request,
    Scaling,
    TraceFile,
    best_batch,
    keep_alive_s,
    outcome_of,
    read_objective,
    read_profile,
    relax,
    step_line,
)
from rung.prediction.fleet.histogram import LogHistogram
from rung.prediction.fleet.scaling import Scaler, Seen
from rung.prediction.fleet.simulate import TOO_LONG
from rung.types import Factor, Origin, Quantity

SHARED = Path(os.environ.get("RUNG_SHARED", Path(__file__).parents[3].parent / "shared")) / "data" / "traces"
PLAIN = AffineService("plain", 0.1, 0.0, 1000, 10, 100, 200, 4, 100_000, 5.0, 700.0)
"""A step takes 0.1 s whatever the batch, a prompt a millisecond a token."""
HERE = Power("here", Quantity.of(1.5, "ratio"), Quantity.of(400, "gCO2e/kWh"))


def test_one_request_by_hand():
    """A prompt of 500 takes 0.5 s at 200 W; nine further tokens take 0.9 s at 100 W."""
    done = run([Request(3.0, 500, 10)], fleet(Scaling.fixed(1), service=PLAIN))
    assert done.tally.ttft.mean == pytest.approx(0.5)
    assert done.tally.latency.mean == pytest.approx(1.4)
    assert done.tally.itl.mean == pytest.approx(0.1)
    assert done.tally.energy.sum == pytest.approx(0.5 * 200 + 0.9 * 100)
    assert done.sites[0].meter.idle_j == 0


def test_one_who_joins_by_hand():
    """B comes at 0.65, in the second step of A; it ends at 0.7, and B's prompt goes with A's third step."""
    done = run([Request(0.0, 500, 10), Request(0.65, 100, 2)], fleet(Scaling.fixed(1), service=PLAIN))
    # A: prompt to 0.5, steps to 0.6, 0.7, then 0.2 with B's prompt to 0.9, then six alone or with B.
    assert done.tally.ttft.sum == pytest.approx(0.5 + 0.25)
    assert done.tally.latency.sum == pytest.approx((0.9 + 6 * 0.1) + (1.0 - 0.65))
    assert done.tally.itl.largest == pytest.approx(0.2)
    assert done.tally.energy.sum == pytest.approx(0.6 * 200 + 0.9 * 100)


def test_long_prompts_go_in_chunks():
    """1,000 tokens in chunks of 250 hold the other's tokens up by 0.25 s each; whole, by one second once."""
    requests = [Request(0.0, 100, 50), Request(1.0, 1000, 2)]
    chunks = run(requests, fleet(Scaling.fixed(1), service=PLAIN, chunk=250)).tally
    whole = run(requests, fleet(Scaling.fixed(1), service=PLAIN, chunk=1 << 60)).tally
    assert chunks.itl.largest == pytest.approx(0.35)
    assert whole.itl.largest == pytest.approx(1.1)
    assert chunks.latency.largest == pytest.approx(whole.latency.largest), "the work is the same"


def test_context_costs_what_its_middle_says():
    """With time linear in context the sum over a segment is exact: 1,000 steps against the closed form."""
    service = replace(PLAIN, step_per_context_token_s=1e-4)
    done = run([Request(0.0, 200, 1001)], fleet(Scaling.fixed(1), service=service))
    by_hand = 0.2 + sum(0.1 + 1e-4 * (201 + k) for k in range(1000))
    assert done.tally.latency.mean == pytest.approx(by_hand, rel=1e-9)


def test_a_request_that_never_fits_is_refused_with_its_reason():
    done = run([Request(0.0, 100_000, 1), Request(1.0, 10, 2)], fleet(Scaling.fixed(1), service=PLAIN))
    assert done.tally.refused == {TOO_LONG: 1}
    assert done.tally.served == 1


def test_the_cache_limits_the_batch():
    service = replace(PLAIN, kv_capacity_tokens=250)
    done = run([Request(0.0, 100, 50)] * 4, fleet(Scaling.fixed(1), service=service))
    assert done.tally.served == 4
    assert sum(wait > 0 for wait in done.tally.wait.counts[1:]) >= 1
    assert done.tally.most_waiting == 3


def test_empty_traces_are_an_error():
    with pytest.raises(BadInput, match="no request"):
        run([])


# -- scaling -----------------------------------------------------------------------------------------------------------


def test_to_zero_starts_cold_keeps_and_stops():
    """By hand: 5 s cold, then 0.5 + 0.1 s; kept idle for 20 s; the request 100 s later starts cold again."""
    scaling = Scaling("zero", 0, 3, 4.0, keep_s=20)
    requests = [Request(0.0, 500, 2), Request(10.0, 500, 2), Request(100.0, 500, 2)]
    done = run(requests, fleet(scaling, service=PLAIN))
    meter = done.sites[0].meter
    assert (meter.starts, meter.cold_j) == (2, 1400.0)
    assert done.tally.ttft.sum == pytest.approx(5.5 + 0.5 + 5.5)
    assert meter.idle_j / 10 == pytest.approx((10 - 5.6) + 20)


def test_ski_rental():
    """Keep as long as idling costs what starting does (SCIENCE 7; Karlin et al. 1988): 700 J at 10 W are 70 s."""
    assert keep_alive_s(PLAIN) == 70
    assert keep_alive_s(replace(PLAIN, idle_w=0)) == math.inf


def test_target_follows_up_at_once_and_down_after_the_hold():
    rule = Scaler(Scaling("target", 1, 9, 10.0, 15.0, 60.0), 5.0)
    loads = [5, 42, 20, 20, 20, 20, 20, 20]
    wanted = [rule.wanted(Seen(15.0 * n, 1.0, load, 1.0)) for n, load in enumerate(loads)]
    assert wanted == [1, 5, 5, 5, 5, 5, 2, 2]


def test_predictive_sees_a_ramp_coming():
    """Arrivals that grow steadily: when it looks ahead it wants more than the load it sees."""
    follows = leads = 0
    plain, ahead = (Scaler(Scaling(kind, 1, 99, 4.0), 120.0) for kind in ("target", "predictive"))
    for n in range(40):
        seen = Seen(15.0 * n, 0.1 * n, 0.1 * n * 10, 10.0)
        follows, leads = plain.wanted(seen), ahead.wanted(seen)
    assert leads > follows


def test_predictive_remembers_yesterday():
    """A burst at the same hour of two days: on the second it is wanted before it comes."""
    rule = Scaler(Scaling("predictive", 1, 99, 1.0, interval_s=3600.0, hold_s=0.0), 60.0)
    wanted = [rule.wanted(Seen(3600.0 * n, 50.0 if n % 24 == 12 else 1.0, 1.0, 1.0)) for n in range(48)]
    assert max(wanted[30:34]) < 30
    assert min(wanted[34:36]) >= 50, "as soon as a look reaches into the burst"


@pytest.mark.parametrize("kind", ["target", "predictive"])
def test_scaling_serves_a_burst_with_more_and_lets_them_go(kind: Any):
    quiet, burst = poisson(200, 1.0), poisson(3000, 15.0, seed=1)
    requests = [*quiet, *(r._replace(arrival_s=r.arrival_s + 200) for r in burst)]
    requests += [r._replace(arrival_s=r.arrival_s + 600) for r in poisson(2000, 1.0, seed=2)]
    done = run(requests, fleet(Scaling(kind, 1, 20, 10.0, hold_s=60)))
    meter = done.sites[0].meter
    assert meter.most > 3
    assert meter.up_s < 0.5 * meter.most * (done.end_s - done.start_s)


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "fixed", "least": 0, "most": 0},
        {"kind": "target", "least": 0},
        {"kind": "target", "least": 5, "most": 2},
        {"kind": "zero", "target": 0.0},
        {"kind": "zero", "target": math.nan},
        {"kind": "zero", "keep_s": -1.0},
        {"kind": "target", "most": 10**9},
    ],
)
def test_scaling_that_cannot_be(bad: dict[str, Any]):
    with pytest.raises(BadInput):
        Scaling(**bad)


# -- those who may wait, and where else --------------------------------------------------------------------------------


def test_held_until_the_batch_is_full_or_the_first_must_go():
    """Four make a batch of four at once; a fifth goes in time for its deadline."""
    requests = [Request(float(n), 100, 11, 300.0) for n in range(5)]
    done = run(requests, fleet(Scaling.fixed(1), service=PLAIN, deferral=Deferral(batch=4)))
    assert (done.tally.deferred, done.tally.late) == (5, 0)
    assert done.sites[0].meter.batch_s > 2 * done.sites[0].meter.busy_s
    assert done.tally.ttft.number == 0, "they are no part of the latencies of those who are answered at once"


def test_waiting_saves_energy_where_traffic_is_thin():
    requests = poisson(800, 0.5)
    at_once = run(requests, fleet(Scaling("zero", 0, 4, 12.0, keep_s=20), routing="pack"))
    later = run(requests, fleet(Scaling("zero", 0, 4, 12.0, keep_s=20), routing="pack", deferral=Deferral(1.0, 600.0)))
    total = [math.fsum(one.sites[0].meter.by_hour.values()) for one in (at_once, later)]
    assert later.tally.late == 0
    assert total[1] < 0.7 * total[0]


def test_spillover_takes_what_home_cannot():
    requests = poisson(2000, 8.0)
    alone = run(requests, fleet(Scaling.fixed(1)))
    both = run(requests, with_spill(fleet(Scaling.fixed(1))))
    assert both.tally.spilled > 100
    assert (both.tally.ttft.mean or 0) < 0.5 * (alone.tally.ttft.mean or 0)
    patient = run(requests, replace(with_spill(fleet(Scaling.fixed(1))), spill_queue=20))
    assert patient.tally.spilled < both.tally.spilled


def test_home_starts_for_those_who_went_elsewhere():
    """Home is at zero: the first goes away and orders a replica at home, which takes those after the cold start."""
    home = fleet(Scaling("zero", 0, 3, 4.0, keep_s=60), service=PLAIN)
    spec = replace(home, spill=replace(home.home, name="away", scaling=Scaling.fixed(1)))
    done = run([Request(float(n), 100, 2) for n in range(12)], spec)
    assert done.sites[0].meter.starts == 1
    assert done.tally.spilled == 5
    assert (done.tally.ttft.largest, done.tally.wait.largest) == (pytest.approx(0.1), 0)


def test_the_round_trip_is_in_the_latency():
    requests = [Request(0.0, 100, 2)] * 9
    done = run(requests, with_spill(fleet(Scaling.fixed(1), service=replace(SERVICE, max_batch=8))))
    assert done.tally.spilled == 1
    assert done.tally.wait.sum == 0


# -- quantities --------------------------------------------------------------------------------------------------------


def test_grams_and_dollars_by_hand():
    """3,600 s idle at 10 W in a grid of 400 g/kWh, PUE 1.5; a replica hour costs 2 USD."""
    service = replace(PLAIN, usd_per_hour=2.0, energy_error=Factor("service-profile", 0.5, 2.0))
    requests = [Request(0.0, 1, 1), Request(3600.0, 1, 1)]
    outcome = outcome_of(run(requests, fleet(Scaling.fixed(1), service=service)), (HERE,))
    joules = 10 * (3600 - 0.001) + 2 * 0.001 * 200
    assert outcome.energy.value == pytest.approx(joules)
    assert (outcome.energy.low, outcome.energy.high) == pytest.approx((0.5 * joules, 2 * joules))
    assert outcome.carbon.value == pytest.approx(joules / 3.6e6 * 1.5 * 400)
    assert outcome.usd is not None
    assert outcome.usd.value == pytest.approx(2.0 * 3600.001 / 3600)
    assert outcome.energy.origin == Origin.MODELLED
    assert "service-profile" in outcome.carbon.sources
    assert outcome_of(run(requests, fleet(service=PLAIN)), (HERE,)).usd is None, "an unknown price is unknown"


def test_the_grid_by_the_hour():
    """Idle through hours of 100 and 300 g/kWh, from half past: half an hour of the first, half of the second."""
    start = datetime(2026, 1, 1, 5, 30, tzinfo=UTC)
    series = HourlySeries("X", datetime(2026, 1, 1, 5, tzinfo=UTC), (100.0, 300.0), "average", "test")
    power = Power("X", Quantity.of(1.0, "ratio"), None, series, start)
    spec = replace(fleet(Scaling.fixed(1), service=replace(PLAIN, prefill_w=10)), past_hour_s=1800.0)
    outcome = outcome_of(run([Request(7.0, 1, 1), Request(3606.0, 1, 1)], spec), (power,))
    assert outcome.carbon.value == pytest.approx(10 * 3599 / 3.6e6 * 200, rel=1e-3)
    short = replace(series, values=(100.0,))
    with pytest.raises(BadInput, match="outside of the series"):
        outcome_of(run([Request(0.0, 1, 1), Request(7200.0, 1, 1)], spec), (replace(power, series=short),))


@given(st.lists(st.floats(1e-5, 1e6), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_quantiles_are_within_their_resolution(values: list[float], level: float):
    histogram = LogHistogram()
    for value in values:
        histogram.add(value)
    exact = sorted(values)[math.ceil(level * len(values)) - 1]
    assert histogram.quantile(level) == pytest.approx(exact, rel=0.00501)
    assert histogram.mean == pytest.approx(math.fsum(values) / len(values))
    below = sum(value <= exact for value in values) / len(values)
    assert (histogram.share_within(exact * 1.02) or 0) >= below - 1e-9
    assert (histogram.share_within(exact / 1.02) or 0) <= below


def test_a_histogram_does_not_grow():
    histogram = LogHistogram()
    bins = len(histogram.counts)
    for n in range(10_000):
        histogram.add(n * 1e3)
    assert len(histogram.counts) == bins
    assert LogHistogram().quantile(0.5) is None


# -- objectives and what relaxing saves --------------------------------------------------------------------------------


def test_objectives_are_read():
    assert read_objective("ttft=2s") == Objective("ttft", 2.0, 0.95)
    assert read_objective("itl=100ms@p99") == Objective("itl", 0.1, 0.99)
    assert read_objective("latency = 1.5m @ 90%") == Objective("latency", 90.0, 0.9)
    for bad in ("ttft", "ttft=2", "ttft=-2s", "ttft=0s", "tt=2s", "ttft=2s@p100", "ttft=2s@0", "ttft=1.2.3s", "=1s"):
        with pytest.raises(BadInput):
            read_objective(bad)


@pytest.mark.capability("fleet", verified="real")
def test_looser_objectives_never_cost_more():
    requests = poisson(600, 6.0)
    spec = fleet(Scaling.fixed(4))
    said: list[str] = []
    curve = relax(lambda: requests, spec, (HERE,), Objective("ttft", 0.15), run(requests, spec), _into(said))
    assert len(said) == len(curve.tried) - 1 > 8
    for steps in (curve.latency, curve.availability):
        joules = [_joules(step.best) for step in steps if step.best is not None]
        assert joules == sorted(joules, reverse=True)
        assert all(step.saving is None or -1e-12 <= step.saving < 1 for step in steps)
    assert (curve.latency[-1].saving or 0) > 0
    json.dumps(curve.to_json())


def _into(said: list[str]) -> Any:
    def told(words: str, number: int, of: int) -> None:
        assert 1 <= number <= of
        said.append(words)

    return told


def _joules(tried: Any) -> float:
    return tried.outcome.energy.value / tried.outcome.served


# -- profiles ----------------------------------------------------------------------------------------------------------

PROFILE: dict[str, Any] = {
    "name": "p", "probes": [{"batch": 1, "step_s": 0.03}, {"batch": 11, "step_s": 0.05}], "prefill_tokens_per_s": 5000,
    "idle_w": 50, "busy_w": 150, "max_batch": 32, "kv_capacity_tokens": 50000, "cold_start_s": 40,
    "energy_error": {"low": 0.7, "high": 1.4}, "origin": "measured",
}  # fmt: skip


def written(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps({k: v for k, v in (PROFILE | changes).items() if v is not ...}))
    return path


def test_a_profile_from_two_probes(tmp_path: Path):
    service = read_profile(written(tmp_path))
    assert (service.step_base_s, service.step_per_request_s) == pytest.approx((0.028, 0.002))
    assert (service.prefill_w, service.cold_start_j) == (150, 6000), "what is not given follows from the busy power"
    assert (service.energy_error.low, service.energy_error.high, service.origin) == (0.7, 1.4, Origin.MEASURED)


def test_more_probes_bend_the_line(tmp_path: Path):
    probes = [{"batch": 4, "step_s": 0.05}, {"batch": 1, "step_s": 0.02}, {"batch": 12, "step_s": 0.06}]
    service = read_profile(written(tmp_path, probes=probes, step_per_context_token_s=1e-6))
    steps = [service.step_s(batch, 0) for batch in (1, 2, 4, 8, 12, 20)]
    assert steps == pytest.approx([0.02, 0.03, 0.05, 0.055, 0.06, 0.07])
    assert service.step_s(4, 1000) == pytest.approx(0.05 + 0.004)
    with pytest.raises(BadData, match="two probes ran at batch 4"):
        read_profile(written(tmp_path, probes=[*probes, {"batch": 4, "step_s": 0.05}]))


def test_probes_that_are_noise():
    assert step_line((8, 0.04), (1, 0.05)) == (pytest.approx(0.045), 0.0)
    assert step_line((1, 0.01), (4, 0.08)) == (0.0, pytest.approx(0.02))
    with pytest.raises(BadInput):
        step_line((4, 0.1), (4, 0.2))


def test_the_best_batch_is_where_a_token_takes_least():
    assert best_batch(SERVICE, 0) == SERVICE.max_batch, "with a base to share, more is better"
    assert best_batch(replace(SERVICE, step_base_s=0.0, busy_w_per_request=50), 0) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"idle_w": -1}, "idle_w"),
        ({"busy_w": 10}, "busy_w is below idle_w"),
        ({"max_batch": 0}, "max_batch"),
        ({"max_batch": 2.5}, "max_batch"),
        ({"kv_capacity_tokens": 0}, "kv_capacity_tokens"),
        ({"accelerators": -1}, "accelerators"),
        ({"accelerators": 1.5}, "accelerators"),
        ({"prefill_tokens_per_s": 0}, "prefill_tokens_per_s"),
        ({"cold_start_s": math.inf}, "cold_start_s"),
        ({"idle_w": math.nan}, "idle_w"),
        ({"energy_error": {"low": 2, "high": 1}}, "energy_error"),
        ({"origin": "guessed"}, "origin"),
        ({"wattage": 3}, "wattage"),
        ({"probes": ...}, "either step_base_s"),
        ({"step_base_s": 0.1, "step_per_request_s": 0.1}, "either step_base_s"),
        ({"probes": ..., "step_base_s": 0, "step_per_request_s": 0}, "takes no time"),
        ({"probes": [{"batch": 4, "step_s": 0.03}, {"batch": 4, "step_s": 0.05}]}, "both probes ran at batch 4"),
    ],
)
def test_a_profile_that_cannot_be(tmp_path: Path, changes: dict[str, Any], told: str):
    with pytest.raises((BadData, BadInput), match=told):
        read_profile(written(tmp_path, **changes))


def test_a_profile_that_is_no_profile(tmp_path: Path):
    path = tmp_path / "p.json"
    for text in ("", "{", "[]", "3", "\x00"):
        path.write_text(text)
        with pytest.raises(BadData):
            read_profile(path)
    with pytest.raises(BadData, match="no such file"):
        read_profile(tmp_path / "absent.json")


@pytest.mark.capability("fleet", verified="real")
def test_a_real_trace_in_two_forms_of_fleet():
    path = SHARED / "azure_llm_2023_conv.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here (set RUNG_SHARED)")
    requests = list(TraceFile(path))[:4000]
    few, many = (run(requests, fleet(Scaling.fixed(n))) for n in (6, 12))
    assert few.tally.served == many.tally.served == 4000
    assert (few.tally.latency.quantile(0.95) or 0) > (many.tally.latency.quantile(0.95) or 0)
    assert few.sites[0].meter.total_j < many.sites[0].meter.total_j
