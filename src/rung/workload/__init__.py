"""What is asked: the workload file, its data, and the records that the rest of rung works on.

The records cost nothing to import; what reads files (pydantic, yaml) is imported at first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily
from rung.workload.records import (
    Bar,
    Brief,
    Claim,
    Guard,
    Objective,
    Ownership,
    Place,
    SearchBudget,
    Slo,
    Splits,
    Volume,
    Workload,
)

if TYPE_CHECKING:
    from rung.workload.check import CheckReport, check_workload
    from rung.workload.init import draft_workload
    from rung.workload.load import load_workload
    from rung.workload.schema import json_schema

__all__ = [
    "Bar",
    "Brief",
    "CheckReport",
    "Claim",
    "Guard",
    "Objective",
    "Ownership",
    "Place",
    "SearchBudget",
    "Slo",
    "Splits",
    "Volume",
    "Workload",
    "check_workload",
    "draft_workload",
    "json_schema",
    "load_workload",
]

_LATER = {
    "CheckReport": "check",
    "check_workload": "check",
    "draft_workload": "init",
    "json_schema": "schema",
    "load_workload": "load",
}


__getattr__ = lazily(__name__, _LATER)
