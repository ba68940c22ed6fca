"""`rung ledger`: totals, events, the file's health, and forgetting."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from rung.cli.places import find_run, open_ledger
from rung.errors import BadInput
from rung.ledger import Ledger
from rung.types import Quantity, Reading, sum_known


def show(home: Path, *, run: str | None, kind: str | None, events: bool, as_json: bool) -> None:
    """Events, or what was spent by run and part."""
    with open_ledger(home) as ledger:
        only = None if run is None else find_run(ledger, run, among=Ledger.runs)
        if events or kind is not None:
            for event in ledger.events(run=only, kind=kind):
                row = {"seq": event.seq, "at": event.at, "run": event.run, "kind": event.kind, "body": event.body}
                owner = {name: value for name, value in event.owner.items() if value is not None}
                text = json.dumps({**row, "owner": owner} if owner else row, ensure_ascii=False)
                print(text if as_json else text[:200])
            return
        readings: dict[tuple[str, str], Reading] = {}
        usd: dict[tuple[str, str], float] = defaultdict(float)
        calls: dict[tuple[str, str], int] = defaultdict(int)
        for event in ledger.events(run=only, kind="spent"):
            place = (event.run, event.body["part"])
            reading = Reading.from_json(event.body["reading"])
            remote = None if event.body["remote"] is None else Quantity.from_json(event.body["remote"])
            energy = sum_known((reading.energy, remote), "J")
            reading = Reading(reading.wall_s, reading.cpu_s, energy, {})
            readings[place] = readings[place] + reading if place in readings else reading
            usd[place] += event.body["usd"]
            calls[place] += event.body["calls"]
        counts = ledger.counts()
    rows = [
        {
            "run": place[0],
            "part": place[1],
            "wall_s": reading.wall_s,
            "cpu_s": reading.cpu_s,
            "energy": None if reading.energy is None else reading.energy.to_json(),
            "usd": usd[place],
            "calls": calls[place],
        }
        for place, reading in readings.items()
    ]
    if as_json:
        print(json.dumps({"spent": rows, "events": counts}))
        return
    print(f"{'run':<22} {'part':<12} {'calls':>7} {'wall s':>9} {'cpu s':>9} {'USD':>9}  energy")
    for row, reading in zip(rows, readings.values(), strict=True):
        energy = reading.energy
        figure = (
            "unknown"
            if energy is None
            else f"{energy.value:.3g} J ({energy.low:.3g} to {energy.high:.3g}), {energy.origin.label}"
        )
        print(
            f"{row['run']:<22} {row['part']:<12} {row['calls']:>7} {reading.wall_s:>9.2f} {reading.cpu_s:>9.2f} "
            f"{row['usd']:>9.4f}  {figure}"
        )
    print("events: " + ", ".join(f"{count} {name}" for name, count in counts.items()))


def verify(home: Path) -> int:
    """Check the file; exit code 2 when it is broken."""
    with open_ledger(home) as ledger:
        problems = ledger.verify()
    print("\n".join(problems) if problems else "the ledger is sound")
    return 2 if problems else 0


def forget(home: Path, *, containing: str | None, run: str | None, everything: bool) -> None:
    """Erase texts."""
    if (containing is not None) + (run is not None) + everything != 1:
        raise BadInput("say what to forget, in one way", mend="one of --containing WORDS, --run RUN, --all")
    with open_ledger(home) as ledger:
        if containing is not None:
            digests = ledger.blobs.containing(containing)
        elif run is not None:
            found = find_run(ledger, run, among=Ledger.runs)
            bodies = [e.body for kind in ("trial", "response") for e in ledger.events(run=found, kind=kind)]
            digests = [body[part] for body in bodies for part in ("input", "answer")]
        else:
            digests = ledger.blobs.containing("")
        print(f"{ledger.blobs.forget(digests)} texts forgotten; their events keep hashes, scores and footprints")
