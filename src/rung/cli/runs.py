"""`rung runs`, `rung report`, `rung explain`: what the ledger says of past climbs."""

from __future__ import annotations

import json
from pathlib import Path

from rung.cli.places import find_run, open_ledger, plan_of
from rung.climb import write_plan
from rung.climb.broken import broken_run, reached_by
from rung.report import explain as explain_candidate
from rung.report import render_html
from rung.report.explain import explain_broken, no_candidate


def show(home: Path, *, as_json: bool) -> None:
    """List the runs."""
    with open_ledger(home) as ledger:
        starts = {event.run: event for event in ledger.events(kind="started")}
        plans = {event.run: event.body["plan"] for event in ledger.events(kind="planned")}
    rows = [
        {
            "run": run,
            "started": event.at,
            "workload": event.body["workload"],
            "finished": run in plans and plans[run]["finished"],
            "choice": next((p["candidate"] for p in plans[run]["policies"] if p["candidate"]), None)
            if run in plans
            else None,
        }
        for run, event in starts.items()
    ]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        state = row["choice"] or ("nothing passed" if row["finished"] else "unfinished")
        print(f"{row['run']}  {row['workload']}  {state}")


def report(home: Path, run: str, out: Path | None, *, as_json: bool) -> None:
    """Make report.html and plan.json of a run again, from the ledger alone."""
    with open_ledger(home) as ledger:
        plan = plan_of(ledger, find_run(ledger, run))
    folder = home / "runs" / plan.run
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(plan, folder)
    target = out or folder / "report.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render_html(plan), encoding="utf-8")
    if as_json:
        print(json.dumps(plan.to_json(), ensure_ascii=False))
    else:
        print(target)


def explain(home: Path, run: str, candidate: str) -> None:
    """Say why a candidate was chosen, or why not; of a run without a plan, how far it came and how it goes on."""
    with open_ledger(home) as ledger:
        found = find_run(ledger, run)
        broken = broken_run(ledger, found)
        if broken is None:
            print(explain_candidate(plan_of(ledger, found), candidate))
            return
        if candidate not in broken.keys:
            raise no_candidate(candidate, list(broken.keys), found)
        print(explain_broken(broken, reached_by(ledger, broken, candidate)))
