"""What the commands share: the setting of a climb, and finding runs."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rung.climb import Limits, Listener, Plan, Setting, plan_from_json
from rung.climb.loop import Policy
from rung.errors import BadWorkload, NoSuch
from rung.ledger import Ledger
from rung.methods import Engines
from rung.workload import Workload


def setting_for(
    workload: Workload,
    home: Path,
    *,
    engines: Engines,
    listener: Listener,
    policy: Policy = "both",
    limits: Limits | None = None,
) -> Setting:
    """What a climb of this workload works with on this machine."""
    from rung.accounting import factors_for
    from rung.meters import local_meter
    from rung.methods import all_methods

    methods = all_methods()
    if unknown := [name for name in workload.methods if name not in methods]:
        raise BadWorkload(
            f"there is no method {', '.join(map(repr, unknown))}",
            mend=f"choose among {', '.join(sorted(methods))}",
            where=f"{workload.path.name}: methods.only",
        )
    kept = {name: m for name, m in methods.items() if not workload.methods or name in workload.methods}
    return Setting(
        home=home,
        methods=kept,
        engines=engines,
        meter=local_meter(),
        factors=factors_for(workload.place),
        speed=machine_speed(home),
        policy=policy,
        limits=limits or Limits(),
        listener=listener,
    )


def machine_speed(home: Path) -> Any:
    """The calibrated speed of this machine, measured once per project and machine."""
    from rung.prediction import MachineSpeed, calibrate

    machine = hashlib.sha256(f"{platform.node()}{platform.processor()}{platform.release()}".encode()).hexdigest()[:12]
    kept = home / f"speed-{machine}.json"
    try:
        return MachineSpeed.from_json(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        speed = calibrate()
        home.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(speed.to_json()), encoding="utf-8")
        return speed


def open_ledger(home: Path) -> Ledger:
    """The project's ledger.

    Raises:
        NoSuch: there is none yet.
    """
    path = home / "ledger.db"
    if not path.is_file():
        raise NoSuch(
            f"there is no ledger at {path}", mend="rung climb WORKLOAD makes one; or name the folder by --home"
        )
    return Ledger(path)


def climbs(ledger: Ledger) -> list[str]:
    """Ids of the runs that are climbs, oldest first; evaluations are runs too."""
    return [event.run for event in ledger.events(kind="started")]


def find_run(ledger: Ledger, name: str, *, among: Callable[[Ledger], list[str]] = climbs) -> str:
    """The id of a run by its id, its first letters, or `last`.

    Raises:
        NoSuch: none, or several.
    """
    ids = among(ledger)
    if not ids:
        raise NoSuch("the ledger holds no run", mend="rung climb WORKLOAD")
    if name == "last":
        return ids[-1]
    found = [run for run in ids if run.startswith(name)]
    if len(found) != 1:
        what = "there is no run" if not found else "several runs begin with"
        raise NoSuch(f"{what} {name!r}", mend=f"rung runs lists them; the last is {ids[-1]}")
    return found[0]


def plan_of(ledger: Ledger, run: str) -> Plan:
    """The newest plan of a run.

    Raises:
        NoSuch: the run was cut short before it wrote one.
    """
    plans = list(ledger.events(run=run, kind="planned"))
    if not plans:
        stops = list(ledger.events(run=run, kind="stopped"))
        why = f"ended with an error and has no plan ({stops[-1].body['problem']})" if stops else "has no plan yet"
        mend = f"{stops[-1].body['mend']}; then " if stops else "it was cut short, or still runs; "
        raise NoSuch(f"run {run} {why}", mend=f"{mend}rung climb WORKLOAD --resume finishes it")
    return plan_from_json(plans[-1].body["plan"])
