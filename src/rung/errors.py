"""Every error that rung raises on purpose, drawn once.

    RungError
    ├── BadInput               what the user gave cannot be used
    │   ├── BadWorkload        a workload file: line, field, problem
    │   ├── BadData            rows of a data file
    │   ├── LeakedItems        evaluation items that stand in train or tune
    │   └── BadModel           a model that cannot be loaded, or may not be (pickle, remote code)
    ├── MissingFactor          a number that no table holds; never guessed
    ├── MissingExtra           a package that an extra would bring
    ├── BadScore               a scorer gave something outside [0, 1]
    ├── UpstreamFailed         a model behind a network or a command did not answer
    ├── BudgetExhausted        a budget that the user set is used up
    ├── Unexpected             code of a method, engine or scorer raised what it should not
    ├── BadLedger              a ledger of another schema, or a broken one
    ├── BadRelease             a release whose content is not what its manifest says
    └── NoSuch                 a run, candidate or release that is not there

Each carries `problem` (what is wrong) and `mend` (what to do about it). The command line prints them on two
lines, without a traceback, and exits with `exit_code`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class RungError(Exception):
    """What is wrong, and the mend.

    Args:
        problem: one sentence, lower case, no full stop.
        mend: what the reader can do, as an instruction.

    Attributes:
        done: what a batch had brought before it broke off, by place: completions of an engine, answers of an
            answerer. They were made and paid, so whoever pays records them.
    """

    exit_code = 2

    def __init__(self, problem: str, *, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend
        self.done: Mapping[int, Any] = {}


class BadInput(RungError):
    """What the user gave cannot be used."""


class BadWorkload(BadInput):
    """A workload file is wrong; `where` is `file:line: field` as far as known."""

    def __init__(self, problem: str, *, mend: str, where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem, mend=mend)
        self.where = where


class BadData(BadInput):
    """Rows of a data file cannot be used."""


class LeakedItems(BadInput):
    """Evaluation items stand in train or tune; the rows are named."""


class BadModel(BadInput):
    """A model cannot be loaded, or may not be (pickle, remote code)."""


class MissingFactor(RungError):
    """A number that no table holds. It is never replaced by an average in silence."""


class MissingExtra(RungError):
    """A package is absent that one of the extras would bring."""

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(f"the package {package!r} is not installed", mend=f"pip install 'rung[{extra}]'")


class BadScore(RungError):
    """A scorer gave something that is not a number in [0, 1]."""


class UpstreamFailed(RungError):
    """A model behind a network or a command did not answer, after the retries."""


class BudgetExhausted(RungError):
    """A budget that the user set is used up."""

    exit_code = 1


class Unexpected(RungError):
    """Code of a method, engine or scorer raised something that is no `RungError`.

    Args:
        what: which code, and what it was doing.
        raised: what it raised.
        kept: where its traceback is kept, or None.
    """

    def __init__(self, what: str, raised: Exception, *, kept: Path | None = None) -> None:
        said = str(raised).strip().partition("\n")[0]
        where = "" if kept is None else f"the traceback is in {kept}; "
        mend = f"{where}mend that code, or leave it out of the workload, and go on with --resume"
        super().__init__(f"{what}: {type(raised).__name__}" + (f": {said}" if said else ""), mend=mend)
        self.what = what
        self.raised = raised
        self.kept = kept


class BadLedger(RungError):
    """The ledger cannot be read: another schema, or a broken file."""


class BadRelease(RungError):
    """A release's content is not what its manifest says."""


class NoSuch(RungError):
    """A run, candidate or release that is not there."""
