"""Which replicas keep a service's objectives at the least energy or cost: every loser keeps its reason.

An option is a model on a silicon, in a count, precision and with a largest batch. As many replicas run as the rate
needs at 70% of what one can do with that batch (SCIENCE: right-sizing), and never less than one. Nobody waits until a
batch is full: at the rate that is left for a replica, b sequences are in flight, where requests per second at b are
that rate; energy is that of b. Where even one at a time is more than is asked, the rest of the time is idle, and its
power is charged to the requests.

Latencies are those of a full replica, since bursts fill it. An SLO is kept when the *far end* of the predicted
interval keeps it: `margin` says how far towards that end, 1 for the whole of it. An option that was load-tested is
judged by what was measured, and the batches beside it are predicted from there. `next_test` is the option that is worth
a test: it takes less than the choice and keeps everything by the middle of its prediction, though not by the far end.
`bench/planner.py` has violations and regret of margins, and of one and two tests, on measured configurations.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Literal

from rung.prediction.roofline.accelerators import Accelerator
from rung.prediction.roofline.constants import Constants, shipped
from rung.prediction.roofline.load_tests import LoadTest, predict_tested
from rung.prediction.roofline.predict import Predicted
from rung.prediction.roofline.serving import Serving
from rung.types import Quantity, Rejection
from rung.units import S_PER_HOUR

Goal = Literal["energy", "cost"]
LOAD: Final = 0.7
"""Share of a replica's rate that is planned with."""

MARGIN: Final = 1.0
"""How far towards the far end of its interval a latency must keep its limit."""


@dataclass(frozen=True, slots=True)
class Slo:
    """What users are promised; None: nothing.

    Args:
        itl_s: most for the median gap between two tokens [s].
        ttft_s: most until the first [s].
        latency_s: most for a whole answer [s], mean.
        margin: in [0, 1], see above.
    """

    itl_s: float | None = None
    ttft_s: float | None = None
    latency_s: float | None = None
    margin: float = MARGIN


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of the service.

    Args:
        requests_per_s: mean of the busiest time that is planned for.
        max_usd_per_1k: most for 1,000 requests [USD]; None: any.
        max_j: most for a request [J]; None: any.
    """

    requests_per_s: float
    max_usd_per_1k: float | None = None
    max_j: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An option with what it comes to.

    Args:
        predicted: a replica, filled.
        replicas: how many run.
        in_flight: sequences of a replica at the rate; below 1 where it idles.
        j_per_request: at that, idle time included [J].
        usd_per_1k: for 1,000 requests [USD], with the price's interval and origin; None without a price.
        rejection: why it is not the choice; None for the choice.
        on_front: nothing has both less energy and less cost.
        tested: its gap was measured under load, and no margin is kept from it.
    """

    predicted: Predicted
    replicas: int
    in_flight: float
    j_per_request: Quantity
    usd_per_1k: Quantity | None
    rejection: Rejection | None = None
    on_front: bool = False
    tested: bool = False

    @property
    def name(self) -> str:
        """In words."""
        one = self.predicted.serving
        return f"{one.model.name} {one.precision} on {one.count} x {one.accelerator.key}, batch up to {one.batch:g}"

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            **self.predicted.to_json(),
            "name": self.name,
            "replicas": self.replicas,
            "in_flight": self.in_flight,
            "j_per_request_at_the_rate": self.j_per_request.to_json(),
            "usd_per_1k_requests": None if self.usd_per_1k is None else self.usd_per_1k.to_json(),
            "on_front": self.on_front,
            "tested": self.tested,
            "rejection": None if self.rejection is None else self.rejection.sentence(),
        }


@dataclass(frozen=True, slots=True)
class Planned:
    """The answer.

    Args:
        choice: None where nothing keeps everything.
        choices: everything, the choice first, then what keeps all, then what does not.
        goal: what is least.
        margin: that was kept.
        next_test: what is worth a load test, since it may take less than the choice; None where nothing is.
    """

    choice: Choice | None
    choices: tuple[Choice, ...]
    goal: Goal
    margin: float
    next_test: Choice | None = None


def fraction(board: Accelerator, slices: int, of: int) -> Accelerator:
    """A part of an accelerator (MIG): arithmetic, memory, bandwidth and watts by its share.

    Watts are shared evenly, which nobody measures; a part has no link.
    """
    share = slices / of
    return replace(
        board,
        key=f"{board.key} ({slices}/{of})",
        flops={name: rate * share for name, rate in board.flops.items()},
        memory_bytes=board.memory_bytes * share,
        bandwidth=board.bandwidth * share,
        watts=board.watts * share,
        idle=board.idle.scaled(share),
        is_part=True,
    )


def plan(
    options: Sequence[Serving],
    slo: Slo,
    demand: Demand,
    *,
    goal: Goal = "energy",
    prices: Sequence[Quantity | None] | None = None,
    constants: Constants | None = None,
    tests: Sequence[LoadTest] = (),
) -> Planned:
    """Choose.

    Args:
        options: what may run.
        slo: what must be kept.
        demand: how much is asked.
        goal: what is to be least.
        prices: of one accelerator of each option [USD/h]; None where it is not known.
        constants: others than the shipped ones.
        tests: load tests of some options.
    """
    predicted = predict_tested(options, tests, constants or shipped())
    alike: dict[Any, list[Predicted]] = defaultdict(list)
    for one in predicted:
        alike[_kind(one.serving)].append(one)
    found = [
        _sized(one, sorted(alike[_kind(one.serving)], key=lambda p: p.serving.batch), price, demand)
        for one, price in zip(predicted, prices or [None] * len(options), strict=True)
    ]
    found = [replace(one, tested=any(test.is_that(one.predicted.serving) for test in tests)) for one in found]
    judged = [(choice, _broken(choice, slo, demand)) for choice in found]
    kept = sorted((choice for choice, broken in judged if broken is None), key=lambda c: _rank(c, goal))
    lost = [replace(choice, rejection=broken) for choice, broken in judged if broken is not None]
    front = {id(choice) for choice in kept if not any(_beats(other, choice) for other in kept)}
    kept = [replace(choice, on_front=id(choice) in front) for choice in kept]
    worth = _worth_a_test(lost, kept[0] if kept else None, replace(slo, margin=0.0), demand, goal)
    if not kept:
        return Planned(None, tuple(lost), goal, slo.margin, worth)
    best, *others = kept
    behind = [replace(other, rejection=_behind(other, best, goal)) for other in others]
    return Planned(best, (best, *behind, *lost), goal, slo.margin, worth)


def _worth_a_test(
    lost: Sequence[Choice], best: Choice | None, middle: Slo, demand: Demand, goal: Goal
) -> Choice | None:
    """The least of those that were turned down by the margin alone and would beat the choice."""
    hopeful = [choice for choice in lost if not choice.tested and _broken(choice, middle, demand) is None]
    least = min(hopeful, key=lambda choice: _rank(choice, goal), default=None)
    return least if least is not None and (best is None or _rank(least, goal) < _rank(best, goal)) else None


def _kind(one: Serving) -> Any:
    return (one.model.name, one.model.parameters, one.accelerator.key, one.parallel, one.precision, one.generation)


def _sized(one: Predicted, alike: Sequence[Predicted], price: Quantity | None, demand: Demand) -> Choice:
    replicas = max(1, math.ceil(demand.requests_per_s / (LOAD * one.requests_per_s.value) - 1e-9))
    each = demand.requests_per_s / replicas
    in_flight, joules = _at_rate(each, alike)
    hours = one.serving.count * replicas * 1000 / demand.requests_per_s / S_PER_HOUR
    usd = None if price is None else price.scaled(hours, "USD")
    return Choice(one, replicas, in_flight, joules, usd)


def _at_rate(each: float, alike: Sequence[Predicted]) -> tuple[float, Quantity]:
    """Sequences in flight, and joules of a request, of a replica that is asked so often [1/s].

    Between two batches that were predicted, both follow straight lines in logarithms.
    """
    first = alike[0]
    if each <= first.requests_per_s.value:
        busy = each / first.requests_per_s.value
        board = first.serving.accelerator
        idle = board.idle.scaled(first.serving.count * (1 - busy) / each, "J")
        return first.serving.batch * busy, first.j_per_request + idle
    for below, above in pairwise(alike):
        slow, fast = below.requests_per_s.value, above.requests_per_s.value
        if slow < each <= fast:
            part = math.log(each / slow) / math.log(fast / slow)
            batch = below.serving.batch * (above.serving.batch / below.serving.batch) ** part
            joules = below.j_per_request.value * (above.j_per_request.value / below.j_per_request.value) ** part
            return batch, above.j_per_request.scaled(joules / above.j_per_request.value)
    return alike[-1].serving.batch, alike[-1].j_per_request


def _broken(choice: Choice, slo: Slo, demand: Demand) -> Rejection | None:
    one = choice.predicted
    memory = one.memory
    if not memory.fits:
        weights = f"{memory.weights_bytes / 1e9:.3g} GB of weights and {memory.sequences:,.0f} sequences"
        return Rejection("memory", f"room for {one.serving.batch:g} sequences", weights)
    itl = one.itl_s.value if choice.tested else _towards(one.itl_s, slo.margin)
    ttft = _towards(one.ttft_s, slo.margin)
    # The median gap leaves out most of what newcomers' prompts take; a whole answer has it.
    step = one.serving.batch / one.tokens_per_s.value * (itl / one.itl_s.value)
    margin = "with the margin"
    for name, limit, got, basis in (
        ("median gap between tokens", slo.itl_s, itl, "in a load test" if choice.tested else margin),
        ("time to first token", slo.ttft_s, ttft, margin),
        ("latency of an answer", slo.latency_s, ttft + step * one.serving.output, margin),
    ):
        if limit is not None and got > limit:
            return Rejection(name, f"at most {limit * 1e3:.4g} ms", f"{got * 1e3:.4g} ms {basis}")
    if demand.max_usd_per_1k is not None and (
        choice.usd_per_1k is None or choice.usd_per_1k.value > demand.max_usd_per_1k
    ):
        got = "no price" if choice.usd_per_1k is None else f"{choice.usd_per_1k.value:.3g} USD"
        return Rejection("budget", f"at most {demand.max_usd_per_1k:.3g} USD per 1,000 requests", got)
    if demand.max_j is not None and choice.j_per_request.value > demand.max_j:
        return Rejection("energy", f"at most {demand.max_j:.3g} J a request", f"{choice.j_per_request.value:.3g} J")
    return None


def _towards(quantity: Quantity, margin: float) -> float:
    """The figure, moved so far towards the far end of its interval, on a log scale."""
    return quantity.value * (quantity.high / quantity.value) ** margin


def _figure(choice: Choice, goal: Goal) -> tuple[float, float]:
    usd = math.inf if choice.usd_per_1k is None else choice.usd_per_1k.value
    energy = choice.j_per_request.value
    return (energy, usd) if goal == "energy" else (usd, energy)


def _rank(choice: Choice, goal: Goal) -> tuple[float, float, float]:
    """By figure; of equals, the smaller batch, which is quicker."""
    return (*_figure(choice, goal), choice.predicted.serving.batch)


def _beats(other: Choice, choice: Choice) -> bool:
    ours, theirs = _figure(choice, "energy"), _figure(other, "energy")
    return theirs[0] <= ours[0] and theirs[1] <= ours[1] and theirs != ours


def _behind(other: Choice, best: Choice, goal: Goal) -> Rejection:
    ours, theirs = _figure(best, goal), _figure(other, goal)
    named, unit = ("energy", "J a request") if goal == "energy" else ("cost", "USD per 1,000 requests")
    if math.isinf(theirs[0]):
        return Rejection("cost", "a price", "none is known")
    if not math.isclose(ours[0], theirs[0], rel_tol=1e-9):
        return Rejection(named, f"no more than {ours[0]:.4g} {unit} of {best.name}", f"{theirs[0]:.4g}")
    second, its_unit = ("cost", "USD per 1,000 requests") if goal == "energy" else ("energy", "J a request")
    if not (math.isinf(theirs[1]) or math.isclose(ours[1], theirs[1], rel_tol=1e-9)):
        return Rejection(second, f"no more than {ours[1]:.4g} {its_unit} of {best.name}", f"{theirs[1]:.4g}")
    return Rejection(
        "batch", f"the smaller one of {best.name}, which takes as much", f"{other.predicted.serving.batch:g}"
    )
