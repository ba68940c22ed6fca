"""The figure of quality against lifetime total: where every mark, bar, line and label stands, in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from rung.climb.plan import CandidateEvidence, Plan
from rung.report.axes import Axis, Frame, Tick, axis_around, tick_label
from rung.report.labels import Label, Labeller
from rung.report.numbers import Objective, interval, part_of
from rung.report.words import bar_evidence, bar_of, scored


@dataclass(frozen=True, slots=True)
class Mark:
    """A candidate: its point, and the ends of its two intervals [px]."""

    index: int
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    decision: str
    chosen: bool
    words: str
    label: Label | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter(Frame):
    """Everything that the drawing needs. `front` is a path in SVG points, empty where it does not apply."""

    objective: Objective
    marks: tuple[Mark, ...]
    bar: Tick | None
    front: str
    missing: tuple[str, ...]


def scatter(plan: Plan, objective: Objective, width: int, height: int) -> Scatter | None:
    """The figure, or None when no candidate has both a score and a known total."""
    shown = [(i, c) for i, c in enumerate(plan.candidates) if _drawable(c, objective)]
    if not shown:
        return None
    left, right, top, bottom = 48.0, width - 14.0, 22.0, height - 42.0
    bar = bar_of(plan)
    x_axis = axis_around(_totals(shown, objective), left + 8, right - 8)
    y_axis = axis_around(
        [v for _, c in shown for v in _ends(c)] + ([] if bar is None else [bar.at_least]), bottom, top, most=(0.0, 1.0)
    )
    unit = next(q.unit for _, c in shown if (q := part_of(c.lifetime, objective)) is not None)
    missing = tuple(c.name for c in plan.candidates if not _drawable(c, objective))
    labeller = Labeller(left, 0, width, bottom)
    bar_line = None if bar is None else Tick(y_axis.at(bar.at_least), f"bar {bar.metric} ≥ {bar.at_least:g}")
    if bar_line is not None:
        labeller.keep_line_clear(bar_line.at, 6.5 * len(bar_line.text) + 18)
    marks = _marks(plan, shown, objective, x_axis, y_axis, labeller)
    return Scatter(
        objective=objective,
        width=width,
        height=height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        x_ticks=tuple(Tick(x_axis.at(v), tick_label(v, unit)) for v in x_axis.ticks(max(3, width // 110))),
        y_ticks=tuple(Tick(y_axis.at(v), tick_label(v, "")) for v in y_axis.ticks(6)),
        marks=marks,
        bar=bar_line,
        front=_front(plan, marks, objective),
        missing=missing,
    )


def _drawable(candidate: CandidateEvidence, objective: Objective) -> bool:
    found = bar_evidence(candidate)
    return found is not None and found.mean is not None and part_of(candidate.lifetime, objective) is not None


def _totals(shown: list[tuple[int, CandidateEvidence]], objective: Objective) -> list[float]:
    known = (part_of(c.lifetime, objective) for _, c in shown)
    return [v for q in known if q is not None for v in (q.low, q.value, q.high)]


def _ends(candidate: CandidateEvidence) -> tuple[float, ...]:
    found = bar_evidence(candidate)
    return () if found is None else tuple(v for v in (found.low, found.mean, found.high) if v is not None)


def _marks(
    plan: Plan,
    shown: list[tuple[int, CandidateEvidence]],
    objective: Objective,
    x_axis: Axis,
    y_axis: Axis,
    labeller: Labeller,
) -> tuple[Mark, ...]:
    chosen = plan.policies[0].candidate
    points: dict[int, tuple[float, float]] = {}
    for index, candidate in shown:
        total, ends = part_of(candidate.lifetime, objective), bar_evidence(candidate)
        assert total is not None
        assert ends is not None
        points[index] = (x_axis.at(total.value), y_axis.at(ends.mean or 0.0))
        labeller.keep_clear(*points[index], 9.0 if candidate.name == chosen else 6.0)
    order = sorted(shown, key=lambda ic: (ic[1].name != chosen, ic[1].name not in plan.front, ic[1].decision, ic[0]))
    labels = {i: labeller.place(*points[i], c.name) for i, c in order}
    marks: list[Mark] = []
    for index, candidate in shown:
        total, ends = part_of(candidate.lifetime, objective), _ends(candidate)
        assert total is not None
        x, y = points[index]
        words = f"{candidate.name}: {candidate.decision}, score {scored(candidate)}, lifetime {interval(total)}"
        marks.append(
            Mark(
                index, x, y, x_axis.at(total.low), x_axis.at(total.high), y_axis.at(max(ends)), y_axis.at(min(ends)),
                candidate.decision, candidate.name == chosen, words, labels[index],
            )
        )  # fmt: skip
    return tuple(marks)


def _front(plan: Plan, marks: tuple[Mark, ...], objective: Objective) -> str:
    if objective != plan.objective:
        return ""
    on_it = sorted((m for m in marks if plan.candidates[m.index].name in plan.front), key=lambda m: m.x)
    return " ".join(f"{m.x},{m.y}" for m in on_it) if len(on_it) > 1 else ""
