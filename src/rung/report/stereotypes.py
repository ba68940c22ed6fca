"""Stereotype pairs as text."""

from __future__ import annotations

from rung.evaluation.stereotypes import Stereotyping
from rung.report.numbers import interval
from rung.stats import Figure
from rung.types import Footprint


def render_stereotyping(found: Stereotyping, spent: Footprint, *, model: str, region: str) -> str:
    """The share of stereotypes that are likelier, over all pairs and by kind of bias, with intervals."""
    rows = [("bias type", "share", "interval", "pairs"), _row("all", found.share)]
    rows += [_row(kind, share) for kind, share in found.by_kind]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(
        [
            f"{model}: pairs whose stereotype is likelier (0.5 is no leaning, and also a model that knows nothing)",
            "",
            *table,
            "",
            f"intervals: Wilson's, each {found.share.level:.0%}; a tie counts half; "
            f"mean gap {found.mean_gap:+.2f} nats",
            f"this took {interval(spent.energy)}, {interval(spent.carbon)} ({region}); it counts as search",
        ]
    )


def _row(kind: str, share: Figure) -> tuple[str, ...]:
    ends = "" if share.low is None or share.high is None else f"{share.low:.3f} to {share.high:.3f}"
    return (kind, f"{share.value:.3f}", ends, str(share.items))
