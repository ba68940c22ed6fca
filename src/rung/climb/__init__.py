"""The climb: from a workload to a plan with evidence."""

from __future__ import annotations

from rung.climb.forecast import Forecast
from rung.climb.listener import Listener, Silent, Status
from rung.climb.plan import Plan
from rung.climb.plan_json import plan_from_json
from rung.climb.run import Setting, forecast_climb, run_climb, write_plan
from rung.climb.spending import Limits

__all__ = [
    "Forecast",
    "Limits",
    "Listener",
    "Plan",
    "Setting",
    "Silent",
    "Status",
    "forecast_climb",
    "plan_from_json",
    "run_climb",
    "write_plan",
]
