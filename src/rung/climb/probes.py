"""What is looked at besides the score, on tune items alone: latency of single requests, and the controls."""

from __future__ import annotations

import math

from rung.climb.containing import blamed, candidate_at
from rung.climb.paid import Paid
from rung.climb.plan import ControlEvidence
from rung.climb.spending import Purse
from rung.climb.standing import Standing
from rung.climb.workshop import Workshop
from rung.evaluation import run_controls, scorer
from rung.ledger import Ledger, NewEvent
from rung.types import Control, Item, Rejection
from rung.workload import Workload

SINGLE_REQUESTS = 20
"""How many requests are sent one at a time to see the latency that a user would."""

CONTROL_ITEMS = 30
"""How many tune items each control run answers."""


def probe_items(workload: Workload, count: int) -> tuple[Item, ...]:
    """Items that the referee never sees: from tune, else from train."""
    return (workload.splits.tune or workload.splits.train)[:count]


def quantile(values: list[float], level: float) -> float | None:
    """The smallest value that at least `level` of the values do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(level * len(ordered)) - 1)]


class LatencyProbe:
    """Holds the latency objective against a candidate that passed everything else.

    Args:
        workload: its SLO and tune items.
        purse: meters the requests, and counts them as calls.
        ledger: keeps the latencies, so that a resumed run decides by the same ones.
        run: id of the run.
    """

    def __init__(self, workload: Workload, purse: Purse, ledger: Ledger, run: str) -> None:
        self._workload = workload
        self._purse = purse
        self._ledger = ledger
        self._run = run

    def rejection(self, standing: Standing, workshop: Workshop) -> Rejection | None:
        """Why it misses the SLO, or None. Requests are sent one by one, on this machine."""
        slo = self._workload.slo
        items = probe_items(self._workload, SINGLE_REQUESTS)
        if slo is None or not items:
            return None
        kept = self._ledger.find("latency", f"{self._run}/{standing.key}")
        standing.latencies_s = self._measured(standing, workshop, items) if kept is None else kept.body["latencies_s"]
        reached = quantile(standing.latencies_s, slo.quantile)
        if reached is None or reached <= slo.latency_s:
            return None
        name = f"SLO p{slo.quantile * 100:g} latency"
        return Rejection(name, f"at most {slo.latency_s:g} s", f"{reached:.3g} s on {len(items)} single requests")

    def _measured(self, standing: Standing, workshop: Workshop, items: tuple[Item, ...]) -> list[float]:
        self._purse.check(calls=len(items) + 1)
        answerer = Paid(workshop.answerer(standing), standing.candidate)
        latencies_s: list[float] = []
        blame = candidate_at(standing.candidate, "answering single requests")
        with blamed(blame), answerer.written(self._purse, "latency") as events:
            # The first request also warms up caches that a served model has warm: it is answered, and left out.
            for item in (items[0], *items):
                started = self._purse.now_s()
                answerer.answer([item.input])
                latencies_s.append(self._purse.now_s() - started)
            del latencies_s[0]
            body = {"candidate": standing.key, "latencies_s": latencies_s}
            events.append(NewEvent("latency", body, key=f"{self._run}/{standing.key}"))
        return latencies_s


def control(
    standing: Standing, workload: Workload, workshop: Workshop, purse: Purse
) -> tuple[tuple[ControlEvidence, ...], tuple[str, ...]]:
    """Closed-book and wrong-context runs of a chosen candidate that puts documents before a model.

    Returns:
        a record per control, and what they bring to light, in sentences.
    """
    items = probe_items(workload, CONTROL_ITEMS)
    if workload.task != "answer" or not workload.knowledge or standing.candidate.model is None or not items:
        return (), ()
    calls = len(items) * len(Control)
    purse.check(calls=calls + 1, usd=standing.dearest_call_usd * (calls + 1))
    answerer = Paid(workshop.answerer(standing), standing.candidate)
    blame = candidate_at(standing.candidate, "answering under controls")
    with blamed(blame), answerer.written(purse, "control") as events:
        if not answerer.answer([items[0].input])[0].contexts:
            return (), ()
        found = run_controls(answerer, items, scorer(workload.bar.metric))
        means = {state.control: state.mean for state in found.states}
        body = {"candidate": standing.key, "means": means, "warnings": [warning.value for warning in found.warnings]}
        events.append(NewEvent("controls", body))
    return found.states, tuple(f"{standing.name}: {warning.sentence}" for warning in found.warnings)
