"""The fleet simulator against an engine that runs here: latency and joules of three open-loop runs. JSON out.

The engine is a small continuous-batching loop over an embedded model (transformers, one thread): each iteration decodes
a token for every request of the batch, then reads the prompts of those who wait, whole. In the simulator that is one
replica with `chunk` unlimited. Closed-loop probes (concurrency 1, half and a full batch) before and after each part
of a run give the service profile; Poisson arrivals at shares of the capacity are served in an open loop, and the same
arrivals are simulated. Energy is the local meter's (a CPU model where there is no counter): so joules test busy time
and watts, not the meter. `in_run` rows simulate with the times that were seen in the run itself: what is left is the
simulator's own error, without that of probes on a machine that drifts.

`--clock cpu` (the default) runs on the processor time of this process, and skips the time in which nobody is there: as
on a machine of its own, so that other work on a shared machine is not taken for latency. `--clock wall` is real time.

Run: python bench/fleet_validate.py --seconds 60 --json OUT
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, DynamicCache

from rung.meters import local_meter
from rung.prediction.fleet import FleetSpec, ProbedService, Request, Scaling, Simulated, SiteSpec, simulate, step_line
from rung.prediction.fleet.histogram import LogHistogram
from rung.prediction.fleet.replica import WHOLE

MODEL = Path(__file__).parents[1] / "examples" / "models" / "rung-1m"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each run")
    parser.add_argument("--parts", type=int, default=6, help="of a run, with probes between, since machines drift")
    parser.add_argument("--probe-seconds", type=float, default=2.0)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.3, 0.6, 0.85], help="of the capacity")
    parser.add_argument("--max-batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    parser.add_argument("--json", type=Path, help="where to write; else stdout")
    return parser.parse_args()


class Clock:
    """Time of the engine [s]."""

    def __init__(self, kind: str) -> None:
        self._read = time.process_time if kind == "cpu" else time.perf_counter
        self._skips, self._skipped = kind == "cpu", 0.0

    def now(self) -> float:  # noqa: D102
        return self._read() + self._skipped

    def wait(self, seconds: float) -> None:  # noqa: D102
        if self._skips:
            self._skipped += seconds
        else:
            time.sleep(seconds)


@dataclass
class Live:
    """A request that is served."""

    asked: Request
    length: int = 0
    left: int = 0
    first_s: float = 0.0
    last_s: float = 0.0


@dataclass
class Engine:
    """Continuous batching: the caches of the requests are one left-padded batch, rebuilt when it changes."""

    model: Any
    max_batch: int
    clock: Clock
    live: list[Live] = field(default_factory=list)
    cache: Any = None
    tokens: Any = None
    mask: Any = None

    def prefill(self, one: Live) -> None:
        """Read a prompt whole, and join the batch."""
        ids = torch.randint(5, self.model.config.vocab_size, (1, one.asked.prompt))
        out = self.model(input_ids=ids, use_cache=True, logits_to_keep=1)
        one.length, one.left = one.asked.prompt, one.asked.output - 1
        own = [(layer.keys, layer.values) for layer in out.past_key_values.layers]
        if one.left:
            self._join(one, own, out.logits[:, -1].argmax(-1, keepdim=True))

    def _join(self, one: Live, own: list[Any], token: Any) -> None:
        pieces = [] if self.cache is None else [(layer.keys, layer.values) for layer in self.cache.layers]
        self.live.append(one)
        mask = torch.ones(1, own[0][0].shape[2], dtype=torch.long)
        if not pieces:
            self.tokens, self.mask = token, mask
        else:
            own, pieces = self._aligned(own), self._aligned(pieces, own[0][0].shape[2])
            own = [tuple(torch.cat(pair) for pair in zip(a, b, strict=True)) for a, b in zip(pieces, own, strict=True)]
            width = own[0][0].shape[2]
            self.mask = torch.cat([_left(self.mask, width), _left(mask, width)])
            self.tokens = torch.cat([self.tokens, token])
        self._set(own)

    def _aligned(self, pieces: list[Any], width: int = 0) -> list[Any]:
        width = max(width, 0 if self.cache is None else self.cache.layers[0].keys.shape[2])
        return [tuple(_left(part, width, axis=2) for part in pair) for pair in pieces]

    def _set(self, pieces: list[Any]) -> None:
        self.cache = DynamicCache()
        for at, (keys, values) in enumerate(pieces):
            self.cache.update(keys, values, at)

    def step(self) -> list[Live]:
        """A token for everyone; those that are done leave."""
        self.mask = torch.cat([self.mask, torch.ones(len(self.live), 1, dtype=torch.long)], dim=1)
        places = torch.tensor([[one.length] for one in self.live])
        out = self.model(
            input_ids=self.tokens, attention_mask=self.mask, position_ids=places, past_key_values=self.cache,
            use_cache=True,
        )  # fmt: skip
        self.tokens = out.logits[:, -1].argmax(-1, keepdim=True)
        for one in self.live:
            one.length += 1
            one.left -= 1
        done = [one for one in self.live if not one.left]
        if done:
            self._drop([at for at, one in enumerate(self.live) if one.left])
        return done

    def _drop(self, keep: list[int]) -> None:
        self.live = [self.live[at] for at in keep]
        if not keep:
            self.cache = None
            return
        width = max(one.length for one in self.live)
        self.mask, self.tokens = self.mask[keep, -width:], self.tokens[keep]
        pieces = [(layer.keys[keep, :, -width:], layer.values[keep, :, -width:]) for layer in self.cache.layers]
        self._set(pieces)


def _left(tensor: Any, width: int, axis: int = 1) -> Any:
    missing = width - tensor.shape[axis]
    if missing <= 0:
        return tensor
    shape = list(tensor.shape)
    shape[axis] = missing
    return torch.cat([torch.zeros(shape, dtype=tensor.dtype), tensor], dim=axis)


def lengths(draw: random.Random) -> tuple[int, int]:
    """Prompt and output tokens."""
    return draw.randint(16, 160), 4 + min(120, int(draw.expovariate(1 / 32)))


@dataclass
class Seen:
    """Times of a run itself: of steps by batch, and of prompts by tokens [s]."""

    steps: dict[int, list[float]] = field(default_factory=dict)
    prompts: list[tuple[int, float]] = field(default_factory=list)


def serve(engine: Engine, requests: list[Request], seen: Seen) -> list[Live]:
    """An open loop."""
    waiting, served, clock, at = list[Live](), list[Live](), engine.clock, 0
    began = clock.now()
    while len(served) < len(requests):
        now = clock.now() - began
        while at < len(requests) and requests[at].arrival_s <= now:
            waiting.append(Live(requests[at]))
            at += 1
        if not waiting and not engine.live:
            clock.wait(max(0.0, requests[at].arrival_s - now))
            continue
        batch, before = len(engine.live), clock.now()
        done = engine.step() if batch else []
        if batch:
            seen.steps.setdefault(batch, []).append(clock.now() - before)
        room = engine.max_batch - len(engine.live)
        new, waiting = waiting[:room], waiting[room:]
        for one in new:
            before = clock.now()
            engine.prefill(one)
            seen.prompts.append((one.asked.prompt, clock.now() - before))
        now = clock.now() - began
        for one in new:
            one.first_s = now
        for one in [*done, *(one for one in new if not one.left)]:
            one.last_s = now
            served.append(one)
    return served


def probe(engine: Engine, batch: int, seconds: float, seed: int) -> dict[str, Any]:
    """A closed loop of `batch` requests: time of a step and of a prompt, and watts."""
    draw, steps, prompts = random.Random(seed), list[float](), list[tuple[int, float]]()
    meter, clock = local_meter(), engine.clock
    began = clock.now()
    start = meter.look()
    while clock.now() - began < seconds:
        while len(engine.live) < batch:
            prompt, output = lengths(draw)
            before = clock.now()
            engine.prefill(Live(Request(0.0, prompt, output)))
            prompts.append((prompt, clock.now() - before))
        before = clock.now()
        engine.step()
        steps.append(clock.now() - before)
    spent, took = meter.between(start, meter.look()), clock.now() - began
    engine.live, engine.cache = [], None
    return {
        "batch": batch, "steps": len(steps), "step_s": statistics.fmean(steps), "prompts": prompts,
        "watts": spent.energy.value / took, "cpu_share": spent.cpu_s / spent.wall_s,
        "energy_low": spent.energy.low / spent.energy.value, "energy_high": spent.energy.high / spent.energy.value,
    }  # fmt: skip


def probes(engine: Engine, seconds: float, seed: int) -> list[dict[str, Any]]:
    """From concurrency 1 to a full batch: step times of such a loop bend, since one alone needs no padding."""
    return [probe(engine, batch, seconds, seed + batch) for batch in batches(engine)]


def batches(engine: Engine) -> tuple[int, ...]:
    return tuple(sorted({1, max(2, engine.max_batch // 2), engine.max_batch}))


def profile(engine: Engine, found: list[dict[str, Any]]) -> ProbedService:
    """The service that probes say; those of one batch are averaged."""
    step: dict[int, list[float]] = {}
    for one in found:
        step.setdefault(one["batch"], []).append(one["step_s"])
    watts = statistics.fmean(one["watts"] for one in found)
    return service_of(engine, step, [pair for one in found for pair in one["prompts"]], watts)


def service_of(
    engine: Engine, steps: dict[int, list[float]], prompts: list[tuple[int, float]], watts: float
) -> ProbedService:
    """A service of mean step times and a line through times of prompts."""
    points = sorted((batch, statistics.fmean(times)) for batch, times in steps.items())
    line = statistics.linear_regression(*zip(*prompts, strict=True))
    base, slope = step_line(points[0], points[-1])
    return ProbedService(
        name=MODEL.name, step_base_s=base, step_per_request_s=slope, prefill_tokens_per_s=1 / max(line.slope, 1e-7),
        prefill_base_s=max(0.0, line.intercept), idle_w=0.0, busy_w=watts, prefill_w=watts, max_batch=engine.max_batch,
        kv_capacity_tokens=10**6, cold_start_s=0, cold_start_j=0, points=tuple(points),
    )  # fmt: skip


def capacity(service: ProbedService, seed: int) -> float:
    """Requests in a second with a batch that is always full."""
    draw = random.Random(seed)
    drawn = [lengths(draw) for _ in range(4000)]
    step = service.step_s(service.max_batch, 0) / service.max_batch
    return 1 / statistics.fmean(service.prefill_s(prompt) + (output - 1) * step for prompt, output in drawn)


def arrivals(rate: float, seconds: float, seed: int) -> list[Request]:
    draw, now, found = random.Random(seed), 0.0, list[Request]()
    while (now := now + draw.expovariate(rate)) < seconds:
        found.append(Request(now, *lengths(draw)))
    return found


@dataclass
class Part:
    """A short run between probes; its arrivals simulated with what these say, and with what was seen in the run."""

    real: list[Live]
    simulated: Simulated
    in_run: Simulated
    energy_j: float
    cpu_s: float
    wall_s: float
    capacity_per_s: float
    drift: float


def part(engine: Engine, share: float, before: list[Any], given: argparse.Namespace, seed: int) -> tuple[Part, Any]:
    """One run; and the probes after it, which are those before the next."""
    rate = share * capacity(profile(engine, before), given.seed)
    requests = arrivals(rate, given.seconds / given.parts, seed)
    meter = local_meter()
    start = meter.look()
    seen = Seen()
    served = serve(engine, requests, seen)
    spent = meter.between(start, meter.look())
    after = probes(engine, given.probe_seconds, seed)
    service = profile(engine, [*before, *after])
    own = service_of(engine, seen.steps, seen.prompts, service.busy_w)
    done, again = (
        simulate(requests, FleetSpec(SiteSpec("here", one, Scaling.fixed(1), chunk=WHOLE))) for one in (service, own)
    )
    drift = after[-1]["step_s"] / before[-1]["step_s"] - 1
    full = capacity(service, given.seed)
    return Part(served, done, again, spent.energy.value, spent.cpu_s, spent.wall_s, full, drift), after


def compare(engine: Engine, share: float, given: argparse.Namespace) -> dict[str, Any]:
    """A run in parts; latencies of all parts are pooled."""
    load = os.getloadavg()[0]
    probed = probes(engine, given.probe_seconds, given.seed)
    parts: list[Part] = []
    for number in range(given.parts):
        done, probed = part(engine, share, probed, given, given.seed * 1000 + number)
        parts.append(done)
    served = [one for each in parts for one in each.real]
    row: dict[str, Any] = {"share_of_capacity": share, "requests": len(served)}
    for name, moment in (("ttft", "first_s"), ("latency", "last_s")):
        cuts = statistics.quantiles([getattr(one, moment) - one.asked.arrival_s for one in served], n=100)
        pooled, in_run = (_pooled([getattr(one.tally, name) for one in runs]) for runs in (
            [each.simulated for each in parts], [each.in_run for each in parts]
        ))  # fmt: skip
        for level in (50, 95, 99):
            row[f"{name}_p{level}_s"] = _pair(cuts[level - 1], pooled.quantile(level / 100))
            row[f"in_run_{name}_p{level}_s"] = _pair(cuts[level - 1], in_run.quantile(level / 100))
    meters = [each.simulated.sites[0].meter for each in parts]
    row["j_per_request"] = _pair(
        sum(each.energy_j for each in parts) / len(served), sum(meter.total_j for meter in meters) / len(served)
    )
    row["busy_s"] = _pair(sum(each.cpu_s for each in parts), sum(meter.busy_s for meter in meters))
    row["noise"] = {
        "load_average_before": load,
        "cpu_over_wall": sum(each.cpu_s for each in parts) / sum(each.wall_s for each in parts),
        "capacity_per_s": [round(each.capacity_per_s, 2) for each in parts],
        "probe_drift": [round(each.drift, 3) for each in parts],
    }
    return row


def _pooled(histograms: list[LogHistogram]) -> LogHistogram:
    found = LogHistogram()
    for one in histograms:
        found.counts = [a + b for a, b in zip(found.counts, one.counts, strict=True)]
        found.largest = max(found.largest, one.largest)
    return found


def _pair(real: float, simulated: float) -> dict[str, float]:
    return {"measured": real, "simulated": simulated, "error": simulated / real - 1}


def main() -> int:
    given = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    model = AutoModelForCausalLM.from_pretrained(given.model, dtype=torch.float32)
    model.eval()
    engine = Engine(model, given.max_batch, Clock(given.clock))
    with torch.inference_mode():
        probe(engine, given.max_batch, 2.0, 0)  # the first calls are slow
        rows = [compare(engine, share, given) for share in given.shares]
    errors = {
        name: [abs(row[name]["error"]) for row in rows]
        for name in ("latency_p95_s", "in_run_latency_p95_s", "ttft_p95_s", "in_run_ttft_p95_s", "j_per_request")
    }
    result = {
        "bench": "fleet_validate",
        "config": {
            "model": given.model.name, "seconds": given.seconds, "parts": given.parts,
            "probe_seconds": given.probe_seconds, "max_batch": given.max_batch, "clock": given.clock,
            "seed": given.seed, "threads": 1, "matches": "one replica, chunk unlimited, fixed scaling",
        },
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.release(),
            "load_average": os.getloadavg()[0],
        },
        "python": platform.python_version(),
        "meter": local_meter().describe,
        "target": {"latency_p95_s": 0.15, "j_per_request": 0.15},
        "worst": {name: max(found) for name, found in errors.items()},
        "rows": rows,
    }  # fmt: skip
    text = json.dumps(result, indent=1) + "\n"
    if given.json is None:
        print(text, end="")
    else:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(text, encoding="utf-8")
        print(json.dumps(result["worst"]), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
