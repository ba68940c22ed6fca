"""`rung predict fit`: constants from tables of measurements."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rung.errors import BadInput

if TYPE_CHECKING:
    from rung.prediction.roofline.constants import Constants
    from rung.prediction.roofline.measurements import Measured


MOST_SHOWN = 40


def _compare(rows: Sequence[Measured], before: Constants, after: Constants) -> None:
    """Measured figures beside predictions before and after the fit."""
    from rung.prediction.roofline.columns import columns
    from rung.prediction.roofline.step import steps

    at = columns([row.serving for row in rows])
    old, new = steps(at, before), steps(at, after)
    print(f"{'row':<24}{'gap [ms]':>10}{'shipped':>10}{'fitted':>10}{'J/token':>12}{'shipped':>10}{'fitted':>10}")
    for at_row, row in enumerate(rows):
        gap = "-" if row.itl_s is None else f"{row.itl_s * 1e3:.3g}"
        joules = "-" if row.j_per_token is None else f"{row.j_per_token:.3g}"
        gaps = f"{old.itl_s[at_row] * 1e3:>10.3g}{new.itl_s[at_row] * 1e3:>10.3g}"
        energies = f"{old.j_per_token[at_row]:>10.3g}{new.j_per_token[at_row]:>10.3g}"
        print(f"{row.where:<24}{gap:>10}{gaps}{joules:>12}{energies}")


def fit_tables(tables: Sequence[Path], specs: Path | None, out: Path, *, start: str, as_json: bool) -> None:
    """Fit, and write the constants.

    Raises:
        BadInput: a table or option that cannot be read, or too few rows.
    """
    from rung.prediction.roofline.constants import CALIBRATED, STATED, shipped
    from rung.prediction.roofline.measurements import Specs, read_measurements
    from rung.prediction.roofline.validation import fit_whole

    if start not in ("shipped", "prior"):
        raise BadInput(f"--start {start} is not known", mend="give shipped or prior")
    known = Specs.read(specs)
    rows: list[Measured] = []
    left: dict[str, int] = {}
    for table in tables:
        read, without = read_measurements(table, known)
        rows += read
        for reason, count in without.items():
            left[reason] = left.get(reason, 0) + count
    if not rows:
        reasons = "; ".join(f"{count} rows: {reason}" for reason, count in left.items())
        raise BadInput(f"no row can be predicted: {reasons}", mend="see `rung predict fit --help` for the columns")
    constants = fit_whole(
        rows,
        sources=[table.name for table in tables],
        start=shipped() if start == "shipped" else None,
        progress=lambda doing: print(doing, file=sys.stderr),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(constants.to_json(), indent=1) + "\n", encoding="utf-8")
    for reason, count in left.items():
        print(f"left out: {count} rows: {reason}", file=sys.stderr)
    if as_json:
        print(json.dumps({"out": str(out), "left_out": left, **constants.origin}))
        return
    own = ", ".join(f"{name} {len(group)}" for name, group in constants.own.items())
    if len(rows) <= MOST_SHOWN:
        _compare(rows, shipped(), constants)
    print(f"{len(rows)} rows, {constants.origin['families']} families; constants are in {out}")
    stated = len(STATED) + len(CALIBRATED) if start == "prior" else 0
    fitted = f"{len(constants.shared) - stated} shared constants are fitted, {stated} stay where the fit began"
    print(f"{fitted}; of their own have: {own}; none belongs to a model")
