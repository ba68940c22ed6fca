"""A shortlist as text: how the columns were read, who is on it, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rung.evaluation.shortlist import Shortlist, Verdict
from rung.report.labels import shorten

MOST_CHOSEN = 40
MOST_REASONS = 20
_WIDEST = 40


def render_shortlist(found: Shortlist, *, reasons: int | None = MOST_REASONS) -> str:
    """The whole in blocks.

    Args:
        found: the shortlist.
        reasons: how many of the models that are not on it are listed; None for all.
    """
    blocks = [_columns(found), _needs(found), _chosen(found), _others(found, reasons)]
    blocks.append("\n".join(f"note: {note}" for note in found.notes))
    return "\n\n".join(block for block in blocks if block)


def reason(verdict: Verdict) -> str:
    """Why a model is not on the list, or what of it is open."""
    said = [one.sentence() for one in verdict.failed]
    said += [f"{one.constraint}: needed {one.needed}, and it is {one.got}" for one in verdict.unknown]
    if verdict.better is not None:
        said.append(f"{verdict.better} is better on the front's columns")
    return "; ".join(said)


def _columns(found: Shortlist) -> str:
    lines = [
        f"  {one.asked}: {one.name!r}" + (f", {one.reading}" if one.reading else "")
        for one in found.columns
        if one.asked != one.name or one.reading
    ]
    return "\n".join(["columns, as they were understood:", *lines]) if lines else ""


def _needs(found: Shortlist) -> str:
    if not found.needs:
        return ""
    rows = [["need", "met", "failed", "unknown"]]
    rows += [[one.need, f"{one.met:,}", f"{one.failed:,}", f"{one.unknown:,}"] for one in found.needs]
    return _table(rows)


def _chosen(found: Shortlist) -> str:
    said = f"{len(found.chosen):,} of {len(found.verdicts):,} models"
    said += f", of {len(found.kept):,} kept" if len(found.chosen) < len(found.kept) else ""
    said += f", by {found.rank}" if found.rank else ""
    if found.front:
        said += f"; front of {' and '.join(str(one) for one in found.front)}"
    if not found.chosen:
        return f"no model of {len(found.verdicts):,} is kept"
    columns = [one.name for one in found.columns[1:]]
    rows = [["model", *columns]]
    rows += [[one.model, *(one.values[name] for name in columns)] for one in found.chosen[:MOST_CHOSEN]]
    lines = [said, _table(rows)]
    lines += [f"{one.model} is kept though unknown: {reason(one)}" for one in found.chosen[:MOST_CHOSEN] if one.unknown]
    more = len(found.chosen) - MOST_CHOSEN
    return "\n".join([*lines, *([f"{more:,} more: see --names, --json or --top"] if more > 0 else [])])


def _others(found: Shortlist, most: int | None) -> str:
    parts = [
        _reasons("not on it, because a need fails", _of(found, "failed"), most),
        _reasons(
            "set aside, because the table does not tell (--accept-unknown keeps them)", _of(found, "unknown"), most
        ),
        _reasons("kept by the needs, but not on the front", _of(found, "dominated"), most),
    ]
    return "\n\n".join(part for part in parts if part)


def _of(found: Shortlist, verdict: str) -> list[Verdict]:
    return [one for one in found.verdicts if one.verdict == verdict]


def _reasons(title: str, verdicts: Sequence[Verdict], most: int | None) -> str:
    if not verdicts:
        return ""
    listed = verdicts if most is None else verdicts[:most]
    lines = [f"  {shorten(one.model, _WIDEST)}: {reason(one)}" for one in listed]
    more = len(verdicts) - len(listed)
    return "\n".join([f"{title}: {len(verdicts):,}", *lines, *([f"  and {more:,} more: see --all"] if more else [])])


def _table(rows: Iterable[Sequence[str]]) -> str:
    short = [[shorten(cell, _WIDEST) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in short) for at in range(len(short[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in short)
