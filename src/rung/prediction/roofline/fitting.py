"""From measurements to constants: robust least squares on logarithms, pulled to where it began.

Minimised: soft-L1 (scale 0.1) of the log errors of J per token, gap between tokens, and step time (weight 1/4, since
it repeats much of the gap), plus squared log distances of the constants from their start. Errors are robust, pulls are
not: a constant that no row speaks of stays. Own constants of an accelerator are pulled to the shared ones, those of an
engine less so. A fit that begins at fitted constants moves two factors first, on all times and on power of the machine,
which are 1 in the tables' fit. `LOG.md` has the figures of other pulls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from rung.errors import BadInput, MissingExtra
from rung.prediction.roofline.columns import Columns, Floats, columns
from rung.prediction.roofline.constants import CALIBRATED, OWN, PRIOR, STATED, Constants
from rung.prediction.roofline.measurements import Measured
from rung.prediction.roofline.step import Steps, steps

PULL_SHARED: Final = 0.3
PULL_FIXED: Final = 1e4
PULL_CALIBRATED: Final = 0.03
"""Of `time` and `power`: fixed at 1 in a fit from the prior; nearly free in one that begins at fitted constants."""
PULL_OWN: Final[Mapping[str, float]] = {"B200": 0.9, "A100": 0.3, "vllm-2024": 0.09}
_STEP_WEIGHT: Final = 0.25
_ROBUST_SCALE: Final = 0.1
LEAST_ROWS: Final = 2


@dataclass(frozen=True, slots=True)
class Targets:
    """What was measured, shape (n,) each; NaN where it was not."""

    j_per_token: Floats
    itl_s: Floats
    step_s: Floats


def targets(rows: Sequence[Measured]) -> Targets:
    """The measured figures of some rows."""

    def column(read: Callable[[Measured], float | None]) -> Floats:
        return np.array([np.nan if read(row) is None else read(row) for row in rows], dtype=np.float64)

    return Targets(column(lambda r: r.j_per_token), column(lambda r: r.itl_s), column(lambda r: r.step_s))


def prior() -> Constants:
    """Where a fit from nothing begins."""
    own = {name: dict.fromkeys(constants, 0.0) for name, constants in OWN.items()}
    return Constants(PRIOR, own, {}, {})


def fit(rows: Sequence[Measured], start: Constants | None = None, *, fixed: Collection[str] = ()) -> Constants:
    """Constants that explain some rows; `spread` and `origin` are left as they were at the start.

    Args:
        rows: of tables.
        start: to begin from and to be pulled to; None: the prior. With the shipped constants, a few load tests of
            one's own move what they speak of and leave the rest.
        fixed: constants that stay where the fit begins; the name of an accelerator or engine stands for its own.

    Raises:
        BadInput: too few rows.
        MissingExtra: scipy is not there.
    """
    if len(rows) < LEAST_ROWS:
        raise BadInput(f"{len(rows)} rows are too few for a fit", mend="measure two batch sizes or more")
    begin = start or prior()
    return _fit(columns([row.serving for row in rows]), targets(rows), begin, begin, fixed)


def fit_columns(
    at: Columns, measured: Targets, start: Constants, warm: Constants | None = None, *, fixed: Collection[str] = ()
) -> Constants:
    """As `fit`, on columns: for cross-validation, which starts near the answer (`warm`) but is pulled to `start`."""
    return _fit(at, measured, start, warm or start, fixed)


def _fit(at: Columns, measured: Targets, start: Constants, first: Constants, fixed: Collection[str]) -> Constants:
    least_squares = _least_squares()
    anchor, pull = _flat(start), _pulls(calibrating=bool(start.origin), fixed=fixed)

    def residuals(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        found = steps(at, _unflat(flat, start))
        return np.concatenate([*(_robust(miss) for miss in _misses(found, measured)), (flat - anchor) * pull])

    return _unflat(least_squares(residuals, _flat(first), max_nfev=300).x, start)


def _robust(miss: Floats) -> Floats:
    """Residuals whose squares are the soft-L1 loss of these: scale^2 x 2 (sqrt(1 + (miss / scale)^2) - 1)."""
    return np.sign(miss) * _ROBUST_SCALE * np.sqrt(2 * (np.sqrt(1 + (miss / _ROBUST_SCALE) ** 2) - 1))


def _misses(found: Steps, measured: Targets) -> list[Floats]:
    pairs = (
        (found.j_per_token, measured.j_per_token, 1.0),
        (found.itl_s, measured.itl_s, 1.0),
        (found.step_s, measured.step_s, _STEP_WEIGHT),
    )
    return [np.nan_to_num(weight * np.log(ours / theirs), nan=0.0) for ours, theirs, weight in pairs]


def _flat(constants: Constants) -> NDArray[np.float64]:
    shared = [np.log(constants.shared[name]) for name in PRIOR]
    own = [constants.own.get(name, {}).get(constant, 0.0) for name, group in OWN.items() for constant in group]
    return np.array([*shared, *own], dtype=np.float64)


def _unflat(flat: NDArray[np.float64], like: Constants) -> Constants:
    shared = {name: float(np.exp(value)) for name, value in zip(PRIOR, flat, strict=False)}
    rest = iter(flat[len(PRIOR) :])
    own = {name: {constant: float(next(rest)) for constant in group} for name, group in OWN.items()}
    return replace(like, shared=shared, own=own)


def _pulls(*, calibrating: bool, fixed: Collection[str]) -> NDArray[np.float64]:
    """How hard each constant is pulled to where it began, in the order of the fit."""
    known = {*PRIOR, *OWN}
    if unknown := sorted({*fixed} - known):
        raise ValueError(f"no constants are called {', '.join(unknown)}")
    of_machine = PULL_CALIBRATED if calibrating else PULL_FIXED
    shared = [of_machine if name in CALIBRATED else PULL_SHARED for name in PRIOR]
    own = [PULL_OWN[name] for name, group in OWN.items() for _ in group]
    names = [*PRIOR, *(name for name, group in OWN.items() for _ in group)]
    stays = np.array([name in fixed for name in names])
    stays[: len(PRIOR)] |= np.array([not calibrating and name in STATED for name in PRIOR])
    return np.where(stays, PULL_FIXED, np.array([*shared, *own], dtype=np.float64))


def _least_squares() -> Callable[..., Any]:
    try:
        from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise MissingExtra("scipy", extra="traditional") from error
    return cast("Callable[..., Any]", getattr(optimize, "least_squares"))  # noqa: B009 - scipy has no types
