"""Predictions for model families that a fit has not seen, and the constants that come out of a whole table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from rung.prediction.roofline.columns import Columns, Floats, columns
from rung.prediction.roofline.constants import Constants, shipped
from rung.prediction.roofline.fitting import Targets, fit, fit_columns, prior, targets
from rung.prediction.roofline.measurements import Measured, families
from rung.prediction.roofline.spread import Spread, features, fit_spread
from rung.prediction.roofline.step import steps

LEAST_KNOWN = 20
"""Measured figures below which the spread of the shipped constants is kept."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Predictions of rows whose family was left out, shape (n,) each.

    Args:
        j_per_token: [J].
        itl_s: [s].
        j_ends: the ends of its interval, over the prediction, fitted on the other families alone.
        itl_ends: likewise.
        given: features of the spread, shape (n, features).
    """

    j_per_token: Floats
    itl_s: Floats
    j_ends: tuple[Floats, Floats]
    itl_ends: tuple[Floats, Floats]
    given: Floats


def leave_family_out(
    rows: Sequence[Measured],
    *,
    start: Constants | None = None,
    fixed: Collection[str] = (),
    progress: Callable[[str], None] | None = None,
) -> Unseen:
    """Each family predicted by constants that were fitted on the others; `start` and `fixed` as in `fit`."""
    at, measured = columns([row.serving for row in rows]), targets(rows)
    own = np.array([row.family for row in rows])
    begin = start or prior()
    whole = fit(rows, start, fixed=fixed)
    n = len(rows)
    joules, gaps = np.full(n, np.nan), np.full(n, np.nan)
    given = np.zeros((n, features(at, steps(at, whole)).shape[1]))
    for family in families(rows):
        if progress is not None:
            progress(f"fitting without {family}")
        out = own == family
        constants = fit_columns(_part(at, ~out), _targets_part(measured, ~out), begin, whole, fixed=fixed)
        found = steps(_part(at, out), constants)
        joules[out], gaps[out], given[out] = found.j_per_token, found.itl_s, features(_part(at, out), found)
    j_ends = _nested(given, np.log(measured.j_per_token / joules), own)
    return Unseen(joules, gaps, j_ends, _nested(given, np.log(measured.itl_s / gaps), own), given)


def _nested(given: Floats, errors: Floats, own: Any) -> tuple[Floats, Floats]:
    """The ends of each row's interval, by a spread that its family had no part in."""
    low, high = np.ones(len(errors)), np.ones(len(errors))
    known = np.isfinite(errors)
    if known.sum() < LEAST_KNOWN:
        return low, high
    for family in np.unique(own):
        out = own == family
        spread = fit_spread(given[~out & known], errors[~out & known])
        scale = np.exp(given[out] @ np.array(spread["coefficients"]))
        low[out], high[out] = np.exp(scale * spread["low"]), np.exp(scale * spread["high"])
    return low, high


def fit_whole(
    rows: Sequence[Measured],
    *,
    sources: Sequence[str],
    start: Constants | None = None,
    progress: Callable[[str], None] | None = None,
) -> Constants:
    """Constants of all rows, with the spread of leave-family-out errors and what they come from.

    With a start and rows of one family alone nothing can be left out: the spread of the start is kept.
    """
    if progress is not None:
        progress(f"fitting {len(rows)} rows")
    constants = fit(rows, start)
    origin: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "sources": list(sources),
        "rows": len(rows),
        "families": len(families(rows)),
        "silicon": sorted({row.serving.accelerator.key for row in rows}),
    }
    if start is not None:
        origin["started_from"] = dict(start.origin)
    if len(families(rows)) < 5:
        return replace(constants, spread=dict((start or constants).spread), origin=origin)
    unseen, measured = leave_family_out(rows, start=start, progress=progress), targets(rows)
    spread: dict[str, Spread] = {}
    for figure, truth, ours in (
        ("j_per_token", measured.j_per_token, unseen.j_per_token),
        ("itl_s", measured.itl_s, unseen.itl_s),
    ):
        errors = np.log(truth / ours)
        known = np.isfinite(errors)
        if known.sum() < LEAST_KNOWN:
            spread[figure] = (start or shipped()).spread[figure]
            continue
        spread[figure] = fit_spread(unseen.given[known], errors[known])
        origin[f"leave_family_out_mape_{figure}"] = round(float(np.mean(np.abs(np.exp(-errors[known]) - 1))), 4)
    return replace(constants, spread=spread, origin=origin)


def _part(at: Columns, chosen: Any) -> Columns:
    return {name: column[chosen] for name, column in at.items()}


def _targets_part(measured: Targets, chosen: Any) -> Targets:
    return Targets(measured.j_per_token[chosen], measured.itl_s[chosen], measured.step_s[chosen])
