"""`rung climb`: live progress on stderr, the summary or JSON on stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console

from rung.cli.live import LiveListener
from rung.cli.places import setting_for
from rung.climb import Limits, Silent, forecast_climb, run_climb
from rung.climb.containing import traceback_kept
from rung.climb.loop import Policy
from rung.engines import EngineRoom
from rung.report import render_forecast, render_html, render_summary
from rung.workload import load_workload

NOTHING_PASSED = 1
INTERRUPTED = 130


def dry_run(path: Path, home: Path, *, limits: Limits, as_json: bool) -> int:
    """Print what a climb would take."""
    workload = load_workload(path)
    with traceback_kept(home, "the dry run broke"), EngineRoom() as room:
        setting = setting_for(workload, home, engines=room, listener=Silent(), limits=limits)
        forecast = forecast_climb(workload, setting)
    if as_json:
        print(json.dumps(forecast.to_json(), ensure_ascii=False))
    else:
        render_forecast(forecast, workload.objective, Console())
    return 0


def climb(path: Path, home: Path, *, policy: Policy, limits: Limits, resume: bool, as_json: bool) -> int:
    """Climb, write plan and report, print the summary."""
    workload = load_workload(path)
    with traceback_kept(home, "the climb broke"), LiveListener() as listener, EngineRoom() as room:
        setting = setting_for(workload, home, engines=room, listener=listener, policy=policy, limits=limits)
        plan = run_climb(workload, setting, resume=resume)
    folder = setting.run_folder(plan.run)
    with traceback_kept(folder, "the climb is done, and its report broke"):
        report = folder / "report.html"
        report.write_text(render_html(plan), encoding="utf-8")
        if as_json:
            print(json.dumps(plan.to_json(), ensure_ascii=False))
        else:
            render_summary(plan, Console(), report=str(report))
    if plan.stopped_because == "interrupted":
        print("interrupted; go on with --resume", file=sys.stderr)
        return INTERRUPTED
    return 0 if plan.finished and any(p.candidate for p in plan.policies) else NOTHING_PASSED
