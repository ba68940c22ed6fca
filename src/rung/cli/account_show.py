"""Making an account, writing it, noting it in the ledger, and showing it."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from rung.accounting import (
    Account,
    Kind,
    Options,
    account_json,
    account_of,
    command_activity,
    run_command,
    take,
    write_account,
)
from rung.accounting.command import COMMAND_UNITS, idle_note
from rung.catalog import gpu, instance
from rung.errors import BadData, BadInput
from rung.footprint import Worked, described, explained
from rung.ledger import Ledger, NewEvent
from rung.report.numbers import figure, middle
from rung.types import Quantity, Reading
from rung.units import J_PER_KWH

MOST_EXPLAINED = 20
"""Lines whose formulas are printed; the others have the same."""

_ROWS = (
    ("energy", "energy"),
    ("operational", "operational carbon, location-based"),
    ("operational_market_based", "operational carbon, market-based"),
    ("embodied", "embodied carbon"),
    ("storage", "storage"),
    ("network", "network"),
    ("carbon", "carbon, location-based"),
    ("carbon_market_based", "carbon, market-based"),
    ("water", "water"),
    ("cost", "cost"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """How an account is kept and shown.

    Args:
        home: the project's folder.
        out: where to write; None is a folder of its own in the project's.
        unit: functional unit as given.
        count: of it.
        as_json: print JSON on stdout.
        explain: print each formula with its numbers.
        owner: team, cost centre, environment.
    """

    home: Path
    out: Path | None
    unit: str | None
    count: float | None
    as_json: bool
    explain: bool
    owner: Mapping[str, str | None]


def of_command(command: Sequence[str], options: Options, shown: Shown) -> int:
    """Run a command under the meter; its exit code."""
    from rung.meters import local_meter

    _refuse_held(shown.out)
    _refuse_uncounted(shown)
    if options.instance is not None:
        instance(options.instance)
    for name in options.gpus:
        gpu(name)
    at = options.at(None)  # a place that is unknown is told before anything runs
    meter = local_meter()
    live = Live(at.pue, at.location)
    ran = run_command(command, meter, on_look=live, stdout_to_stderr=shown.as_json)
    live.close()
    activity = command_activity(ran, at, options)
    notes = [
        f"meter: {meter.describe}",
        idle_note(activity.it_energy),
        f"looking on took {ran.looked_s:.2f} s of CPU time, which is in the figures",
    ]
    account = account_of(
        [activity],
        name=new_id(),
        at=ran.ended,
        kind="command",
        what=ran.name,
        unit=shown.unit,
        count=shown.count,
        notes=notes,
    )
    folder = keep(account, shown, reading=ran.reading)
    # The command's own output has stdout, as with `time`.
    show(account, folder, shown, sys.stdout if shown.as_json else sys.stderr)
    return ran.exit_code


def _refuse_uncounted(shown: Shown) -> None:
    """What `functional_unit` would refuse, before the command runs and its figures are lost."""
    if shown.unit is None and shown.count is not None:
        raise BadInput(f"--count {shown.count:g} of what?", mend="name the functional unit with --unit")
    if shown.unit is not None and shown.count is None and shown.unit not in COMMAND_UNITS:
        known = ", ".join(COMMAND_UNITS)
        raise BadInput(
            f"unknown unit {shown.unit!r}: nothing here counts it",
            mend=f"give one of {known}, which can be counted, or --count N with --unit {shown.unit}",
        )


def of_files(files: Sequence[Path], kind: Kind | None, options: Options, shown: Shown, *, skip_bad: bool) -> int:
    """Account for files; 0, or the first bad row as an error after what came before it was kept."""
    _refuse_held(shown.out)
    taken = take(files, options, kind=kind, skip_bad=skip_bad)
    names = ", ".join(path.name for path in files)
    account = account_of(
        taken.activities,
        name=new_id(),
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        kind=taken.kind,
        what=names,
        unit=shown.unit,
        count=shown.count,
        default_unit=taken.default_unit,
        skipped=taken.skipped,
        stopped="" if taken.stopped is None else taken.stopped.problem,
        notes=taken.notes,
    )
    if taken.stopped is not None:
        folder = write(account, shown)
        kept = f"{taken.rows} valid row(s) before it are kept in {folder}, marked as not complete"
        raise BadData(f"{taken.stopped.problem} ({kept})", mend=_or_skip(taken.stopped.mend))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    show(account, keep(account, shown, source=digest), shown, sys.stdout)
    if account.skipped:
        print(f"{len(account.skipped)} bad row(s) skipped; the first: {account.skipped[0]}", file=sys.stderr)
    return 0


def _or_skip(mend: str) -> str:
    return mend if "--skip-bad" in mend else f"{mend}; or pass --skip-bad"


def _refuse_held(out: Path | None) -> None:
    """Nothing is written over a whole account; one that ended at a bad row is replaced when the row is mended.

    Raises:
        BadInput: there is one in the folder, or it is no folder.
    """
    if out is None or not out.exists():
        return
    if not out.is_dir():
        raise BadInput(f"--out {out} is no folder", mend="name a folder")
    try:
        held = json.loads((out / "account.json").read_text(encoding="utf-8"))
        whole = bool(held["complete"])
    except FileNotFoundError:
        return
    except (ValueError, TypeError, KeyError, OSError, RecursionError):
        whole = True
    if whole:
        raise BadInput(f"{out} holds an account already", mend="name another folder by --out, or remove this one")


def new_id() -> str:
    """An id that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def keep(account: Account, shown: Shown, *, reading: Reading | None = None, source: str | None = None) -> Path:
    """Write the files, and one `accounted` event; the same file accounted again the same way is no second event."""
    folder = write(account, shown)
    totals = {name: _kept(total.quantity) for name, total in account.totals.items()}
    body: dict[str, Any] = {
        "account": account.id,
        "kind": account.kind,
        "what": account.what,
        "source": source,
        "unit": {"name": account.unit.name, "count": account.unit.count},
        "skipped": len(account.skipped),
        "reading": None if reading is None else reading.to_json(),
        "totals": totals,
    }
    key = None
    if source is not None:
        same = json.dumps([source, account.kind, body["unit"], totals], sort_keys=True)
        key = hashlib.sha256(same.encode()).hexdigest()[:32]
    with Ledger(shown.home / "ledger.db", owner=shown.owner) as ledger:
        ledger.append("", [NewEvent("accounted", body, key)])
    return folder


def write(account: Account, shown: Shown) -> Path:
    """Write the files; the folder."""
    folder = shown.out or shown.home / "accounts" / account.id
    write_account(account, folder)
    return folder


def _kept(quantity: Quantity | None) -> dict[str, Any] | None:
    return None if quantity is None else quantity.to_json()


def show(account: Account, folder: Path, shown: Shown, to: TextIO) -> None:
    """The account as JSON, or as a table; then the formulas where they are asked for."""
    if shown.as_json:
        print(json.dumps(account_json(account), ensure_ascii=False), file=to)
    else:
        print("\n".join(table(account)), file=to)
        print(f"written to {folder}", file=sys.stderr)
    if shown.explain:
        print("\n".join(explanation(account)), file=sys.stderr if shown.as_json else to)


def table(account: Account) -> list[str]:
    """The account for a reader."""
    count = f"{account.unit.count:,.6g} {account.unit.name}"
    rows = [f"{account.what} ({account.kind}, {len(account.lines)} line(s), {count})"]
    rows += [f"  {label:<36} {_told(account, name)}" for name, label in _ROWS]
    rows.append(f"  {'SCI, per ' + account.unit.name:<36} {_rate(account.sci)}")
    rows.append(f"  {'market-based, per ' + account.unit.name:<36} {_rate(account.market_rate)}")
    grades = sorted({quality.grade for quality in account.quality if quality.grade is not None})
    classes = ", ".join(str(grade) for grade in grades) or "none, money alone"
    rows.append(f"  {'data quality, 1 best to 5':<36} {classes}; outside the boundary: {', '.join(account.excluded)}")
    return [*rows, *(f"  {note}" for note in account.notes)]


def _told(account: Account, name: str) -> str:
    total = account.totals[name]
    if name in account.excluded:
        return "none declared: outside the boundary"
    if total.quantity is not None:
        return figure(_scaled(total.quantity))
    why = _why(total)
    part = account.known_part(name)
    if part is None or part.known.value == 0:
        return f"unknown: {why}"
    return f"unknown for {part.unknown} of {len(account.lines)} lines; the others {figure(_scaled(part.known))}: {why}"


def _rate(rate: Worked) -> str:
    if rate.quantity is None:
        return f"unknown: {_why(rate)}"
    return figure(rate.quantity.scaled(1.0, "gCO2e"))


def _why(figure_: Worked) -> str:
    first, *others = figure_.missing()
    return f"{first} (and {len(others)} more)" if others else first


def _scaled(quantity: Quantity) -> Quantity:
    """Energy is printed in joules, which have prefixes."""
    return quantity.scaled(J_PER_KWH, "J") if quantity.unit == "kWh" else quantity


def explanation(account: Account) -> list[str]:
    """Each formula with its numbers, from the records that hold the result."""
    if len(account.lines) <= MOST_EXPLAINED:
        return explained([*account.totals.values(), account.sci, account.market_rate])
    lines = [figure for line in account.lines[:MOST_EXPLAINED] for figure in line.figures().values()]
    rows = [*explained(lines), f"... and {len(account.lines) - MOST_EXPLAINED} more lines by the same formulas"]
    over = f"sum over {len(account.lines)} lines"
    rows += [f"total {name} = {over} = {described(total.quantity)}" for name, total in account.totals.items()]
    for rate in (account.sci, account.market_rate):
        rows += [rate.formula, f"    = {rate.figures}"]
    return rows


class Live:
    """What a command has used so far, on stderr: one line that is redrawn, or lines ever further apart in a log."""

    def __init__(self, pue: Worked, intensity: Worked) -> None:
        assert pue.quantity is not None
        assert intensity.quantity is not None
        self._g_per_j = pue.quantity.value * intensity.quantity.value / J_PER_KWH
        self._drawn = sys.stderr.isatty()
        self._next_s = 2.0

    def __call__(self, reading: Reading) -> None:
        """Tell what was used so far."""
        energy = reading.energy
        used = "energy unknown" if energy is None else figure(energy)
        carbon = "" if energy is None else f"  {middle(energy.scaled(self._g_per_j, 'gCO2e'))}"
        text = f"rung: {reading.wall_s:.0f} s  CPU {reading.cpu_s:.1f} s  {used}{carbon}"
        if self._drawn:
            print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)
        elif reading.wall_s >= self._next_s:
            self._next_s = min(2 * self._next_s, self._next_s + 60)
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Clear the line."""
        if self._drawn:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
