"""What the ledger knows of a run that ended without a plan: cut short, or by an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rung.ledger import Event, Ledger


@dataclass(frozen=True, slots=True)
class BrokenRun:
    """A run whose last start brought no plan.

    Args:
        run: its id.
        problem: the error that ended it; None when it was killed, or still runs.
        mend: of that error.
        keys: candidate key by name, of everything that was proposed in the project, the run's own above others.
    """

    run: str
    problem: str | None
    mend: str | None
    keys: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a candidate came.

    Args:
        name: the candidate.
        built: it was built, in this run or before.
        items: evaluation items that it has answered, in this run or before.
        decision: the verdict of the run, or None.
    """

    name: str
    built: bool
    items: int
    decision: str | None


def broken_run(ledger: Ledger, run: str) -> BrokenRun | None:
    """The run when it has no plan, or ended by an error after its last one; else None."""
    plan, error = _last(ledger, run, "planned"), _last(ledger, run, "stopped")
    if plan is not None and (error is None or error.seq < plan.seq):
        return None
    proposed = sorted(ledger.events(kind="proposed"), key=lambda event: event.run == run)
    keys = {event.body["candidate"]["name"]: str(event.key) for event in proposed}
    body: Mapping[str, Any] = {} if error is None else error.body
    return BrokenRun(run, body.get("problem"), body.get("mend"), keys)


def reached_by(ledger: Ledger, broken: BrokenRun, name: str) -> Reached:
    """How far a candidate of the run came."""
    key = broken.keys[name]
    verdict = ledger.find("verdict", f"{broken.run}/{key}")
    return Reached(
        name,
        built=ledger.find("built", key) is not None,
        items=len({event.body["item"] for event in ledger.events(kind="trial", key_prefix=f"{key}/")}),
        decision=None if verdict is None else verdict.body["decision"],
    )


def _last(ledger: Ledger, run: str, kind: str) -> Event | None:
    return max(ledger.events(run=run, kind=kind), key=lambda event: event.seq, default=None)
