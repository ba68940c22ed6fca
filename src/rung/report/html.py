"""The report as one HTML page that asks the network for nothing.

The figures are SVG made here, so they print and read aloud without a script; the script adds sorting, cards on hover
and the choice of objective and theme. A content security policy with the hashes of our own style and script
makes anything that a workload's text might smuggle in inert.
"""

from __future__ import annotations

from typing import Any

from rung.climb.plan import Plan
from rung.report import numbers, words
from rung.report.ladder import STRIP_PX, TRACK_PX, rows
from rung.report.numbers import OBJECTIVES, part_of
from rung.report.page import environment, read_template, sha256_base64
from rung.report.scatter import scatter
from rung.report.volumes import volumes

# Widths in px: one drawing for a desk and for paper, one for a phone. Text keeps its size in both.
_WIDE, _NARROW = 920, 350


def render_html(plan: Plan) -> str:
    """The report of a plan.

    Args:
        plan: what a climb decided; its texts are not trusted.

    Returns:
        A complete HTML document without any reference to another file.
    """
    style, script = read_template("report.css"), read_template("report.js")
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            plan=plan,
            style=style,
            script=script,
            style_hash=sha256_base64(style),
            script_hash=sha256_base64(script),
            objectives=OBJECTIVES,
            rows=rows(plan),
            scatters=_scatters(plan),
            volumes=_volumes(plan),
            controls=_controls(plan),
            bigger=[c for c in plan.candidates if words.is_bigger(plan, c)],
            spending=_spending(plan),
            strip_px=STRIP_PX,
            track_px=TRACK_PX,
            part_of=part_of,
            say=words,
            fmt=numbers,
        )
    )


def _scatters(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"objective": name, "wide": scatter(plan, name, _WIDE, 460), "narrow": scatter(plan, name, _NARROW, 400)}
        for name in OBJECTIVES
    ]


def _volumes(plan: Plan) -> dict[str, Any]:
    return {"wide": volumes(plan, _WIDE, 400), "narrow": volumes(plan, _NARROW, 340)}


def _controls(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "candidate": candidate.name,
            "control": control.control,
            "items": control.items,
            "mean": numbers.score(control.mean),
            "plain": numbers.score(control.plain_mean),
            "warning": words.control_warning(control),
        }
        for candidate in plan.candidates
        for control in candidate.controls
    ]


def _spending(plan: Plan) -> list[dict[str, Any]]:
    """What the search took beside evaluating everything: a bar of 200 px for each quantity that is known."""
    search = plan.search
    found: list[dict[str, Any]] = [
        _compared("calls", search.calls, search.full_calls, f"{search.calls:,}", f"{search.full_calls:,}")
    ]
    for name in OBJECTIVES:
        spent, full = part_of(search.spent, name), part_of(search.full, name)
        both = spent is not None and full is not None
        found.append(
            _compared(
                name,
                spent.value if both and spent else 0.0,
                full.value if both and full else 0.0,
                numbers.figure(spent),
                numbers.figure(full),
            )
        )
    return found


def _compared(name: str, part: float, whole: float, part_text: str, whole_text: str) -> dict[str, Any]:
    px = min(1.0, part / whole) * 200 if whole > 0 else None
    return {"name": name, "spent": part_text, "full": whole_text, "share": numbers.share(part, whole), "px": px}
