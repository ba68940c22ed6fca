"""Load tests of options: what was measured of one corrects the predictions of its kind.

Two factors, one on all times and one on power, make the prediction of a tested configuration equal to what was
measured; the same factors hold for the other batches of that model on that silicon, count and precision, those of the
nearest tested batch where there are several. The tested configuration itself then stands with its measured figures.
`bench/planner.py` has what one and two tests bring.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rung.errors import BadData, BadInput
from rung.prediction.roofline.columns import columns
from rung.prediction.roofline.constants import Constants
from rung.prediction.roofline.predict import Predicted, predict
from rung.prediction.roofline.serving import Serving
from rung.prediction.roofline.step import steps
from rung.types import Factor, Origin, Quantity

COLUMNS: Final = ("model", "silicon", "count", "precision", "batch", "itl_ms", "j_per_output_token")
SAME_BATCH: Final = 0.05
"""Batches that differ by less are one."""

REPEATED: Final = (0.9, 1.1)
"""Low and high of a figure measured again over the first: of repeated rows in the tables, half differ by less."""

SOURCE: Final = "load-test"
LEAST: Final = 1e-6
MOST: Final = 1e7
"""Ends of figures that can be."""


@dataclass(frozen=True, slots=True)
class LoadTest:
    """What a replica did under load.

    Args:
        model: name, as the options have it.
        silicon: likewise.
        count: accelerators.
        precision: of the weights.
        batch: sequences in flight, mean.
        itl_s: median gap between tokens [s].
        j_per_token: of an output token, all accelerators [J]; None: not measured.
        where: `file:line`.
    """

    model: str
    silicon: str
    count: int
    precision: str
    batch: float
    itl_s: float
    j_per_token: float | None
    where: str

    def is_of(self, one: Serving) -> bool:
        """Whether it was of that model on that silicon, count and precision."""
        kind = (one.model.name, one.accelerator.key, one.count, one.precision)
        return (self.model, self.silicon, self.count, self.precision) == kind

    def is_same(self, other: LoadTest) -> bool:
        """Whether two tests were of one option."""
        kinds = [(t.model, t.silicon, t.count, t.precision) for t in (self, other)]
        return kinds[0] == kinds[1] and abs(self.batch / other.batch - 1) < SAME_BATCH

    def is_that(self, one: Serving) -> bool:
        """Whether it was of that very option, batch included."""
        return self.is_of(one) and abs(self.batch / one.batch - 1) < SAME_BATCH


def read_load_tests(path: Path, options: Sequence[Serving]) -> list[LoadTest]:
    """Load tests of some of the options, from a CSV file with `COLUMNS`.

    Raises:
        BadInput: the file cannot be read, or has other columns.
        BadData: a number cannot be read, or a row is of no option.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            rows = [] if missing else [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read: {error}", mend="give a CSV file of load tests") from error
    if missing:
        raise BadInput(f"{path} lacks the columns {', '.join(missing)}", mend=f"write {','.join(COLUMNS)}")
    found = [_read(row, f"{path.name}:{line}") for line, row in rows]
    for number, test in enumerate(found):
        again = next((other for other in found[:number] if other.is_same(test)), None)
        if again is not None:
            raise BadData(f"{test.where} tests what {again.where} tests", mend="average the two into one row")
        if not any(test.is_of(one) for one in options):
            tested = f"{test.model} {test.precision} on {test.count} x {test.silicon}"
            known = ", ".join(sorted({one.model.name for one in options}))
            raise BadData(f"{test.where}: {tested} is none of the options", mend=f"name one of them; models: {known}")
    return found


def _read(row: Mapping[str, str | None], where: str) -> LoadTest:
    if None in row:
        raise BadData(f"{where} has more cells than the header", mend=f"write {','.join(COLUMNS)}")
    try:
        count, batch, gap_ms = (_positive(row, name) for name in ("count", "batch", "itl_ms"))
        joules = _positive(row, "j_per_output_token") if row["j_per_output_token"] else None
    except (TypeError, ValueError) as error:
        raise BadData(f"{where}: {error}", mend="write positive numbers; j_per_output_token may be empty") from error
    if count != int(count):
        raise BadData(f"{where}: {count:g} accelerators cannot be", mend="write a whole count")
    names = [(row[name] or "").strip() for name in ("model", "silicon", "precision")]
    return LoadTest(names[0], names[1], int(count), names[2], batch, gap_ms / 1e3, joules, where)


def _positive(row: Mapping[str, str | None], name: str) -> float:
    try:
        value = float(row[name] or "")
    except ValueError:
        value = math.nan
    if not LEAST <= value <= MOST:
        raise ValueError(f"{name} is {row[name]!r}")
    return value


def predict_tested(options: Sequence[Serving], tests: Sequence[LoadTest], constants: Constants) -> list[Predicted]:
    """As `predict`, corrected by what was tested; in the order of the options."""
    found = predict(options, constants)
    for place, one in enumerate(options):
        mine = [test for test in tests if test.is_of(one)]
        if mine:
            nearest = min(mine, key=lambda test: abs(math.log(test.batch / one.batch)))
            corrected = predict([one], _corrected(constants, one, nearest))[0]
            found[place] = _as_tested(corrected, nearest) if nearest.is_that(one) else corrected
    return found


def _corrected(constants: Constants, one: Serving, test: LoadTest) -> Constants:
    """Constants whose factors on time and power make the prediction of the tested batch what was measured."""
    at = columns([replace(one, batch=test.batch)])
    time = constants.shared["time"] * test.itl_s / float(steps(at, constants).itl_s[0])
    slower = replace(constants, shared={**constants.shared, "time": time})
    if test.j_per_token is None:
        return slower
    power = constants.shared["power"] * test.j_per_token / float(steps(at, slower).j_per_token[0])
    return replace(slower, shared={**slower.shared, "power": power})


def _as_tested(predicted: Predicted, test: LoadTest) -> Predicted:
    """The measured figures in place of the predicted ones."""
    again = Factor(SOURCE, *REPEATED)
    changed = replace(predicted, itl_s=Quantity.of(test.itl_s, "s", Origin.MEASURED, again))
    if test.j_per_token is None:
        return changed
    joules = Quantity.of(test.j_per_token, "J", Origin.MEASURED, again)
    return replace(changed, j_per_token=joules, j_per_request=joules.scaled(predicted.serving.output))
