"""A plan of replicas in words."""

from __future__ import annotations

from rung.prediction.roofline.load_tests import COLUMNS
from rung.prediction.roofline.planner import LOAD, Choice, Demand, Planned, Slo
from rung.report.numbers import digits, interval


def plan_text(found: Planned, slo: Slo, demand: Demand, *, lengths: str, top: int) -> str:
    """The choice, the front, and why not the others."""
    asked = [
        f"{name} at most {limit * 1e3:g} ms"
        for name, limit in (("median gap", slo.itl_s), ("first token", slo.ttft_s), ("answer", slo.latency_s))
        if limit is not None
    ]
    lines = [f"{demand.requests_per_s:.3g} requests/s of {lengths}; {', '.join(asked) or 'no limit on latency'}"]
    lines.append(
        f"Latencies are moved {found.margin:.0%} of the way to the far end of their intervals; "
        f"a replica is planned at {LOAD:.0%} of its rate."
    )
    if found.choice is None:
        lines += ["", "Nothing keeps it."]
    else:
        lines += ["", f"Least {found.goal}: {found.choice.name}, {_replicas(found.choice)}", ""]
    if found.next_test is not None:
        lines += [*_worth(found.next_test, found.choice), ""]
    shown = [choice for choice in found.choices if choice.rejection is None or choice.on_front]
    shown += [choice for choice in found.choices if choice.tested and choice not in shown]
    always = len(shown)
    shown += [choice for choice in found.choices if choice not in shown]
    count = max(top, always)
    lines += [_line(choice) for choice in shown[:count]]
    if any(choice.on_front for choice in shown[:count]):
        lines.append("(* marks options that no other beats on both energy and cost)")
    if len(shown) > count:
        lines.append(f"{len(shown) - count} more options (--top, --json)")
    reasons: dict[str, int] = {}
    for choice in found.choices:
        if choice.rejection is not None:
            reasons[choice.rejection.constraint] = reasons.get(choice.rejection.constraint, 0) + 1
    lines += ["", "Not taken: " + ", ".join(f"{count} for {name}" for name, count in sorted(reasons.items()))]
    return "\n".join(lines)


def _worth(test: Choice, choice: Choice | None) -> list[str]:
    one = test.predicted.serving
    instead = "" if choice is None else f" instead of {interval(choice.j_per_request)}"
    row = f"{one.model.name},{one.accelerator.key},{one.count},{one.precision},{one.batch:g},ITL_MS,J"
    return [
        f"Worth a load test: {test.name}: {interval(test.j_per_request)} a request{instead}.",
        "It keeps the limits by the middle of its prediction. Give measured figures as --tested FILE (J may be empty):",
        f"  {','.join(COLUMNS)}",
        f"  {row}",
    ]


def _replicas(choice: Choice) -> str:
    return f"{choice.replicas} replica{'s' if choice.replicas > 1 else ''}"


def _line(choice: Choice) -> str:
    mark = "*" if choice.on_front else " "
    usd = "price unknown" if choice.usd_per_1k is None else f"{interval(choice.usd_per_1k)} per 1,000"
    why = "" if choice.rejection is None else f"; not: {choice.rejection.sentence()}"
    gap = f"gap when full {interval(choice.predicted.itl_s)}{', tested' if choice.tested else ''}"
    load = f"{_replicas(choice)} with {digits(choice.in_flight)} in flight"
    return f"{mark} {choice.name}, {load}: {interval(choice.j_per_request)} a request, {usd}, {gap}{why}"
