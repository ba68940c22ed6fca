"""The figure of lifetime total against requests for what passed, with the crossing points."""

from __future__ import annotations

from dataclasses import dataclass

from rung.climb.plan import BreakEven, CandidateEvidence, Plan
from rung.report.axes import Axis, Frame, Tick, axis_around, tick_label
from rung.report.labels import Label, Labeller, shorten
from rung.report.numbers import count, part_of
from rung.report.words import break_even_sentence
from rung.types import Quantity

# More lines than this cannot be told apart; the rest stands in the table.
MOST_LINES = 6
_POINTS = 48

# Crossings this many times away from the workload's volume stand in the list only.
_FAR = 1e5


@dataclass(frozen=True, slots=True)
class Line:
    """A candidate's total as SVG points, with the label at its right end."""

    index: int
    style: int
    points: str
    chosen: bool
    label_y: float
    text: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where two candidates take the same."""

    x: float
    y: float
    words: str
    label: Label | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes(Frame):
    """Everything that the drawing needs; `now` is the workload's volume; `left_out` names are not drawn."""

    lines: tuple[Line, ...]
    crossings: tuple[Crossing, ...]
    now: Tick
    left_out: tuple[str, ...]


def volumes(plan: Plan, width: int, height: int) -> Volumes | None:
    """The figure, or None when fewer than two passed candidates have a known total."""
    passed = [(i, c) for i, c in enumerate(plan.candidates) if c.decision == "passed"]
    known = [(i, c) for i, c in passed if _cost(plan, c, 1.0) is not None]
    if len(known) < 2 or plan.requests <= 0:
        return None
    drawn = known[:MOST_LINES]
    names = {c.name for _, c in drawn}
    crossed = [(p.requests, p) for p in plan.break_evens if p.requests and {p.cheaper_build, p.dearer_build} <= names]
    pairs = [(at, p) for at, p in crossed if plan.requests / _FAR <= at <= plan.requests * _FAR]
    near = [at for at, _ in pairs]
    narrow = width < 600
    left, right, top, bottom = 64.0, width - (14.0 if narrow else 170.0), 26.0, height - 42.0
    x_axis = Axis(min([*near, plan.requests]) / 20, max([*near, plan.requests]) * 20, left, right, log=True)
    ends = [_cost(plan, c, n) for _, c in drawn for n in (x_axis.low, x_axis.high)]
    y_axis = axis_around([q.value for q in ends if q is not None], bottom, top)
    unit = next(q.unit for q in ends if q is not None)
    lines = _lines(plan, drawn, x_axis, y_axis, letters=18 if narrow else 25)
    crossings = _crossings(plan, pairs, x_axis, y_axis, Labeller(left, 0, right, bottom - 24))
    return Volumes(
        width=width,
        height=height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        x_ticks=tuple(Tick(x_axis.at(v), tick_label(v, "requests")) for v in x_axis.ticks(max(3, width // 110))),
        y_ticks=tuple(Tick(y_axis.at(v), tick_label(v, unit)) for v in y_axis.ticks(6)),
        lines=lines,
        crossings=crossings,
        now=Tick(x_axis.at(plan.requests), f"this workload: {count(plan.requests)}"),
        left_out=tuple(c.name for _, c in passed if c.name not in names),
    )


def _cost(plan: Plan, candidate: CandidateEvidence, requests: float) -> Quantity | None:
    build, each = part_of(candidate.build, plan.objective), part_of(candidate.per_request, plan.objective)
    return None if build is None or each is None else build + each.scaled(requests)


def _crossings(
    plan: Plan, pairs: list[tuple[float, BreakEven]], x_axis: Axis, y_axis: Axis, labeller: Labeller
) -> tuple[Crossing, ...]:
    points: list[tuple[float, float, float, BreakEven]] = []
    for at, pair in pairs:
        dearer = next(c for c in plan.candidates if c.name == pair.dearer_build)
        total = _cost(plan, dearer, at)
        if total is not None:
            points.append((x_axis.at(at), y_axis.at(total.value), at, pair))
            labeller.keep_clear(*points[-1][:2])
    return tuple(
        Crossing(x, y, break_even_sentence(pair), labeller.place(x, y, count(at))) for x, y, at, pair in points
    )


def _lines(
    plan: Plan, drawn: list[tuple[int, CandidateEvidence]], x_axis: Axis, y_axis: Axis, *, letters: int
) -> tuple[Line, ...]:
    stops = [x_axis.low * (x_axis.high / x_axis.low) ** (i / (_POINTS - 1)) for i in range(_POINTS)]
    found: list[tuple[float, int, int, str]] = []
    for style, (index, candidate) in enumerate(drawn):
        totals = [(n, _cost(plan, candidate, n)) for n in stops]
        points = [(x_axis.at(n), y_axis.at(q.value)) for n, q in totals if q is not None]
        found.append((points[-1][1], index, style, " ".join(f"{x},{y}" for x, y in points)))
    lines: list[Line] = []
    free_from = 0.0
    for y, index, style, points in sorted(found):
        label_y = max(y + 4, free_from)
        free_from = label_y + 14
        name = plan.candidates[index].name
        chosen = name == plan.policies[0].candidate
        lines.append(Line(index, style, points, chosen, round(label_y, 1), shorten(name, letters)))
    return tuple(lines)
